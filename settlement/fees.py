"""What a period costs an owner: counts and terms in; lines, tax and payout out.

Fees stand in lines before tax. Tax is computed once, on the statement's total, and its fraction
dropped. The stamp equivalent is passed on outside tax.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

from smartpit.kernel.yen import tax_on

LineKind = Literal[
    "payment",
    "transfer",
    "fax",
    "contract_administration",
    "connection_test",
    "leased_line_work",
    "repeat_yearly",
    "first_registration",
    "monthly_base",
    "uncollected",
]
LINE_KINDS: tuple[LineKind, ...] = get_args(LineKind)

STAMP_YEN = 200
STAMP_FROM_YEN = 50_000

# A new rate is a new row. The first row counts for all earlier days too: the centre's contracts
# know no other rate.
_TAX_PERCENTS = ((date(2019, 10, 1), 10),)


@dataclass(frozen=True)
class Line:
    """One line of a statement: so many of a kind at one price, before tax."""

    kind: LineKind
    count: int
    unit_yen: int

    @property
    def amount_yen(self) -> int:
        """Return the line's sum."""
        return self.count * self.unit_yen


@dataclass(frozen=True)
class PeriodSums:
    """What one period of an owner brought, before the transfer is thought of.

    ``entries_count`` counts payments and refunds. ``gross_yen`` has refunds taken off, and
    ``stamp_yen`` theirs: both may be negative where a refund's payment was stated earlier.
    ``lines`` are priced by the terms of each fact's own day, so a kind may come at several
    prices; they need no order.
    """

    entries_count: int
    gross_yen: int
    stamp_yen: int
    carried_in_yen: int
    lines: tuple[Line, ...]

    @property
    def is_empty(self) -> bool:
        """Say that nothing was collected, nothing is due, no balance is left: no statement."""
        return not (self.entries_count or gather(self.lines) or self.carried_in_yen)


@dataclass(frozen=True)
class Settled:
    """A period's account: its lines sum to ``fees_yen``; payout or carry-over, never both."""

    lines: tuple[Line, ...]
    fees_yen: int
    tax_yen: int
    payout_yen: int
    carried_out_yen: int


def tax_percent(day: date) -> int:
    """Return the consumption tax rate; a statement asks for its closing date."""
    held = [percent for since, percent in _TAX_PERCENTS if since <= day]
    return held[-1] if held else _TAX_PERCENTS[0][1]


def stamp_yen(amount_yen: int, tax_yen: int | None, *, exempt: bool) -> int:
    """Return the stamp equivalent of one payment.

    The net price decides. Where the tax is not known the whole amount does, as on a receipt that
    does not show its tax.
    """
    if exempt or amount_yen - (tax_yen or 0) < STAMP_FROM_YEN:
        return 0
    return STAMP_YEN


def gather(lines: Iterable[Line]) -> tuple[Line, ...]:
    """Return one line for each kind and price, in the contract's order, those of 0 yen left out.

    Prices of one kind keep the order in which they come (by day, where the caller counts by day).
    """
    counts: Counter[tuple[LineKind, int]] = Counter()
    for line in lines:
        assert line.count >= 0
        assert line.unit_yen >= 0
        counts[line.kind, line.unit_yen] += line.count

    gathered = [Line(kind, count, unit_yen) for (kind, unit_yen), count in counts.items()]
    gathered.sort(key=lambda line: LINE_KINDS.index(line.kind))
    return tuple(line for line in gathered if line.amount_yen)


def settle_period(sums: PeriodSums, *, transfer_yen: int, tax_percent: int) -> Settled:
    """Return the account of a period: paid out with the transfer's fee, or carried over.

    Only a balance that stays positive after the transfer's fee and its tax is paid out. Any other
    is carried without that fee; having borne its tax, it is taxed no second time. So a small
    positive balance may be carried out.
    """
    paid = _account(sums, (*sums.lines, Line("transfer", 1, transfer_yen)), tax_percent)
    if paid.payout_yen > 0:
        return paid

    kept = _account(sums, sums.lines, tax_percent)
    return Settled(kept.lines, kept.fees_yen, kept.tax_yen, 0, kept.payout_yen)


def _account(sums: PeriodSums, lines: tuple[Line, ...], percent: int) -> Settled:
    """Return the account as if its balance, whatever its sign, were paid out."""
    gathered = gather(lines)
    fees_yen = sum(line.amount_yen for line in gathered)
    tax_yen = tax_on(fees_yen, percent=percent)
    balance_yen = sums.gross_yen - fees_yen - tax_yen - sums.stamp_yen + sums.carried_in_yen
    return Settled(gathered, fees_yen, tax_yen, balance_yen, 0)
