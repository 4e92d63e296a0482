"""What owners took in a period: one scan of its rows for however many owners are asked of.

Counting a million payments takes longer than all else of a closing, so it is done ahead, for all
owners at once and before any of them is locked. An answer holds as long as nothing else is asked
and no row has come: confirmations and refunds are only ever added, and they and what they say of
their payment stay. So who holds an owner's periods needs only to count its rows once more.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

from django.db import connection

from settlement.account import Takings
from settlement.fees import STAMP_FROM_YEN
from tenants.terms import Terms

_Table = Literal["billing_confirmation", "billing_refund"]
_TABLES: Final[tuple[_Table, _Table]] = ("billing_confirmation", "billing_refund")

_TAKE: Final = """
SELECT stated.owner_id, coalesce(width_bucket(payment.business_date, later.sinces), 0),
       stated.tenant_id, count(*), sum(payment.amount_yen),
       count(*) FILTER (
           WHERE payment.amount_yen - coalesce(payment.tax_yen, 0) >= %(stamp_from_yen)s)
  FROM {table} AS stated
  JOIN billing_payment AS payment ON payment.id = stated.payment_id
  JOIN unnest(%(owners)s::bigint[]) AS asked (owner_id) ON asked.owner_id = stated.owner_id
  LEFT JOIN (SELECT owner_id, array_agg(since ORDER BY since) AS sinces
               FROM unnest(%(repriced)s::bigint[], %(sinces)s::date[]) AS terms (owner_id, since)
              GROUP BY owner_id) AS later ON later.owner_id = asked.owner_id
 WHERE stated.closes_on > %(after)s AND stated.closes_on <= %(upto)s
 GROUP BY stated.owner_id, 2, stated.tenant_id
"""
_COUNT: Final = """
SELECT owner_id, count(*)
  FROM {table}
 WHERE owner_id = ANY (%(owners)s) AND closes_on > %(after)s AND closes_on <= %(upto)s
 GROUP BY owner_id
"""


@dataclass(frozen=True)
class Asked:
    """The days ``after``, up to ``upto``, by which an owner's rows are stated.

    ``priced_from`` are the first days of its terms: what one price holds for is told together.
    """

    owner_id: int
    after: date
    upto: date
    priced_from: tuple[date, ...]

    @classmethod
    def of(cls, owner_id: int, after: date, upto: date, terms: Sequence[Terms]) -> "Asked":
        return cls(owner_id, after, upto, tuple(row.starts_on for row in terms))


@dataclass(frozen=True)
class Taken:
    """An owner's answer: payments and refunds, each by the terms that price them and tenant."""

    payments: tuple[Takings, ...] = ()
    refunds: tuple[Takings, ...] = ()

    @property
    def counts(self) -> tuple[int, int]:
        """Return how many confirmations and how many refunds are told of."""
        return sum(one.count for one in self.payments), sum(one.count for one in self.refunds)


Ahead = Mapping[Asked, Taken]


def taken(asked: Sequence[Asked]) -> dict[Asked, Taken]:
    """Return what each of these owners took and gave back."""
    found: dict[Asked, Taken] = {}
    for alike in _alike(asked):
        rows = {table: _rows(table, alike) for table in _TABLES}
        for one in alike:
            found[one] = Taken(*(tuple(rows[table][one.owner_id]) for table in _TABLES))
    return found


def taken_since(asked: Sequence[Asked], ahead: Ahead) -> dict[Asked, Taken]:
    """Return the same, asking anew only where ``ahead`` has no answer that still holds."""
    told = [one for one in asked if one in ahead]
    counts = _counts(told)
    kept = {one: ahead[one] for one in told if ahead[one].counts == counts[one]}
    return kept | taken([one for one in asked if one not in kept])


def _alike(asked: Sequence[Asked]) -> Iterable[list[Asked]]:
    """Group those with the same days: these stand in the question, for the planner to see."""
    groups: dict[tuple[date, date], list[Asked]] = defaultdict(list)
    for one in asked:
        groups[one.after, one.upto].append(one)
    return groups.values()


def _rows(table: _Table, alike: Sequence[Asked]) -> Mapping[int, list[Takings]]:
    """Return the rows of owners with the same days, each owner's by day and tenant."""
    later = [(one.owner_id, since) for one in alike for since in one.priced_from[1:]]
    words = _words(alike) | {
        "repriced": [owner_id for owner_id, _ in later],
        "sinces": [since for _, since in later],
        "stamp_from_yen": STAMP_FROM_YEN,
    }
    days = {one.owner_id: one.priced_from for one in alike}  # What came before is priced as well.
    found: dict[int, list[Takings]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_TAKE.format(table=table), words)
        for owner_id, place, tenant_id, count, gross_yen, stamp_count in sorted(cursor.fetchall()):
            day = days[owner_id][place]
            found[owner_id].append(Takings(day, tenant_id, count, int(gross_yen), stamp_count))
    return found


def _counts(asked: Sequence[Asked]) -> dict[Asked, tuple[int, int]]:
    found: dict[Asked, tuple[int, int]] = {}
    with connection.cursor() as cursor:
        for alike in _alike(asked):
            counted = []
            for table in _TABLES:
                cursor.execute(_COUNT.format(table=table), _words(alike))
                counted.append(dict(cursor.fetchall()))
            payments, refunds = counted
            for one in alike:
                found[one] = (payments.get(one.owner_id, 0), refunds.get(one.owner_id, 0))
    return found


def _words(alike: Sequence[Asked]) -> dict[str, Any]:
    return {
        "owners": [one.owner_id for one in alike],
        "after": alike[0].after,
        "upto": alike[0].upto,
    }
