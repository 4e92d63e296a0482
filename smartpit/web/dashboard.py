"""ホーム: what a person wants to know first, from all apps together."""

from django.db.models import Count, Q, Sum
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from billing.models import Delivery, Endpoint, Invoice, Payment
from billing.selectors import invoices_of, payments_of
from settlement.calendar import Span, first_closing_on_or_after, pay_day, statement_day
from settlement.models import Payout
from smartpit.kernel import clock
from tenants.access import Scope
from tenants.models import Tenant
from tenants.selectors import tenants_of, terms_of
from tenants.web.gates import StaffRequest
from tenants.web.roles import Section, may_see

PAYMENTS_SHOWN = 8
_ON_THE_WAY = (Payout.Status.PROPOSED, Payout.Status.APPROVED, Payout.Status.EXPORTED)
_STANDING = (Payment.Status.REPORTED, Payment.Status.CONFIRMED)


@require_safe
def owner_home(request: StaffRequest, scope: Scope) -> HttpResponse:
    words = _home(scope) | {"watch": _watch(scope)}
    if not may_see(request.user, Section.PAYMENTS):
        del words["payments"]  # Each row leads to a page that would be refused.
    if may_see(request.user, Section.STATEMENTS):
        words["money"] = _money(scope)
    return render(request, "dashboard/home.html", words)


@require_safe
def tenant_home(request: StaffRequest, scope: Scope) -> HttpResponse:
    return render(request, "portal/home.html", _home(scope))


def _home(scope: Scope) -> dict[str, object]:
    today = clock.business_date()
    payments = payments_of(scope)
    taken = payments.filter(business_date=today, status__in=_STANDING)
    month = payments.filter(
        business_date__year=today.year, business_date__month=today.month, status__in=_STANDING
    )
    return {
        "today": today,
        "today_sums": taken.aggregate(count=Count("pk"), yen=Sum("amount_yen", default=0)),
        "month_sums": month.aggregate(count=Count("pk"), yen=Sum("amount_yen", default=0)),
        "open_invoices": _open_invoices(scope),
        "payments": payments[:PAYMENTS_SHOWN],
    }


def _money(scope: Scope) -> dict[str, object]:
    """Return what is paid next, and when the present period closes."""
    spans = [
        Span(terms.starts_on, terms.ends_on, terms.cycle, terms.ends_contract)
        for terms in terms_of(scope.owner)
    ]
    closes_on = first_closing_on_or_after(spans, clock.business_date())
    waiting = scope.rows(Payout.objects.filter(status__in=_ON_THE_WAY))
    return {
        "payout": waiting.order_by("pays_on").first(),
        "closes_on": closes_on,
        "stated_on": statement_day(closes_on),
        "pays_on": pay_day(statement_day(closes_on)),
    }


def _watch(scope: Scope) -> list[dict[str, object]]:
    """Return what a person of the owner may want to look at, without what is nothing."""
    payments = payments_of(scope).filter(status=Payment.Status.REPORTED)
    deliveries = scope.rows(Delivery.objects.filter(endpoint__status=Endpoint.Status.ACTIVE))
    found = (
        ("二重の疑いがある収納", payments.filter(possible_duplicate=True)),
        ("期限後などに届いた収納", payments.filter(late=True)),
        ("届いていない通知", deliveries.filter(status=Delivery.Status.PENDING, attempts__gt=0)),
        ("打ち切られた通知", deliveries.filter(status=Delivery.Status.EXHAUSTED)),
        ("審査待ちのテナント", tenants_of(scope).filter(status=Tenant.Status.APPLIED)),
        ("振込不能の入金", scope.rows(Payout.objects.filter(status=Payout.Status.RETURNED))),
    )
    counted = [{"word": word, "count": rows.count()} for word, rows in found]
    return [line for line in counted if line["count"]]


def _open_invoices(scope: Scope) -> dict[str, int]:
    rows = invoices_of(scope).filter(status=Invoice.Status.OPEN)
    return rows.aggregate(
        single=Count("pk", filter=Q(repeats=False)), kept=Count("pk", filter=Q(repeats=True))
    )
