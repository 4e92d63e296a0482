"""The rows behind each number of a statement: payments, refunds, stamps, FAXes, charges.

A payment and a refund carry their closing date, and a statement takes those after the last closing
up to its own. The rows are facts, so what is read here later is what was counted then.
"""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from billing.models import Confirmation, Fax, Invoice, Payment, Refund
from settlement.agreed import charged_terms
from settlement.charges import Charge
from settlement.facts import PAID, Window, charges_of
from settlement.fees import STAMP_FROM_YEN
from settlement.models import Closing, Statement, SubStatement
from settlement.waterfall import DoesNotSum
from tenants.selectors import terms_of
from tenants.terms import Terms, priced_by

NET_YEN = F("payment__amount_yen") - Coalesce(F("payment__tax_yen"), 0)


@dataclass(frozen=True)
class DaySum:
    """What one business date brought to a statement; a refund counts below zero."""

    day: date
    payments_count: int
    refunds_count: int
    gross_yen: int
    stamp_yen: int


@dataclass(frozen=True)
class Period:
    """The days of a statement, and of whose rows: the owner's, or one tenant's."""

    statement: Statement
    window: Window
    tenant_id: int | None = None

    @property
    def starts_on(self) -> date:
        """Return the first day of the period; of the very first, the contract's."""
        if self.window.after > date.min:
            return self.window.first
        return min(row.starts_on for row in self.terms)

    @cached_property
    def terms(self) -> list[Terms]:
        return terms_of(self.statement.owner_id)

    def confirmations(self) -> QuerySet[Confirmation]:
        return self._stated(Confirmation.objects.all())

    def refunds(self) -> QuerySet[Refund]:
        return self._stated(Refund.objects.all())

    def stamped(self) -> QuerySet[Confirmation]:
        """Return the payments whose net price asks for a stamp, on days not exempt from it."""
        return _bearing_stamps(self.confirmations(), self.terms)

    def stamped_refunds(self) -> QuerySet[Refund]:
        return _bearing_stamps(self.refunds(), self.terms)

    def stamped_count(self) -> int | None:
        """Return how many payments are ``stamped``, as the stated sum of their stamps tells.

        Where stamps have several prices it does not tell.
        """
        prices = {row.stamp_yen for row in self.terms if not row.stamp_exempt}
        if len(prices) != 1 or 0 in prices:
            return None
        (each_yen,) = prices
        return self.statement.stamp_yen // each_yen + self.stamped_refunds().count()

    def faxes(self) -> QuerySet[Fax]:
        rows = Fax.objects.select_related("notice")
        in_days = self.window.holds("completed_on")
        return rows.filter(in_days, owner_id=self.statement.owner_id).order_by("completed_at")

    def charges(self) -> list[Charge]:
        """Return the charges that fell due; those of the contract, not those counted by use."""
        return charges_of(self.window, charged_terms(self.terms))

    def uncollected(self) -> QuerySet[Invoice]:
        """Return the invoices that had ended unpaid when the period was closed."""
        paid = Payment.objects.filter(
            invoice=OuterRef("pk"),
            status__in=PAID,
            booked_at__lte=self.statement.closed_at,
        )
        is_withdrawn = Q(status=Invoice.Status.WITHDRAWN)
        ended = is_withdrawn & self.window.holds_instant("withdrawn_at") | ~is_withdrawn & (
            self.window.holds("due_on")
        )
        rows = Invoice.objects.filter(ended, owner_id=self.statement.owner_id)
        return rows.exclude(Exists(paid)).select_related("tenant").order_by("due_on", "pk")

    def _stated(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        held = rows.filter(
            self.window.holds("closes_on"), owner_id=self.statement.owner_id
        ).order_by("pk")
        return held if self.tenant_id is None else held.filter(tenant_id=self.tenant_id)

    def day_sums(self) -> list[DaySum]:
        """Return the rows summed by business date."""
        sums = {
            row["day"]: DaySum(row["day"], row["count"], 0, row["yen"], self._stamps_yen(row))
            for row in _by_day(self.confirmations())
        }
        for row in _by_day(self.refunds()):
            one = sums.get(row["day"], DaySum(row["day"], 0, 0, 0, 0))
            sums[row["day"]] = DaySum(
                one.day,
                one.payments_count,
                row["count"],
                one.gross_yen - row["yen"],
                one.stamp_yen - self._stamps_yen(row),
            )
        return [sums[day] for day in sorted(sums)]

    def _stamps_yen(self, row: dict[str, Any]) -> int:
        terms = priced_by(self.terms, row["day"])
        stamp_yen: int = 0 if terms.stamp_exempt else terms.stamp_yen * row["stamps"]
        return stamp_yen


def period_of(statement: Statement, tenant_id: int | None = None) -> Period:
    """Return the days that a statement took its rows from."""
    before = Closing.objects.filter(
        owner_id=statement.owner_id, closes_on__lt=statement.closes_on
    ).order_by("-closes_on")
    last = before.first()
    after = last.closes_on if last else date.min
    return Period(statement, Window(statement.owner_id, after, statement.closes_on), tenant_id)


def require_rows(period: Period, share: SubStatement | None = None) -> list[DaySum]:
    """Return the sums by day, or refuse rows that are not what the statement says of them.

    ``share`` is the tenant's whose rows ``period`` holds; what it bears of the stamps is no sum
    of its own rows.
    """
    sums = period.day_sums()
    told = share or period.statement
    found = (sum(one.payments_count for one in sums), sum(one.gross_yen for one in sums))
    if found != (told.payments_count, told.gross_yen):
        raise DoesNotSum("rows")
    if share is None and sum(one.stamp_yen for one in sums) != period.statement.stamp_yen:
        raise DoesNotSum("stamps")
    return sums


def _by_day(rows: QuerySet[Any]) -> QuerySet[Any, dict[str, Any]]:
    netted = rows.order_by("payment__business_date").annotate(net_yen=NET_YEN)
    summed: QuerySet[Any, dict[str, Any]] = netted.values(day=F("payment__business_date")).annotate(
        count=Count("pk"),
        yen=Sum("payment__amount_yen"),
        stamps=Count("pk", filter=Q(net_yen__gte=STAMP_FROM_YEN)),
    )
    return summed


def _bearing_stamps(rows: QuerySet[Any], terms: list[Terms]) -> QuerySet[Any]:
    """Keep what bears a stamp, asking the terms of each row's own day."""
    for row, upto in zip(terms, [*(later.starts_on for later in terms[1:]), None], strict=True):
        if row.stamp_exempt or not row.stamp_yen:
            # What came before the first terms is priced by these.
            days = Q() if row is terms[0] else Q(payment__business_date__gte=row.starts_on)
            days &= Q() if upto is None else Q(payment__business_date__lt=upto)
            rows = rows.exclude(days) if days else rows.none()
    bearing: QuerySet[Any] = rows.annotate(net_yen=NET_YEN).filter(net_yen__gte=STAMP_FROM_YEN)
    return bearing
