"""What a check is, and what it found.

Most checks are claims about the rows of one query. A claim that is not plainly true is a fault:
also one that is unknown because a row it leans on is missing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection

SHOWN_MAX = 20


@dataclass(frozen=True)
class Finding:
    """How many rows were looked at, and what is wrong with them (the first ones, in words)."""

    looked_at: int
    faults: tuple[str, ...] = ()


@dataclass(frozen=True)
class Check:
    """One invariant. ``there_are`` counts, by a query of its own, what there is to look at.

    So a check that lost its rows on the way is red: it looked at fewer than there are.
    """

    name: str
    title: str
    look: Callable[[], Finding]
    there_are: Callable[[], int]


@dataclass(frozen=True)
class Claims:
    """Rows and what is true of each: ``rows`` is a FROM clause, ``key`` names a row."""

    rows: str
    key: str
    hold: Mapping[str, str]

    def look(self) -> Finding:
        """Ask the database for the rows' number and for the words of those that fail."""
        named = ", ".join(
            f"CASE WHEN ({claim}) IS NOT TRUE THEN '{words}' END"
            for words, claim in self.hold.items()
        )
        query = (
            f"SELECT count(*), (array_agg(fault) FILTER (WHERE fault IS NOT NULL))[1:{SHOWN_MAX}] "
            f"FROM (SELECT ({self.key})::text || ': ' || "
            f"NULLIF(concat_ws('、', {named}), '') AS fault FROM {self.rows}) AS looked"
        )
        ((looked_at, faults),) = ask(query)
        return Finding(looked_at, tuple(faults or ()))


def claims_check(name: str, title: str, claims: Claims, there_are: str) -> Check:
    """Return the check of some claims; ``there_are`` is a FROM clause whose rows are counted."""
    return Check(name, title, claims.look, lambda: count_of(there_are))


def ask(query: str) -> list[tuple[Any, ...]]:
    """Return the rows of a query of our own."""
    with connection.cursor() as cursor:
        cursor.execute(query)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def count_of(rows: str) -> int:
    ((count,),) = ask(f"SELECT count(*) FROM {rows}")
    return int(count)


def found(looked_at: int, faults: list[str]) -> Finding:
    return Finding(looked_at, tuple(faults[:SHOWN_MAX]))
