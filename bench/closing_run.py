"""Closing confirmed payments into statements, lines, shares, payouts and events.

The peer is the bare GROUP BY of the same confirmations and their payments, on the same server in
the same run, the better of two. What closes is the beat's own service with a commit per batch.
"""

import sys
import time
from typing import Any, Final

from bench.closing_world import CLOSES_ON, Size, world
from bench.figure import Figure, peak_memory_mb

# The apps are set up by the world.
from django.db import connection  # isort: skip
from settlement.calendar import statement_day  # isort: skip
from settlement.models import Payout, Statement, SubStatement  # isort: skip
from settlement.services.closing import close_due_periods  # isort: skip

_BARE: Final = """
SELECT confirmation.owner_id, confirmation.tenant_id, count(*), sum(payment.amount_yen),
       count(*) FILTER (WHERE payment.amount_yen - coalesce(payment.tax_yen, 0) >= 50000)
  FROM billing_confirmation AS confirmation
  JOIN billing_payment AS payment ON payment.id = confirmation.payment_id
 WHERE confirmation.closes_on = %s
 GROUP BY confirmation.owner_id, confirmation.tenant_id
"""


def _measure(size: Size) -> list[Figure]:
    with world(size):
        rows, bare = min((_bare() for _ in range(2)), key=lambda told: told[1])
        begun = time.perf_counter()
        statements = close_due_periods(statement_day(CLOSES_ON))
        took = time.perf_counter() - begun
        _check(size, rows, statements)
    return [
        Figure("closing_ratio_sql", took / bare, "times"),
        Figure("closing_seconds", took, "s"),
        Figure("closing_sql_seconds", bare, "s"),
        Figure("closing_payments_per_second", size.payments / took, "payments/s"),
        Figure("closing_rss_mb", peak_memory_mb(), "MB"),
    ]


def _bare() -> tuple[list[tuple[Any, ...]], float]:
    begun = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(_BARE, [CLOSES_ON])
        rows = cursor.fetchall()
    return rows, time.perf_counter() - begun


def _check(size: Size, rows: list[tuple[Any, ...]], statements: list[Statement]) -> None:
    """Hold what was closed to what the bare question says."""
    assert len(statements) == size.owners == Payout.objects.count()
    assert sum(statement.payments_count for statement in statements) == size.payments
    shares = SubStatement.objects.values_list(
        "owner_id", "tenant_id", "payments_count", "gross_yen"
    )
    assert sorted(shares) == sorted(row[:4] for row in rows)
    stamps_yen = 200 * sum(row[4] for row in rows)
    assert sum(statement.stamp_yen for statement in statements) == stamps_yen


if __name__ == "__main__":
    for _figure in _measure(Size(*map(int, sys.argv[1:]))):
        sys.stdout.write(f"{_figure}\n")
