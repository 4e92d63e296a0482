"""May a slip be printed for this invoice now? And when does an invoice end (contract 4, Time)?

What a payment is refused for, ``booking.sql`` says.
"""

from collections.abc import Iterable
from datetime import datetime

from billing.models import Invoice
from billing.refusals import AlreadyPaid, InvoiceExpired, InvoiceSuspended, InvoiceWithdrawn
from billing.selectors import has_live_slip
from smartpit.kernel import clock
from smartpit.kernel.errors import DomainError
from tenants.models import Tenant


def is_past_due(invoice: Invoice, at: datetime) -> bool:
    """A due date ends at 23:59:59 JST; a kept invoice without one never ends by itself."""
    return invoice.due_on is not None and clock.business_date(at) > invoice.due_on


def has_ended(invoice: Invoice, at: datetime) -> bool:
    """Has its time run out? Not while a slip lives that was printed in time."""
    return is_past_due(invoice, at) and not has_live_slip(invoice, at)


def first_refusal(invoices: Iterable[Invoice], at: datetime) -> DomainError | None:
    """Return why no slip can hold all of these, or None.

    Where several refuse, the reason that the contract names first is told. A card's number is
    what asks, so an invoice past its due date is expired, whatever slip may still pay it.
    """
    rows = list(invoices)
    if any(_is_withdrawn(invoice) for invoice in rows):
        return InvoiceWithdrawn()
    if any(invoice.status == Invoice.Status.PAID for invoice in rows):
        return AlreadyPaid()
    if any(
        invoice.status == Invoice.Status.EXPIRED or is_past_due(invoice, at) for invoice in rows
    ):
        return InvoiceExpired()
    if any(invoice.status == Invoice.Status.SUSPENDED for invoice in rows):
        return InvoiceSuspended()
    return None


def _is_withdrawn(invoice: Invoice) -> bool:
    """A tenant that has closed sells no more; what is left open of it counts as taken back."""
    return (
        invoice.status == Invoice.Status.WITHDRAWN or invoice.tenant.status == Tenant.Status.CLOSED
    )
