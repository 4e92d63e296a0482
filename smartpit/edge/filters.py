"""Narrowing a list by its query string: the same nine words for every list of the owner API."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final, TypeVar

from django.db.models import Model, QuerySet
from django.http import QueryDict

from smartpit.edge.described import Form
from smartpit.edge.forms import DayOrInstant, Text, read_query
from smartpit.edge.pagination import PAGE, page_of
from smartpit.kernel import clock

Row = TypeVar("Row", bound=Model)
_WORD: Final = Text(default=None)
_BY: Final[Form] = {
    "tenant": _WORD,
    "status": _WORD,
    "reference": _WORD,
    "number": Text(default=None, pattern="[0-9]{13}"),
    "member_reference": _WORD,
}
_NOBODYS: Final = "No item of this list has one: with this word the list is empty."


@dataclass(frozen=True)
class Listing:
    """What the nine words mean for the items of one list.

    ``at`` is the column that ``from`` and ``to`` compare (``of_days``: a day, else an instant) and
    ``told_as`` what it is called outside; ``by`` has the column of each word that the items carry.
    A word that they do not carry is no item's, so it finds nothing; it is not refused, for every
    list takes it.
    """

    newest_by: str
    at: str
    told_as: str
    by: Mapping[str, str]
    of_days: bool = False

    @property
    def query(self) -> Form:
        """Return what the query may hold, for its description and to read it with."""
        it = self.told_as
        first = f"A day or an instant; {it} is not before it."
        last = f"A day, which {it} is not after, or an instant, which it is before."
        if self.of_days:
            first = f"A day, or an instant's day in Japan; {it} is not before it."
            last = f"A day, or an instant's day in Japan; {it} is not after it."
        span: Form = {
            "from": DayOrInstant(default=None, says=first),
            "to": DayOrInstant(default=None, says=last),
        }
        carried = {
            name: one if name in self.by else replace(one, says=_NOBODYS)
            for name, one in _BY.items()
        }
        return {**PAGE, **span, **carried}

    def page(
        self,
        sent: QueryDict,
        rows: QuerySet[Row],
        body: Callable[[Row], dict[str, Any]],
        meant: Mapping[str, Callable[[str], Any]] | None = None,
    ) -> dict[str, Any]:
        """Return the page of ``rows`` that a query asks for.

        ``meant`` makes of a word what its column is compared with, where that is not the word.
        """
        words = read_query(self.query, sent.lists())
        chosen = self._narrowed(rows, words, meant or {})
        return page_of(chosen, words, newest_by=self.newest_by, body=body)

    def _narrowed(
        self,
        rows: QuerySet[Row],
        words: Mapping[str, Any],
        meant: Mapping[str, Callable[[str], Any]],
    ) -> QuerySet[Row]:
        asked = {name: words[name] for name in _BY if words[name] is not None}
        if not asked.keys() <= self.by.keys():
            return rows.none()
        if words["from"] is not None:
            rows = rows.filter(**{f"{self.at}__gte": self._first(words["from"])})
        if words["to"] is not None:
            rows = rows.filter(**self._upto(words["to"]))
        return rows.filter(
            **{self.by[name]: meant.get(name, str)(word) for name, word in asked.items()}
        )

    def _first(self, at: date | datetime) -> date | datetime:
        if self.of_days:
            return _day_of(at)
        return at if isinstance(at, datetime) else clock.day_begins(at)

    def _upto(self, at: date | datetime) -> dict[str, date | datetime]:
        if self.of_days:
            return {f"{self.at}__lte": _day_of(at)}
        return {f"{self.at}__lt": at if isinstance(at, datetime) else clock.day_ends(at)}


def _day_of(at: date | datetime) -> date:
    return clock.business_date(at) if isinstance(at, datetime) else at
