"""Reading what a period is stated from: counts and sums by day, never a row at a time."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Case, Count, DateField, Exists, F, OuterRef, Q, QuerySet, Sum, When
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce, TruncDate

from billing.models import Confirmation, Fax, Invoice, Payment, Refund
from settlement.account import DayCount, PeriodFacts, Takings
from settlement.agreed import charged_terms
from settlement.charges import Charge, ChargedTerms, Registration, charges_due
from settlement.fees import STAMP_FROM_YEN
from settlement.models import Closing, Statement
from smartpit.kernel import clock
from tenants.terms import Terms

ONE_DAY = timedelta(days=1)
PAID = (Payment.Status.REPORTED, Payment.Status.CONFIRMED, Payment.Status.REFUNDED)


@dataclass(frozen=True)
class Window:
    """An owner's days after ``after``, which are stated already, up to ``upto``."""

    owner_id: int
    after: date
    upto: date

    @property
    def first(self) -> date:
        return self.after + ONE_DAY

    def holds(self, field: str) -> Q:
        """Say that a day lies in the window."""
        return Q(**{f"{field}__gt": self.after, f"{field}__lte": self.upto})

    def holds_instant(self, field: str) -> Q:
        """Say that an instant's day in Japan lies in the window."""
        begins, ends = clock.day_ends(self.after), clock.day_ends(self.upto)
        return Q(**{f"{field}__gte": begins, f"{field}__lt": ends})


def closed_upto(owner_id: int) -> date:
    """Return the owner's last closing date that was looked at; before the first, the first day."""
    last = Closing.objects.filter(owner_id=owner_id).order_by("-closes_on").first()
    return last.closes_on if last else date.min


def balance_yen(owner_id: int) -> int:
    """Return what the owner's last statement carried out."""
    last = Statement.objects.filter(owner_id=owner_id).order_by("-closes_on").first()
    return last.carried_out_yen if last else 0


def facts_of(window: Window, terms: list[Terms]) -> PeriodFacts:
    """Return all that is stated from the window's days.

    Confirmations and refunds carry their closing date. It is asked as a range, so that a date
    which a later change of contract took off the calendar is stated with the next one.
    """
    return PeriodFacts(
        payments=_takings(Confirmation.objects.all(), window),
        refunds=_takings(Refund.objects.all(), window),
        faxes=_day_counts(_faxes(window), "completed_on"),
        uncollected=_uncollected(window, terms),
        charges=tuple(charges_of(window, charged_terms(terms))),
        carried_in_yen=balance_yen(window.owner_id),
    )


def charges_of(window: Window, rows: list[ChargedTerms]) -> list[Charge]:
    """Return what fell due in the window, by day."""
    return charges_due(rows, _registrations(window, rows), window.first, window.upto)


def first_unstated_day(window: Window, terms: list[Terms]) -> date | None:
    """Return the first day of the window on which anything waits to be stated."""
    stated_by = window.holds("closes_on") & Q(owner_id=window.owner_id)
    rows: list[tuple[QuerySet[Any], str]] = [
        (Confirmation.objects.filter(stated_by), "closes_on"),
        (Refund.objects.filter(stated_by), "closes_on"),
        (_faxes(window), "completed_on"),
    ]
    days = [found.order_by(day).values_list(day, flat=True).first() for found, day in rows]
    days += [ended.day for ended in _uncollected(window, terms)[:1]]
    return min((day for day in days if day), default=None)


def _takings(stated: QuerySet[Any], window: Window) -> tuple[Takings, ...]:
    rows = (
        stated.filter(window.holds("closes_on"), owner_id=window.owner_id)
        .annotate(net_yen=F("payment__amount_yen") - Coalesce(F("payment__tax_yen"), 0))
        .values_list("payment__business_date", "tenant_id")
        .annotate(
            count=Count("pk"),
            gross_yen=Sum("payment__amount_yen"),
            stamp_count=Count("pk", filter=Q(net_yen__gte=STAMP_FROM_YEN)),
        )
        .order_by("payment__business_date", "tenant_id")
    )
    return tuple(Takings(*row) for row in rows)


def _faxes(window: Window) -> QuerySet[Fax]:
    return Fax.objects.filter(window.holds("completed_on"), owner_id=window.owner_id)


def _uncollected(window: Window, terms: list[Terms]) -> tuple[DayCount, ...]:
    """Count what ended without ever having been paid, by the day it ended.

    A due date that has passed ends an invoice whether or not a sweep has marked it. Where no plan
    of the owner asks for it, nothing is looked for.
    """
    if not any(row.uncollected_yen for row in terms):
        return ()
    paid = Payment.objects.filter(invoice=OuterRef("pk"), status__in=PAID)
    is_withdrawn = Q(status=Invoice.Status.WITHDRAWN)
    withdrawn = is_withdrawn & window.holds_instant("withdrawn_at")
    is_over = Q(status=Invoice.Status.EXPIRED) | Q(
        status__in=[Invoice.Status.OPEN, Invoice.Status.SUSPENDED],
        due_on__lt=clock.business_date(),
    )
    ended = (
        Invoice.objects.filter(
            withdrawn | is_over & window.holds("due_on"), owner_id=window.owner_id
        )
        .exclude(Exists(paid))
        .annotate(
            day=Case(
                When(is_withdrawn, then=TruncDate("withdrawn_at", tzinfo=clock.JST)),
                default=F("due_on"),
                output_field=DateField(),
            )
        )
    )
    return _day_counts(ended, "day")


def _day_counts(rows: QuerySet[Any], day: str) -> tuple[DayCount, ...]:
    counted = rows.order_by(day).values_list(day).annotate(count=Count("pk"))
    return tuple(DayCount(*row) for row in counted)


def _registrations(window: Window, rows: list[ChargedTerms]) -> list[Registration]:
    """Return the window's registrations of kept invoices, and those before that they come after.

    Of the earlier ones only what decides about the window's is read: under each terms with the
    option, the very first, and the first of each number that is registered again.
    """
    if not any(row.repeat_option for row in rows):
        return []
    kept = Invoice.objects.filter(owner_id=window.owner_id, repeats=True).annotate(
        day=TruncDate("registered_at", tzinfo=clock.JST),
        # The card of an invoice may be replaced; the charge asks for the number as it was told.
        told_number=KeyTextTransform("number", "registration__as_sent"),
    )
    here = kept.filter(window.holds_instant("registered_at")).values_list("day", "told_number")
    registrations = [Registration(day, str(number)) for day, number in here]
    if registrations and window.after > date.min:
        for row in rows:
            if row.repeat_option and row.starts_on <= window.after:
                registrations += _earlier(kept, window, row)
    return registrations


def _earlier(kept: QuerySet[Any], window: Window, row: ChargedTerms) -> list[Registration]:
    upto = min(window.after, row.ends_on or window.after)
    held = Window(window.owner_id, row.starts_on - ONE_DAY, upto)
    earlier = kept.filter(held.holds_instant("registered_at")).order_by("registered_at")
    again = kept.filter(window.holds_instant("registered_at")).values("told_number")
    of_numbers = (
        earlier.filter(told_number__in=again).order_by("told_number").distinct("told_number")
    )
    first = earlier.values_list("day", "told_number")[:1]
    found = {*first, *of_numbers.values_list("day", "told_number")}
    return [Registration(day, str(number)) for day, number in found]
