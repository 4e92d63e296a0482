"""精算書 and 精算入金: what an owner is paid and why; a tenant's own share."""

from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from settlement.line_words import line_words
from settlement.models import Payout, Statement, SubStatement
from settlement.web.sums import sums_or_not_at_all
from settlement.whole import Whole, whole_of
from smartpit.edge.pages import page_of
from tenants.access import Scope
from tenants.selectors import centre
from tenants.web.gates import StaffRequest

# Where the rows of a fee line stand; what is not named here is a charge of the contract.
_ROWS_OF_LINES = {
    "payment": "statement_payments",
    "fax": "statement_faxes",
    "uncollected": "statement_uncollected",
}


@require_safe
def statements(request: StaffRequest, scope: Scope) -> HttpResponse:
    rows = scope.rows(Statement.objects.order_by("-closes_on"))
    return render(request, "dashboard/settlement/statements.html", {"page": page_of(request, rows)})


@require_safe
@sums_or_not_at_all
def statement(request: StaffRequest, scope: Scope, statement_id: UUID) -> HttpResponse:
    """Show a statement, unless its figures contradict each other."""
    found = scope.get(Statement.objects.all(), pk=statement_id)
    whole = whole_of(found)
    addresses = _addresses(whole)
    words = {
        "statement": found,
        "bars": [(bar, addresses.get(bar.code)) for bar in whole.bars],
        "lines": [
            (line, line_words(line.kind), _rows_of(found, line.kind)) for line in whole.lines
        ],
        "sub_statements": whole.shares,
        "payouts": whole.payouts,
        "fees_and_tax_yen": found.fees_yen + found.tax_yen,
        "addresses": addresses,
        "centre": centre(),
    }
    return render(request, "dashboard/settlement/statement.html", words)


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
@sums_or_not_at_all
def sub_statement(request: StaffRequest, scope: Scope, sub_statement_id: UUID) -> HttpResponse:
    found = scope.get(_shares(scope), pk=sub_statement_id)
    account = whole_of(found.statement).accounts[found.tenant_id]
    return render(request, "portal/sub_statement.html", {"share": found, "account": account})


@require_safe
@sums_or_not_at_all
def share(request: StaffRequest, scope: Scope, sub_statement_id: UUID) -> HttpResponse:
    """Show the owner how the share of one of its tenants was reckoned."""
    found = scope.get(_shares(scope), pk=sub_statement_id)
    account = whole_of(found.statement).accounts[found.tenant_id]
    words = {"share": found, "statement": found.statement, "account": account}
    return render(request, "dashboard/settlement/share.html", words)


def _shares(scope: Scope) -> QuerySet[SubStatement]:
    """A tenant's own shares; of the owner's statement only its days are shown beside them."""
    rows = scope.rows(SubStatement.objects.select_related("statement", "tenant"))
    return rows.order_by("-statement__closes_on")


def _addresses(whole: Whole) -> dict[str, str]:
    """Return where each number of the waterfall opens."""
    here = whole.statement.pk
    payments = reverse("dashboard:statement_payments", args=[here])
    addresses = {
        "gross": payments,
        "fees": "#lines",
        "tax": "#lines",
        "stamp": f"{payments}?rows=stamps",
        "payout": "#payouts",
    }
    for code, other in (("carried_in", whole.previous), ("carried_out", whole.following)):
        if other is not None:
            addresses[code] = reverse("dashboard:statement", args=[other.pk])
    return addresses


def _rows_of(found: Statement, kind: str) -> str:
    """Return where the rows of a fee line stand; the transfer's own is on the page."""
    if kind == "transfer":
        return "#payouts"
    return reverse(f"dashboard:{_ROWS_OF_LINES.get(kind, 'statement_charges')}", args=[found.pk])
