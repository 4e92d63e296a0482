"""Every closing date of 2024 to 2036 against an oracle that walks the days one by one."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from settlement import calendar
from settlement.calendar import Cycle, Span
from tests.properties.oracle_days import (
    ContractOfOwner,
    Signed,
    midnight,
    pay_day,
    statement_day,
)

FIRST, LAST = date(2024, 1, 1), date(2036, 12, 31)
ONE_DAY = timedelta(days=1)
CYCLES: tuple[Cycle, ...] = ("5-day", "10-day", "half-month", "month-end")
HOW_MANY = dict(zip(CYCLES, (6, 3, 2, 1), strict=True))


def every_day(first: date = FIRST, last: date = LAST) -> list[date]:
    return [first + timedelta(days=place) for place in range((last - first).days + 1)]


@pytest.mark.fault("D10")
@pytest.mark.fault("E08")
@pytest.mark.fault("E20")
@pytest.mark.parametrize("cycle", CYCLES)
def test_every_closing_date_has_the_oracles_statement_day_and_pay_day(cycle: Cycle):
    contract = ContractOfOwner([Signed(FIRST, cycle, "plan-120")])
    expected = [day for day in every_day() if contract.closes(day)]
    assert calendar.closing_dates(cycle, FIRST, LAST) == expected
    assert len(expected) == 13 * 12 * HOW_MANY[cycle]
    for closes_on in expected:
        stated_on = calendar.statement_day(closes_on)
        assert stated_on == statement_day(closes_on)
        assert calendar.pay_day(stated_on) == pay_day(stated_on)


@pytest.mark.fault("D10")
@pytest.mark.parametrize("cycle", CYCLES)
def test_every_day_has_one_period_and_a_payment_takes_it_to_the_last_instant(cycle: Cycle):
    contract = ContractOfOwner([Signed(FIRST, cycle, "plan-120")])
    spans = [Span(FIRST, None, cycle)]
    for day in every_day(FIRST, date(2029, 1, 1)):
        closes_on = calendar.first_closing_on_or_after(spans, day)
        assert closes_on == contract.closing_after(day)
        begins = midnight(statement_day(closes_on))
        for at in (begins - timedelta(microseconds=1), begins):
            found = calendar.closing_date_of(spans, day, _day_in_japan(at))
            assert found == contract.closing_of_payment(day, at)


def _day_in_japan(at: datetime) -> date:
    return at.date()  # The oracle's instants are told in Japan.


@st.composite
def changes(draw: st.DrawFn) -> list[tuple[int, Cycle]]:
    """Draw after how many closing dates which cycle follows."""
    pairs = st.tuples(st.integers(1, 20), st.sampled_from(CYCLES))
    return draw(st.lists(pairs, max_size=5))


@pytest.mark.fault("E19")
@settings(max_examples=200)
@given(first=st.dates(FIRST, date(2030, 12, 31)), cycle=st.sampled_from(CYCLES), changed=changes())
def test_after_any_changes_each_day_is_in_one_period_and_no_two_overlap(
    first: date, cycle: Cycle, changed: list[tuple[int, Cycle]]
):
    spans, contract = [Span(first, None, cycle)], ContractOfOwner([Signed(first, cycle, "")])
    for count, following in changed:
        ends = calendar.owner_closing_dates(spans, spans[-1].starts_on + timedelta(days=800))
        begun = [day for day in ends if day >= spans[-1].starts_on][:count][-1] + ONE_DAY
        assert calendar.is_period_start(spans, begun)
        spans = [*spans[:-1], Span(spans[-1].starts_on, begun - ONE_DAY, spans[-1].cycle)]
        spans.append(Span(begun, None, following))
        contract.supersede(Signed(begun, following, ""))
    upto = spans[-1].starts_on + timedelta(days=70)
    listed = calendar.owner_closing_dates(spans, upto)
    assert listed == [day for day in every_day(first, upto) if contract.closes(day)]
    starts = [calendar.period_starts_on(spans, closes_on) for closes_on in listed]
    assert starts == [first, *(closes_on + ONE_DAY for closes_on in listed[:-1])]


def test_a_change_may_begin_on_the_day_after_a_closing_date_and_on_no_other():
    for cycle in CYCLES:
        contract = ContractOfOwner([Signed(FIRST, cycle, "")])
        spans = [Span(FIRST, None, cycle)]
        for day in every_day(FIRST + ONE_DAY, date(2028, 12, 31)):
            assert calendar.is_period_start(spans, day) == contract.closes(day - ONE_DAY)
