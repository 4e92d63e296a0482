"""チェーン本部: a chain's own people see its days, files, differences, stores, keys, and its list.

They sign in with the chain's API key, which they have anyway; the centre keeps no people of a
chain. The session holds which key it was, not the key, and every page asks whether it still holds.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import Case, Q, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billing.conformance import STEPS
from billing.models import Chain, ChainFileRecord, ChainKey, ConformanceStep
from settlement import selectors
from settlement.differences import GUIDANCE
from settlement.matching import days_of, last_days
from settlement.store_errors import store_errors
from smartpit.edge.pages import page_of
from smartpit.kernel import clock
from tenants.selectors import centre

SESSION = "chain_key"
DAYS_SHOWN = 31


class KeyForm(forms.Form):
    key = forms.CharField(
        label="チェーンのAPIキー",
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )


@dataclass(frozen=True)
class Row:
    """A difference as a chain reads it: what was told, why it stands, until when."""

    record: ChainFileRecord
    why: str


def _of_chain(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let only who holds a valid key of a chain see that chain's pages."""

    @wraps(view)
    def guarded(request: HttpRequest, **words: Any) -> HttpResponse:
        key = selectors.valid_chain_key(request.session.get(SESSION))
        if key is None:
            request.session.pop(SESSION, None)
            return redirect("chain:sign_in")
        return view(request, key, **words)

    return guarded


@sensitive_post_parameters("key")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask for a key; a right one opens the pages of its chain."""
    form = KeyForm(request.POST or None)
    if form.is_valid():
        key = selectors.chain_key_of(form.cleaned_data["key"].strip())
        if key is not None:
            request.session.cycle_key()  # Whoever knew the session before knows nothing now.
            request.session[SESSION] = key.pk
            return redirect("chain:days")
        form.add_error("key", "キーが正しくないか、失効しています。")
    return render(request, "chain/sign_in.html", {"form": form})


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    request.session.pop(SESSION, None)
    return redirect("chain:sign_in")


@require_safe
@_of_chain
def days(request: HttpRequest, key: ChainKey) -> HttpResponse:
    """Show the last days: what the tills told and what the files said of it."""
    found = days_of(key.chain, *last_days(clock.business_date(), DAYS_SHOWN))
    return _page(request, "chain/days.html", key, {"days": found})


@require_safe
@_of_chain
def files(request: HttpRequest, key: ChainKey) -> HttpResponse:
    page = page_of(request, selectors.chain_files_of(key.chain))
    return _page(request, "chain/files.html", key, {"page": page})


@require_safe
@_of_chain
def one_file(request: HttpRequest, key: ChainKey, file_id: UUID) -> HttpResponse:
    """Show what a file came to, record by record where it disagrees."""
    file = selectors.chain_files_of(key.chain).filter(pk=file_id).first()
    if file is None:
        raise Http404
    page = page_of(request, selectors.differences_of(file).select_related("case"))
    words = {"file": file, "page": page, "rows": [_row(record) for record in page]}
    return _page(request, "chain/file.html", key, words)


@require_safe
@_of_chain
def stores(request: HttpRequest, key: ChainKey) -> HttpResponse:
    since, _ = last_days(clock.business_date(), DAYS_SHOWN)
    return _page(request, "chain/stores.html", key, {"rows": store_errors(key.chain, since)})


@require_safe
@_of_chain
def keys(request: HttpRequest, key: ChainKey) -> HttpResponse:
    """Show the chain's keys: which one is used here, and when an older one ends."""
    valid = Q(expires_at=None) | Q(expires_at__gt=clock.now())
    rows = ChainKey.objects.filter(chain=key.chain).annotate(
        is_valid=Case(When(valid, then=True), default=False),
        is_used=Case(When(pk=key.pk, then=True), default=False),
    )
    return _page(request, "chain/keys.html", key, {"keys": rows.order_by("-made_at")})


@require_safe
@_of_chain
def conformance(request: HttpRequest, key: ChainKey) -> HttpResponse:
    """Show a test chain which steps its system has shown; a live chain has none to show."""
    if not key.chain.is_test:
        raise Http404
    seen = dict(ConformanceStep.objects.filter(chain=key.chain).values_list("step", "seen_at"))
    steps = [(step, seen.get(step.code)) for step in STEPS]
    left = sum(at is None for _, at in steps)
    return _page(request, "chain/conformance.html", key, {"steps": steps, "left": left})


def _row(record: ChainFileRecord) -> Row:
    assert record.case is not None
    guidance = GUIDANCE.get(record.case.kind)
    return Row(record, guidance.why if guidance else "")


def _page(
    request: HttpRequest, template: str, key: ChainKey, words: dict[str, Any]
) -> HttpResponse:
    house = centre()
    place: dict[str, Any] = {
        "chain": key.chain,
        "is_demo": house is not None and house.is_demo,
        "key": key,
        "menu": _menu(key.chain),
        "here": f"chain:{request.resolver_match.url_name}" if request.resolver_match else "",
    }
    return render(request, template, place | words)


def _menu(chain: Chain) -> list[tuple[str, str]]:
    items = [
        ("chain:days", "日ごとの照合"),
        ("chain:files", "確報ファイル"),
        ("chain:stores", "店舗ごとのエラー"),
        ("chain:keys", "APIキー"),
    ]
    return [*items, ("chain:conformance", "接続確認")] if chain.is_test else items
