"""ホーム: what a person wants to know first, from all apps together."""

from django.db.models import Count, Q, Sum
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from billing.models import Invoice, Payment
from billing.selectors import invoices_of, payments_of
from smartpit.kernel import clock
from tenants.access import Scope
from tenants.web.gates import StaffRequest

PAYMENTS_SHOWN = 8
_STANDING = (Payment.Status.REPORTED, Payment.Status.CONFIRMED)


@require_safe
def owner_home(request: StaffRequest, scope: Scope) -> HttpResponse:
    return render(request, "dashboard/home.html", _home(scope))


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


def _open_invoices(scope: Scope) -> dict[str, int]:
    rows = invoices_of(scope).filter(status=Invoice.Status.OPEN)
    return rows.aggregate(
        single=Count("pk", filter=Q(repeats=False)), kept=Count("pk", filter=Q(repeats=True))
    )
