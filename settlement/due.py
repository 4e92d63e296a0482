"""Which period of an owner is closed next."""

from collections.abc import Sequence
from datetime import date, timedelta

from settlement.agreed import spans_of
from settlement.calendar import Span, first_closing_on_or_after
from settlement.facts import ONE_DAY, Window, balance_yen, closed_upto, first_unstated_day
from tenants.selectors import terms_of
from tenants.terms import Terms

_AHEAD = timedelta(days=366 * 2)


def next_closing(owner_id: int) -> date | None:
    """Return the owner's next closing date after the last one that was closed.

    Within a contract every closing date is closed, with a statement or without. After its end the
    cycle's dates go on only where something waits to be stated, so the list ends.
    """
    terms = terms_of(owner_id)
    if not terms:
        return None
    spans = spans_of(terms)
    after = closed_upto(owner_id)
    first = max(after, spans[0].starts_on - ONE_DAY) + ONE_DAY
    closes_on = first_closing_on_or_after(spans, first)
    if balance_yen(owner_id) or _is_under_contract(spans, first, closes_on):
        return closes_on

    day = _next_day_of_interest(owner_id, after, spans, terms)
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
