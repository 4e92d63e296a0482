"""センター管理: accounts, freezes and holds, as the centre's people meet them, without a script."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from settlement.models import Payee, Payout, PayoutFreeze, PayoutHold
from settlement.tests.payout_cast import make_payee, make_payout, person
from smartpit.kernel import clock
from tests.cast import Cast
from tests.people import sign_in_as

ADD = "/admin/settlement/payee/add/"


def member(role: str) -> Client:
    return sign_in_as(person(role))


def text(answer: object) -> str:
    return answer.content.decode()  # type: ignore[attr-defined, no-any-return]


def asked(cast: Cast, **words: str) -> dict[str, object]:
    return {
        "owner": cast.sakura.pk,
        "bank": "0005",
        "branch": "341",
        "account_kind": "1",
        "account_number": "７６５４３２１",
        "holder_name": "学校法人サクラガクエン",
    } | words


def test_an_account_is_entered_by_one_and_approved_by_another(cast: Cast) -> None:
    maker, checker = member("operator"), member("approver")
    told = text(maker.post(ADD, asked(cast, bank="三菱UFJ銀行", branch="新宿支店"), follow=True))
    assert "三菱UFJ 新宿 ｶﾞｸ)ｻｸﾗｶﾞｸｴﾝ" in told
    payee = Payee.objects.get()
    assert (payee.bank_code, payee.branch_code, payee.status) == ("0005", "341", "proposed")
    root = f"/admin/settlement/payee/{payee.pk}/do"
    assert "三菱UFJ 新宿" in text(checker.get(f"/admin/settlement/payee/{payee.pk}/change/"))
    assert "登録した人は、その承認ができません" in text(maker.post(f"{root}/approve", follow=True))
    assert "から適用されます" in text(checker.post(f"{root}/approve", follow=True))
    payee.refresh_from_db()
    assert payee.status == "approved"


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        ({"bank": "9998"}, "この銀行は見つかりません"),
        ({"bank": "三井"}, "銀行を番号で選んでください: 0009 三井住友"),
        ({"branch": "999"}, "この支店は見つかりません"),
        ({"branch": "シンジユク"}, "341 新宿"),
        ({"holder_name": "桜学園"}, "「桜」「学」「園」は銀行振込に使えない文字です"),
        ({"account_number": "12-3456"}, "口座番号は7桁までの数字で入力してください"),
        ({"account_number": "12345678"}, "口座番号は7桁までの数字で入力してください"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field(
    cast: Cast, words: dict[str, str], fault: str
) -> None:
    page = text(member("operator").post(ADD, asked(cast, **words)))
    assert fault in page
    assert not Payee.objects.exists()


def test_a_bank_and_its_branch_are_looked_for_without_a_script(cast: Cast) -> None:
    client = member("operator")
    page = "/admin/settlement/payee/banks"
    assert "探す" in text(client.get(page))
    assert "?bank=0005" in text(client.get(page, {"q": "三菱"}))
    found = text(client.get(page, {"bank": "0005", "q": "しんじゅく"}))
    link = re.search(r'href="([^"]*branch=341)"', found)
    assert link is not None
    form = text(client.get(link[1].replace("&amp;", "&")))
    assert 'value="0005"' in form
    assert 'value="341"' in form
    assert "見つかりません" in text(client.get(page, {"q": "どこにもない"}))
    assert "ほかに" in text(client.get(page, {"bank": "0005"}))
    assert client.get(page, {"bank": "x"}).status_code == 200
    assert Client().get(page).status_code == 302


def test_a_change_is_withdrawn_by_a_button_with_a_reason(cast: Cast) -> None:
    make_payee(cast.sakura)
    maker, checker = member("operator"), member("approver")
    maker.post(ADD, asked(cast, account_number="1"))
    payee = Payee.objects.latest("number")
    root = f"/admin/settlement/payee/{payee.pk}"
    checker.post(f"{root}/do/approve")
    assert "取り下げる" in text(maker.get(f"{root}/change/"))
    assert "必須" in text(maker.post(f"{root}/do/withdraw", follow=True))
    maker.post(f"{root}/do/withdraw", {"reason": "先方に覚えがない"})
    payee.refresh_from_db()
    assert payee.status == "withdrawn"
    former = Payee.objects.get(number=1)
    assert "取り下げる</button>" not in text(
        maker.get(f"/admin/settlement/payee/{former.pk}/change/")
    )


def test_the_switch_stops_payouts_and_another_person_turns_it_back(cast: Cast) -> None:
    make_payee(cast.sakura)
    payout = make_payout(cast.sakura)
    stopper, other, approver = member("operator"), member("operator"), member("approver")
    page = f"/admin/settlement/payout/{payout.pk}/change/"
    told = stopper.post(
        "/admin/settlement/payoutfreeze/add/",
        {"owner": "", "reason": "試算表の不一致"},
        follow=True,
    )
    assert "凍結しました（全社）" in text(told)
    assert "全社: 試算表の不一致" in text(approver.get(page))
    seen = re.search(r'name="content_sha256" value="([0-9a-f]{64})"', text(approver.get(page)))
    assert seen is not None
    approve = f"/admin/settlement/payout/{payout.pk}/do/approve"
    refused = approver.post(approve, {"content_sha256": seen[1]}, follow=True)
    assert "凍結されています" in text(refused)
    freeze = PayoutFreeze.objects.get()
    lift = f"/admin/settlement/payoutfreeze/{freeze.pk}/do/lift"
    own = text(stopper.post(lift, {"reason": "済"}, follow=True))
    assert "凍結した人は、その解除ができません" in own
    assert "解除しました" in text(other.post(lift, {"reason": "原因を確認"}, follow=True))
    approver.post(approve, {"content_sha256": seen[1]})
    payout.refresh_from_db()
    assert payout.status == "approved"


def test_a_hold_asks_why(cast: Cast) -> None:
    make_payee(cast.sakura)
    payout = make_payout(cast.sakura)
    client = member("operator")
    root = f"/admin/settlement/payout/{payout.pk}"
    assert "必須" in text(client.post(f"{root}/do/hold", follow=True))
    client.post(f"{root}/do/hold", {"reason": "差押命令"})
    assert Payout.objects.get().status == "held"
    assert "差押命令" in text(client.get(f"{root}/change/"))
    client.post(f"{root}/do/release")
    assert PayoutHold.objects.get().released_by is not None


@pytest.mark.parametrize("role", ["auditor"])
def test_who_only_looks_stops_and_changes_nothing(cast: Cast, role: str) -> None:
    client = member(role)
    payee = make_payee(cast.sakura)
    for address in (
        ADD,
        "/admin/settlement/payoutfreeze/add/",
        f"/admin/settlement/payee/{payee.pk}/do/withdraw",
    ):
        assert client.post(address, {"reason": "x"}).status_code == 403
    assert client.get("/admin/settlement/payoutfreeze/").status_code == 200


def test_the_page_of_an_account_shows_who_was_told(cast: Cast) -> None:
    make_payee(cast.sakura)
    with clock.frozen(clock.now() + timedelta(days=1)):
        second = make_payee(cast.sakura, account_number="2")
        page = text(member("auditor").get(f"/admin/settlement/payee/{second.pk}/change/"))
    assert "kaikei@example.com" in page
    assert "変更の予告" in page


def test_a_branch_that_has_left_the_list_is_said_to(cast: Cast, monkeypatch) -> None:
    payee = make_payee(cast.sakura)
    monkeypatch.setattr("settlement.banks._branches", lambda _bank_code: {})
    page = text(member("auditor").get(f"/admin/settlement/payee/{payee.pk}/change/"))
    assert "現在）にありません" in page
