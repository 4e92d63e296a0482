"""What the four settlement cycles would have brought of the same days. Pure.

Every payment is taken as confirmed before its period's statement day. Charges by month or year
fall on the same days under every cycle and are left out; fees, tax, stamps and transfers are
those of the real statements.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from typing import Final

from settlement.account import Account, DayCount, PeriodFacts, Takings, account_of
from settlement.calendar import Cycle, closing_dates, pay_day, statement_day
from tenants.terms import Terms

CYCLES: Final[tuple[Cycle, ...]] = ("5-day", "10-day", "half-month", "month-end")
_ONE_DAY = timedelta(days=1)
_LONGEST_PERIOD = timedelta(days=31)


@dataclass(frozen=True)
class GivenBack:
    """What was refunded on ``day``, counted by the business date of its payments."""

    day: date
    takings: Takings


@dataclass(frozen=True)
class Past:
    """What an owner took on the days from ``first`` to ``last``."""

    first: date
    last: date
    payments: tuple[Takings, ...]
    refunds: tuple[GivenBack, ...]
    faxes: tuple[DayCount, ...]

    @property
    def gross_yen(self) -> int:
        return sum(takings.gross_yen for takings in self.payments)


@dataclass(frozen=True)
class Outcome:
    """A cycle's transfers, what they cost, and how long the owner waited for its money.

    ``yen_days`` is the sum of each paid yen's days from its payment to its transfer, ``paid_yen``
    how many there were. What the last statement carries out is ``carried_yen``.
    """

    cycle: Cycle
    transfers_count: int
    fees_yen: int
    tax_yen: int
    stamp_yen: int
    payout_yen: int
    carried_yen: int
    paid_yen: int
    yen_days: int
    longest_days: int

    @property
    def cost_yen(self) -> int:
        return self.fees_yen + self.tax_yen + self.stamp_yen

    @property
    def wait_tenths(self) -> int:
        """Return the mean wait in tenths of a day, rounded half up."""
        if not self.paid_yen:
            return 0
        return (20 * self.yen_days + self.paid_yen) // (2 * self.paid_yen)


@dataclass
class _Waits:
    """Money that waits for the next transfer, and what earlier money waited."""

    waiting: list[Takings] = field(default_factory=list)
    yen: int = 0
    yen_days: int = 0
    longest: int = 0

    def pay(self, pays_on: date) -> None:
        for takings in self.waiting:
            days = (pays_on - takings.day).days
            self.yen += takings.gross_yen
            self.yen_days += takings.gross_yen * days
            self.longest = max(self.longest, days)
        self.waiting = []


def simulate(cycle: Cycle, past: Past, terms: list[Terms]) -> Outcome:
    """Return what ``past`` comes to in periods of ``cycle``, priced by the owner's own terms."""
    waits = _Waits()
    accounts: list[Account] = []
    carried_yen = 0
    for first, closes_on in _periods(cycle, past):
        facts = _facts(past, first, closes_on, carried_yen)
        account = account_of(facts, terms, (), closes_on)
        carried_yen = account.settled.carried_out_yen
        accounts.append(account)
        waits.waiting += facts.payments
        if account.settled.payout_yen:
            waits.pay(pay_day(statement_day(closes_on)))
    return Outcome(
        cycle=cycle,
        transfers_count=sum(account.settled.payout_yen > 0 for account in accounts),
        fees_yen=sum(account.settled.fees_yen for account in accounts),
        tax_yen=sum(account.settled.tax_yen for account in accounts),
        stamp_yen=sum(account.sums.stamp_yen for account in accounts),
        payout_yen=sum(account.settled.payout_yen for account in accounts),
        carried_yen=carried_yen,
        paid_yen=waits.yen,
        yen_days=waits.yen_days,
        longest_days=waits.longest,
    )


def _periods(cycle: Cycle, past: Past) -> Sequence[tuple[date, date]]:
    """Return the periods that hold the days, the last one as long as its cycle has it."""
    dates = closing_dates(cycle, past.first, past.last + _LONGEST_PERIOD)
    ends = [past.first - _ONE_DAY, *dates]
    return [(eve + _ONE_DAY, last) for eve, last in pairwise(ends) if eve < past.last]


def _facts(past: Past, first: date, last: date, carried_in_yen: int) -> PeriodFacts:
    return PeriodFacts(
        payments=tuple(one for one in past.payments if first <= one.day <= last),
        refunds=tuple(one.takings for one in past.refunds if first <= one.day <= last),
        faxes=tuple(one for one in past.faxes if first <= one.day <= last),
        uncollected=(),
        charges=(),
        carried_in_yen=carried_in_yen,
    )
