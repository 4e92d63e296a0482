"""三者照合: payments, files and books side by side, to the yen."""

from datetime import date

import pytest

from billing.models import Case, Chain
from billing.services.payments import key_of, receive_payment
from billing.services.reversals import reverse_payment
from billing.tills.notices import ReversalNotice
from settlement.matching import DayMatch, days_of, last_days
from settlement.services.file_cases import Resolution, resolve_difference
from settlement.services.matching import match_chain_files
from settlement.tests.chain_file_cast import file_bytes, row, send
from settlement.tests.scene import at, cast_of, centre_staff, paid, refund
from tests.cast import Cast, notice, register


@pytest.fixture
def five(db: None) -> Cast:
    return cast_of()


def days(chain: str = "lawson") -> list[DayMatch]:
    return days_of(Chain.objects.get(pk=chain), date(2026, 11, 1), date(2026, 11, 30))


def test_a_day_waits_until_its_file_has_come(five: Cast):
    one, other = paid(five.sakura, "11-24", 10_000), paid(five.aoba, "11-24", 5_000)
    (day,) = days()
    assert (day.state, day.taken_yen, day.books_yen, day.reported_count) == (
        "waiting", 15_000, 15_000, 2,
    )  # fmt: skip
    with at("11-25"):
        send(file_bytes(row(one), row(other)))
    (day,) = days()
    assert day == DayMatch(date(2026, 11, 24), 2, 15_000, 0, 2, 15_000, 2, 15_000, 15_000, 0, 0)
    assert (day.state, day.word, day.tone) == ("match", "一致", "green")


def test_a_refund_leaves_what_the_chain_owes(five: Cast):
    one = paid(five.sakura, "11-24", 10_000)
    with at("11-25"):
        send(file_bytes(row(one)))
    refund(one, on="11-26")
    assert [day.state for day in days()] == ["match"]


def test_a_reversal_of_the_next_day_counts_for_the_day_it_undoes(five: Cast):
    with at("11-24", "23:30"):
        told = notice(register(five.sakura))
        receive_payment(told)
    with at("11-25", "00:20"):
        reverse_payment(ReversalNotice(told.key, "客都合"))
    (day,) = days()
    assert (day.taken_yen, day.books_yen, day.state) == (0, 0, "match")


def test_a_difference_is_open_until_somebody_ends_it(five: Cast):
    one = paid(five.sakura, "11-24", 10_000)
    with at("11-25"):
        send(file_bytes(row(one, amount_yen=9_000)))
    (day,) = days()
    assert (day.state, day.differences_count, day.open_count) == ("open", 1, 1)
    with at("11-26"):
        resolve_difference(centre_staff(), Case.objects.get().pk, Resolution("confirm"))
    (day,) = days()
    assert (day.state, day.file_yen, day.confirmed_yen) == ("settled", 9_000, 10_000)


def test_suspense_is_in_all_three(five: Cast):
    with at("11-24"):
        receive_payment(notice("nowhere", advice=True))
    (day,) = days()
    assert (day.taken_yen, day.books_yen) == (10_000, 10_000)
    assert day.state == "waiting"  # No file has named it, so nothing agrees yet.


def test_a_left_out_payment_shows_on_its_day(five: Cast):
    one = paid(five.sakura, "11-04")
    with at("11-24"):
        match_chain_files()
    (day,) = days()
    assert (day.day, day.state, day.open_count) == (one.business_date, "open", 1)
    assert key_of(one).chain == "lawson"


def test_the_books_are_asked_and_not_the_payments_twice(five: Cast):
    """A posting that the books would lose makes the day red."""
    paid(five.sakura, "11-24")
    (day,) = days()
    assert DayMatch(**(vars(day) | {"books_yen": 9_999})).state == "open"


def test_the_test_side_has_no_books(five: Cast):
    with at("11-24"):
        receive_payment(notice(register(five.sakura.twin), chain="lawson-test"))
    assert [(one.taken_yen, one.books_yen) for one in days("lawson-test")] == [(10_000, None)]
    assert days() == []


def test_thirty_one_days_end_today():
    assert last_days(date(2026, 11, 30), 30) == (date(2026, 11, 1), date(2026, 11, 30))
