"""Owner API: payments."""

from functools import partial
from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request

from billing import selectors
from billing.api.owner import answers
from billing.models import Payment
from smartpit.edge.described import described
from smartpit.edge.filters import Listing
from smartpit.edge.views import answer
from smartpit.kernel import clock
from tenants.api.authentication import OwnerKeyView

_LIST = Listing(
    newest_by="booked_at",
    at="booked_at",
    told_as="the booking",
    by={
        "tenant": "tenant__code",
        "status": "status",
        "reference": "invoice__reference",
        "number": "number",
        "member_reference": "number__in",
    },
)


class Payments(OwnerKeyView):
    """Payments by when they were booked, which is seconds after `taken_at`.

    An advice may be booked days later; so a day that is over gains no payment but one that lay in
    suspense and is assigned.
    """

    # No index has an owner's days: to go by them would walk past the owner's newer payments first.
    @described("収納の一覧", query=_LIST.query, answers={200: answers.PAYMENTS})
    def get(self, request: Request) -> HttpResponse:
        rows = selectors.payments_of(self.scope)
        meant = {"member_reference": partial(selectors.numbers_of_member, self.scope)}
        return answer(_LIST.page(request.query_params, rows, payment_body, meant))


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
