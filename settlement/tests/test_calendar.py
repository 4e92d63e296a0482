"""Closing dates, statement days and pay days, against an oracle written without the library."""

from datetime import UTC, date, datetime, timedelta

import pytest

from settlement.calendar import (
    Cycle,
    Span,
    add_bank_days,
    closing_date_of,
    closing_dates,
    earliest_pay_day,
    export_closes_at,
    first_closing_on_or_after,
    is_bank_day,
    is_period_start,
    next_bank_day,
    owner_closing_dates,
    pay_day,
    period_starts_on,
    previous_bank_day,
    statement_day,
)
from smartpit.kernel.clock import JST

CYCLES: tuple[Cycle, ...] = ("5-day", "10-day", "half-month", "month-end")

# Days of the two equinoxes as announced or computed, by year.
SPRING = {
    20: (2024, 2025, 2026, 2028, 2029, 2030, 2032, 2033, 2034, 2036, 2037),
    21: (2027, 2031, 2035),
}
AUTUMN = {
    22: (2024, 2028, 2032, 2036),
    23: (2025, 2026, 2027, 2029, 2030, 2031, 2033, 2034, 2035, 2037),
}


def nth_monday(year: int, month: int, nth: int) -> date:
    mondays = [
        date(year, month, day) for day in range(1, 29) if date(year, month, day).weekday() == 0
    ]
    return mondays[nth - 1]


def holidays_of(year: int) -> set[date]:
    """The holiday law by hand, as it stands since 2022."""
    fixed = [(1, 1), (2, 11), (2, 23), (4, 29), (5, 3), (5, 4), (5, 5), (8, 11), (11, 3), (11, 23)]
    named = {date(year, month, day) for month, day in fixed}
    named |= {nth_monday(year, month, nth) for month, nth in [(1, 2), (7, 3), (9, 3), (10, 2)]}
    named |= {date(year, 3, day) for day, years in SPRING.items() if year in years}
    named |= {date(year, 9, day) for day, years in AUTUMN.items() if year in years}
    assert len(named) == 16

    days = set(named)
    for day in sorted(named):
        if day.weekday() == 6:
            while day in days:
                day += timedelta(days=1)
            days.add(day)
    for day in sorted(named):
        between = day + timedelta(days=1)
        if day + timedelta(days=2) in named and between.weekday() != 6:
            days.add(between)
    return days


CLOSED = {day for year in range(2024, 2038) for day in holidays_of(year)}
CLOSED |= {
    date(year, month, day)
    for year in range(2024, 2038)
    for month, day in [(12, 31), (1, 1), (1, 2), (1, 3)]
}


def opens(day: date) -> bool:
    return day.isoweekday() <= 5 and day not in CLOSED


def days_between(first: date, last: date) -> list[date]:
    return [first + timedelta(days=offset) for offset in range((last - first).days + 1)]


def closes(cycle: Cycle, day: date) -> bool:
    if (day + timedelta(days=1)).day == 1:
        return True
    if day.day > 25:
        return False
    step = {"5-day": 5, "10-day": 10, "half-month": 15, "month-end": 99}[cycle]
    return day.day % step == 0


@pytest.mark.fault("E08")
def test_every_day_of_2024_to_2036_is_a_bank_day_or_not_as_the_law_says() -> None:
    for day in days_between(date(2024, 1, 1), date(2036, 12, 31)):
        assert is_bank_day(day) == opens(day), day


@pytest.mark.fault("D10")
@pytest.mark.fault("E08")
@pytest.mark.fault("E20")
@pytest.mark.parametrize("cycle", CYCLES)
def test_every_closing_date_of_2024_to_2036_is_stated_and_paid_on_its_day(cycle: Cycle) -> None:
    first, last = date(2024, 1, 1), date(2036, 12, 31)
    expected = [day for day in days_between(first, last) if closes(cycle, day)]
    a_year = {"5-day": 72, "10-day": 36, "half-month": 24, "month-end": 12}[cycle]

    assert closing_dates(cycle, first, last) == expected
    assert len(expected) == a_year * 13
    for closes_on in expected:
        stated = [day for day in days_between(closes_on, closes_on + timedelta(30)) if opens(day)]
        stated_on = next(day for day in stated if (day - closes_on).days >= 8)
        pays_on = [day for day in stated if day > stated_on][4]
        assert statement_day(closes_on) == stated_on
        assert pay_day(stated_on) == pays_on


def test_the_contracts_example_closes_5_november_is_stated_on_the_13th_and_pays_on_the_20th() -> (
    None
):
    assert statement_day(date(2026, 11, 5)) == date(2026, 11, 13)
    assert pay_day(date(2026, 11, 13)) == date(2026, 11, 20)


def test_the_sandwiched_and_the_substitute_holiday_of_2026_are_no_bank_days() -> None:
    assert not is_bank_day(date(2026, 9, 22))
    assert not is_bank_day(date(2026, 5, 6))


def test_banks_rest_from_31_december_to_3_january() -> None:
    assert is_bank_day(date(2026, 12, 30))
    assert next_bank_day(date(2026, 12, 31)) == date(2027, 1, 4)
    assert statement_day(date(2026, 12, 25)) == date(2027, 1, 4)


def test_the_next_bank_day_may_be_the_day_itself_and_the_previous_never() -> None:
    friday = date(2026, 11, 13)

    assert next_bank_day(friday) == friday
    assert previous_bank_day(friday) == date(2026, 11, 12)
    assert previous_bank_day(date(2026, 11, 16)) == friday
    assert add_bank_days(friday, 0) == friday
    assert add_bank_days(friday, 1) == date(2026, 11, 16)


def test_closing_dates_include_both_ends_and_may_be_none() -> None:
    assert closing_dates("10-day", date(2028, 2, 20), date(2028, 2, 29)) == [
        date(2028, 2, 20),
        date(2028, 2, 29),
    ]
    assert closing_dates("month-end", date(2026, 2, 1), date(2026, 2, 27)) == []


def test_export_closes_at_noon_of_the_bank_day_before() -> None:
    monday, friday_noon = date(2026, 11, 16), datetime(2026, 11, 13, 12, tzinfo=JST)

    assert export_closes_at(monday) == friday_noon
    assert earliest_pay_day(friday_noon - timedelta(seconds=1)) == monday
    assert earliest_pay_day(friday_noon) == date(2026, 11, 17)
    # Still Thursday in UTC, already Friday in Japan.
    assert earliest_pay_day(datetime(2026, 11, 12, 16, tzinfo=UTC)) == monday


OPEN_5_DAY = [Span(date(2026, 11, 1), None, "5-day")]


def test_a_payment_confirmed_before_its_statement_day_takes_its_own_closing_date() -> None:
    paid_on = date(2026, 11, 3)

    assert closing_date_of(OPEN_5_DAY, paid_on, date(2026, 11, 12)) == date(2026, 11, 5)


def test_a_payment_confirmed_on_its_statement_day_takes_the_next_closing_date() -> None:
    paid_on = date(2026, 11, 3)

    assert closing_date_of(OPEN_5_DAY, paid_on, date(2026, 11, 13)) == date(2026, 11, 10)


def test_a_payment_confirmed_months_late_skips_every_period_already_stated() -> None:
    closes_on = closing_date_of(OPEN_5_DAY, date(2026, 11, 3), date(2027, 2, 1))

    assert closes_on == date(2027, 1, 25)  # Stated on 2 February.


def test_a_payment_on_a_closing_date_belongs_to_it() -> None:
    assert closing_date_of(OPEN_5_DAY, date(2026, 11, 5), date(2026, 11, 6)) == date(2026, 11, 5)
    assert closing_date_of(OPEN_5_DAY, date(2026, 11, 6), date(2026, 11, 6)) == date(2026, 11, 10)


def test_a_new_cycle_rules_from_its_first_day_on() -> None:
    spans = [
        Span(date(2026, 10, 26), date(2026, 11, 10), "5-day"),
        Span(date(2026, 11, 11), None, "half-month"),
    ]

    assert owner_closing_dates(spans, date(2026, 12, 14)) == [
        date(2026, 10, 31),
        date(2026, 11, 5),
        date(2026, 11, 10),
        date(2026, 11, 15),
        date(2026, 11, 30),
    ]
    assert period_starts_on(spans, date(2026, 11, 15)) == date(2026, 11, 11)
    # A late payment of the old terms goes on in the new list.
    assert closing_date_of(spans, date(2026, 11, 9), date(2026, 11, 20)) == date(2026, 11, 15)


def test_the_contracts_last_day_is_a_closing_date_and_the_cycle_goes_on_after_it() -> None:
    spans = [Span(date(2026, 10, 1), date(2026, 11, 12), "10-day", ends_contract=True)]

    assert owner_closing_dates(spans, date(2026, 11, 30)) == [
        date(2026, 10, 10),
        date(2026, 10, 20),
        date(2026, 10, 31),
        date(2026, 11, 10),
        date(2026, 11, 12),
        date(2026, 11, 20),
        date(2026, 11, 30),
    ]


def test_what_comes_after_the_contracts_last_day_takes_the_next_date_of_its_cycle() -> None:
    spans = [Span(date(2026, 10, 1), date(2026, 11, 12), "10-day", ends_contract=True)]

    assert first_closing_on_or_after(spans, date(2026, 11, 12)) == date(2026, 11, 12)
    assert first_closing_on_or_after(spans, date(2026, 11, 13)) == date(2026, 11, 20)


def test_a_last_day_that_the_cycle_closes_anyway_stands_once() -> None:
    spans = [Span(date(2026, 11, 1), date(2026, 11, 10), "10-day", ends_contract=True)]

    assert owner_closing_dates(spans, date(2026, 11, 20)) == [
        date(2026, 11, 10),
        date(2026, 11, 20),
    ]


def test_superseding_options_in_the_middle_of_a_period_closes_nothing() -> None:
    spans = [
        Span(date(2026, 11, 1), date(2026, 11, 12), "month-end"),
        Span(date(2026, 11, 13), None, "month-end"),
    ]

    assert owner_closing_dates(spans, date(2026, 12, 1)) == [date(2026, 11, 30)]
    assert period_starts_on(spans, date(2026, 11, 30)) == date(2026, 11, 1)


def test_an_owner_that_comes_back_closes_by_the_old_cycle_until_the_new_contract_begins() -> None:
    spans = [
        Span(date(2026, 9, 1), date(2026, 9, 12), "10-day", ends_contract=True),
        Span(date(2026, 10, 5), None, "half-month"),
    ]

    assert owner_closing_dates(spans, date(2026, 10, 31)) == [
        date(2026, 9, 10),
        date(2026, 9, 12),
        date(2026, 9, 20),
        date(2026, 9, 30),
        date(2026, 10, 15),
        date(2026, 10, 31),
    ]


def test_a_fax_a_charge_or_a_refund_belongs_to_the_period_of_its_day() -> None:
    assert first_closing_on_or_after(OPEN_5_DAY, date(2026, 11, 26)) == date(2026, 11, 30)
    assert first_closing_on_or_after(OPEN_5_DAY, date(2026, 11, 30)) == date(2026, 11, 30)


def test_a_change_may_hold_only_from_the_day_after_a_closing_date_of_the_terms_of_its_eve() -> None:
    spans = [
        Span(date(2026, 11, 1), date(2026, 11, 20), "10-day"),
        Span(date(2026, 11, 21), None, "month-end"),
    ]

    assert is_period_start(spans, date(2026, 11, 11))
    assert is_period_start(spans, date(2026, 11, 21))
    assert not is_period_start(spans, date(2026, 11, 20))
    assert not is_period_start(spans, date(2026, 12, 11))  # The 10-day cycle is over by then.
    assert is_period_start(spans, date(2026, 12, 1))
    assert not is_period_start(spans, date(2026, 11, 1))  # Nothing was in force on its eve.


@pytest.mark.parametrize("cycle", CYCLES)
def test_each_confirmed_payment_finds_exactly_the_first_list_entry_still_unstated(
    cycle: Cycle,
) -> None:
    spans = [Span(date(2026, 12, 1), None, cycle)]
    listed = owner_closing_dates(spans, date(2027, 6, 30))
    for paid_on in days_between(date(2026, 12, 1), date(2027, 1, 31)):
        for late_days in (0, 1, 7, 8, 9, 14, 45):
            confirmed_on = paid_on + timedelta(days=late_days)
            open_dates = [c for c in listed if c >= paid_on and statement_day(c) > confirmed_on]
            assert closing_date_of(spans, paid_on, confirmed_on) == min(open_dates)
