"""Expiring what was not paid in time.

A till never waits for this: whether an invoice may be paid is judged by its due date itself. The
sweep makes the end visible and tells the owner.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from billing.models import Invoice
from billing.selectors import live_slip_lines
from billing.services.events import record_events
from billing.services.invoices import invoice_event
from smartpit.kernel import clock

CHUNK = 200
_UNPAID = (Invoice.Status.OPEN, Invoice.Status.SUSPENDED)


def expire_invoices(at: datetime | None = None) -> int:
    """Expire all invoices whose due day has ended at ``at``; return how many there were.

    One that a live slip holds ends with the slip. A chunk is a transaction. An invoice that
    somebody holds at this moment, a till or its owner, is left to the next sweep, so that the
    sweep makes nobody wait.
    """
    moment = at or clock.now()
    count = 0
    while expired := _expire_some(moment):
        count += expired
    return count


def _expire_some(at: datetime) -> int:
    with transaction.atomic(durable=True):
        locked = _unpaid_and_due(at).select_for_update(no_key=True, skip_locked=True, of=("self",))
        pks = [invoice.pk for invoice in locked.order_by("due_on", "pk")[:CHUNK]]
        # Asked again under the locks: a kiosk may just have printed a slip.
        rows = _unpaid_and_due(at).filter(pk__in=pks).select_related("card", "tenant")
        due = list(rows.order_by("due_on", "pk"))
        for invoice in due:
            invoice.move(to=Invoice.Status.EXPIRED, expired_at=clock.now())
        record_events(invoice_event(invoice, "invoice.expired") for invoice in due)
    return len(due)


def _unpaid_and_due(at: datetime) -> QuerySet[Invoice]:
    held = Exists(live_slip_lines(at).filter(invoice=OuterRef("pk")))
    return Invoice.objects.filter(~held, due_on__lt=clock.business_date(at), status__in=_UNPAID)
