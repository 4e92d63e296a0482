"""Closing dates, statement days, pay days: every day here is a day in Japan.

A rule of the calendar is data and one line. The national holidays are the real ones of the
``holidays`` library (known to it up to 2099); the banks' own days round New Year are added here.
"""

from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, date, datetime, time, timedelta
from functools import cache
from heapq import merge
from itertools import chain, groupby, pairwise, takewhile
from typing import Literal

import holidays

from smartpit.kernel.clock import JST

Cycle = Literal["5-day", "10-day", "half-month", "month-end"]

STATEMENT_AFTER_DAYS = 8
PAY_AFTER_BANK_DAYS = 5
EXPORT_CLOSES_AT = time(12)

_ONE_DAY = timedelta(days=1)
_CLOSING_DAYS: dict[Cycle, tuple[int, ...]] = {
    "5-day": (5, 10, 15, 20, 25),
    "10-day": (10, 20),
    "half-month": (15,),
    "month-end": (),
}
_NEW_YEAR = {(12, 31), (1, 1), (1, 2), (1, 3)}


@dataclass(frozen=True)
class Span:
    """The days on which one contract row holds, and its cycle.

    ``ends_contract`` says that ``ends_on`` is the contract's last day and so a closing date. A
    row that is only superseded is not: the contract goes on under the next row, and a change
    of options alone may come in the middle of a period.
    """

    starts_on: date
    ends_on: date | None
    cycle: Cycle
    ends_contract: bool = False


# Bank days


@cache
def _national_holidays(year: int) -> frozenset[date]:
    """Return one year's holidays; asked year by year, as the library's own growing is not safe."""
    return frozenset(holidays.country_holidays("JP", years=year))


def is_bank_day(day: date) -> bool:
    """Say whether Japan's banks transfer money on ``day``."""
    if day.weekday() >= 5 or (day.month, day.day) in _NEW_YEAR:
        return False
    return day not in _national_holidays(day.year)


def next_bank_day(day: date) -> date:
    """Return ``day`` if it is a bank day, else the first one after it."""
    while not is_bank_day(day):
        day += _ONE_DAY
    return day


def previous_bank_day(day: date) -> date:
    """Return the last bank day strictly before ``day``, also where ``day`` is one itself."""
    day -= _ONE_DAY
    while not is_bank_day(day):
        day -= _ONE_DAY
    return day


def add_bank_days(day: date, count: int) -> date:
    """Return the ``count``-th bank day strictly after ``day``; for 0, ``day`` as it is."""
    assert count >= 0
    for _ in range(count):
        day = next_bank_day(day + _ONE_DAY)
    return day


# A period's three days


def closing_dates(cycle: Cycle, first: date, last: date) -> list[date]:
    """Return the cycle's closing dates from ``first`` to ``last``, both included."""
    return list(takewhile(lambda day: day <= last, _cycle_dates(cycle, first)))


@cache
def statement_day(closes_on: date) -> date:
    """Return the day on which the period's account is fixed and told."""
    return next_bank_day(closes_on + timedelta(days=STATEMENT_AFTER_DAYS))


@cache
def pay_day(stated_on: date) -> date:
    """Return the day on which the bank pays what was stated."""
    return add_bank_days(stated_on, PAY_AFTER_BANK_DAYS)


def export_closes_at(pays_on: date) -> datetime:
    """Return the instant from which no payout can join the bank's file for ``pays_on``."""
    return datetime.combine(previous_bank_day(pays_on), EXPORT_CLOSES_AT, JST)


def earliest_pay_day(at: datetime) -> date:
    """Return the first bank day whose file is still open at ``at``, for a payout that is late."""
    pays_on = add_bank_days(at.astimezone(JST).date(), 1)
    while export_closes_at(pays_on) <= at:
        pays_on = add_bank_days(pays_on, 1)
    return pays_on


# The owner's calendar, over its dated contract rows


def owner_closing_dates(spans: Sequence[Span], upto: date) -> list[date]:
    """Return the owner's closing dates from its first day to ``upto``."""
    return list(takewhile(lambda day: day <= upto, _owner_dates(spans, spans[0].starts_on)))


def first_closing_on_or_after(spans: Sequence[Span], day: date) -> date:
    """Return the closing date of the period a FAX, a charge or a refund of ``day`` belongs to."""
    return next(_owner_dates(spans, day))


def closing_date_of(spans: Sequence[Span], business_date: date, confirmed_on: date) -> date:
    """Return the closing date a payment gets when it is confirmed on ``confirmed_on``.

    The statement day begins at 00:00 JST: a confirmation on that very day comes too late for it
    and takes the next closing date, whether or not a statement was made for the first.
    """
    return next(
        closes_on
        for closes_on in _owner_dates(spans, business_date)
        if statement_day(closes_on) > confirmed_on
    )


def period_starts_on(spans: Sequence[Span], closes_on: date) -> date:
    """Return the first day of the period that closes on ``closes_on``."""
    earlier = owner_closing_dates(spans, closes_on - _ONE_DAY)
    return earlier[-1] + _ONE_DAY if earlier else spans[0].starts_on


def is_period_start(spans: Sequence[Span], day: date) -> bool:
    """Say whether a new cycle or plan may hold from ``day``: the day after a closing date.

    Judged by the terms in force on the eve, so that a change already signed for an earlier day
    counts.
    """
    eve = day - _ONE_DAY
    return first_closing_on_or_after(spans, eve) == eve


def _cycle_dates(cycle: Cycle, first: date) -> Iterator[date]:
    """Yield the cycle's dates from ``first`` on, without end."""
    for month_index in range(first.year * 12 + first.month - 1, (MAXYEAR + 1) * 12):
        year, month = divmod(month_index, 12)
        last_day = monthrange(year, month + 1)[1]
        for day in (*_CLOSING_DAYS[cycle], last_day):
            closes_on = date(year, month + 1, day)
            if closes_on >= first:
                yield closes_on


def _owner_dates(spans: Sequence[Span], first: date) -> Iterator[date]:
    """Yield the owner's closing dates from ``first`` on, without end.

    A row's cycle rules until the next row begins: also over the days after a contract's end, on
    which what is still unstated must find a closing date.
    """
    assert spans
    assert all(one.starts_on < other.starts_on for one, other in pairwise(spans))

    last_days = [*(span.starts_on - _ONE_DAY for span in spans[1:]), date.max]
    return chain.from_iterable(
        _span_dates(span, max(first, span.starts_on), last_day)
        for span, last_day in zip(spans, last_days, strict=True)
        if first <= last_day
    )


def _span_dates(span: Span, first: date, last: date) -> Iterator[date]:
    """Yield one row's closing dates from ``first`` to ``last``, the contract's last day among."""
    end = [span.ends_on] if span.ends_contract and span.ends_on else []
    dates = merge(_cycle_dates(span.cycle, first), [day for day in end if day >= first])
    return takewhile(lambda day: day <= last, (day for day, _ in groupby(dates)))
