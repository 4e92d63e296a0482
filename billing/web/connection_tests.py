"""接続試験: an owner's developer begins a test, follows it, reports, and takes the certificate."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from billing import tasks
from billing.certificate import certificate_pdf
from billing.connection_words import difference_told, reason_told, told_of, wrong_report_told
from billing.models import ConnectionTest, ConnectionTestItem
from billing.selectors import endpoints_of
from billing.services import connection_tests
from billing.services.connection_tests import (
    BEGIN_WHEN_READY,
    REPORTS_MAX,
    Report,
    ReportDiffers,
)
from billing.services.notifications import resend_events
from smartpit.edge.pages import obeyed, page_of, pressed
from tenants.access import NotFound, Scope
from tenants.models import Owner
from tenants.web.gates import StaffRequest

PULLS_ONLY = ""
_SECONDS_BETWEEN_LOOKS = 5


class StartForm(forms.Form):
    endpoint = forms.ChoiceField(label="テスト環境の通知先", required=False)

    def __init__(self, *args: Any, side: Scope) -> None:
        super().__init__(*args)
        rows = endpoints_of(side).filter(tenant=None, status="active")
        told = [(str(row.pk), row.url) for row in rows]
        self.fields["endpoint"] = forms.ChoiceField(
            label="テスト環境の通知先",
            required=False,
            choices=[*told, (PULLS_ONLY, "通知先なし（取得のみのシステム）")],
            initial=told[0][0] if len(told) == 1 else PULLS_ONLY,
        )


class ReportForm(forms.Form):
    payments_count = forms.IntegerField(label="件数", min_value=0)
    amount_yen = forms.IntegerField(label="合計金額（円）", min_value=0)


@require_safe
def tests(request: StaffRequest, scope: Scope) -> HttpResponse:
    return _tests(request, scope, None)


@require_POST
def start(request: StaffRequest, scope: Scope) -> HttpResponse:
    side = _side(scope)
    form = StartForm(request.POST, side=side)
    test = obeyed(
        form,
        lambda words: connection_tests.start_test(side, words["endpoint"] or None, request.user),
    )
    if test is None:
        return _tests(request, scope, form)
    tasks.ring_connection_test(str(test.pk))
    return redirect("dashboard:connection_test", test.pk)


@require_safe
def test(request: StaffRequest, scope: Scope, test_id: UUID) -> HttpResponse:
    return _test(request, scope, test_id, None)


@require_safe
def progress(request: StaffRequest, scope: Scope, test_id: UUID) -> HttpResponse:
    """Answer the page that asks how far the test is, until it has ended."""
    words = _words(_found(scope, test_id))
    return render(request, "dashboard/billing/_connection_items.html", words)


@require_POST
def begin(request: StaffRequest, scope: Scope, test_id: UUID, kind: str) -> HttpResponse:
    answer = pressed(
        request,
        lambda: connection_tests.begin_item(_side(scope), str(test_id), kind),
        done="開始しました。",
        to=_address(test_id),
    )
    tasks.ring_connection_test(str(test_id))
    return answer


@require_POST
def resend(request: StaffRequest, scope: Scope, test_id: UUID) -> HttpResponse:
    """Send again what did not arrive while the endpoint was away."""
    found = _found(scope, test_id)

    def act() -> None:
        last = found.stream.last
        resend_events(_side(scope), max(1, last - 999), last)

    answer = pressed(request, act, done="送り直しています。", to=_address(test_id))
    tasks.ring_connection_test(str(test_id))
    return answer


@require_POST
def stop(request: StaffRequest, scope: Scope, test_id: UUID) -> HttpResponse:
    return pressed(
        request,
        lambda: connection_tests.stop_test(_side(scope), str(test_id)),
        done="接続試験を中止しました。",
        to=_address(test_id),
    )


@require_POST
def report(request: StaffRequest, scope: Scope, test_id: UUID) -> HttpResponse:
    form = ReportForm(request.POST)

    def act(words: dict[str, int]) -> ConnectionTest | None:
        try:
            return connection_tests.report_result(_side(scope), str(test_id), Report(**words))
        except ReportDiffers as refused:
            _say_what_differs(form, refused)
            return None

    passed = obeyed(form, act)
    if passed is None:
        return _test(request, scope, test_id, form)
    messages.success(request, "接続試験に合格しました。本番のAPIキーを発行できます。")
    return redirect("dashboard:connection_test", test_id)


@require_safe
def certificate(request: StaffRequest, scope: Scope, test_id: UUID) -> HttpResponse:  # noqa: ARG001
    found = _found(scope, test_id)
    if found.certificate is None:
        raise NotFound
    answer = HttpResponse(certificate_pdf(found), "application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{found.certificate}.pdf"'
    return answer


def _side(scope: Scope) -> Scope:
    """Return the scope of the owner's test twin, where connection tests are."""
    return Scope(owner_id=Owner.objects.get(twin_of_id=scope.owner).pk)


def _found(scope: Scope, test_id: UUID) -> ConnectionTest:
    side = _side(scope)
    return side.get(connection_tests.connection_tests_of(side), pk=test_id)


def _address(test_id: UUID) -> str:
    return f"/dashboard/connection/tests/{test_id}/"


def _tests(request: StaffRequest, scope: Scope, form: StartForm | None) -> HttpResponse:
    side = _side(scope)
    words = {
        "page": page_of(request, connection_tests.connection_tests_of(side)),
        "form": form or StartForm(side=side),
        "cleared": Owner.objects.get(pk=scope.owner).clearances.order_by("-cleared_at").first(),
    }
    return render(request, "dashboard/billing/connection_tests.html", words)


def _test(
    request: StaffRequest, scope: Scope, test_id: UUID, form: ReportForm | None
) -> HttpResponse:
    words = _words(_found(scope, test_id)) | {"report_form": form or ReportForm()}
    return render(request, "dashboard/billing/connection_test.html", words)


def _say_what_differs(form: ReportForm, refused: ReportDiffers) -> None:
    """Put beside each wrong figure which way it differs, as the API says it."""
    form.add_error(None, refused.title)
    for name in form.fields:
        if told := difference_told(name, refused.extra[name]):
            form.add_error(name, told)


def _words(found: ConnectionTest) -> dict[str, Any]:
    items = [_shown(found, item) for item in found.items.all()]
    turn = next((one for one in items if one["item"].status != "passed"), None)
    is_running = found.status == ConnectionTest.Status.RUNNING
    return {
        "test": found,
        "items": items,
        "is_running": is_running,
        "turn": turn["item"] if turn and is_running else None,
        "reports_left": REPORTS_MAX - len(items[-1]["wrong"]),
        "may_report": is_running and turn is not None and turn["item"].kind == "report",
        "seconds": _SECONDS_BETWEEN_LOOKS,
    }


def _shown(found: ConnectionTest, item: ConnectionTestItem) -> dict[str, Any]:
    is_failed = item.status == ConnectionTestItem.Status.FAILED
    waits = item.status == ConnectionTestItem.Status.WAITING
    return {
        "item": item,
        "lead": told_of(item.kind, pulls=found.endpoint_id is None).lead,
        "reason": reason_told(item.reason) if item.reason else "",
        "may_begin": item.kind != "report"
        and (is_failed or (waits and item.kind in BEGIN_WHEN_READY)),
        "may_resend": item.kind == "outage" and item.status == "running" and found.endpoint_id,
        "attempts": item.evidence.get("attempts", []),
        "forgeries": [
            (_FORGERIES[name], answer)
            for name, answer in item.evidence.get("forgeries", {}).items()
        ],
        "wrong": [wrong_report_told(one) for one in item.evidence.get("wrong", [])],
        "away_seconds": item.evidence.get("away_seconds"),
    }


_FORGERIES = {
    "wrong_secret": "別の鍵の署名",
    "tampered": "改ざんした本文",
    "unsigned": "署名なし",
    "stale": "10分前の時刻",
}
