"""システム連携: API keys, endpoints, and how their notifications went."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billing import tasks
from billing.models import Attempt, Delivery, Endpoint, Notice
from billing.selectors import endpoints_fared, events_shown, stream
from billing.services.channels import channel_of
from billing.services.notifications import (
    add_endpoint,
    enable_endpoint,
    remove_endpoint,
    resend_events,
    rotate_secret,
)
from billing.web.forms import EndpointForm, asked_of
from smartpit.edge.pages import obeyed, page_of, pressed
from tenants.access import Scope
from tenants.models import ApiKey, Owner, Tenant
from tenants.selectors import tenants_of
from tenants.services import rotate_api_key
from tenants.web.gates import StaffRequest

EVENTS_SHOWN = 20
NOTICES_SHOWN = 10
LIVE, TEST = "live", "test"


class KeyForm(forms.Form):
    side = forms.ChoiceField(label="環境", choices=[(LIVE, "本番"), (TEST, "テスト")])
    tenant = forms.ChoiceField(label="範囲", required=False)

    def __init__(self, *args: Any, scope: Scope) -> None:
        super().__init__(*args)
        tenants = [(row.code, row.name) for row in tenants_of(scope).exclude(code=Tenant.OWN)]
        self.fields["tenant"] = forms.ChoiceField(
            label="範囲", required=False, choices=[("", "オーナー全体"), *tenants]
        )


class ResendForm(forms.Form):
    first = forms.IntegerField(label="先頭の番号", min_value=1)
    last = forms.IntegerField(label="末尾の番号", min_value=1)


@require_safe
def connection(request: StaffRequest, scope: Scope) -> HttpResponse:
    return _connection(request, scope)


@require_POST
def make_key(request: StaffRequest, scope: Scope) -> HttpResponse:
    """Give out a key. It is on this answer's page and nowhere else, ever."""
    form = KeyForm(request.POST, scope=scope)
    made = obeyed(form, lambda words: _rotated(scope, words))
    if made is None:
        refused = form.non_field_errors()
        told = refused[0] if refused else "環境と範囲を選び直してください。"
        messages.error(request, f"キーを発行できませんでした。{told}")
        return redirect("dashboard:connection")
    _, secret = made
    return _connection(request, scope, secret=secret, word="新しいAPIキー")


@require_http_methods(["GET", "POST"])
def add(request: StaffRequest, scope: Scope) -> HttpResponse:
    form = EndpointForm(request.POST or None, scope=scope)
    added = obeyed(form, lambda words: add_endpoint(scope, asked_of(words)))
    if added is None:
        words = {"form": form, "title": "通知先を追加", "frame": request.gate.frame}
        back = reverse("dashboard:connection")
        return render(request, "form_page.html", words | {"back": back})
    made, secret = added
    return _endpoint(request, made, secret=secret, word="署名のシークレット")


@require_safe
def endpoint(request: StaffRequest, scope: Scope, endpoint_id: UUID) -> HttpResponse:
    return _endpoint(request, scope.get(Endpoint.objects.all(), pk=endpoint_id))


@require_POST
def rotate(request: StaffRequest, scope: Scope, endpoint_id: UUID) -> HttpResponse:
    changed, secret = rotate_secret(scope, str(endpoint_id))
    return _endpoint(request, changed, secret=secret, word="新しい署名のシークレット")


@require_POST
def remove(request: StaffRequest, scope: Scope, endpoint_id: UUID) -> HttpResponse:
    return pressed(
        request,
        lambda: remove_endpoint(scope, str(endpoint_id)),
        done="通知先を削除しました。",
        to="dashboard:connection",
    )


@require_POST
def enable(request: StaffRequest, scope: Scope, endpoint_id: UUID) -> HttpResponse:
    return pressed(
        request,
        lambda: enable_endpoint(scope, str(endpoint_id)),
        done="通知先を有効にしました。止まっていた間のものは、番号を指定して再送してください。",
        to="dashboard:connection",
    )


@require_POST
def resend(request: StaffRequest, scope: Scope) -> HttpResponse:
    """Put a range of the owner's events on their way once more."""
    form = ResendForm(request.POST)
    queued = obeyed(form, lambda words: resend_events(scope, words["first"], words["last"]))
    if queued is None:
        messages.error(request, "再送できませんでした。一度に再送できるのは1万件までです。")
    else:
        tasks.ring()
        messages.success(request, f"{queued:,}件の通知を再送します。")
    return redirect("dashboard:connection")


def _rotated(scope: Scope, words: dict[str, Any]) -> tuple[ApiKey, str]:
    owner = _side(scope, words["side"])
    code = words["tenant"]
    side = Scope(owner_id=owner)
    tenant = side.get(Tenant.objects.all(), code=code) if code else None
    return rotate_api_key(side, tenant=tenant)


def _side(scope: Scope, side: str) -> int:
    """Return the owner, or its test twin: an owner of its own that only it may use."""
    if side == LIVE:
        return scope.owner
    return Owner.objects.get(twin_of_id=scope.owner).pk


def _connection(request: StaffRequest, scope: Scope, **secret: str) -> HttpResponse:
    twins = Owner.objects.filter(twin_of_id=scope.owner).values_list("pk", flat=True)
    sides = [scope.owner, *twins]
    mine = stream(scope)
    words = {
        "keys": ApiKey.objects.filter(owner_id__in=sides)
        .select_related("owner", "tenant")
        .order_by("-made_at"),
        "key_form": KeyForm(scope=scope),
        "stream": mine,
        "behind": mine.last - mine.acknowledged if mine else 0,
        "resend_form": ResendForm(),
        "channel": channel_of(scope),
        "notices": scope.rows(Notice.objects.order_by("-made_at"))[:NOTICES_SHOWN],
        "endpoints": endpoints_fared(scope),
        "events": events_shown(mine)[:EVENTS_SHOWN],
        **secret,
    }
    return render(request, "dashboard/billing/connection.html", words)


def _endpoint(request: StaffRequest, shown: Endpoint, **secret: str) -> HttpResponse:
    newest = Prefetch("history", Attempt.objects.order_by("-attempted_at"))
    rows = Delivery.objects.filter(endpoint=shown).select_related("event", "endpoint")
    rows = rows.prefetch_related(newest)
    words = {
        "endpoint": shown,
        "fared": endpoints_fared(Scope(owner_id=shown.owner_id)).filter(pk=shown.pk).first(),
        "deliveries": page_of(request, rows.order_by("-event_id")),
        **secret,
    }
    return render(request, "dashboard/billing/endpoint.html", words)
