"""三者照合: what tills told, what the chain's files say and what the books hold, day by day."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, F, Sum
from django.db.models.functions import Coalesce

from billing.models import Case, Chain, ChainFileDay, ChainFileRecord, Payment

_NONE = (0, 0)
_CONFIRMED = (Payment.Status.CONFIRMED, Payment.Status.REFUNDED)
_STANDING = (Payment.Status.REPORTED, Payment.Status.SUSPENSE, *_CONFIRMED)

# A payment's own posting and the mirror of its reversal name the same fact, on different days:
# what the chain owes for a business date is the sum over the facts of that date.
_BOOKS = """
SELECT taken.day,
       sum(CASE WHEN books.debit = %(account)s THEN books.amount_yen ELSE -books.amount_yen END)
  FROM (SELECT id::text AS fact_id, business_date AS day
          FROM billing_payment
         WHERE chain_id = %(chain)s AND business_date BETWEEN %(first)s AND %(last)s
           AND amount_yen IS NOT NULL) AS taken
  JOIN books ON books.fact_id = taken.fact_id
   AND %(account)s IN (books.debit, books.credit)
 GROUP BY taken.day
"""


@dataclass(frozen=True)
class DayMatch:
    """One business date of a chain. ``books_yen`` is what the chain owes for it, or None."""

    day: date
    taken_count: int
    taken_yen: int
    reported_count: int
    confirmed_count: int
    confirmed_yen: int
    file_count: int
    file_yen: int
    books_yen: int | None
    differences_count: int
    open_count: int

    @property
    def suspense_count(self) -> int:
        """Return how many are of no known invoice yet."""
        return self.taken_count - self.reported_count - self.confirmed_count

    @property
    def state(self) -> str:
        """Return ``open`` where somebody must act, ``match`` where all three agree."""
        if self.open_count:
            return "open"
        if self.books_yen not in (None, self.taken_yen):
            return "open"  # No rounding and no delay can part these two.
        if self.taken_count != self.confirmed_count:  # Reported, or still in suspense.
            return "waiting"
        agrees = (self.file_count, self.file_yen) == (self.confirmed_count, self.confirmed_yen)
        return "match" if agrees else "settled"

    @property
    def word(self) -> str:
        return {
            "open": "要確認",
            "waiting": "確報待ち",
            "match": "一致",
            "settled": "相違（処理済）",
        }[self.state]

    @property
    def tone(self) -> str:
        return {"open": "red", "waiting": "blue", "match": "green", "settled": "amber"}[self.state]


def days_of(chain: Chain, first: date, last: date) -> list[DayMatch]:
    """Return the days of a chain on which anything was told, the newest first."""
    payments = _payments(chain, first, last)
    files = _files(chain, first, last)
    books = _books(chain, first, last)
    differences, open_ = _differences(chain, first, last)
    days = sorted({*payments, *files, *differences}, reverse=True)
    return [
        DayMatch(
            day,
            *_sum(payments[day], _STANDING),
            payments[day].get(Payment.Status.REPORTED, _NONE)[0],
            *_sum(payments[day], _CONFIRMED),
            *files.get(day, _NONE),
            None if chain.is_test else books.get(day, 0),  # The test side has no books.
            differences.get(day, 0),
            open_.get(day, 0),
        )
        for day in days
    ]


def _payments(chain: Chain, first: date, last: date) -> dict[date, dict[str, tuple[int, int]]]:
    rows = (
        Payment.objects.filter(chain=chain, business_date__range=(first, last))
        .values_list("business_date", "status")
        .annotate(count=Count("pk"), yen=Coalesce(Sum("amount_yen"), 0))
        .order_by()
    )
    sums: dict[date, dict[str, tuple[int, int]]] = defaultdict(dict)
    for day, status, number, amount_yen in rows:
        sums[day][status] = (number, amount_yen)
    return sums


def _sum(of: Mapping[str, tuple[int, int]], statuses: Iterable[str]) -> tuple[int, int]:
    found = [of.get(status, _NONE) for status in statuses]
    return sum(count for count, _ in found), sum(amount_yen for _, amount_yen in found)


def _files(chain: Chain, first: date, last: date) -> dict[date, tuple[int, int]]:
    rows = (
        ChainFileDay.objects.filter(
            chain=chain,
            business_date__range=(first, last),
            kind=ChainFileRecord.Kind.CONFIRMED,
        )
        .values_list("business_date")
        .annotate(number=Sum("count"), yen=Sum("amount_yen"))
        .order_by()
    )
    return {day: (number, amount_yen) for day, number, amount_yen in rows}


def _books(chain: Chain, first: date, last: date) -> dict[date, int]:
    account = f"store_receivable:{chain.pk}"
    words: dict[str, Any] = {"account": account, "chain": chain.pk, "first": first, "last": last}
    with connection.cursor() as cursor:
        cursor.execute(_BOOKS, words)
        return {day: int(amount_yen) for day, amount_yen in cursor.fetchall()}


def _differences(chain: Chain, first: date, last: date) -> tuple[dict[date, int], dict[date, int]]:
    """Return how many records and left-out payments disagree a day, and how many are open."""
    of_files = ChainFileRecord.objects.filter(
        file__chain=chain, business_date__range=(first, last)
    ).exclude(reason="")
    missing = Case.objects.filter(
        kind=Case.Kind.FILE_MISSING,
        chain=chain,
        told__business_date__gte=first.isoformat(),
        told__business_date__lte=last.isoformat(),
    )
    told: dict[date, int] = defaultdict(int)
    open_: dict[date, int] = defaultdict(int)
    for day, status in [
        *of_files.values_list("business_date", "case__status"),
        *(
            (date.fromisoformat(day), status)
            for day, status in missing.values_list(F("told__business_date"), "status")
        ),
    ]:
        told[day] += 1
        open_[day] += status == Case.Status.OPEN
    return told, open_


def last_days(today: date, count: int) -> tuple[date, date]:
    """Return the first and the last of ``count`` days up to today."""
    return today - timedelta(days=count - 1), today
