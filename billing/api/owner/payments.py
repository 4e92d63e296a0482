"""Owner API: payments."""

from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request

from billing import selectors
from billing.api.owner import answers
from billing.models import Payment
from smartpit.edge.described import described
from smartpit.edge.filters import list_query, narrowed, require_characters
from smartpit.edge.pagination import page_of
from smartpit.edge.views import answer
from smartpit.kernel import clock
from tenants.api.authentication import OwnerKeyView

_BY = {
    "tenant": "tenant__code",
    "status": "status",
    "reference": "invoice__reference",
    "number": "number",
}


class Payments(OwnerKeyView):
    @described(
        "収納の一覧", query=list_query(*_BY, "member_reference"), answers={200: answers.PAYMENTS}
    )
    def get(self, request: Request) -> HttpResponse:
        query = request.query_params.dict()
        require_characters(query)
        member = query.pop("member_reference", None)
        rows = narrowed(selectors.payments_of(self.scope), query, at="booked_at", by=_BY)
        if member is not None:
            rows = rows.filter(number__in=selectors.numbers_of_member(self.scope, member))
        return answer(page_of(rows, query, newest_by="booked_at", body=payment_body))


def payment_body(payment: Payment) -> dict[str, Any]:
    assert payment.invoice is not None
    assert payment.tenant is not None
    assert payment.taken_at is not None
    return {
        "payment": str(payment.pk),
        "status": str(payment.status),
        "invoice": str(payment.invoice_id),
        "reference": payment.invoice.reference,
        "number": payment.number,
        "tenant": payment.tenant.code,
        "amount_yen": payment.amount_yen,
        "tax_yen": payment.tax_yen,
        "chain": payment.chain.told_code,
        "store": payment.store,
        "business_date": payment.business_date.isoformat(),
        "taken_at": payment.taken_at.astimezone(clock.JST).isoformat(),
        "repeats": payment.repeats,
        "late": payment.late,
        "possible_duplicate": payment.possible_duplicate,
    }
