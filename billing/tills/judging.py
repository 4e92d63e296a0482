"""May this invoice be paid now, with these words? One question after the other (contract 4)."""

from datetime import datetime

from django.db.models import Count, Q, QuerySet, Sum

from billing.models import Invoice, Payment, Slip
from billing.refusals import (
    AlreadyPaid,
    AmountDiffers,
    InvoiceExpired,
    InvoiceSuspended,
    InvoiceWithdrawn,
    LimitReached,
    SlipExpired,
    UnknownSlip,
    VersionStale,
)
from billing.tills.notices import PaymentNotice
from cards.refusals import CardReplaced
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
    slip = _slip_named(notice)
    return (
        _of_slip(slip, invoice, notice, arrived_at)
        or card_refusal(invoice.card)
        or _of_slips_card(slip, invoice)
        or _of_status(invoice, arrived_at, slip)
        or _of_words(invoice, notice)
        or _of_limits(invoice, notice, arrived_at)
    )


def is_past_due(invoice: Invoice, at: datetime) -> bool:
    """A due date ends at 23:59:59 JST; a kept invoice without one never ends by itself."""
    return invoice.due_on is not None and clock.business_date(at) > invoice.due_on


def _slip_named(notice: PaymentNotice) -> Slip | None:
    """Return the chain's slip that a till names, if there is one."""
    if notice.slip is None:
        return None
    return Slip.objects.filter(pk=notice.slip, chain_id=notice.key.chain).first()


def _of_slip(
    slip: Slip | None, invoice: Invoice, notice: PaymentNotice, at: datetime
) -> DomainError | None:
    if notice.slip is None:
        return None
    if slip is None or not slip.lines.filter(invoice=invoice).exists():
        return UnknownSlip()
    return SlipExpired() if slip.voided_at is not None or slip.expires_at <= at else None


def _of_slips_card(slip: Slip | None, invoice: Invoice) -> DomainError | None:
    """A slip that was printed for a number that was replaced pays nothing."""
    return CardReplaced() if slip is not None and slip.card_id != invoice.card_id else None


def _of_status(invoice: Invoice, at: datetime, slip: Slip | None) -> DomainError | None:
    if invoice.status == Invoice.Status.WITHDRAWN or _is_shut(invoice):
        return InvoiceWithdrawn()
    if invoice.status == Invoice.Status.PAID:
        return AlreadyPaid()
    # The slip that lives was printed in time: it alone may pay after the due date has ended.
    if invoice.status == Invoice.Status.EXPIRED or (slip is None and is_past_due(invoice, at)):
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
