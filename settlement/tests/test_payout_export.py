"""Money goes out: one file, and what the bank did with it."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest

from billing.models import Case, Event
from settlement import zengin
from settlement.models import BankFile, Payout, PayoutMove
from settlement.refusals import (
    AlreadyReissued,
    BankFileDiffers,
    ConsignorMissing,
    ContentChanged,
    NotApproved,
    NotReturned,
    PaidDayRefused,
    PayDaysDiffer,
    PayeeChangerExcluded,
    ReasonMissing,
    TwoPeopleNeeded,
)
from settlement.services.payouts import (
    export_payouts,
    mark_paid,
    reissue,
    take_back,
    withdraw_approval,
)
from settlement.tests.payout_cast import (
    PAYS_ON,
    approved,
    make_payee,
    make_payout,
    person,
)
from settlement.zengin import NothingToTransfer
from settlement.zengin_reader import TransferFile, read_transfer_file
from smartpit.kernel import clock
from smartpit.kernel.errors import MoveRefused
from tenants.models import Centre, Staff
from tests.cast import Cast, jst

STATED_AT = jst("2026-11-16 10:00")


@pytest.fixture(autouse=True)
def _stated() -> Iterator[None]:
    with clock.frozen(STATED_AT):
        yield


# The export


def _read(bank_file: BankFile) -> TransferFile:
    return read_transfer_file(bytes(bank_file.content))


def test_an_export_is_one_file_that_the_bank_can_read(
    payout: Payout, approver: Staff, operator: Staff
):
    approved(payout, approver)
    bank_file = export_payouts(operator)
    read = _read(BankFile.objects.get())
    assert read.month_day == "1120"
    assert read.consignor.name == "ｼｹﾝｾﾝﾀ-"
    (transfer,) = read.transfers
    assert (transfer.amount_yen, transfer.payee_name) == (117_742, "ｶﾞｸ)ｻｸﾗｶﾞｸｴﾝ")
    assert transfer.customer_code_1 == f"{payout.owner_id:010}"
    assert transfer.customer_code_2 == str(payout.pk).replace("-", "").upper()[:10]
    assert bank_file.sha256 == hashlib.sha256(bank_file.content).hexdigest()
    assert (bank_file.name, bank_file.count) == ("furikomi-20261120-01.txt", 1)
    assert (bank_file.pays_on, bank_file.total_yen) == (PAYS_ON, 117_742)
    assert (bank_file.exported_by, bank_file.exported_at) == (operator, STATED_AT)


def test_an_exported_payout_is_told_to_its_owner_alone_and_enters_the_books(
    payout: Payout, approver: Staff, operator: Staff
):
    approved(payout, approver)
    bank_file = export_payouts(operator, [payout.pk])
    sent = Payout.objects.get()
    assert (sent.status, sent.bank_file, sent.exported_by) == ("exported", bank_file, operator)
    move = PayoutMove.objects.get()
    assert (move.kind, move.amount_yen, move.day) == ("exported", 117_742, date(2026, 11, 16))
    event = Event.objects.get(type="payout.sent")
    assert (event.owner, event.tenant) == (payout.owner, None)
    assert event.body == {
        "payout": str(payout.pk),
        "statement": str(payout.statement_id),
        "closes_on": "2026-11-05",
        "amount_yen": 117_742,
        "pays_on": "2026-11-20",
        "reissues": None,
    }


@pytest.mark.fault("E14")
def test_who_approved_does_not_export(payout: Payout):
    both = person("administrator")
    approved(payout, both)
    with pytest.raises(TwoPeopleNeeded):
        export_payouts(both)
    assert not BankFile.objects.exists()


@pytest.mark.fault("E14")
def test_who_last_changed_the_account_does_not_export(cast: Cast, approver: Staff, operator: Staff):
    make_payee(cast.sakura, operator)
    approved(make_payout(cast.sakura), approver)
    with pytest.raises(PayeeChangerExcluded):
        export_payouts(operator)


@pytest.mark.fault("E15")
def test_an_account_changed_after_the_approval_voids_it(
    cast: Cast, payout: Payout, approver: Staff, operator: Staff
):
    approved(payout, approver)
    make_payee(cast.sakura, account_number="1")
    with pytest.raises(ContentChanged):
        export_payouts(operator)
    assert not BankFile.objects.exists()

    withdrawn = withdraw_approval(operator, payout.pk)
    withdrawn.refresh_from_db()
    assert (withdrawn.status, withdrawn.payee, withdrawn.approved_by) == ("proposed", None, None)
    assert (withdrawn.approved_at, withdrawn.approved_sha256) == (None, "")
    approved(payout, approver)
    (transfer,) = _read(export_payouts(operator)).transfers
    assert transfer.account_number == "0000001"


@pytest.mark.fault("E15")
def test_a_day_changed_after_the_approval_voids_it(
    payout: Payout, approver: Staff, operator: Staff
):
    approved(payout, approver)
    Payout.objects.update(pays_on=date(2026, 11, 24))
    with pytest.raises(ContentChanged):
        export_payouts(operator)


def test_one_payout_that_may_not_be_sent_refuses_the_whole_file(
    cast: Cast, payout: Payout, approver: Staff, operator: Staff
):
    make_payee(cast.aoba, operator)
    ours = make_payout(cast.aoba)
    approved(payout, approver)
    approved(ours, approver)
    with pytest.raises(PayeeChangerExcluded):
        export_payouts(operator, [payout.pk, ours.pk])
    assert not BankFile.objects.exists()
    assert export_payouts(operator, [payout.pk]).count == 1


@pytest.mark.parametrize(
    "word",
    [
        "consignor_code",
        "consignor_kana",
        "bank_code",
        "bank_kana",
        "branch_code",
        "branch_kana",
        "account_number",
    ],
)
def test_no_file_leaves_without_the_centres_own_account(
    payout: Payout, approver: Staff, operator: Staff, word: str
):
    approved(payout, approver)
    Centre.objects.update(**{word: ""})
    with pytest.raises(ConsignorMissing):
        export_payouts(operator)


def test_without_an_approved_payout_there_is_no_file(payout: Payout, operator: Staff):
    with pytest.raises(NothingToTransfer):
        export_payouts(operator)
    with pytest.raises(NothingToTransfer):
        export_payouts(operator, [])
    with pytest.raises(NotApproved):
        export_payouts(operator, [payout.pk])


@pytest.mark.fault("E12")
def test_a_payout_is_in_one_file_only(payout: Payout, approver: Staff, operator: Staff):
    approved(payout, approver)
    export_payouts(operator)
    with pytest.raises(NotApproved):
        export_payouts(person("operator"), [payout.pk])
    with pytest.raises(MoveRefused):
        withdraw_approval(operator, payout.pk)
    assert BankFile.objects.count() == 1


def test_export_is_open_until_noon_of_the_bank_day_before(
    payout: Payout, approver: Staff, operator: Staff
):
    approved(payout, approver)
    with clock.frozen(jst("2026-11-19 11:59")):
        assert export_payouts(operator).pays_on == PAYS_ON


def test_from_noon_on_a_new_pay_day_is_set(payout: Payout, approver: Staff, operator: Staff):
    """20 November 2026 is a Friday, and Monday the 23rd a holiday."""
    approved(payout, approver)
    with clock.frozen(jst("2026-11-19 12:00")):
        bank_file = export_payouts(operator)
    assert bank_file.pays_on == date(2026, 11, 24)
    assert Payout.objects.get().pays_on == date(2026, 11, 24)
    assert _read(bank_file).month_day == "1124"
    assert Event.objects.get(type="payout.sent").body["pays_on"] == "2026-11-24"


def test_a_file_has_one_pay_day_and_the_next_one_is_taken_first(
    cast: Cast, payout: Payout, approver: Staff, operator: Staff
):
    make_payee(cast.aoba)
    later = make_payout(cast.aoba, closes_on=date(2026, 11, 10))
    for each in (payout, later):
        approved(each, approver)
    with pytest.raises(PayDaysDiffer):
        export_payouts(operator, [payout.pk, later.pk])
    first, second = export_payouts(operator), export_payouts(operator)
    assert [first.pays_on, second.pays_on] == [PAYS_ON, later.pays_on]
    assert list(first.payouts.all()) == [payout]


def test_a_second_file_of_a_day_has_a_name_of_its_own(
    cast: Cast, payout: Payout, approver: Staff, operator: Staff
):
    make_payee(cast.aoba)
    other = make_payout(cast.aoba)
    names = []
    for each in (payout, other):
        approved(each, approver)
        names.append(export_payouts(operator, [each.pk]).name)
    assert names == ["furikomi-20261120-01.txt", "furikomi-20261120-02.txt"]


@pytest.mark.fault("E11")
@pytest.mark.parametrize("wrong", ["amount_yen", "account_number", "payee_name", "order"])
def test_a_file_that_reads_otherwise_than_it_was_meant_is_not_released(
    cast: Cast,
    payout: Payout,
    approver: Staff,
    operator: Staff,
    monkeypatch: pytest.MonkeyPatch,
    wrong: str,
):
    make_payee(cast.aoba, account_number="5")
    for each in (payout, make_payout(cast.aoba)):
        approved(each, approver)
    true_writer = zengin.transfer_file
    another = {"amount_yen": 1, "account_number": "0000009", "payee_name": "ﾄﾞﾛﾎﾞｳ"}

    def writer(consignor: zengin.Consignor, day: date, transfers: list[zengin.Transfer]) -> bytes:
        first, second = transfers
        if wrong == "order":
            return true_writer(consignor, day, [second, first])
        return true_writer(consignor, day, [replace(first, **{wrong: another[wrong]}), second])  # type: ignore[arg-type]

    monkeypatch.setattr(zengin, "transfer_file", writer)
    with pytest.raises(BankFileDiffers):
        export_payouts(operator)
    assert not BankFile.objects.exists()
    assert not Payout.objects.filter(status="exported").exists()


# What the bank did


@pytest.fixture
def sent(payout: Payout, approver: Staff, operator: Staff) -> Payout:
    approved(payout, approver)
    export_payouts(operator)
    payout.refresh_from_db()
    return payout


def test_a_payout_is_paid_on_its_pay_day(sent: Payout, operator: Staff):
    with clock.frozen(jst("2026-11-20 15:00")):
        mark_paid(operator, sent.pk)
    move = PayoutMove.objects.get(kind="paid")
    assert (move.amount_yen, move.day, move.moved_by) == (117_742, PAYS_ON, operator)
    assert Payout.objects.get().status == "paid"
    with pytest.raises(MoveRefused):
        mark_paid(operator, sent.pk)


@pytest.mark.parametrize("day", [None, date(2026, 11, 19), date(2026, 11, 23)])
def test_money_is_not_paid_before_its_day_nor_tomorrow(
    sent: Payout, operator: Staff, day: date | None
):
    at = jst("2026-11-20 15:00") if day else STATED_AT
    with clock.frozen(at), pytest.raises(PaidDayRefused):
        mark_paid(operator, sent.pk, day)


def test_a_payout_that_was_not_sent_is_neither_paid_nor_returned(payout: Payout, operator: Staff):
    with pytest.raises(MoveRefused):
        mark_paid(operator, payout.pk)
    with pytest.raises(MoveRefused):
        take_back(operator, payout.pk, "口座なし")


@pytest.mark.fault("E16")
@pytest.mark.parametrize("before", ["exported", "paid"])
def test_a_returned_transfer_is_told_and_looked_at_by_a_person(
    sent: Payout, operator: Staff, before: str
):
    with clock.frozen(jst("2026-11-24 09:00")):
        if before == "paid":
            mark_paid(operator, sent.pk)
        take_back(operator, sent.pk, "口座なし")
    assert Payout.objects.get().status == "returned"
    move = PayoutMove.objects.get(kind="returned")
    assert (move.amount_yen, move.day) == (117_742, date(2026, 11, 24))
    case = Case.objects.get(kind="payout_returned")
    assert (case.key, case.owner, case.status) == (str(sent.pk), sent.owner, "open")
    assert case.told == {"reason": "口座なし", "amount_yen": 117_742}
    event = Event.objects.get(type="payout.returned")
    assert event.tenant is None
    assert (event.body["payout"], event.body["reason"]) == (str(sent.pk), "口座なし")


def test_a_return_needs_its_reason(sent: Payout, operator: Staff):
    with pytest.raises(ReasonMissing):
        take_back(operator, sent.pk, " ")


@pytest.mark.fault("E16")
def test_a_reissue_is_a_new_payout_of_the_same_yen_that_names_the_returned_one(
    cast: Cast, sent: Payout, operator: Staff, approver: Staff
):
    with clock.frozen(jst("2026-11-24 13:00")):
        take_back(operator, sent.pk, "口座なし")
        again = reissue(operator, sent.pk)
        assert again.pays_on == date(2026, 11, 26)
        make_payee(cast.sakura, account_number="1")
        approved(again, approver)
        assert export_payouts(operator).total_yen == 117_742
    assert (again.status, again.reissues, again.amount_yen) == ("proposed", sent, 117_742)
    assert again.statement == sent.statement
    sent.refresh_from_db()
    assert sent.status == "returned"
    told = Event.objects.filter(type="payout.sent").order_by("sequence")
    assert [event.body["reissues"] for event in told] == [None, str(sent.pk)]


def test_only_a_returned_payout_is_reissued_and_only_once(sent: Payout, operator: Staff):
    with pytest.raises(NotReturned):
        reissue(operator, sent.pk)
    take_back(operator, sent.pk, "口座なし")
    reissue(operator, sent.pk)
    with pytest.raises(AlreadyReissued):
        reissue(operator, sent.pk)
    assert Payout.objects.count() == 2
