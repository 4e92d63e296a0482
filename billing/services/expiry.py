"""Expiring what was not paid in time.

A till never waits for this: whether an invoice may be paid is judged by its due date itself. The
sweep makes the end visible and tells the owner.

No index holds an invoice's status, for each payment would have to write it there. So a sweep reads
the invoices, paid ones too, of the due days that are not yet noted as done with.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, Max, Min, OuterRef, QuerySet

from billing.models import DayExpired, Invoice
from billing.selectors import live_slip_lines
from billing.services.events import record_events
from billing.services.invoices import invoice_event
from smartpit.kernel import clock

CHUNK = 200
FOUND_MAX = 50_000
# No registration or reversal lasts a day: after it nobody adds an unpaid invoice of a day gone by.
NOTED_AFTER = timedelta(days=1)
_UNPAID = (Invoice.Status.OPEN, Invoice.Status.SUSPENDED)


def expire_invoices(at: datetime | None = None) -> int:
    """Expire all invoices whose due day has ended at ``at``; return how many there were.

    One that a live slip holds ends with the slip. A chunk is a transaction. An invoice that
    somebody holds at this moment, a till or its owner, is left to the next sweep, so that the
    sweep makes nobody wait.
    """
    moment = at or clock.now()
    since = _first_day_to_read()
    count = 0
    while expired := sum(_expire(chunk, moment) for chunk in _found(moment, since)):
        count += expired
    _note_done(moment, since)
    return count


def _first_day_to_read() -> date:
    done: date | None = DayExpired.objects.aggregate(last=Max("due_on"))["last"]
    return done + timedelta(days=1) if done else date.min


def _found(at: datetime, since: date) -> Iterator[list[UUID]]:
    due = _free_of_slips(at).filter(due_on__gte=since).order_by("due_on", "pk")
    pks = list(due.values_list("pk", flat=True)[:FOUND_MAX])
    return (pks[place : place + CHUNK] for place in range(0, len(pks), CHUNK))


def _expire(pks: Sequence[UUID], at: datetime) -> int:
    with transaction.atomic(durable=True):
        rows = _free_of_slips(at).filter(pk__in=pks)
        locked = rows.select_for_update(no_key=True, skip_locked=True, of=("self",))
        held = list(locked.order_by("pk").values_list("pk", flat=True))
        # Asked again under the locks: a kiosk may just have printed a slip.
        rows = _free_of_slips(at).filter(pk__in=held).select_related("card", "tenant")
        due = list(rows.order_by("due_on", "pk"))
        for invoice in due:
            invoice.move(to=Invoice.Status.EXPIRED, expired_at=clock.now())
        record_events(invoice_event(invoice, "invoice.expired") for invoice in due)
    return len(due)


def _note_done(at: datetime, since: date) -> None:
    """Note the last day of which nothing is left; a day that has not truly ended is never noted."""
    today = min(clock.business_date(at), clock.business_date())
    left = _unpaid(at).filter(due_on__gte=since).aggregate(first=Min("due_on"))["first"]
    done = min(left or today, today - NOTED_AFTER) - timedelta(days=1)
    if done >= since:
        note = DayExpired(due_on=done, noted_at=clock.now())
        DayExpired.objects.bulk_create([note], ignore_conflicts=True)


def _free_of_slips(at: datetime) -> QuerySet[Invoice]:
    held = Exists(live_slip_lines(at).filter(invoice=OuterRef("pk")))
    return _unpaid(at).filter(~held)


def _unpaid(at: datetime) -> QuerySet[Invoice]:
    return Invoice.objects.filter(due_on__lt=clock.business_date(at), status__in=_UNPAID)
