"""Owner API: the connection test (接続試験), with a test key only."""

from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request

from billing import tasks
from billing.api.owner import answers, forms
from billing.certificate import certificate_pdf
from billing.models import ConnectionTest, ConnectionTestItem
from billing.services import connection_tests
from billing.services.connection_tests import Report
from smartpit.edge.described import described
from smartpit.edge.filters import Listing
from smartpit.edge.views import answer
from smartpit.kernel import clock
from tenants.access import NotFound
from tenants.api.authentication import OwnerKeyView

_LIST = Listing(
    newest_by="started_at",
    at="started_at",
    told_as="`started_at`",
    by={"status": "status"},
)


class TestSideView(OwnerKeyView):
    """A call that a live key does not know: 404, as if it did not exist."""

    def enter(self, request: Request, secret: str) -> None:
        super().enter(request, secret)
        if not self.owner.is_test or self.scope.tenant_id is not None:
            raise NotFound

    def found(self, connection_test: str) -> ConnectionTest:
        return self.scope.get(connection_tests.connection_tests_of(self.scope), pk=connection_test)


class ConnectionTests(TestSideView):
    @described(
        "接続試験の一覧",
        query=_LIST.query,
        answers={200: answers.CONNECTION_TESTS},
        refuses="not_found",
    )
    def get(self, request: Request) -> HttpResponse:
        rows = connection_tests.connection_tests_of(self.scope)
        return answer(_LIST.page(request.query_params, rows, test_body))

    @described(
        "接続試験を開始",
        body=forms.CONNECTION_TEST,
        answers={201: answers.CONNECTION_TEST},
        refuses="not_found connection_test_running endpoint_unfit",
    )
    def post(self, _request: Request) -> HttpResponse:
        endpoint = self.words(forms.CONNECTION_TEST)["endpoint"]
        test = connection_tests.start_test(self.scope, endpoint)
        tasks.ring_connection_test(str(test.pk))
        return answer(test_body(test), status=201)


class OneConnectionTest(TestSideView):
    @described("接続試験の状態", answers={200: answers.CONNECTION_TEST})
    def get(self, _request: Request, connection_test: str) -> HttpResponse:
        return answer(test_body(self.found(connection_test)))

    @described(
        "接続試験を中止", answers={200: answers.CONNECTION_TEST}, refuses="connection_test_ended"
    )
    def delete(self, _request: Request, connection_test: str) -> HttpResponse:
        return answer(test_body(connection_tests.stop_test(self.scope, connection_test)))


class Begin(TestSideView):
    @described(
        "項目を開始",
        answers={200: answers.CONNECTION_TEST},
        refuses="connection_test_ended not_its_turn",
    )
    def post(self, _request: Request, connection_test: str, item: str) -> HttpResponse:
        connection_tests.begin_item(self.scope, connection_test, item)
        tasks.ring_connection_test(connection_test)
        return answer(test_body(self.found(connection_test)))


class ReportResult(TestSideView):
    @described(
        "収納結果を報告",
        body=forms.REPORT,
        answers={200: answers.CONNECTION_TEST},
        refuses="connection_test_ended not_its_turn report_differs",
    )
    def post(self, _request: Request, connection_test: str) -> HttpResponse:
        report = Report(**self.words(forms.REPORT))
        test = connection_tests.report_result(self.scope, connection_test, report)
        return answer(test_body(test))


class Certificate(TestSideView):
    @described("合格証（PDF）", answers={200: answers.CERTIFICATE})
    def get(self, _request: Request, connection_test: str) -> HttpResponse:
        test = self.found(connection_test)
        if test.certificate is None:
            raise NotFound
        return HttpResponse(certificate_pdf(test), content_type="application/pdf")


def test_body(test: ConnectionTest) -> dict[str, Any]:
    """Return a test with its items as the API tells it."""
    return {
        "connection_test": str(test.pk),
        "status": str(test.status),
        "endpoint": str(test.endpoint_id) if test.endpoint_id else None,
        "reference_prefix": test.reference_prefix,
        "started_at": _instant(test.started_at),
        "ends_at": _instant(test.ends_at),
        "ended_at": _instant(test.ended_at),
        "certificate": test.certificate,
        "items": [_item_body(item) for item in test.items.all()],
    }


def _item_body(item: ConnectionTestItem) -> dict[str, Any]:
    return {
        "item": str(item.kind),
        "status": str(item.status),
        "begins": "when_ready" if item.kind in connection_tests.BEGIN_WHEN_READY else "by_itself",
        "run": item.run,
        "began_at": _instant(item.began_at),
        "ended_at": _instant(item.ended_at),
        "reason": item.reason or None,
        "evidence": {name: word for name, word in item.evidence.items() if name != "reads_after"},
    }


def _instant(at: Any) -> str | None:
    return at.astimezone(clock.JST).isoformat() if at is not None else None
