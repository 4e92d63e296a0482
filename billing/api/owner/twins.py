"""Owner API, test side only: pay a test invoice as a till would."""

from django.http import HttpResponse
from rest_framework.request import Request

from billing import tasks
from billing.api.owner import answers, forms
from billing.api.owner.payments import payment_body
from billing.services.twins import pay_test_invoice
from smartpit.edge.described import described
from smartpit.edge.views import answer
from tenants.api.authentication import TwinKeyView

_REFUSED = (
    "not_found unknown_invoice card_suspended card_replaced invoice_withdrawn already_paid "
    "invoice_expired invoice_suspended limit_reached"
)


class TwinPayments(TwinKeyView):
    @described(
        "テスト環境で収納する",
        body=forms.TEST_PAYMENT,
        answers={201: answers.PAYMENT},
        refuses=_REFUSED,
    )
    def post(self, _request: Request) -> HttpResponse:
        words = self.words(forms.TEST_PAYMENT)
        payment = pay_test_invoice(self.scope, words["invoice"], chain=words["chain"])
        tasks.ring()
        return answer(payment_body(payment), status=201)
