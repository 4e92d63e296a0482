"""Reading what lies ahead of an owner: open periods, the last days, stamps that may be spared."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce, TruncDate

from billing.models import Confirmation, Fax, Invoice, Payment, Refund
from settlement.account import Account, DayCount, Takings, account_of
from settlement.agreed import spans_of
from settlement.calendar import first_closing_on_or_after, pay_day, statement_day
from settlement.due import next_closing
from settlement.facts import ONE_DAY, Window, balance_yen, closed_upto, facts_of
from settlement.fees import STAMP_FROM_YEN
from settlement.simulator import GivenBack, Past
from settlement.stamps import NEAR_YEN, NET_BELOW_YEN
from smartpit.kernel import clock
from tenants.terms import Terms

PAST_DAYS: Final = 90
SHOWN: Final = 20
_CONFIRMED = (Payment.Status.CONFIRMED, Payment.Status.REFUNDED)
_WAITING = (Invoice.Status.OPEN, Invoice.Status.SUSPENDED)


@dataclass(frozen=True)
class Forecast:
    """An open period as it would be stated with what is known now."""

    closes_on: date
    account: Account

    @property
    def stated_on(self) -> date:
        return statement_day(self.closes_on)

    @property
    def pays_on(self) -> date:
        return pay_day(self.stated_on)


@dataclass(frozen=True)
class Unconfirmed:
    """What tills told and no chain has confirmed: it is in no period yet."""

    count: int
    yen: int


@dataclass(frozen=True)
class StampedInvoices:
    """Open invoices just above the limit, and paid ones that carried a stamp.

    ``untold`` do not say their tax: at 10 % their net price lies below the limit, so that telling
    it spares the stamp. ``near`` lie above it by their net price.
    """

    untold: QuerySet[Invoice]
    near: QuerySet[Invoice]
    paid_count: int


def forecasts(owner_id: int, terms: list[Terms]) -> list[Forecast]:
    """Return the owner's open periods up to the one that holds today, each as of now."""
    found: list[Forecast] = []
    closes_on = next_closing(owner_id)
    if closes_on is None:
        return found
    after, carried_yen = closed_upto(owner_id), balance_yen(owner_id)
    while True:
        facts = facts_of(Window(owner_id, after, closes_on), terms)
        account = account_of(replace(facts, carried_in_yen=carried_yen), terms, (), closes_on)
        found.append(Forecast(closes_on, account))
        if closes_on >= clock.business_date():
            return found
        after, carried_yen = closes_on, account.settled.carried_out_yen
        closes_on = first_closing_on_or_after(spans_of(terms), after + ONE_DAY)


def unconfirmed(owner_id: int) -> Unconfirmed:
    rows = Payment.objects.filter(owner_id=owner_id, status=Payment.Status.REPORTED)
    told = rows.aggregate(count=Count("pk"), yen=Coalesce(Sum("amount_yen"), 0))
    return Unconfirmed(told["count"], told["yen"])


def past_of(owner_id: int) -> Past:
    """Return what was confirmed of the last days before today, refunded and sent by FAX."""
    last = clock.business_date() - ONE_DAY
    window = Window(owner_id, last - timedelta(days=PAST_DAYS), last)
    confirmed = Confirmation.objects.filter(window.holds("payment__business_date"))
    refunded = Refund.objects.filter(window.holds_instant("approved_at")).annotate(
        day=TruncDate("approved_at", tzinfo=clock.JST)
    )
    faxes = Fax.objects.filter(window.holds("completed_on"), owner_id=owner_id)
    sent = faxes.order_by("completed_on").values_list("completed_on").annotate(count=Count("pk"))
    return Past(
        first=window.first,
        last=last,
        payments=tuple(Takings(*row) for row in _by_day(confirmed, owner_id)),
        refunds=tuple(
            GivenBack(day, Takings(*row)) for day, *row in _by_day(refunded, owner_id, "day")
        ),
        faxes=tuple(DayCount(*row) for row in sent),
    )


def stamped_invoices(owner_id: int) -> StampedInvoices:
    today = clock.business_date()
    open_ones = _with_net(Invoice.objects.filter(owner_id=owner_id, status__in=_WAITING))
    waiting = open_ones.filter(Q(due_on=None) | Q(due_on__gte=today), net_yen__gte=STAMP_FROM_YEN)
    paid = Payment.objects.filter(
        owner_id=owner_id,
        status__in=_CONFIRMED,
        business_date__gte=today - timedelta(days=PAST_DAYS),
        business_date__lt=today,
    )
    is_untold = Q(tax_yen=None, amount_yen__lt=NET_BELOW_YEN)
    ordered = waiting.order_by("net_yen", "pk")
    return StampedInvoices(
        untold=ordered.filter(is_untold),
        near=ordered.filter(net_yen__lt=NEAR_YEN).exclude(is_untold),
        paid_count=_with_net(paid).filter(net_yen__gte=STAMP_FROM_YEN).count(),
    )


def _with_net(rows: QuerySet[Any]) -> QuerySet[Any]:
    found: QuerySet[Any] = rows.annotate(net_yen=F("amount_yen") - Coalesce(F("tax_yen"), 0))
    return found


def _by_day(rows: QuerySet[Any], owner_id: int, *first: str) -> QuerySet[Any]:
    net_yen = F("payment__amount_yen") - Coalesce(F("payment__tax_yen"), 0)
    groups = (*first, "payment__business_date", "tenant_id")
    counted: QuerySet[Any] = (
        rows.filter(owner_id=owner_id)
        .annotate(net_yen=net_yen)
        .values_list(*groups)
        .annotate(
            count=Count("pk"),
            gross_yen=Sum("payment__amount_yen"),
            stamp_count=Count("pk", filter=Q(net_yen__gte=STAMP_FROM_YEN)),
        )
        .order_by(*groups)
    )
    return counted
