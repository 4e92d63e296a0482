"""Which period of an owner is closed next."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from settlement.agreed import spans_of
from settlement.calendar import Span, first_closing_on_or_after
from settlement.facts import ONE_DAY, LastClosed, Window, first_unstated_day, last_closed_of_each
from settlement.takings import Asked
from tenants.selectors import terms_of_each
from tenants.terms import Terms

_AHEAD = timedelta(days=366 * 2)


@dataclass(frozen=True)
class Due:
    """The period of an owner that is closed next, and the terms by which it is."""

    window: Window
    terms: list[Terms]

    @property
    def closes_on(self) -> date:
        return self.window.upto

    @property
    def asked(self) -> Asked:
        """Return what is asked of the period's takings."""
        return self.window.asked(self.terms)


def next_closing(owner_id: int) -> date | None:
    """Return the owner's next closing date after the last one that was closed.

    Within a contract every closing date is closed, with a statement or without. After its end the
    cycle's dates go on only where something waits to be stated, so the list ends.
    """
    due = next_windows([owner_id]).get(owner_id)
    return due.closes_on if due else None


def next_windows(owner_ids: Iterable[int]) -> dict[int, Due]:
    """Return the next period of each owner that has one, by owner in the order given."""
    terms = terms_of_each(owner_ids)
    closed = last_closed_of_each(terms)
    found: dict[int, Due] = {}
    for owner_id, rows in terms.items():
        closes_on = _next_of(owner_id, rows, closed[owner_id]) if rows else None
        if closes_on is not None:
            found[owner_id] = Due(Window(owner_id, closed[owner_id].closes_on, closes_on), rows)
    return found


def _next_of(owner_id: int, terms: list[Terms], closed: LastClosed) -> date | None:
    spans = spans_of(terms)
    first = max(closed.closes_on, spans[0].starts_on - ONE_DAY) + ONE_DAY
    closes_on = first_closing_on_or_after(spans, first)
    if closed.balance_yen or _is_under_contract(spans, first, closes_on):
        return closes_on

    day = _next_day_of_interest(owner_id, closed.closes_on, spans, terms)
    return first_closing_on_or_after(spans, day) if day else None


def _is_under_contract(spans: Sequence[Span], first: date, last: date) -> bool:
    return any(
        span.starts_on <= last and (span.ends_on is None or span.ends_on >= first) for span in spans
    )


def _next_day_of_interest(
    owner_id: int, after: date, spans: Sequence[Span], terms: list[Terms]
) -> date | None:
    """Return the first day after ``after`` that something waits on, or a new contract begins."""
    begins = [span.starts_on for span in spans if span.starts_on > after]
    unstated = first_unstated_day(Window(owner_id, after, after + _AHEAD), terms)
    return min([*begins, *([unstated] if unstated else [])], default=None)
