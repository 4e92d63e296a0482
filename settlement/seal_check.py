"""Whether the seals hold: each day reckoned anew from the facts, the chain, and the anchor."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise, zip_longest

from django.db import connection

from settlement.models import DaySeal
from settlement.seal_anchor import anchored
from settlement.seals import NO_FACTS, SEALED, DaysFacts, facts_by_day, seal_sha256

ONE_DAY = timedelta(days=1)
_TRIGGERS = """
SELECT c.relname FROM pg_trigger t
  JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
 WHERE p.proname = 'note_late_facts' AND t.tgenabled IN ('O', 'A') AND NOT t.tgisinternal
"""


@dataclass(frozen=True)
class Broken:
    """A day whose seal does not hold, and why."""

    day: str
    words: str

    def __str__(self) -> str:
        return f"{self.day}: {self.words}"


def broken_seals() -> list[Broken]:
    """Return what does not hold, the first day first; to be asked in a transaction."""
    seals = list(DaySeal.objects.order_by("day"))
    broken = [*_wrong_chain(seals), *_wrong_facts(seals), *_wrong_anchor(seals)]
    return sorted(broken, key=lambda one: one.day)


def unwatched_tables() -> list[str]:
    """Return the sealed tables whose late facts nobody would note."""
    with connection.cursor() as cursor:
        cursor.execute(_TRIGGERS)
        watched = {table for (table,) in cursor.fetchall()}
    return sorted({table for table, _ in SEALED.values()} - watched)


def _wrong_chain(seals: list[DaySeal]) -> Iterator[Broken]:
    if seals and seals[0].former_sha256:
        yield Broken(str(seals[0].day), "この日より前の封印がない")
    for former, seal in pairwise(seals):
        if seal.day != former.day + ONE_DAY:
            yield Broken(str(former.day + ONE_DAY), "封印がない")
        elif seal.former_sha256 != former.sha256:
            yield Broken(str(seal.day), "前日の封印とつながらない")
    for seal in seals:
        if seal.sha256 != seal_sha256(seal):
            yield Broken(str(seal.day), "封印のハッシュが違う")


def _wrong_facts(seals: list[DaySeal]) -> Iterator[Broken]:
    reckoned = _reckoned(seals)
    for seal in seals:
        facts = reckoned[seal.version].get(seal.day, NO_FACTS)
        if facts.count != seal.facts_count:
            words = f"記録は {facts.count:,} 件、封印は {seal.facts_count:,} 件"
            yield Broken(str(seal.day), words)
        elif facts.sha256 != seal.facts_sha256:
            yield Broken(str(seal.day), "記録が封印した内容と違う")


def _reckoned(seals: list[DaySeal]) -> dict[int, dict[date, DaysFacts]]:
    spans: dict[int, list[date]] = {}
    for seal in seals:
        spans.setdefault(seal.version, []).append(seal.day)
    return {version: facts_by_day(days[0], days[-1], version) for version, days in spans.items()}


def _wrong_anchor(seals: list[DaySeal]) -> Iterator[Broken]:
    """Compare line by line; after the first that differs all others would only repeat it."""
    sealed = [(str(seal.day), seal.sha256) for seal in seals]
    for ours, theirs in zip_longest(sealed, anchored()):
        if ours == theirs:
            continue
        if ours is None:
            yield Broken(theirs[0], "控えのファイルにある封印がデータベースにない")
        elif theirs is None:
            yield Broken(ours[0], "封印が控えのファイルにない")
        else:
            yield Broken(min(ours[0], theirs[0]), "封印が控えのファイルと違う")
        return
