"""What opens behind each number of a 精算書: its payments, refunds, stamps, FAXes and charges."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db.models import QuerySet, Sum
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from settlement.line_words import line_words
from settlement.models import Statement, SubStatement
from settlement.period_rows import Period, period_of, require_rows
from settlement.waterfall import DoesNotSum
from settlement.web.sums import sums_or_not_at_all
from settlement.whole import whole_of
from smartpit.edge.pages import page_of, page_of_many
from tenants.access import Scope
from tenants.web.gates import StaffRequest

# Up to so many payments a page of rows is summed before it is shown; the papers always are.
SUMMED_ON_PAGES = 20_000
_BY_USE = ("payment", "transfer", "fax", "uncollected")
_PAYMENT_PARTS = (
    "payment__invoice", "payment__tenant", "payment__chain", "payment",
)  # fmt: skip
_CHOICES: dict[str, tuple[str, Callable[[Period], QuerySet[Any]]]] = {
    "payments": ("収納", Period.confirmations),
    "refunds": ("訂正", Period.refunds),
    "stamps": ("収入印紙の対象", Period.stamped),
    "stamps-returned": ("収入印紙の対象の訂正", Period.stamped_refunds),
}


@require_safe
@sums_or_not_at_all
def payments(request: StaffRequest, scope: Scope, statement_id: UUID) -> HttpResponse:
    """List the payments and refunds a statement is made of, and how they come to its gross."""
    found = scope.get(Statement.objects.all(), pk=statement_id)
    whole_of(found)
    return _payments_page(request, period_of(found), None)


@require_safe
@sums_or_not_at_all
def tenant_payments(request: StaffRequest, scope: Scope, sub_statement_id: UUID) -> HttpResponse:
    """List the payments and refunds of a tenant's own share."""
    rows = SubStatement.objects.select_related("statement", "tenant")
    share = scope.get(rows, pk=sub_statement_id)
    return _payments_page(request, period_of(share.statement, share.tenant_id), share)


@require_safe
@sums_or_not_at_all
def charges(request: StaffRequest, scope: Scope, statement_id: UUID) -> HttpResponse:
    """List the charges that fell due in the period, each with its day."""
    found = scope.get(Statement.objects.all(), pk=statement_id)
    due = period_of(found).charges()
    total_yen = sum(charge.unit_yen for charge in due)
    by_use = found.lines.filter(kind__in=_BY_USE).aggregate(yen=Sum("amount_yen"))["yen"] or 0
    if total_yen != found.fees_yen - by_use:
        raise DoesNotSum("charges")
    words = {
        "statement": found,
        "charges": [(charge, line_words(charge.kind)) for charge in due if charge.unit_yen],
        "total_yen": total_yen,
    }
    return render(request, "dashboard/settlement/charges.html", words)


@require_safe
@sums_or_not_at_all
def faxes(request: StaffRequest, scope: Scope, statement_id: UUID) -> HttpResponse:
    found = scope.get(Statement.objects.all(), pk=statement_id)
    return _counted_page(request, found, period_of(found).faxes(), "fax")


@require_safe
@sums_or_not_at_all
def uncollected(request: StaffRequest, scope: Scope, statement_id: UUID) -> HttpResponse:
    found = scope.get(Statement.objects.all(), pk=statement_id)
    return _counted_page(request, found, period_of(found).uncollected(), "uncollected")


def _payments_page(
    request: StaffRequest, period: Period, share: SubStatement | None
) -> HttpResponse:
    told = share or period.statement
    days = require_rows(period, share) if told.payments_count <= SUMMED_ON_PAGES else []
    choices = dict(_CHOICES) if share is None else dict(list(_CHOICES.items())[:2])
    chosen = request.GET.get("rows", "payments")
    word, rows_of = choices.get(chosen, choices["payments"])
    words = {
        "statement": period.statement,
        "share": share,
        "told": told,
        "starts_on": period.starts_on,
        "page": page_of_many(
            request, rows_of(period).select_related(*_PAYMENT_PARTS), _count(rows_of, period, told)
        ),
        "days": days,
        "word": word,
        "chosen": chosen if chosen in choices else "payments",
        "choices": [(code, choice[0]) for code, choice in choices.items()],
        "addresses": _addresses(request, period.statement, share),
        "is_refund": rows_of in (Period.refunds, Period.stamped_refunds),
    }
    return render(request, "dashboard/settlement/statement_payments.html", words)


def _addresses(
    request: StaffRequest, statement: Statement, share: SubStatement | None
) -> dict[str, str]:
    """Return where the rows are as files, and where the paper they belong to is."""
    home = request.gate.namespace
    if share is None:
        own, back = "statement", reverse("dashboard:statement", args=[statement.pk])
    elif home == "dashboard":  # The owner looks at one of its tenants.
        own, back = "share", reverse("dashboard:statement", args=[statement.pk])
    else:
        own, back = "statement", reverse("portal:statement", args=[share.pk])
    shown = (share or statement).pk
    files = {kind: reverse(f"{home}:{own}_{kind}", args=[shown]) for kind in ("csv", "xlsx")}
    return files | {"back": back}


def _count(
    rows_of: Callable[[Period], QuerySet[Any]], period: Period, told: Statement | SubStatement
) -> int | None:
    """Return what the statement says of how many rows there are; of refunds it says nothing."""
    if rows_of is Period.confirmations:
        return told.payments_count
    return period.stamped_count() if rows_of is Period.stamped else None


def _counted_page(
    request: StaffRequest, found: Statement, rows: QuerySet[Any], kind: str
) -> HttpResponse:
    page = page_of(request, rows)
    charged = found.lines.filter(kind=kind).aggregate(count=Sum("count"))["count"] or 0
    if page.paginator.count < charged:  # What a plan asks nothing for stands in no line.
        raise DoesNotSum("charges")
    words = {"statement": found, "page": page}
    return render(request, f"dashboard/settlement/rows_of_{kind}.html", words)
