"""日次封印: each night the day before is sealed, and every day that a standstill left out."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta

from django.db import connection, transaction

from settlement.models import DaySeal, SealMark
from settlement.seal_anchor import anchor
from settlement.seals import (
    NO_FACTS,
    VERSION,
    DaysFacts,
    facts_by_day,
    first_fact_at,
    seal_sha256,
)
from smartpit.kernel import clock
from smartpit.kernel.database import held
from smartpit.kernel.limits import unhurried

ONE_DAY = timedelta(days=1)
QUIET_WITHIN_SECONDS = 45  # A sweep's patience; the next one, a minute later, has its own.


def seal_days() -> list[DaySeal]:
    """Seal what ended and is not sealed; by two at once, or asked twice, it is done once."""
    with held("seals", "days") as is_held:
        if not is_held:
            return []
        first, yesterday = _first_unsealed_day(), clock.business_date() - ONE_DAY
        if first is None or first > yesterday:
            return []
        _mark(yesterday)
        if not _writers_are_through():
            return []
        return [_seal(day) for day in _days(first, yesterday)]


@contextmanager
def seals_held_still() -> Iterator[None]:
    """Wait until no day is being sealed, and let none be until the caller is through.

    A line stands in the anchor a moment before its seal is committed; who compared the two then
    would find a tampering. The sealing comes again within a minute and waits for nobody.
    """
    while True:
        with held("seals", "days") as is_held:
            if is_held:
                yield
                return
        time.sleep(0.1)


def _first_unsealed_day() -> date | None:
    newest = DaySeal.objects.order_by("-day").first()
    if newest is not None:
        return newest.day + ONE_DAY
    at = first_fact_at()
    return at and clock.business_date(at)


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _mark(upto: date) -> None:
    """From the commit on, whoever writes into these days finds the mark and says it is late."""
    with transaction.atomic(durable=True):
        SealMark.objects.get_or_create(upto=upto, defaults={"marked_at": clock.now()})


def _writers_are_through() -> bool:
    """Wait for every transaction that may have written before it could see the mark."""
    ends = time.monotonic() + QUIET_WITHIN_SECONDS
    last_before = _snapshot("xmax")
    while _snapshot("xmin") < last_before:
        if time.monotonic() > ends:
            return False
        time.sleep(0.05)
    return True


def _snapshot(bound: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_snapshot_{bound}(pg_current_snapshot())::text::bigint")
        return int(cursor.fetchone()[0])


def _seal(day: date) -> DaySeal:
    """Write the anchor before the commit: a seal without its line is then always a tampering."""
    with transaction.atomic(durable=True):
        unhurried()
        former = list(DaySeal.objects.order_by("day").values_list("day", "sha256"))
        facts = facts_by_day(day, day, VERSION).get(day, NO_FACTS)
        seal = _seal_of(day, facts, former[-1][1] if former else "")
        anchor(day, seal.sha256, [(str(at), sha256) for at, sha256 in former])
        seal.save(force_insert=True)
    return seal


def _seal_of(day: date, facts: DaysFacts, former_sha256: str) -> DaySeal:
    seal = DaySeal(
        day=day,
        version=VERSION,
        facts_count=facts.count,
        facts_sha256=facts.sha256,
        former_sha256=former_sha256,
        sealed_at=clock.now(),
    )
    seal.sha256 = seal_sha256(seal)
    return seal
