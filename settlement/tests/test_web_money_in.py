"""The back office's pages of money in: what is shown, uploaded, ruled, and who may."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from settlement.bank_statement import Line, statement_file
from settlement.models import BankEntry, BankStatement, EntryRuling, Payout, RemittanceTerms
from settlement.money_in import money_position
from settlement.services.payouts import export_payouts
from settlement.tests.bank_cast import agreed, bank_says, came, entry_of, told, went
from settlement.tests.payout_cast import approved, make_payee, person
from settlement.tests.scene import at, cast_of, confirm, only_statement, paid, settled
from tenants.services import StaffAsked
from tests.cast import Cast
from tests.people import sign_in

PAYOUTS = "/admin/settlement/payout/"
UPLOAD = "/admin/settlement/bankstatement/add/"


@pytest.fixture
def five(db: None) -> Cast:
    return cast_of()


@pytest.fixture
def proposed(five: Cast) -> Payout:
    """100,000 yen were taken and stated: 98,218 yen wait for an approver."""
    agreed(payment_fee_yen=50)
    settled(five.sakura, "11-03", 100_000, tax_yen=100)
    payout = only_statement("11-13").payouts.get()
    make_payee(five.sakura)
    return payout


def member(role: str = "operator") -> Client:
    return sign_in(StaffAsked(f"{role}@bank.example", role, role))


def text(answer: Any) -> str:
    return str(answer.content.decode())


def send(client: Client, *lines: Line, content: bytes | None = None, **words: Any) -> Any:
    sent = statement_file([told(*lines, **words)]) if content is None else content
    file = SimpleUploadedFile("meisai.txt", sent)
    with at("11-30"):
        said = {"file": file, "csrfmiddlewaretoken": "sent by every browser"}
        return client.post(UPLOAD, said, follow=True)


# -- the approval page ----------------------------------------------------------------------------


def test_an_approver_is_warned_while_chains_have_not_sent_the_money(proposed: Payout):
    yen, approver = proposed.amount_yen, member("approver")
    for page in (PAYOUTS, f"{PAYOUTS}{proposed.pk}/change/"):
        assert "銀行の入出金明細が取り込まれていません" in text(approver.get(page))
    bank_says(went("11-12", 440), opening_yen=1_000_000)
    for page in (PAYOUTS, f"{PAYOUTS}{proposed.pk}/change/"):
        body = text(approver.get(page))
        assert f'<strong><span class="amount">{yen:,}円</span></strong> 超えています' in body
        assert "999,560円" in body  # In the bank; but none of it came from a chain.


def test_no_warning_stands_once_the_money_is_there(five: Cast, proposed: Payout):
    bank_says(came("11-16", 99_950), opening_yen=1_000_000)
    position = money_position()
    assert (position.bank_yen, position.own_yen, position.received_yen) == (
        1_099_950,
        1_000_000,
        99_950,
    )
    assert (position.waiting_yen, position.missing_yen) == (proposed.amount_yen, 0)
    assert "超えています" not in text(member("approver").get(PAYOUTS))


def test_what_chains_owe_and_what_is_on_its_way_is_shown(five: Cast, proposed: Payout):
    bank_says(came("11-16", 90_000), came("11-16", 777, "ﾀﾞﾚｶ"), opening_yen=0)
    with at("11-16"):
        approved(proposed, person("approver"))
        export_payouts(person("operator"))
    position = money_position()
    (owed,) = [one for one in position.chains if one.expected_yen]
    assert (owed.expected_yen, owed.came_yen, owed.owed_yen) == (99_950, 90_000, 9_950)
    assert (owed.chain.pk, owed.coming_yen) == ("lawson", 0)
    settled(five.sakura, "11-20", 7_000)
    confirm(paid(five.sakura, "11-04", 300), on="11-20")
    assert money_position().coming_yen == 7_300
    assert (position.suspense_yen, position.in_transit_yen) == (777, proposed.amount_yen)
    assert position.received_yen == 90_000 - proposed.amount_yen
    body = text(member("approver").get(PAYOUTS))
    assert "9,950円" in body
    assert "777円" in body


# -- the bank's file ------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["operator", "approver", "administrator"])
def test_a_file_is_uploaded_and_given_out_as_it_came(five: Cast, role: str):
    client = member(role)
    assert "新しい明細は 1件です" in text(send(client, came("11-16", 5_000)))
    assert "取込済みのファイルでした" in text(send(client, came("11-16", 5_000)))
    statement = BankStatement.objects.get()
    assert statement.taken_by is not None
    content = client.get(f"/admin/settlement/bankstatement/{statement.pk}/content").content
    assert content == bytes(statement.content)


def test_what_is_wrong_with_a_file_is_said_with_its_record(five: Cast):
    client = member()
    unordered = statement_file([]) + statement_file([])
    assert "レコードの順序" in text(send(client, content=unordered))
    assert "レコード1: 5バイト" in text(send(client, content=b"12345"))
    send(client, came("11-16", 5_000))
    assert "取引後残高が" in text(send(client, came("11-18", 1), opening_yen=1))
    assert BankEntry.objects.count() == 1


def test_an_auditor_uploads_rules_and_agrees_nothing(five: Cast):
    bank_says(came("11-16", 5_000))
    auditor = member("auditor")
    assert auditor.get(UPLOAD).status_code == 403
    assert auditor.get("/admin/settlement/remittanceterms/add/").status_code == 403
    row = f"/admin/settlement/bankentry/{entry_of(5_000).pk}"
    assert "自己資金とする" not in text(auditor.get(f"{row}/change/"))
    assert auditor.post(f"{row}/do/own", {"reason": "理由"}).status_code == 403


# -- a line in suspense ---------------------------------------------------------------------------


def test_a_line_is_ruled_by_a_button_with_a_reason(five: Cast):
    agreed()
    settled(five.sakura, "11-03", 10_000)
    bank_says(came("11-16", 10_000, "ﾀﾞﾚｶ"))
    client, row = member(), f"/admin/settlement/bankentry/{entry_of(10_000).pk}"
    page = text(client.get(f"{row}/change/"))
    assert "仮受（未消込）" in page
    assert "チェーンの入金とする" in page
    assert "総合振込とする" not in page
    said = {"chain": "lawson", "reason": "電話で確認"}
    answer = text(client.post(f"{row}/do/remittance", said, follow=True))
    assert "チェーンの入金として消し込みました" in answer
    assert "チェーンの入金とする" not in answer
    ruling = EntryRuling.objects.get()
    assert (ruling.reason, ruling.receipts.count(), ruling.ruled_by is None) == (
        "電話で確認",
        1,
        False,
    )
    again = text(client.post(f"{row}/do/own", {"reason": "理由"}, follow=True))
    assert "すでに消込済みです" in again


def test_terms_are_agreed_by_a_form(five: Cast):
    said = {
        "chain": "lawson", "starts_on": "2026-11-01", "cut_off": "10-day", "after_days": "9",
        "payment_fee_yen": "50", "transfer_fee_yen": "440", "sender_kana": "カ）ローソン",
    }  # fmt: skip
    client = member()
    answer = text(client.post("/admin/settlement/remittanceterms/add/", said, follow=True))
    assert "ローソン の入金条件を登録しました" in answer
    assert RemittanceTerms.objects.get().sender_kana == "ｶ)ﾛ-ｿﾝ"
    for words, fault in (
        ({"after_days": "0"}, "1 以上"),
        ({"payment_fee_yen": "10001"}, "10000 以下"),
        ({"sender_code": "LAWSON"}, "数字10桁までで入力してください。"),
    ):
        page = text(client.post("/admin/settlement/remittanceterms/add/", said | words))
        assert fault in page
        assert (
            "入金条件が正しくありません" not in page
        )  # Which of eight fields it was, it says not.
    again = text(client.post("/admin/settlement/remittanceterms/add/", said))
    assert "まだ入金予定を作っていない期間の初日" in again
