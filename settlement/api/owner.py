"""Owner API: statements and payouts. A tenant's key reads its own sub-statements instead."""

from dataclasses import replace
from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request

from settlement import selectors
from settlement.api import answers
from settlement.models import Payout, Statement, SubStatement
from settlement.whole import whole_of
from smartpit.edge.described import described
from smartpit.edge.filters import Listing
from smartpit.edge.views import answer
from smartpit.kernel import clock
from tenants.api.authentication import OwnerKeyView

_STATEMENTS = Listing(
    newest_by="closed_at",
    at="closes_on",
    told_as="`closes_on`",
    by={"tenant": "sub_statements__tenant__code"},
    of_days=True,
)
_SHARES = replace(_STATEMENTS, at="statement__closes_on", by={"tenant": "tenant__code"})
_PAYOUTS = Listing(
    newest_by="proposed_at",
    at="pays_on",
    told_as="`pays_on`",
    by={"status": "status"},
    of_days=True,
)


class Statements(OwnerKeyView):
    @described("精算書の一覧", query=_STATEMENTS.query, answers={200: answers.STATEMENTS})
    def get(self, request: Request) -> HttpResponse:
        sent = request.query_params
        if self.scope.tenant_id is not None:
            shares = selectors.sub_statements_of(self.scope)
            return answer(_SHARES.page(sent, shares, sub_statement_body))
        rows = selectors.statements_of(self.scope).prefetch_related(
            "lines", "sub_statements__tenant"
        )
        return answer(_STATEMENTS.page(sent, rows, statement_body))


class OneStatement(OwnerKeyView):
    @described("精算書を取得", answers={200: answers.EITHER_STATEMENT})
    def get(self, _request: Request, statement: str) -> HttpResponse:
        if self.scope.tenant_id is not None:
            share = self.scope.get(selectors.sub_statements_of(self.scope), pk=statement)
            whole_of(share.statement)
            return answer(sub_statement_body(share))
        found = self.scope.get(selectors.statements_of(self.scope), pk=statement)
        whole_of(found)
        return answer(statement_body(found))


class Payouts(OwnerKeyView):
    @described("精算入金の一覧", query=_PAYOUTS.query, answers={200: answers.PAYOUTS})
    def get(self, request: Request) -> HttpResponse:
        rows = selectors.payouts_of(self.scope)
        return answer(_PAYOUTS.page(request.query_params, rows, payout_body))


def statement_body(statement: Statement) -> dict[str, Any]:
    shares = sorted(statement.sub_statements.all(), key=lambda share: share.tenant.code)
    return {
        "statement": str(statement.pk),
        "closes_on": statement.closes_on.isoformat(),
        "stated_on": statement.stated_on.isoformat(),
        "pays_on": statement.pays_on.isoformat(),
        "payments_count": statement.payments_count,
        "gross_yen": statement.gross_yen,
        "fees_yen": statement.fees_yen,
        "tax_yen": statement.tax_yen,
        "stamp_yen": statement.stamp_yen,
        "carried_in_yen": statement.carried_in_yen,
        "payout_yen": statement.payout_yen,
        "carried_out_yen": statement.carried_out_yen,
        "owner_margin_yen": statement.owner_margin_yen,
        "lines": [
            {
                "kind": line.kind,
                "count": line.count,
                "unit_yen": line.unit_yen,
                "amount_yen": line.amount_yen,
            }
            for line in statement.lines.all()
        ],
        "tenants": [
            {
                "code": share.tenant.code,
                "payments_count": share.payments_count,
                "gross_yen": share.gross_yen,
                "net_yen": share.net_yen,
            }
            for share in shares
        ],
    }


def sub_statement_body(share: SubStatement) -> dict[str, Any]:
    """Return a tenant's share, and nothing of the owner's account it is part of."""
    return {
        "statement": str(share.pk),
        "tenant": share.tenant.code,
        "closes_on": share.statement.closes_on.isoformat(),
        "stated_on": share.statement.stated_on.isoformat(),
        "payments_count": share.payments_count,
        "gross_yen": share.gross_yen,
        "commission_yen": share.commission_yen,
        "passed_yen": share.passed_yen,
        "net_yen": share.net_yen,
    }


def payout_body(payout: Payout) -> dict[str, Any]:
    return {
        "payout": str(payout.pk),
        "statement": str(payout.statement_id),
        "closes_on": payout.statement.closes_on.isoformat(),
        "amount_yen": payout.amount_yen,
        "pays_on": payout.pays_on.isoformat(),
        "status": str(payout.status),
        "reissues": str(payout.reissues_id) if payout.reissues_id else None,
        "proposed_at": payout.proposed_at.astimezone(clock.JST).isoformat(),
    }
