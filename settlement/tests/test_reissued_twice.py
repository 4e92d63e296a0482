"""A transfer that a person took back by mistake is not paid a second time."""

import pytest

from billing.models import Case
from settlement.models import Payout
from settlement.refusals import ReturnNotSeen
from settlement.services.bank_files import customer_codes
from settlement.services.file_cases import ActionNotAllowed, Resolution, resolve_difference
from settlement.services.payees import approve_payee, propose_payee
from settlement.services.payouts import export_payouts, reissue, take_back
from settlement.tests.bank_cast import bank_says, came, went
from settlement.tests.payout_cast import account, approved, person
from settlement.tests.scene import at
from settlement.tests.test_bank_matching import exported, five
from tenants.services import StaffAsked
from tests.cast import Cast
from tests.people import sign_in

__all__ = ["exported", "five"]  # The worked example, whose transfer is with the bank.


@pytest.fixture
def again(five: Cast, exported: Payout) -> Payout:
    """Take the transfer back before the bank spoke, and propose it for a new account."""
    with at("11-18"):
        take_back(person("operator"), exported.pk, "口座相違とのこと")
        anew = reissue(person("operator"), exported.pk)
        payee = propose_payee(person("operator"), five.sakura, account())
        approve_payee(person("approver"), payee.pk)
    return anew


def _cases() -> list[str]:
    rows = Case.objects.filter(status="open", key__startswith="debited/")
    return [case.told["reason"] for case in rows]


def test_117_753_yen_that_were_debited_are_not_sent_anew(exported: Payout, again: Payout) -> None:
    bank_says(went("11-20", exported.amount_yen), opening_yen=1_000_000)
    (reason,) = _cases()
    assert reason.startswith("振込不能とした振込も引き落とされた")
    with at("12-01"), pytest.raises(ReturnNotSeen):
        approved(again, person("approver"))
    back = came("12-01", exported.amount_yen, "", edi=customer_codes(exported)[1], summary="ｸﾐﾓﾄﾞｼ")
    bank_says(back, opening_yen=1_000_000 - exported.amount_yen, name="back")
    assert _cases() == []
    with at("12-02"):
        approved(again, person("approver"))
        assert export_payouts(person("operator")).total_yen == exported.amount_yen


def test_what_was_approved_before_the_debit_is_not_sent_after_it(
    exported: Payout, again: Payout
) -> None:
    with at("11-25"):
        approved(again, person("approver"))
    bank_says(went("11-20", exported.amount_yen), opening_yen=1_000_000)
    with at("11-25"), pytest.raises(ReturnNotSeen):
        export_payouts(person("operator"))


def test_what_the_bank_never_took_is_sent_anew(exported: Payout, again: Payout) -> None:
    bank_says(went("11-20", 440, summary="ﾃｽｳﾘﾖｳ"), opening_yen=1_000_000)
    with at("12-01"):
        approved(again, person("approver"))
        assert export_payouts(person("operator")).total_yen == exported.amount_yen
    assert _cases() == []


# -- what the operator is told to do --------------------------------------------------------------


def _page(case: Case) -> str:
    client = sign_in(StaffAsked("page@centre.example.com", "操作", "operator"))
    return str(client.get(f"/admin/billing/case/{case.pk}/change/").content.decode())


def test_the_case_of_a_debited_transfer_says_what_to_do(exported: Payout, again: Payout) -> None:
    bank_says(went("11-20", exported.amount_yen), opening_yen=1_000_000)
    page = _page(Case.objects.get(key__startswith="debited/"))
    assert "銀行に照会し、振り込まれていたことを確かめた" in page
    assert "振込不能とした振込が、銀行の明細では引き落とされています" in page
    assert "戻りの入金が明細に届くまで、再発行した入金は承認も振込依頼もできません" in page
    assert "仮受金（銀行）" not in page  # Where no such money is, nothing is to be ruled there.


def test_the_case_of_an_unknown_line_keeps_its_own_words(five: Cast) -> None:
    bank_says(came("11-16", 5_000, "ﾅﾅｼ"))
    page = _page(Case.objects.get(kind="bank_entry_unknown", key__startswith="entry/"))
    assert "振り込まれていたことを確かめた" not in page
    assert "仮受金（銀行）" in page


def test_each_of_both_takes_its_own_ends_only(exported: Payout, again: Payout) -> None:
    bank_says(
        went("11-20", exported.amount_yen), came("11-20", 5_000, "ﾅﾅｼ"), opening_yen=1_000_000
    )
    debited = Case.objects.get(key__startswith="debited/")
    unknown = Case.objects.get(kind="bank_entry_unknown", key__startswith="entry/")
    for case, others in ((unknown, "asked_bank_paid"), (debited, "asked_bank")):
        with pytest.raises(ActionNotAllowed):
            resolve_difference(person("operator"), case.pk, Resolution(others))
    asked = Resolution("asked_bank_paid", "着金済")
    closed = resolve_difference(person("operator"), debited.pk, asked)
    assert closed.resolution == "銀行に照会し、振り込まれていたことを確かめた。着金済"
    with at("12-01"), pytest.raises(ReturnNotSeen):  # A case that is ended sets nothing free.
        approved(again, person("approver"))
