"""仮受金の割当: staff find whose the cash is that an advice told of, and the owner is told."""

from uuid import UUID

from django.db import transaction

from billing.models import Assignment, Case, Invoice, InvoiceVersion, Payment
from billing.refusals import AlreadyPaid, AmountDiffers, UnknownInvoice
from billing.services.events import record_event
from billing.services.payments import payment_event
from smartpit.kernel import clock
from smartpit.kernel.errors import DomainError
from tenants.access import NotAllowed
from tenants.models import Staff

ASSIGNERS = frozenset({Staff.Role.ADMINISTRATOR, Staff.Role.OPERATOR})


class NotInSuspense(DomainError):
    """Somebody assigned it already, or its store took it back."""

    code = "not_in_suspense"
    title = "この収納は仮受金ではありません"


def assign_suspense(staff: Staff, payment_id: UUID, invoice_id: UUID, reason: str) -> Payment:
    """Book money in suspense for an invoice: of an amount it asked, and not a single one paid.

    It is ``reported`` from now on, late, and may be confirmed or reversed like any other. What
    the till was answered stays: a repeated advice gets its first bytes.
    """
    if not (staff.is_active and staff.is_centre and staff.role in ASSIGNERS):
        raise NotAllowed
    with transaction.atomic(durable=True):
        payment = Payment.objects.select_for_update(no_key=True).get(pk=payment_id)
        if payment.status != Payment.Status.SUSPENSE:
            raise NotInSuspense
        invoice = _locked(payment, invoice_id)
        version = _version_asking(invoice, payment)
        _assign(payment, version)
        _record(payment, staff, reason)
        if not invoice.repeats:
            invoice.move(to=Invoice.Status.PAID)
        record_event(payment_event(payment, "payment.reported"))
    return payment


def _locked(payment: Payment, invoice_id: UUID) -> Invoice:
    """Lock the invoice, of the till's side, unless it is a single one and paid."""
    its_side = Invoice.objects.filter(owner__is_test=payment.chain.is_test)
    invoice = its_side.select_for_update(of=("self",), no_key=True).filter(pk=invoice_id).first()
    if invoice is None:
        raise UnknownInvoice
    if invoice.status == Invoice.Status.PAID:
        raise AlreadyPaid
    return invoice


def _version_asking(invoice: Invoice, payment: Payment) -> InvoiceVersion:
    """Return the version whose amount was taken: the one the till named, else the newest."""
    assert payment.amount_yen is not None
    assert payment.told_version is not None
    asked = InvoiceVersion.objects.filter(invoice=invoice, amount_yen=payment.amount_yen)
    named = asked.filter(version=payment.told_version).first()
    found = named or asked.order_by("-version").first()
    if found is None:
        raise AmountDiffers
    return found


def _assign(payment: Payment, version: InvoiceVersion) -> None:
    invoice = version.invoice
    payment.move(
        to=Payment.Status.REPORTED,
        owner=invoice.owner,
        tenant=invoice.tenant,
        invoice=invoice,
        version=version.version,
        number=invoice.card.number,
        tax_yen=version.tax_yen,
        repeats=invoice.repeats,
    )


def _record(payment: Payment, staff: Staff, reason: str) -> None:
    assert payment.owner is not None
    assert payment.tenant is not None
    now = clock.now()
    Assignment.objects.create(
        payment=payment,
        owner=payment.owner,
        tenant=payment.tenant,
        assigned_by=staff,
        assigned_at=now,
        reason=reason,
    )
    cases = Case.objects.filter(payment=payment, kind=Case.Kind.SUSPENSE, status=Case.Status.OPEN)
    for case in cases:
        case.move(to=Case.Status.CLOSED, closed_at=now, closed_by=staff, resolution=reason)
