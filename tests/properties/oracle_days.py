"""The oracle's own calendar: written from the contract's words, day by day, with no shortcuts."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import holidays

TOKYO = ZoneInfo("Asia/Tokyo")
ONE_DAY = timedelta(days=1)
_HOLIDAYS = holidays.country_holidays("JP", years=range(2015, 2045))
_DAYS_OF_CYCLE = {
    "5-day": {5, 10, 15, 20, 25},
    "10-day": {10, 20},
    "half-month": {15},
    "month-end": set(),
}


def jst_day(at: datetime) -> date:
    return at.astimezone(TOKYO).date()


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=TOKYO)


def banks_open(day: date) -> bool:
    if day.weekday() in (5, 6) or day in _HOLIDAYS:
        return False
    return not (day.month == 12 and day.day == 31) and not (day.month == 1 and day.day <= 3)


def statement_day(closes_on: date) -> date:
    day = closes_on + timedelta(days=8)
    while not banks_open(day):
        day += ONE_DAY
    return day


def pay_day(stated_on: date) -> date:
    day, counted = stated_on, 0
    while counted < 5:
        day += ONE_DAY
        counted += banks_open(day)
    return day


def is_month_end(day: date) -> bool:
    return (day + ONE_DAY).day == 1


def is_anniversary(first: date, day: date) -> bool:
    if (first.month, first.day) == (2, 29) and not is_leap(day.year):
        return (day.month, day.day) == (2, 28)
    return (day.month, day.day) == (first.month, first.day)


def is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


@dataclass
class Signed:
    """One row of the contract: from which day which cycle and plan hold."""

    starts_on: date
    cycle: str
    plan: str


@dataclass
class ContractOfOwner:
    """The rows in force, each until the next begins; a change voids what was signed for later."""

    rows: list[Signed] = field(default_factory=list)

    def on(self, day: date) -> Signed:
        """Return the row of a day; a day before the contract is the first row's."""
        held = [row for row in self.rows if row.starts_on <= day]
        return held[-1] if held else self.rows[0]

    def supersede(self, row: Signed) -> None:
        self.rows = [older for older in self.rows if older.starts_on < row.starts_on] + [row]

    def closes(self, day: date) -> bool:
        """Tell whether ``day`` is a closing date of the owner."""
        if day < self.rows[0].starts_on:
            return False
        return day.day in _DAYS_OF_CYCLE[self.on(day).cycle] or is_month_end(day)

    def closing_after(self, day: date) -> date:
        """Return the first closing date on or after ``day``."""
        while not self.closes(day):
            day += ONE_DAY
        return day

    def closing_of_payment(self, business_date: date, confirmed_at: datetime) -> date:
        closes_on = self.closing_after(business_date)
        while midnight(statement_day(closes_on)) <= confirmed_at:
            closes_on = self.closing_after(closes_on + ONE_DAY)
        return closes_on
