"""Expiring what was not paid in time.

A till never waits for this: whether an invoice may be paid is judged by its due date itself. The
sweep makes the end visible and tells the owner.
"""

from datetime import date, datetime

from django.db import transaction

from billing.models import Invoice
from billing.services.events import record_events
from billing.services.invoices import invoice_event
from smartpit.kernel import clock

CHUNK = 200
_UNPAID = (Invoice.Status.OPEN, Invoice.Status.SUSPENDED)


def expire_invoices(at: datetime | None = None) -> int:
    """Expire all invoices whose due day has ended at ``at``; return how many there were.

    A chunk is a transaction. An invoice that somebody holds at this moment, a till or its owner,
    is left to the next sweep, so that the sweep makes nobody wait.
    """
    today = clock.business_date(at)
    count = 0
    while expired := _expire_some(today):
        count += expired
    return count


def _expire_some(today: date) -> int:
    with transaction.atomic(durable=True):
        due = list(
            Invoice.objects.filter(due_on__lt=today, status__in=_UNPAID)
            .select_related("card", "tenant")
            .select_for_update(of=("self",), no_key=True, skip_locked=True)
            .order_by("due_on", "pk")[:CHUNK]
        )
        for invoice in due:
            invoice.move(to=Invoice.Status.EXPIRED, expired_at=clock.now())
        record_events(invoice_event(invoice, "invoice.expired") for invoice in due)
    return len(due)
