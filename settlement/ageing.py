"""How old what stands on the clearing accounts is: money on its way that should not stay there.

What the books say of one item (a payment and its reversal, a payout and what the bank made of it,
cash in suspense and its assignment, a line of the bank and its ruling) is set off against itself
first. What clears an account without naming an item, as a chain's remittance does, clears the
oldest. So a balance is the newest of what is left, and an old item that still stands is old indeed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Final

from django.db import connection

CLEARING: Final = ("store_receivable", "suspense", "refund_clearing", "payout_in_transit")
BANDS: Final = (7, 30, 60, 90)  # Days, each band's last; the rest is older.

_OPEN = """
WITH side AS (
    SELECT fact, fact_id, day, debit AS account, amount_yen AS yen
      FROM books WHERE day <= %(upto)s AND split_part(debit, ':', 1) = ANY(%(roots)s)
    UNION ALL
    SELECT fact, fact_id, day, credit, -amount_yen
      FROM books WHERE day <= %(upto)s AND split_part(credit, ':', 1) = ANY(%(roots)s)
),
named AS (
    SELECT side.account, side.day, side.yen,
           CASE WHEN move.id IS NOT NULL THEN 'payout ' || move.payout_id
                WHEN ruling.id IS NOT NULL THEN 'entry ' || ruling.entry_id
                WHEN side.fact IN ('bank_deposit', 'bank_withdrawal') THEN 'entry ' || side.fact_id
                WHEN side.fact ~ '^(payment|suspense|assignment)' THEN 'payment ' || side.fact_id
                ELSE side.fact || ' ' || side.fact_id
           END AS item
      FROM side
      LEFT JOIN settlement_payoutmove AS move
             ON side.fact LIKE 'payout\\_%%' AND move.id::text = side.fact_id
      LEFT JOIN settlement_entryruling AS ruling
             ON side.fact = 'bank_ruling' AND ruling.id::text = side.fact_id
),
item AS (
    SELECT account, min(day) AS day, sum(yen) AS yen
      FROM named
     GROUP BY account, item
    HAVING sum(yen) <> 0
)
SELECT account, day,
       coalesce(sum(yen) FILTER (WHERE yen > 0), 0)::bigint,
       coalesce(-sum(yen) FILTER (WHERE yen < 0), 0)::bigint
  FROM item
 GROUP BY account, day
 ORDER BY account, day
"""


@dataclass(frozen=True)
class DaySides:
    """What stands on an account since one day, on either side, each item set off against itself."""

    day: date
    debit_yen: int
    credit_yen: int


@dataclass(frozen=True)
class Aged:
    """A clearing account: its balance (debits less credits), cut by age; and its oldest day."""

    account: str
    balance_yen: int
    bands_yen: tuple[int, ...]
    oldest: date | None


def ageing(as_of: date) -> list[Aged]:
    """Return every clearing account that something ever stood on, as of the end of a day."""
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, {"upto": as_of, "roots": list(CLEARING)})
        rows = cursor.fetchall()
    return [
        aged(account, [DaySides(*row[1:]) for row in sides], as_of)
        for account, sides in groupby(rows, key=lambda row: str(row[0]))
    ]


def aged(account: str, sides: Sequence[DaySides], as_of: date) -> Aged:
    """Return an account's balance by age: the lesser side clears the oldest of the greater."""
    debit_yen = sum(side.debit_yen for side in sides)
    credit_yen = sum(side.credit_yen for side in sides)
    if debit_yen >= credit_yen:
        sign, grown, cleared_yen = 1, [(side.day, side.debit_yen) for side in sides], credit_yen
    else:
        sign, grown, cleared_yen = -1, [(side.day, side.credit_yen) for side in sides], debit_yen
    bands_yen = [0] * (len(BANDS) + 1)
    oldest = None
    for day, yen in _left(grown, cleared_yen):
        bands_yen[_band((as_of - day).days)] += sign * yen
        oldest = oldest or day
    balance_yen = debit_yen - credit_yen
    assert sum(bands_yen) == balance_yen
    return Aged(account, balance_yen, tuple(bands_yen), oldest)


def _left(grown: Iterable[tuple[date, int]], cleared_yen: int) -> Iterable[tuple[date, int]]:
    """Yield what is left of each day when ``cleared_yen`` are taken off, the oldest first."""
    for day, yen in sorted(grown):
        cleared = min(yen, cleared_yen)
        cleared_yen -= cleared
        if yen > cleared:
            yield day, yen - cleared


def _band(days: int) -> int:
    return next((place for place, last in enumerate(BANDS) if days <= last), len(BANDS))
