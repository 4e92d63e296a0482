"""センター管理: a refund is found, asked for and decided by pages, without a script."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from billing.models import Payment
from settlement.models import RefundRequest
from settlement.tests.payout_cast import person
from settlement.tests.scene import at, cast_of, paid, settled
from tests.cast import Cast
from tests.people import sign_in_as

FIND = "/admin/settlement/refundrequest/find"
LIST = "/admin/settlement/refundrequest/"


@pytest.fixture
def five(db: None) -> Cast:
    return cast_of()


def member(role: str, **words: Any) -> Client:
    return sign_in_as(person(role, **words))


def text(answer: object) -> str:
    return answer.content.decode()  # type: ignore[attr-defined, no-any-return]


def ask_page(payment: Payment) -> str:
    return f"/admin/settlement/refundrequest/ask/{payment.pk}"


def test_one_person_asks_and_another_approves(five: Cast) -> None:
    payment = settled(five.sakura, "11-03", 55_000, tax_yen=5_000)
    assert payment.invoice is not None
    number = payment.invoice.card.number
    with at("11-04"):
        asker, checker = member("operator"), member("approver")
        spaced = f"{number[:4]} {number[4:8]} {number[8:]}"
        found = text(asker.get(FIND, {"number": spaced}))
        assert ask_page(payment) in found
        page = text(asker.get(ask_page(payment)))
        for words in ("-55,000円", "-200円", "2026/11/05", "-54,800円", "まだ精算していません"):
            assert words in page
        told = text(asker.post(ask_page(payment), {"reason": "二重払い"}, follow=True))
        assert "別の人の承認を待ちます" in told
        asked = RefundRequest.objects.get()
        root = f"{LIST}{asked.pk}/do"
        assert "承認も却下もできません" in text(asker.post(f"{root}/approve", follow=True))
        assert "承認待ち" in text(checker.get(FIND, {"day": "2026-11-03"}))
        assert "承認待ちの依頼があります" in text(checker.get(ask_page(payment)))
        row = text(checker.get(f"{LIST}{asked.pk}/change/"))
        assert "二重払い" in row
        assert "-54,800円" in row
        done = text(checker.post(f"{root}/approve", follow=True))
    assert "2026/11/05 締めの精算書に入ります" in done
    payment.refresh_from_db()
    assert payment.status == "refunded"
    assert "承認済" in text(checker.get(LIST))


def test_a_request_is_rejected_by_another_or_withdrawn_by_its_asker(five: Cast) -> None:
    with at("11-04"):
        asker, checker = member("operator"), member("approver")
        for client, step, other in ((checker, "reject", asker), (asker, "withdraw", checker)):
            payment = settled(five.sakura, "11-03")
            asker.post(ask_page(payment), {"reason": "番号違い"})
            asked = RefundRequest.objects.latest("pk")
            root = f"{LIST}{asked.pk}/do/{step}"
            assert "必須" in text(client.post(root, follow=True))
            other.post(root, {"reason": "x"})
            asked.refresh_from_db()
            assert asked.status == "requested"
            client.post(root, {"reason": "確認した"})
            asked.refresh_from_db()
            assert asked.decided_reason == "確認した"
            assert "ありません（訂正していません）" in text(client.get(f"{LIST}{asked.pk}/change/"))


def test_what_cannot_be_refunded_says_so(five: Cast) -> None:
    payment = paid(five.sakura, "11-03")
    with at("11-04"):
        client = member("operator")
        assert "訂正できません" in text(client.get(ask_page(payment)))
        refused = client.post(ask_page(payment), {"reason": "重複"})
    assert "確報済の収納ではありません" in text(refused)
    assert not RefundRequest.objects.exists()
    confirmed = settled(five.sakura, "11-03")
    assert "必須" in text(client.post(ask_page(confirmed), {"reason": ""}))
    nobodys = "00000000-0000-4000-8000-000000000000"
    assert client.get(f"/admin/settlement/refundrequest/ask/{nobodys}").status_code == 404


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        ({"receipt": "R1"}, "営業日も入力してください"),
        ({"reference": "A-1"}, "オーナーも選んでください"),
        ({"number": ""}, "どれかを入力してください"),
        ({"day": "昨日"}, "日付を正しく"),
        ({"number": "1234567890123"}, "合う収納はありません"),
    ],
)
def test_what_is_missing_to_find_it_is_said(five: Cast, words: dict[str, str], fault: str) -> None:
    assert fault in text(member("auditor").get(FIND, words))


def test_who_only_looks_asks_for_nothing_and_strangers_see_nothing(five: Cast) -> None:
    payment = settled(five.sakura, "11-03")
    auditor = member("auditor")
    assert "<textarea" not in text(auditor.get(ask_page(payment)))
    assert 'name="reason"' not in text(auditor.get(ask_page(payment)))
    assert auditor.post(ask_page(payment), {"reason": "x"}).status_code == 403
    owners = member("administrator", owner=five.sakura)
    for client in (owners, Client()):
        for page in (FIND, LIST, ask_page(payment)):
            assert client.get(page).status_code in (302, 404)
            assert client.post(page, {"reason": "x"}).status_code in (302, 404, 405)
    assert not RefundRequest.objects.exists()


def test_the_list_found_takes_the_same_questions_for_one_row_and_for_fifty(five: Cast) -> None:
    client = member("auditor")

    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            client.get(FIND, {"day": "2026-11-03"})
        return len(asked)

    settled(five.sakura, "11-03")
    queries()
    before = queries()
    for _ in range(51):
        settled(five.sakura, "11-03")
    assert queries() == before
    page = text(client.get(FIND, {"day": "2026-11-03"}))
    assert "新しい50件だけ" in page
    assert len(re.findall("訂正を依頼する</a>", page)) == 50
