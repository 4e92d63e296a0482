"""When a chain remits, and what for: periods from its dated terms. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol, cast

from settlement.calendar import (
    Cycle,
    Span,
    add_bank_days,
    next_bank_day,
    owner_closing_dates,
)

OVERDUE_AFTER_BANK_DAYS = 1
_ONE_DAY = timedelta(days=1)


class Agreed(Protocol):
    """What a row of terms says, as far as the calendar asks."""

    starts_on: date
    cut_off: str
    after_days: int


@dataclass(frozen=True)
class Period:
    """A chain's period: its last business date, the day it is remitted on, the terms' place.

    A payment belongs to the first period that ends on or after its business date and whose day
    has not begun at its confirmation. So it is in exactly one, and a late one in a later one.
    """

    cut_off: date
    remits_on: date
    place: int

    def takes(self, business_date: date, confirmed_on: date) -> bool:
        """Say whether a payment was confirmed in time for this period or an earlier one."""
        return business_date <= self.cut_off and confirmed_on < self.remits_on


def spans_of(terms: Sequence[Agreed]) -> list[Span]:
    """Return the terms, oldest first, as the calendar's spans."""
    following = [*(one.starts_on - _ONE_DAY for one in terms[1:]), None]
    return [
        Span(one.starts_on, ends_on, cast("Cycle", one.cut_off))
        for one, ends_on in zip(terms, following, strict=True)
    ]


def periods(terms: Sequence[Agreed], upto: date) -> list[Period]:
    """Return the periods whose day has come by ``upto``, in their order.

    Under other terms a later period might be due first; it waits for the one before it, so that
    what is remitted keeps the order of the business dates.
    """
    if not terms or upto < terms[0].starts_on:
        return []
    found: list[Period] = []
    for cut_off in owner_closing_dates(spans_of(terms), upto):
        place = max(at for at, one in enumerate(terms) if one.starts_on <= cut_off)
        remits_on = remittance_day(cut_off, terms[place].after_days)
        if found:
            remits_on = max(remits_on, found[-1].remits_on)
        if remits_on <= upto:
            found.append(Period(cut_off, remits_on, place))
    return found


def remittance_day(cut_off: date, after_days: int) -> date:
    """Return the bank day on which a period is remitted."""
    return next_bank_day(cut_off + timedelta(days=after_days))


def overdue_from(remits_on: date) -> date:
    """Return the day from which money that has not come is late: a bank day's grace has passed."""
    return add_bank_days(remits_on, OVERDUE_AFTER_BANK_DAYS + 1)


def fee_yen(gross_yen: int, payments_count: int, *, each_yen: int, transfer_yen: int) -> int:
    """Return what a chain keeps of a period; of nothing it keeps nothing, and never more."""
    if payments_count == 0:
        return 0
    return min(each_yen * payments_count + transfer_yen, gross_yen)
