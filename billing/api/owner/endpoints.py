"""Owner API: endpoints, and sending events once more."""

from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request

from billing import selectors, tasks
from billing.api.owner import answers, forms
from billing.models import Endpoint
from billing.services import notifications
from smartpit.edge.described import described
from smartpit.edge.filters import Listing
from smartpit.edge.views import answer
from smartpit.kernel import clock
from tenants.api.authentication import OwnerKeyView

_LIST = Listing(
    newest_by="made_at",
    at="made_at",
    told_as="`made_at`",
    by={"tenant": "tenant__code", "status": "status"},
)


class Endpoints(OwnerKeyView):
    @described("通知先の一覧", query=_LIST.query, answers={200: answers.ENDPOINTS})
    def get(self, request: Request) -> HttpResponse:
        rows = selectors.endpoints_of(self.scope)
        return answer(_LIST.page(request.query_params, rows, endpoint_body))

    @described(
        "通知先を登録",
        body=forms.ENDPOINT,
        answers={201: answers.SECRET},
        refuses="unknown_tenant endpoints_full",
    )
    def post(self, _request: Request) -> HttpResponse:
        asked = forms.endpoint_asked(self.words(forms.ENDPOINT))
        endpoint, secret = notifications.add_endpoint(self.scope, asked)
        return answer({"endpoint": str(endpoint.pk), "secret": secret}, status=201)


class OneEndpoint(OwnerKeyView):
    @described("通知先を削除", answers={200: answers.ENDPOINT})
    def delete(self, _request: Request, endpoint: str) -> HttpResponse:
        return answer(endpoint_body(notifications.remove_endpoint(self.scope, endpoint)))


class Rotate(OwnerKeyView):
    @described("署名鍵を更新", answers={200: answers.SECRET}, refuses="move_refused")
    def post(self, _request: Request, endpoint: str) -> HttpResponse:
        rotated, secret = notifications.rotate_secret(self.scope, endpoint)
        return answer({"endpoint": str(rotated.pk), "secret": secret})


class Enable(OwnerKeyView):
    @described("通知先を再開", answers={200: answers.ENDPOINT}, refuses="move_refused")
    def post(self, _request: Request, endpoint: str) -> HttpResponse:
        return answer(endpoint_body(notifications.enable_endpoint(self.scope, endpoint)))


class Resend(OwnerKeyView):
    @described("イベントを再送", body=forms.RESEND, answers={200: answers.QUEUED})
    def post(self, _request: Request) -> HttpResponse:
        words = self.words(forms.RESEND)
        queued = notifications.resend_events(self.scope, words["from"], words["to"])
        tasks.ring()
        return answer({"queued": queued})


def endpoint_body(endpoint: Endpoint) -> dict[str, Any]:
    """Return an endpoint as its list shows it; the secret is never shown again."""
    return {
        "endpoint": str(endpoint.pk),
        "url": endpoint.url,
        "types": endpoint.types,
        "tenant": endpoint.tenant.code if endpoint.tenant else None,
        "status": str(endpoint.status),
        "made_at": endpoint.made_at.astimezone(clock.JST).isoformat(),
    }
