"""Closings on real threads: one statement a period, each confirmed payment in exactly one."""

from functools import partial
from typing import Any

import pytest
from django.db.models import Sum

from billing.models import Confirmation, Event, Payment
from billing.services.payments import key_of
from billing.services.reversals import reverse_payment
from billing.tills.notices import ReversalNotice
from settlement.calendar import closing_dates
from settlement.models import Closing, Payout, Statement
from settlement.services.closing import close_due_periods, close_period
from settlement.services.confirmations import Confirmed, confirm_payments
from settlement.tests.scene import FIRST, at, cast_of, close, day_of, instant, paid, settled
from smartpit.kernel import clock
from tests.cast import Cast
from tests.threads import in_threads

STATED = day_of("11-13")


@pytest.fixture
def cast(committed_db: str) -> Cast:
    return cast_of()


def test_four_who_close_at_once_make_one_statement(cast: Cast):
    for amount_yen in (10_000, 20_000):
        settled(cast.sakura, "11-03", amount_yen)

    def work(_place: int) -> list[Statement]:
        with at("11-13"):
            return close_due_periods(STATED)

    outcomes = in_threads(work, 4)
    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert Statement.objects.get().gross_yen == 30_000
    assert Payout.objects.count() == 1
    assert Closing.objects.filter(owner=cast.sakura).count() == 1
    assert Event.objects.filter(type="statement.closed", tenant=None).count() == 1


@pytest.mark.fault("D01")
@pytest.mark.fault("D02")
def test_eight_beats_that_catch_up_on_a_hundred_periods_close_each_once_in_order(cast: Cast):
    """Each of the periods is a race of eight, as all of them look for the same next one."""
    days = closing_dates("5-day", FIRST, day_of("2028-06-30"))
    for closes_on in days[::4]:
        settled(cast.sakura, closes_on.isoformat())

    def work(_place: int) -> None:
        with at("2028-07-12"):
            close_due_periods(day_of("2028-07-12"))

    outcomes = in_threads(work, 8)
    assert outcomes == [None] * 8
    closed = Closing.objects.filter(owner=cast.sakura).order_by("pk")
    assert [row.closes_on for row in closed] == days
    stated = Statement.objects.order_by("closes_on")
    assert [row.closes_on for row in stated] == days[::4]
    assert {row.gross_yen for row in stated} == {10_000}
    assert Payout.objects.count() == len(stated)
    assert Event.objects.filter(type="statement.closed", tenant=None).count() == len(stated)


@pytest.mark.fault("D11")
@pytest.mark.fault("E02")
def test_confirmations_that_race_with_their_closing_are_each_in_one_statement(cast: Cast):
    """Half of the threads still live on the eve, as clocks do when they wait for a lock."""
    payments = [paid(cast.sakura, "11-04", 1_000 + place) for place in range(24)]

    def work(place: int) -> Any:
        if place == 4:
            with at("11-13", "00:00"):
                return close_period(cast.sakura.pk, day_of("11-05"))
        hour = instant("11-12", "23:59:59") if place % 2 else instant("11-13", "00:00")
        with clock.frozen(hour):
            return [confirm_payments([key_of(row)]) for row in payments[place % 4 :: 4]]

    outcomes = in_threads(work, 5)
    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    close("12-31")
    _require_each_in_one_statement(payments)


def _require_each_in_one_statement(payments: list[Payment]) -> None:
    confirmed = Confirmation.objects.values_list("payment_id", flat=True)
    assert set(confirmed) == {payment.pk for payment in payments}
    statements = Statement.objects.all()
    assert sum(statement.payments_count for statement in statements) == len(payments)
    total_yen = sum(payment.amount_yen or 0 for payment in payments)
    assert sum(statement.gross_yen for statement in statements) == total_yen
    for statement in statements:
        stated = Confirmation.objects.filter(closes_on=statement.closes_on)
        assert stated.count() == statement.payments_count
        gross_yen = stated.aggregate(yen=Sum("payment__amount_yen"))["yen"]
        assert gross_yen == statement.gross_yen


def test_a_confirmation_and_a_reversal_that_race_never_both_win(cast: Cast):
    for _ in range(15):
        payment = paid(cast.sakura, "11-03")

        def work(place: int, payment: Payment = payment) -> Any:
            with at("11-03"):
                if place:
                    return reverse_payment(ReversalNotice(key_of(payment), "客都合"))
                return confirm_payments([key_of(payment)])[0]

        outcome, reversal = in_threads(work, 2)
        payment.refresh_from_db()
        if isinstance(outcome, Confirmed):
            assert getattr(reversal, "code", None) == "reversal_too_late"
            assert payment.status == Payment.Status.CONFIRMED
        else:
            assert getattr(outcome, "code", None) == "not_reported"
            assert payment.status == Payment.Status.REVERSED


def test_one_key_confirmed_by_four_at_once_is_confirmed_once(cast: Cast):
    payment = paid(cast.sakura, "11-03")
    outcomes = in_threads(partial(_confirm, payment), 4)
    codes = sorted(getattr(outcome, "code", "") for outcome in outcomes)
    assert codes == ["", *["confirmed_before"] * 3]


def _confirm(payment: Payment, _place: int) -> Any:
    with at("11-03"):
        return confirm_payments([key_of(payment)])[0]
