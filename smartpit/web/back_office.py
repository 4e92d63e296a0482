"""本日の様子: what the centre's staff see first, from all apps together."""

from typing import Any

from django.db.models import Count, QuerySet, Sum
from django.http import HttpRequest
from django.urls import reverse

from billing.models import Case, Delivery, Payment
from billing.selectors import cases_of
from settlement.agenda.days import agenda
from settlement.models import Payout, RefundRequest
from smartpit.kernel import clock
from smartpit.web.watch import signs
from tenants.access import CENTRE
from tenants.models import Tenant

CASES_SHOWN = 8


def overview(_request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add what waits for somebody today to the first page of the back office."""
    today = clock.business_date()
    taken = Payment.objects.filter(
        business_date=today, status__in=[Payment.Status.REPORTED, Payment.Status.CONFIRMED]
    )
    context["today"] = today
    context["today_sums"] = taken.filter(owner__is_test=False).aggregate(
        count=Count("pk"), yen=Sum("amount_yen", default=0)
    )
    context["waiting"] = [*_due(), *_waiting()]
    context["signs"] = signs()
    cases = _live(cases_of(CENTRE)).filter(status=Case.Status.OPEN)
    context["cases"] = cases[:CASES_SHOWN]
    return context


def _due() -> list[dict[str, Any]]:
    """Count what the calendar says is late, and what is still to be done today."""
    found = agenda()
    counts = (("遅れている仕事", len(found.late)), ("本日中の仕事", found.today_count))
    href = reverse("admin:settlement_agenda")
    return [{"word": word, "count": count, "href": href} for word, count in counts]


def _live(cases: QuerySet[Case]) -> QuerySet[Case]:
    """Leave out what test tills and test owners brought: it waits for no one at the centre."""
    return cases.exclude(chain__is_test=True).exclude(owner__is_test=True)


def _waiting() -> list[dict[str, Any]]:
    counts = (
        ("要確認案件", "billing_case", _live(cases_of(CENTRE)).filter(status=Case.Status.OPEN)),
        (
            "承認待ちの訂正",
            "settlement_refundrequest",
            RefundRequest.objects.filter(status=RefundRequest.Status.REQUESTED),
        ),
        ("承認待ちの入金", "settlement_payout", Payout.objects.filter(status="proposed")),
        ("振込依頼待ちの入金", "settlement_payout", Payout.objects.filter(status="approved")),
        (
            "審査待ちのテナント",
            "tenants_tenant",
            Tenant.objects.filter(status=Tenant.Status.APPLIED, owner__is_test=False),
        ),
        (
            "届いていない通知",
            "billing_delivery",
            Delivery.objects.filter(
                status=Delivery.Status.PENDING, attempts__gt=0, owner__is_test=False
            ),
        ),
    )
    return [
        {"word": word, "count": rows.count(), "href": reverse(f"admin:{model}_changelist")}
        for word, model, rows in counts
    ]
