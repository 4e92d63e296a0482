"""カード・会員: the counter desk issues cards, finds them, stops and replaces them."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billing.selectors import invoices_of, menus_of, own_page_url, payments_of
from billing.services.cards import Retirement, hand_over_card, replace_card, retire_card
from billing.services.invoices import STANDING
from billing.web.forms import NumberField
from cards.life import life_of
from cards.models import Card, Member
from cards.selectors import members_of
from cards.services import MemberAsked, resume_card, suspend_card
from smartpit.edge.pages import obeyed, page_of, pressed
from tenants.access import NotFound, Scope
from tenants.web.gates import StaffRequest
from tenants.web.roles import Section, may_change

PAYMENTS_SHOWN = 20


class MemberFilter(forms.Form):
    q = forms.CharField(
        label="会員番号・氏名・番号",
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search"}),
    )


class IssueForm(forms.Form):
    """Who gets a card; with a number, the standard card it picked up in a store."""

    reference = forms.CharField(label="会員番号", max_length=64)
    name = forms.CharField(label="氏名", max_length=100, required=False)
    postal_code = forms.CharField(label="郵便番号", max_length=16, required=False)
    address1 = forms.CharField(label="住所1", max_length=200, required=False)
    address2 = forms.CharField(label="住所2", max_length=200, required=False)
    menu = forms.ChoiceField(label="チャージメニュー", required=False)
    number = NumberField(
        label="お持ちのカードの番号",
        required=False,
        help_text="店頭で受け取ったスタンダードカードを登録するときだけ入力します。"
        "空欄のときは、新しいジョイントカードを発行します。",
    )

    def __init__(self, *args: Any, scope: Scope) -> None:
        super().__init__(*args)
        menus = [(menu.code, menu.code) for menu in menus_of(scope)]
        self.fields["menu"] = forms.ChoiceField(
            label="チャージメニュー",
            required=False,
            choices=[("", "なし"), *menus],
            help_text="選ぶと、発行と同時にコンビニで支払えるようになります。",
        )


class RetireForm(forms.Form):
    """Why a card ends, and, where something stands on it, that this ends with it."""

    withdraws_invoices = forms.BooleanField(label="請求情報も削除する", required=True)
    reason = forms.CharField(label="理由", max_length=200, required=False)

    def __init__(self, *args: Any, standing_count: int) -> None:
        super().__init__(*args)
        asked = self.fields["withdraws_invoices"]
        asked.label = f"受付中・停止中の請求情報 {standing_count}件を削除する"
        asked.error_messages["required"] = (
            "請求情報を残したまま、カードを廃止することはできません。"
        )
        if not standing_count:
            del self.fields["withdraws_invoices"]


@require_safe
def cards(request: StaffRequest, scope: Scope) -> HttpResponse:
    filters = MemberFilter(request.GET)
    rows = members_of(scope).order_by("-joined_at", "-pk")
    text = filters.cleaned_data["q"] if filters.is_valid() else ""
    if text:
        number = NumberField().to_python(text)
        rows = rows.filter(
            Q(reference__icontains=text) | Q(name__icontains=text) | Q(card__number=number)
        )
    words = {"page": page_of(request, rows), "filters": filters}
    return render(request, "dashboard/billing/cards.html", words)


@require_http_methods(["GET", "POST"])
def issue(request: StaffRequest, scope: Scope) -> HttpResponse:
    form = IssueForm(request.POST or None, scope=scope)
    handed = obeyed(form, lambda words: _issued(scope, words))
    if handed is None:
        words = {"form": form, "title": "カードを発行", "frame": request.gate.frame}
        back = reverse("dashboard:cards")
        return render(request, "form_page.html", words | {"submit": "発行する", "back": back})
    messages.success(request, "カードを発行しました。")
    return redirect("dashboard:member", member_id=handed.pk)


@require_safe
def member(request: StaffRequest, scope: Scope, member_id: int) -> HttpResponse:
    found = _member(scope, member_id)
    words = {
        "member": found,
        "card": found.card,
        "may_hand_over": may_change(request.user, Section.DESK),
        "prints": found.prints.select_related("batch").order_by("-pk")[:PAYMENTS_SHOWN],
    }
    if found.card is not None:
        words |= _of_card(scope, found.card)
    return render(request, "dashboard/billing/member.html", words)


def _of_card(scope: Scope, card: Card) -> dict[str, Any]:
    is_over = card.status in (Card.Status.REPLACED, Card.Status.RETIRED)
    return {
        "page_url": own_page_url(card),
        "may_stop": card.owner_id is not None and not is_over,
        "invoices": invoices_of(scope).filter(card=card),
        "payments": payments_of(scope).filter(number=card.number)[:PAYMENTS_SHOWN],
        "life": life_of(scope, card),
    }


@require_POST
def replace(request: StaffRequest, scope: Scope, member_id: int) -> HttpResponse:
    number = _card(_member(scope, member_id)).number
    return _pressed(
        request,
        member_id,
        lambda: replace_card(scope, number, request.user),
        "新しい番号のカードに替えました。受付中の請求は新しい番号へ移りました。",
    )


@require_POST
def suspend(request: StaffRequest, scope: Scope, member_id: int) -> HttpResponse:
    number = _card(_member(scope, member_id)).number
    return _pressed(
        request,
        member_id,
        lambda: suspend_card(scope, number, request.user),
        "カードを停止しました。",
    )


@require_POST
def resume(request: StaffRequest, scope: Scope, member_id: int) -> HttpResponse:
    number = _card(_member(scope, member_id)).number
    return _pressed(
        request,
        member_id,
        lambda: resume_card(scope, number, request.user),
        "カードの利用を再開しました。",
    )


@require_http_methods(["GET", "POST"])
def retire(request: StaffRequest, scope: Scope, member_id: int) -> HttpResponse:
    """Ask once more, and say what ends with the card."""
    card = _card(_member(scope, member_id))
    standing = invoices_of(scope).filter(card=card, status__in=STANDING)
    form = RetireForm(request.POST or None, standing_count=standing.count())
    retired = obeyed(form, lambda words: retire_card(scope, _retirement(request, card, words)))
    if retired is None:
        words = {"form": form, "card": card, "member_id": member_id, "invoices": standing}
        return render(request, "dashboard/billing/retire_card.html", words)
    messages.success(request, "カードを廃止しました。この番号は二度と使われません。")
    return redirect("dashboard:member", member_id=member_id)


def _retirement(request: StaffRequest, card: Card, words: dict[str, Any]) -> Retirement:
    return Retirement(
        card.number,
        withdraws_invoices=words.get("withdraws_invoices", False),
        reason=words["reason"],
        by=request.user,
    )


def _issued(scope: Scope, words: dict[str, Any]) -> Member:
    asked = MemberAsked(
        words["reference"],
        words["name"],
        words["postal_code"],
        words["address1"],
        words["address2"],
    )
    number, menu = words["number"] or None, words["menu"] or None
    return hand_over_card(scope, asked, number=number, menu=menu).member


def _pressed(request: StaffRequest, member_id: int, act: Any, done: str) -> HttpResponse:
    return pressed(request, act, done=done, to=reverse("dashboard:member", args=[member_id]))


def _member(scope: Scope, member_id: int) -> Member:
    return scope.get(members_of(scope), pk=member_id)


def _card(found: Member) -> Card:
    if found.card is None:
        raise NotFound
    return found.card
