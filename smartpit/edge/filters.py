"""Narrowing a list by the words of its query string."""

from collections.abc import Mapping
from datetime import datetime
from typing import TypeVar

from django.db.models import Model, QuerySet

from smartpit.edge.forms import Day, Fault, Field, Instant, Text, Whole
from smartpit.edge.pagination import LIMIT_DEFAULT, LIMIT_MAX
from smartpit.kernel import clock
from smartpit.kernel.errors import Malformed

PAGE_WORDS = frozenset({"cursor", "limit", "from", "to"})
Row = TypeVar("Row", bound=Model)


def list_query(*by: str) -> dict[str, Field]:
    """Return what the query of a list may hold, for its description: all lists page alike."""
    page: dict[str, Field] = {
        "cursor": Text(default=None),
        "limit": Whole(default=LIMIT_DEFAULT, low=1, high=LIMIT_MAX),
        "from": Text(default=None),
        "to": Text(default=None),
    }
    return page | {name: Text(default=None) for name in by}


def narrowed(
    rows: QuerySet[Row], query: Mapping[str, str], *, at: str, by: Mapping[str, str]
) -> QuerySet[Row]:
    """Return the rows between ``from`` and ``to`` (of the instant ``at``) with the words ``by``.

    ``by`` maps each word of the query to the column it compares. A day means the whole day in
    Japan. An unknown word is refused: a filter that is quietly dropped shows too much.
    """
    unknown = sorted(set(query) - PAGE_WORDS - set(by))
    if unknown:
        raise Malformed([{"field": name[:100], "code": "unknown"} for name in unknown])
    require_characters(query)
    if "from" in query:
        rows = rows.filter(**{f"{at}__gte": _instant("from", query["from"])})
    if "to" in query:
        rows = rows.filter(**{f"{at}__lt": _instant("to", query["to"], ends=True)})
    return rows.filter(**{by[name]: query[name] for name in by if name in query})


def require_characters(query: Mapping[str, str]) -> None:
    """Refuse a word that no column could hold."""
    if any("\x00" in word for word in query.values()):
        raise Malformed([{"field": "query", "code": "characters"}])


def _instant(name: str, text: str, *, ends: bool = False) -> datetime:
    try:
        if "T" in text:
            return Instant().parse(text)
        day = Day().parse(text)
        return clock.day_ends(day) if ends else clock.day_begins(day)
    except (Fault, OverflowError):
        raise Malformed([{"field": name, "code": "form"}]) from None
