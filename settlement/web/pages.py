"""精算書 and 精算入金: what an owner is paid and why; a tenant's own share."""

from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from settlement.models import Payout, Statement, SubStatement
from settlement.web.lines import line_words
from settlement.web.waterfall import DoesNotSum, Figures, waterfall
from smartpit.edge.pages import page_of
from tenants.access import Scope
from tenants.selectors import centre
from tenants.web.gates import StaffRequest


@require_safe
def statements(request: StaffRequest, scope: Scope) -> HttpResponse:
    rows = scope.rows(Statement.objects.order_by("-closes_on"))
    return render(request, "dashboard/settlement/statements.html", {"page": page_of(request, rows)})


@require_safe
def statement(request: StaffRequest, scope: Scope, statement_id: UUID) -> HttpResponse:
    """Show a statement, unless its figures contradict each other."""
    found = scope.get(Statement.objects.all(), pk=statement_id)
    lines = list(found.lines.all())
    try:
        bars = waterfall(_figures(found), [line.amount_yen for line in lines])
    except DoesNotSum:
        words = {"frame": request.gate.frame}
        return render(request, "dashboard/settlement/does_not_sum.html", words, status=500)
    words_of_page = {
        "statement": found,
        "bars": bars,
        "lines": [(line, line_words(line.kind)) for line in lines],
        "sub_statements": found.sub_statements.select_related("tenant").order_by("tenant__code"),
        "payouts": found.payouts.order_by("proposed_at"),
        "fees_and_tax_yen": found.fees_yen + found.tax_yen,
        "centre": centre(),
    }
    return render(request, "dashboard/settlement/statement.html", words_of_page)


@require_safe
def payouts(request: StaffRequest, scope: Scope) -> HttpResponse:
    rows = scope.rows(Payout.objects.select_related("statement", "payee"))
    page = page_of(request, rows.order_by("-pays_on", "-proposed_at"))
    return render(request, "dashboard/settlement/payouts.html", {"page": page})


@require_safe
def sub_statements(request: StaffRequest, scope: Scope) -> HttpResponse:
    page = page_of(request, _shares(scope))
    return render(request, "portal/sub_statements.html", {"page": page})


@require_safe
def sub_statement(request: StaffRequest, scope: Scope, sub_statement_id: UUID) -> HttpResponse:
    found = scope.get(_shares(scope), pk=sub_statement_id)
    return render(request, "portal/sub_statement.html", {"share": found})


def _shares(scope: Scope) -> QuerySet[SubStatement]:
    """A tenant's own shares; of the owner's statement only its days are shown beside them."""
    rows = scope.rows(SubStatement.objects.select_related("statement", "tenant"))
    return rows.order_by("-statement__closes_on")


def _figures(found: Statement) -> Figures:
    return Figures(**{name: getattr(found, name) for name in Figures.__dataclass_fields__})
