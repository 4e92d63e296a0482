"""Stopping the kept invoices of a menu that nobody has paid for as long as the menu says.

A number that was lost or forgotten should not stay payable for ever. It is the centre's own act on
the owner's word: the next version, suspended; the owner lets it go on again as it likes.
"""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from billing.menu_references import start_of_references
from billing.models import Invoice, InvoiceVersion, Menu, Payment
from billing.services.invoices import enter_change
from smartpit.kernel import clock
from tenants.access import Scope

CHUNK = 200


def pause_idle_invoices(at: datetime | None = None) -> int:
    """Suspend what was idle too long on the day of ``at``; return how many there were.

    A menu is looked at once a day, so that a sweep each minute costs nothing. Whoever is held by
    somebody at this moment is left to the next day.
    """
    today = clock.business_date(at)
    waiting = Menu.objects.filter(pause_after_idle_days__isnull=False)
    waiting = waiting.exclude(idle_looked_on__gte=today)
    return sum(_pause_of(menu, today) for menu in waiting.order_by("pk"))


def _pause_of(menu: Menu, today: date) -> int:
    assert menu.pause_after_idle_days is not None
    since = clock.day_begins(today - timedelta(days=menu.pause_after_idle_days))
    count = 0
    while paused := _pause_some(menu, since):
        count += paused
    Menu.objects.filter(pk=menu.pk).update(idle_looked_on=today)
    return count


def _pause_some(menu: Menu, since: datetime) -> int:
    """Suspend one chunk; what is locked is asked once more, for a till may just have been paid."""
    with transaction.atomic(durable=True):
        found = _idle(menu, since).select_for_update(no_key=True, skip_locked=True, of=("self",))
        locked = [invoice.pk for invoice in found.order_by("pk")[:CHUNK]]
        idle = list(_idle(menu, since).filter(pk__in=locked).order_by("pk"))
        for invoice in idle:
            enter_change(Scope(owner_id=menu.owner_id), str(invoice.pk), {"suspended": True})
    return len(idle)


def _idle(menu: Menu, since: datetime) -> QuerySet[Invoice]:
    """Return the menu's open invoices that nobody registered, changed or paid since then."""
    its = {"invoice": OuterRef("pk")}
    standing = (Payment.Status.REPORTED, Payment.Status.CONFIRMED)
    paid = Payment.objects.filter(**its, booked_at__gte=since, status__in=standing)
    changed = InvoiceVersion.objects.filter(**its, changed_at__gte=since)
    today = clock.business_date()
    rows = Invoice.objects.filter(
        owner_id=menu.owner_id,
        tenant_id=menu.tenant_id,
        repeats=True,
        status=Invoice.Status.OPEN,
        reference__startswith=start_of_references(menu.pk),
        registered_at__lt=since,
    ).exclude(due_on__lt=today)
    return rows.filter(~Exists(paid), ~Exists(changed))
