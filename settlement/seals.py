"""What a day's seal is: its facts in one order under one hash, chained to the former day's."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from itertools import groupby
from pathlib import Path

from django.db import connection

from settlement.models import DaySeal
from smartpit.kernel import clock

VERSION = 1  # What new seals are written in; older ones are reckoned by the text of their own.
# Every kind that is sealed: its table, the stamp that says its day, the column that names it.
SEALED = {
    "payment": ("billing_payment", "booked_at"),
    "assignment": ("billing_assignment", "assigned_at"),
    "reversal": ("billing_reversal", "reversed_at"),
    "confirmation": ("billing_confirmation", "confirmed_at"),
    "refund": ("billing_refund", "approved_at"),
    "chain_file": ("billing_chainfile", "received_at"),
    "fax": ("billing_fax", "completed_at"),
    "closing": ("settlement_closing", "closed_at"),
    "statement": ("settlement_statement", "closed_at"),
    "payee": ("settlement_payee", "changed_at"),
    "payout": ("settlement_payout", "proposed_at"),
    "payout_move": ("settlement_payoutmove", "moved_at"),
    "bank_file": ("settlement_bankfile", "exported_at"),
    "remittance": ("settlement_remittance", "drawn_at"),
    "bank_statement": ("settlement_bankstatement", "taken_at"),
    "ruling": ("settlement_entryruling", "ruled_at"),
}

_OF_DAYS = """
SELECT day, line FROM (
    SELECT (f.at AT TIME ZONE 'Asia/Tokyo')::date AS day, f.kind, f.fact_id,
           f.kind || ' ' || f.words::text AS line
      FROM ({facts}) f
     WHERE f.at >= %(begins)s AND f.at < %(ends)s
       AND NOT EXISTS (SELECT FROM settlement_latefact l
                        WHERE l.kind = f.kind AND l.fact_id = f.fact_id)
    UNION ALL
    SELECT l.day, f.kind, f.fact_id, f.kind || ' ' || f.words::text
      FROM settlement_latefact l
      JOIN ({facts}) f ON f.kind = l.kind AND f.fact_id = l.fact_id
     WHERE l.day BETWEEN %(first)s AND %(last)s) of_days
 ORDER BY day, kind COLLATE "C", fact_id COLLATE "C"
"""


@dataclass(frozen=True)
class DaysFacts:
    """How many facts a day has, and their hash."""

    count: int
    sha256: str


NO_FACTS = DaysFacts(0, hashlib.sha256().hexdigest())


def facts_by_day(first: date, last: date, version: int) -> dict[date, DaysFacts]:
    """Hash the facts of each day as the database holds them now, row by row; in a transaction."""
    # Two passes of one text: the facts' own days, and the days of those that came too late.
    query = _OF_DAYS.replace("{facts}", _facts_text(version))
    words = {
        "first": first,
        "last": last,
        "begins": clock.day_begins(first),
        "ends": clock.day_ends(last),
    }
    with connection.chunked_cursor() as cursor:
        cursor.execute(query, words)
        return {
            day: _hashed(line for _, line in rows)
            for day, rows in groupby(cursor, key=lambda row: row[0])
        }


def _hashed(lines: Iterator[str]) -> DaysFacts:
    mark = hashlib.sha256()
    count = 0
    for line in lines:
        mark.update(f"{line}\n".encode())
        count += 1
    return DaysFacts(count, mark.hexdigest())


@cache
def _facts_text(version: int) -> str:
    path = Path(__file__).parent / f"sealed_facts_{version}.sql"
    return path.read_text(encoding="utf-8").replace("%", "%%")


def seal_sha256(seal: DaySeal) -> str:
    """Return the hash of a seal's own text, the former one's hash in it."""
    text = (
        f"smartpit seal {seal.version}\n{seal.day}\n{seal.former_sha256}\n"
        f"{seal.facts_count}\n{seal.facts_sha256}\n"
    )
    return hashlib.sha256(text.encode()).hexdigest()


def first_fact_at() -> datetime | None:
    """Return when the first fact of any kind was written."""
    tables = SEALED.values()
    firsts = ", ".join(f"(SELECT min({stamp}) FROM {table})" for table, stamp in tables)  # noqa: S608  Our own names.
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT least({firsts})")
        (at,) = cursor.fetchone() or (None,)
    return at
