"""The owners' rounds: closing dates, statement days with their mails, pay days."""

from collections.abc import Iterator, Set
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final

from django.db.models import Max

from settlement.agenda.task import CLOSING, PAYING, STATING, TELLING, Task
from settlement.agreed import spans_of
from settlement.calendar import Span, first_closing_on_or_after, pay_day, statement_day
from settlement.models import Closing, Statement
from smartpit.kernel import clock
from tenants.models import Owner
from tenants.selectors import terms_of_each
from tenants.terms import Terms

_LONGEST: Final = timedelta(days=40)  # From a closing date to its pay day it is less, by far.
_CLOSING_TAKES: Final = timedelta(hours=1)  # The sweep closes each minute; an hour is a fault.
_MAIL_TAKES: Final = timedelta(days=1)


def round_tasks(first: date, last: date, unpaid: Set[tuple[int, date]]) -> Iterator[Task]:
    """Yield what the calendars of all live owners under contract say between two days.

    A pay day is done when the period is closed and none of its transfers is still on its way.
    """
    owners = dict(Owner.objects.filter(is_test=False).values_list("pk", "name"))
    closed = dict(
        Closing.objects.filter(owner__is_test=False)
        .values_list("owner_id")
        .annotate(upto=Max("closes_on"))
    )
    for owner_id, terms in terms_of_each(owners).items():
        for closes_on in _closing_dates(terms, first, last):
            is_closed = closes_on <= closed.get(owner_id, date.min)
            is_paid = is_closed and (owner_id, closes_on) not in unpaid
            for task in _of_round(
                owners[owner_id], closes_on, is_closed=is_closed, is_paid=is_paid
            ):
                # What was not closed is late however long ago it was due.
                if first <= task.day <= last or (task.kind == STATING and not is_closed):
                    yield task


def mail_tasks(first: date, last: date) -> Iterator[Task]:
    """Yield the notices of statements; without anybody to tell, one stays untold and late."""
    rows = Statement.objects.filter(stated_on__range=(first, last)).select_related("owner", "mail")
    for statement in rows.order_by("stated_on", "owner__code"):
        mail = getattr(statement, "mail", None)
        yield Task(
            TELLING,
            statement.stated_on,
            clock.day_begins(statement.stated_on) + _MAIL_TAKES,
            f"{statement.owner.name} {statement.closes_on:%m/%d}締め",
            "admin:settlement_statement_change",
            str(statement.pk),
            is_done=mail is not None and mail.sent_at is not None,
        )


def _closing_dates(terms: list[Terms], first: date, last: date) -> tuple[date, ...]:
    """Return the contract's closing dates whose days may lie between two days."""
    if not terms:
        return ()
    spans = spans_of(terms)
    begin = max(first - _LONGEST, spans[0].starts_on)
    upto = min(last, terms[-1].ends_on or date.max) if terms[-1].ends_contract else last
    at = max(place for place, span in enumerate(spans) if span.starts_on <= begin)
    return _dates((replace(spans[at], starts_on=begin), *spans[at + 1 :]), begin, upto)


@lru_cache(maxsize=1_000)
def _dates(spans: tuple[Span, ...], begin: date, upto: date) -> tuple[date, ...]:
    """Reckon once for all owners that are closed alike."""
    found: list[date] = []
    day = first_closing_on_or_after(spans, begin)
    while day <= upto:
        found.append(day)
        day = first_closing_on_or_after(spans, day + timedelta(days=1))
    return tuple(found)


@lru_cache(maxsize=1_000)
def _days_of(closes_on: date) -> tuple[str, date, datetime, date]:
    """Return a closing date in words, its statement day, when that is late, and its pay day."""
    stated_on = statement_day(closes_on)
    due_at = clock.day_begins(stated_on) + _CLOSING_TAKES
    return f"{closes_on:%m/%d}締め", stated_on, due_at, pay_day(stated_on)


def _of_round(owner: str, closes_on: date, *, is_closed: bool, is_paid: bool) -> Iterator[Task]:
    told, stated_on, due_at, pays_on = _days_of(closes_on)
    words = f"{owner} {told}"
    page = "admin:settlement_statement_changelist"
    yield Task(CLOSING, closes_on, None, words, page, is_done=is_closed)
    yield Task(STATING, stated_on, due_at, words, page, is_done=is_closed)
    page = "admin:settlement_payout_changelist"
    yield Task(PAYING, pays_on, None, words, page, is_done=is_paid)
