"""Owner API, test side only: pay a test invoice as a till would."""

from django.http import HttpResponse
from rest_framework.request import Request

from billing import tasks
from billing.api.owner import forms
from billing.api.owner.payments import payment_body
from billing.services.twins import pay_test_invoice
from smartpit.edge.views import answer
from tenants.api.authentication import TwinKeyView


class TwinPayments(TwinKeyView):
    def post(self, _request: Request) -> HttpResponse:
        words = self.words(forms.TEST_PAYMENT)
        payment = pay_test_invoice(self.scope, words["invoice"], chain=words["chain"])
        tasks.ring()
        return answer(payment_body(payment), status=201)
