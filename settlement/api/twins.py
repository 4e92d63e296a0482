"""Owner API, test side only: confirm test payments as a chain's file would."""

from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request

from billing import tasks
from settlement.api import answers
from settlement.services.twins import TwinConfirmed, confirm_test_payments
from smartpit.edge.described import described
from smartpit.edge.forms import Field, Listed, Text
from smartpit.edge.views import answer
from tenants.api.authentication import TwinKeyView

CONFIRMATIONS: dict[str, Field] = {
    "payments": Listed(of=Text(length_max=64), count_min=1, count_max=1000),
}


class TwinConfirmations(TwinKeyView):
    @described(
        "テスト環境で確報にする",
        body=CONFIRMATIONS,
        answers={201: answers.TEST_CONFIRMED},
        refuses="not_found",
    )
    def post(self, _request: Request) -> HttpResponse:
        outcomes = confirm_test_payments(self.scope, self.words(CONFIRMATIONS)["payments"])
        tasks.ring()
        return answer({"payments": [_body(outcome) for outcome in outcomes]}, status=201)


def _body(outcome: TwinConfirmed) -> dict[str, Any]:
    code = None if outcome.refused is None else outcome.refused.code
    return {"payment": outcome.payment, "status": outcome.status, "code": code}
