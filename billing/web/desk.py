"""会員カード受付: one page for a clerk with a scanner, from one Enter to the next.

The page stays; each answer is put into it, tells what happened and which field is next, and names
the slip to print. Without scripts the same form gives the same answers on a whole page.
"""

from collections.abc import Callable
from typing import Any, Final

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billing import tasks
from billing.selectors import menus_of, open_invoices
from billing.services.desk import (
    Handed,
    HandOverAsked,
    hand_over,
    replace_lost_card,
    undo_hand_over,
)
from billing.web.desk_answers import Answer, done, refused, taken_back
from billing.web.desk_list import rows_of_today
from cards.barcode import ean13_svg
from cards.selectors import blank_cards_of, members_of
from smartpit.kernel.errors import DomainError
from tenants.access import NotFound, Scope
from tenants.selectors import centre
from tenants.web.gates import StaffRequest

FEW_BLANK_CARDS: Final = 20
SLIP_LINES: Final = 5
SLIP_BARS_MODULES: Final = 36
_REMEMBERED: Final = "desk"
_PAPERS = [("a6", "A6"), ("receipt", "レシート（80mm）"), ("", "印刷しない")]
# The desk's own page prints it from a hidden frame; nobody else's may show it.
_SLIP_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'"
)
_TYPED = {"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}


class DeskForm(forms.Form):
    """Two fields to fill for each member; menu and paper stay as the clerk last chose them."""

    card = forms.CharField(
        label="カード",
        max_length=40,
        error_messages={"required": "カードのバーコードを読み取ってください。"},
        widget=forms.TextInput(
            attrs=_TYPED | {"inputmode": "numeric", "placeholder": "バーコードを読み取る"}
        ),
    )
    reference = forms.CharField(
        label="会員番号",
        max_length=64,
        error_messages={"required": "会員番号を入力してください。"},
        widget=forms.TextInput(attrs=_TYPED | {"placeholder": "入力するか、会員証を読み取る"}),
    )
    menu = forms.ChoiceField(label="チャージメニュー", required=False)
    paper = forms.ChoiceField(label="案内票の用紙", required=False, choices=_PAPERS)

    def __init__(self, *args: Any, scope: Scope, **words: Any) -> None:
        super().__init__(*args, **words)
        menus = [(menu.code, menu.code) for menu in menus_of(scope)]
        self.fields["menu"] = forms.ChoiceField(
            label="チャージメニュー", required=False, choices=[*menus, ("", "なし")]
        )

    def asked(self) -> HandOverAsked:
        words = self.cleaned_data
        return HandOverAsked(words["card"], words["reference"], menu=words["menu"] or None)


@require_http_methods(["GET", "POST"])
def desk(request: StaffRequest, scope: Scope) -> HttpResponse:
    if request.method == "POST":
        return _obeyed(request, scope, hand_over)
    words = {"reference": request.GET.get("reference", "")[:64]} | _remembered(request, scope)
    return _shown(request, scope, DeskForm(initial=words, scope=scope), None)


@require_POST
def replace(request: StaffRequest, scope: Scope) -> HttpResponse:
    return _obeyed(request, scope, replace_lost_card)


@require_POST
def undo(request: StaffRequest, scope: Scope, hand_over_id: int) -> HttpResponse:
    form = DeskForm(initial=_remembered(request, scope), scope=scope)
    try:
        answer = taken_back(undo_hand_over(scope, hand_over_id, request.user))
        tasks.ring()
    except NotFound:
        raise
    except DomainError as no:
        answer = refused(no)
    return _shown(request, scope, form, answer)


@require_safe
@xframe_options_sameorigin
def slip(request: StaffRequest, scope: Scope, member_id: int) -> HttpResponse:
    """Show what a member takes home: its number, what can be paid with it, and how.

    What waits only for a limit stands on the paper too, which is read on other days.
    """
    member = scope.get(members_of(scope), pk=member_id)
    house = centre()
    if member.card is None:
        raise NotFound
    payable = [one for one in open_invoices(member.card) if one.owner_id == member.owner_id]
    words = {
        "member": member,
        "card": member.card,
        "bars": SafeString(
            ean13_svg(member.card.barcode_number, bar_height_modules=SLIP_BARS_MODULES)
        ),
        "invoices": payable[:SLIP_LINES],
        "more": len(payable[SLIP_LINES:]),
        "paper": "receipt" if request.GET.get("paper") == "receipt" else "a6",
        "is_specimen": member.card.is_test or (house is not None and house.is_demo),
    }
    answer = render(request, "print/desk_slip.html", words)
    answer["Content-Security-Policy"] = _SLIP_POLICY
    return answer


def _obeyed(
    request: StaffRequest, scope: Scope, act: Callable[[Scope, HandOverAsked, Any], Handed]
) -> HttpResponse:
    form = DeskForm(request.POST, scope=scope)
    if not form.is_valid():
        return _shown(request, scope, form, _missing(form))
    chosen = {name: form.cleaned_data[name] for name in ("menu", "paper")}
    request.session[_REMEMBERED] = chosen
    try:
        handed = act(scope, form.asked(), request.user)
    except NotFound:
        raise
    except DomainError as no:
        return _shown(request, scope, form, refused(no, form.asked()))
    if handed.replaces:
        tasks.ring()
    answer = done(handed, slip=_slip_address(handed, chosen["paper"]))
    return _shown(request, scope, DeskForm(initial=chosen, scope=scope), answer)


def _missing(form: DeskForm) -> Answer:
    """Say what is wrong with the first field whose words are no answer at all."""
    name, errors = next(iter(form.errors.items()))
    return Answer("refused", str(errors[0]), focus=name)


def _slip_address(handed: Handed, paper: str) -> str:
    if not paper:
        return ""
    return reverse("dashboard:desk_slip", args=[handed.member.pk]) + f"?paper={paper}"


def _remembered(request: HttpRequest, scope: Scope) -> dict[str, str]:
    """Return the clerk's last choices; the first time, the only menu there is."""
    kept = request.session.get(_REMEMBERED)
    if kept is not None:
        return dict(kept)
    menus = list(menus_of(scope)[:2])
    return {"menu": menus[0].code if len(menus) == 1 else "", "paper": "a6"}


def _shown(
    request: StaffRequest, scope: Scope, form: DeskForm, answer: Answer | None
) -> HttpResponse:
    blank_count = blank_cards_of(scope).count()
    words = {
        "form": form,
        "answer": answer,
        "today": rows_of_today(scope),
        "blank_count": blank_count,
        "is_short": blank_count < FEW_BLANK_CARDS,
        "paper": form["paper"].value() or "",
    }
    is_part = bool(request.headers.get("HX-Request"))
    page = "dashboard/desk/_answer.html" if is_part else "dashboard/desk/desk.html"
    return render(request, page, words | {"is_part": is_part})
