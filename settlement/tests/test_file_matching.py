"""What files leave out or say too early, and what staff may do about a difference."""

import json
from datetime import date, timedelta

import pytest

from billing.models import Case, Payment
from billing.models.chain_file import ChainFileRecord
from billing.services.assignments import assign_suspense
from billing.services.payments import receive_payment
from billing.services.reversals import reverse_payment
from settlement import tasks
from settlement.calendar import add_bank_days, is_bank_day
from settlement.differences import (
    DIFFERENCES,
    GUIDANCE,
    MISSING,
    MISSING_AFTER_BANK_DAYS,
    due_on,
    missing_before,
)
from settlement.services import matching
from settlement.services.file_cases import ActionNotAllowed, Resolution, resolve_difference
from settlement.services.matching import Matched, match_chain_files
from settlement.tests.chain_file_cast import file_bytes, row, row_of_key, send
from settlement.tests.scene import at, cast_of, centre_staff, confirm, paid
from tenants.models import Centre, Staff
from tests.cast import Cast, notice, register, reversal


@pytest.fixture
def five(db: None) -> Cast:
    return cast_of()


def status_of(payment: Payment) -> str:
    return str(Payment.objects.get(pk=payment.pk).status)


def test_the_table_knows_every_difference_there_can_be():
    reasons = {one.reason for one in DIFFERENCES}
    assert reasons == set(ChainFileRecord.Reason.values) - {""}
    named = {one.case_kind for one in (*DIFFERENCES, MISSING)}
    assert named == set(GUIDANCE) == {k for k in Case.Kind.values if k.startswith("file_")}
    for guidance in GUIDANCE.values():
        assert len(guidance.actions) >= 2
    assert due_on(MISSING, date(2026, 11, 20)) == date(2026, 11, 26)  # The 23rd is a holiday.


def test_seven_bank_days_may_pass():
    today = date(2026, 11, 24)
    in_time = missing_before(today)
    assert is_bank_day(in_time)
    assert add_bank_days(in_time, MISSING_AFTER_BANK_DAYS + 1) == today
    assert add_bank_days(in_time - timedelta(days=1), MISSING_AFTER_BANK_DAYS + 1) <= today


@pytest.mark.fault("A27")
def test_a_payment_that_no_file_names_becomes_one_case(five: Cast):
    left_out = paid(five.sakura, "11-04")
    named = paid(five.sakura, "11-04")
    confirm(named, on="11-06")
    with at("11-16"):  # Seven bank days have passed, the eighth has not.
        assert match_chain_files() == Matched(0, 0, 0)
    with at("11-17"):
        assert match_chain_files().opened_count == 1
        assert match_chain_files().opened_count == 0
    case = Case.objects.get(kind="file_missing")
    assert (case.payment, case.owner, case.due_on) == (left_out, five.sakura, date(2026, 11, 20))
    with at("11-18"):
        send(file_bytes(row(left_out)))
        assert match_chain_files() == Matched(0, 0, 1)
    case.refresh_from_db()
    assert case.status == "closed"


def test_a_day_that_is_missing_whole_is_one_case(five: Cast, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(matching, "CASES_PER_DAY_MAX", 2)
    payments = [paid(five.sakura, "11-04", 1_000 + place) for place in range(3)]
    with at("11-17"):
        assert match_chain_files().opened_count == 1
        assert match_chain_files().opened_count == 0
    case = Case.objects.get()
    assert (case.told["count"], case.told["amount_yen"]) == (3, 3_003)
    with at("11-18"):
        send(file_bytes(*map(row, payments[:2])))
        assert match_chain_files().closed_count == 0
        send(file_bytes(row(payments[2])))
        assert match_chain_files().closed_count == 1


@pytest.mark.fault("A27")
def test_what_comes_to_a_day_whose_case_is_closed_gets_a_case_of_its_own(
    five: Cast, monkeypatch: pytest.MonkeyPatch
):
    """Told by a till weeks later, or found by staff in suspense: the first case never saw it."""
    monkeypatch.setattr(matching, "CASES_PER_DAY_MAX", 1)
    staff = centre_staff()
    first = [paid(five.sakura, "11-04"), paid(five.sakura, "11-04")]
    with at("11-04"):
        receive_payment(notice("nowhere", advice=True))
        late = [notice(register(five.sakura), advice=True) for _ in range(4)]
    with at("11-17"):
        assert match_chain_files().opened_count == 1
    with at("11-17", "18:00"):
        receive_payment(late[0])
        assert match_chain_files().opened_count == 0  # The day's case is open, and stands for it.
    with at("11-18"):
        _close_by_hand(staff, Case.objects.get(kind="file_missing"))
        assert match_chain_files().opened_count == 1
        assert match_chain_files().opened_count == 0
    assert Case.objects.filter(payment__in=first).count() == 0
    with at("11-19"):
        found = Payment.objects.get(status="suspense")
        assign_suspense(staff, found.pk, register(five.sakura).pk, "レシート")
        assert match_chain_files().opened_count == 1
        for told in late[1:3]:
            receive_payment(told)
        assert match_chain_files().opened_count == 1
        assert match_chain_files().opened_count == 0
    days = Case.objects.filter(kind="file_missing", payment=None).order_by("opened_at")
    assert list(days.values_list("told__count", flat=True)) == [2, 2]
    with at("11-20"):
        _close_by_hand(staff, days[1])
        receive_payment(late[3])
        assert match_chain_files().opened_count == 1
        assert match_chain_files().opened_count == 0


def _close_by_hand(staff: Staff, case: Case) -> None:
    resolve_difference(staff, case.pk, Resolution("asked_chain", "照会済"))


def test_test_payments_are_missed_by_nobody(five: Cast):
    with at("11-04"):
        receive_payment(notice(register(five.sakura.twin), chain="lawson-test"))
    with at("11-24"):
        assert match_chain_files().opened_count == 0


def test_an_advice_that_comes_after_the_file_is_confirmed_by_it(five: Cast):
    with at("11-24"):
        invoice = register(five.sakura)
        late = notice(invoice, advice=True)
        wrong = notice(register(five.sakura), advice=True)
    with at("11-25"):
        send(file_bytes(row_of_key(late.key), row_of_key(wrong.key, amount_yen=9_999)))
        assert match_chain_files() == Matched(0, 0, 0)
        receive_payment(late)
        receive_payment(wrong)
        assert match_chain_files() == Matched(1, 0, 0)
        assert match_chain_files() == Matched(0, 0, 0)
    payment = Payment.objects.get(invoice=invoice)
    assert payment.status == "confirmed"
    statuses = Case.objects.filter(kind="file_unknown").values_list("told__amount_yen", "status")
    assert dict(statuses) == {10_000: "closed", 9_999: "open"}


def test_staff_end_a_difference_in_the_ways_its_kind_allows(five: Cast):
    payment, staff = paid(five.sakura, "11-24"), centre_staff()
    with at("11-25"):
        send(file_bytes(row(payment, amount_yen=9_999)))
        case = Case.objects.get()
        with pytest.raises(ActionNotAllowed):
            resolve_difference(staff, case.pk, Resolution("refunded"))
        resolve_difference(staff, case.pk, Resolution("confirm", "店舗のレシートを確認"))
        with pytest.raises(ActionNotAllowed):
            resolve_difference(staff, case.pk, Resolution("confirm"))
    assert status_of(payment) == "confirmed"
    case.refresh_from_db()
    assert (case.status, case.closed_by) == ("closed", staff)
    assert case.resolution.endswith("店舗のレシートを確認")


def test_a_day_case_has_no_payment_to_confirm(five: Cast, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(matching, "CASES_PER_DAY_MAX", 0)
    paid(five.sakura, "11-04")
    with at("11-17"):
        match_chain_files()
        with pytest.raises(ActionNotAllowed):
            resolve_difference(centre_staff(), Case.objects.get().pk, Resolution("confirm"))


def test_the_sweep_plays_the_chains_in_a_demo_only(five: Cast):
    payment = paid(five.sakura, "11-22")
    with at("11-24"):
        tasks.sweep_chain_files()
    assert status_of(payment) == "reported"
    Centre.objects.update(is_demo=True)
    with at("11-24"):
        tasks.sweep_chain_files()
    assert status_of(payment) == "confirmed"
    assert json.dumps(list(Case.objects.values_list("kind"))) == "[]"


@pytest.mark.fault("A27")
def test_who_undoes_suspense_leaves_what_a_file_said_of_it_to_a_person(five: Cast):
    """The chain means to pay for cash that its store gave back: nobody else would see it."""
    with at("11-20", "12:00"):
        lost = notice("nowhere", advice=True)
        receive_payment(lost)
        send(file_bytes(row(Payment.objects.get(status="suspense"))))
        assert Case.objects.filter(status=Case.Status.OPEN).count() == 2
        reverse_payment(reversal(lost))
    left = Case.objects.get(status=Case.Status.OPEN)
    assert left.kind.startswith("file_")
