"""May this invoice be paid now, with these words? One question after the other (contract 4)."""

from datetime import datetime

from django.db.models import Count, Q, QuerySet, Sum

from billing.models import Invoice, Payment
from billing.refusals import (
    AlreadyPaid,
    AmountDiffers,
    InvoiceExpired,
    InvoiceSuspended,
    InvoiceWithdrawn,
    LimitReached,
    UnknownSlip,
    VersionStale,
)
from billing.tills.notices import PaymentNotice
from cards.selectors import card_refusal
from smartpit.kernel import clock
from smartpit.kernel.errors import DomainError
from tenants.models import Tenant

_STANDING = (Payment.Status.REPORTED, Payment.Status.CONFIRMED)


def refusal(invoice: Invoice, notice: PaymentNotice, arrived_at: datetime) -> DomainError | None:
    """Return the first reason to refuse a request, or None.

    ``invoice`` is locked, its card read. Judged by the centre's clock on arrival, whether or not
    a sweep has already moved the invoice.
    """
    return (
        _of_slip(notice)
        or card_refusal(invoice.card)
        or _of_status(invoice, arrived_at)
        or _of_words(invoice, notice)
        or _of_limits(invoice, notice, arrived_at)
    )


def is_past_due(invoice: Invoice, at: datetime) -> bool:
    """A due date ends at 23:59:59 JST; a kept invoice without one never ends by itself."""
    return invoice.due_on is not None and clock.business_date(at) > invoice.due_on


def _of_slip(notice: PaymentNotice) -> DomainError | None:
    # No kiosk has printed a slip yet, so none that a till names is known.
    return UnknownSlip() if notice.slip is not None else None


def _of_status(invoice: Invoice, at: datetime) -> DomainError | None:
    if invoice.status == Invoice.Status.WITHDRAWN or _is_shut(invoice):
        return InvoiceWithdrawn()
    if invoice.status == Invoice.Status.PAID:
        return AlreadyPaid()
    if invoice.status == Invoice.Status.EXPIRED or is_past_due(invoice, at):
        return InvoiceExpired()
    if invoice.status == Invoice.Status.SUSPENDED:
        return InvoiceSuspended()
    return None


def _is_shut(invoice: Invoice) -> bool:
    """A tenant that has closed sells no more; what is left open of it counts as taken back."""
    return invoice.tenant.status == Tenant.Status.CLOSED


def _of_words(invoice: Invoice, notice: PaymentNotice) -> DomainError | None:
    if notice.version != invoice.version:
        current = {"version": invoice.version, "amount_yen": invoice.amount_yen}
        return VersionStale(current=current)
    if notice.amount_yen != invoice.amount_yen:
        return AmountDiffers()
    return None


def _of_limits(invoice: Invoice, notice: PaymentNotice, at: datetime) -> DomainError | None:
    limits = (
        invoice.count_max,
        invoice.per_day_yen_max,
        invoice.per_month_count_max,
        invoice.gap_seconds_min,
    )
    if all(limit is None for limit in limits):
        return None

    standing = Payment.objects.filter(invoice=invoice, status__in=_STANDING)
    if _exceeds(invoice, notice, standing) or _too_soon(invoice, standing, at):
        return LimitReached()
    return None


def _exceeds(invoice: Invoice, notice: PaymentNotice, standing: QuerySet[Payment]) -> bool:
    day = notice.key.business_date
    month = Q(business_date__year=day.year, business_date__month=day.month)
    sums = standing.aggregate(
        count=Count("pk"),
        month_count=Count("pk", filter=month),
        day_yen=Sum("amount_yen", filter=Q(business_date=day), default=0),
    )
    return (
        (invoice.count_max is not None and sums["count"] >= invoice.count_max)
        or (
            invoice.per_month_count_max is not None
            and sums["month_count"] >= invoice.per_month_count_max
        )
        or (
            invoice.per_day_yen_max is not None
            and sums["day_yen"] + notice.amount_yen > invoice.per_day_yen_max
        )
    )


def _too_soon(invoice: Invoice, standing: QuerySet[Payment], at: datetime) -> bool:
    if invoice.gap_seconds_min is None:
        return False
    newest = standing.order_by("-booked_at").first()
    return newest is not None and (
        (at - newest.booked_at).total_seconds() < invoice.gap_seconds_min
    )
