"""店頭端末（練習用）: kiosk and register in the browser, on the very services the till API calls.

In a demo folder anyone may play. In a real centre only its own staff may, and only before the
first chain has a key: from then on money comes from tills alone. (A test chain's key brings none.)
"""

import json
import secrets
from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from billing import tasks
from billing.models import Chain, ChainKey, Invoice, Payment
from billing.refusals import UnknownInvoice
from billing.selectors import card_keyed, card_scanned, needs_stamp, payable_invoices
from billing.services.payments import receive_payment
from billing.services.reversals import reverse_payment, reversible_until
from billing.tills.notices import PaymentNotice, ReversalNotice, TillKey
from billing.web.forms import NumberField
from cards.models import Card
from smartpit.kernel import clock
from smartpit.kernel.errors import DomainError
from tenants.models import Staff
from tenants.selectors import centre

STORE = "0000001"
TERMINAL = "TR01"


def is_open_to(user: Any) -> bool:
    """May this person play at the practice till now?"""
    house = centre()
    if house is None:
        return False
    if house.is_demo:
        return True
    is_played_by = isinstance(user, Staff) and user.is_centre and user.is_active
    if not is_played_by or user.role not in (Staff.Role.ADMINISTRATOR, Staff.Role.OPERATOR):
        return False
    return not ChainKey.objects.filter(chain__is_test=False).exists()


def practice(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    @wraps(view)
    def guarded(request: HttpRequest, **key: Any) -> HttpResponse:
        if not is_open_to(request.user):
            raise Http404
        return view(request, **key)

    return guarded


class NumberForm(forms.Form):
    """A number that was keyed, or bars that were scanned: the two are never mistaken."""

    chain = forms.ModelChoiceField(queryset=Chain.objects.filter(is_test=False))
    number = NumberField(required=False)
    barcode = NumberField(required=False)

    def clean(self) -> dict[str, Any]:
        words = super().clean() or self.cleaned_data
        if not words.get("number") and not words.get("barcode"):
            raise forms.ValidationError("番号を入力してください。")
        return words

    def card(self) -> Card:
        words = self.cleaned_data
        return card_scanned(words["barcode"]) if words["barcode"] else card_keyed(words["number"])


class PaymentForm(forms.Form):
    """What the register knows when it asks: the kiosk's choice, and a receipt's number."""

    chain = forms.ModelChoiceField(queryset=Chain.objects.filter(is_test=False))
    number = NumberField()
    invoice = forms.UUIDField()
    version = forms.IntegerField(min_value=1)
    amount_yen = forms.IntegerField(min_value=1, max_value=300_000)
    receipt = forms.RegexField(r"[0-9A-Z-]{1,12}")
    taken_yen = forms.IntegerField(min_value=1, max_value=9_999_999)

    def clean(self) -> dict[str, Any]:
        words = super().clean() or self.cleaned_data
        if words.get("taken_yen", 0) < words.get("amount_yen", 0):
            raise forms.ValidationError("お預かりの金額が足りません。")
        return words


@require_safe
@practice
def kiosk(request: HttpRequest) -> HttpResponse:
    words = {"chain": request.GET.get("chain", ""), "number": request.GET.get("number", "")}
    return _kiosk(request, words)


@require_POST
@practice
def invoices(request: HttpRequest) -> HttpResponse:
    """Answer the kiosk's inquiry: what can be paid with this number now."""
    form = NumberForm(request.POST)
    if not form.is_valid():
        return _kiosk(request, request.POST, "番号を入力してください。")
    try:
        card = form.card()
    except DomainError as refused:
        return _kiosk(request, request.POST, refused.title)
    lines = [(row, needs_stamp(row)) for row in payable_invoices(card)]
    words = {"step": 2, "chain": form.cleaned_data["chain"], "card": card, "lines": lines}
    return render(request, "till/invoices.html", words)


@require_POST
@practice
def register(request: HttpRequest) -> HttpResponse:
    """Show the register for one invoice; the receipt's number is fixed here, before any send.

    So a button pressed twice sends one key twice, and is booked once.
    """
    form = NumberForm(request.POST)
    if not form.is_valid():
        return _kiosk(request, request.POST, "番号を入力してください。")
    try:
        shown = _payable(form.card(), request.POST.get("invoice", ""))
    except DomainError as refused:
        return _kiosk(request, request.POST, refused.title)
    return _register(request, shown, form.cleaned_data["chain"], receipt=new_receipt())


@require_POST
@practice
def pay(request: HttpRequest) -> HttpResponse:
    """Take the cash: the payment is booked by the service behind the till API."""
    form = PaymentForm(request.POST)
    if not form.is_valid():
        return _again(request, form)
    words = form.cleaned_data
    try:
        answer = json.loads(receive_payment(_notice(words)).answer)
    except DomainError as refused:
        return _kiosk(request, request.POST, refused.title)
    tasks.ring()
    response = redirect("till:receipt", payment_id=answer["payment"])
    response.set_cookie("till_taken_yen", str(words["taken_yen"]), max_age=600, httponly=True)
    return response


@require_safe
@practice
def receipt(request: HttpRequest, payment_id: UUID) -> HttpResponse:
    payment = _practice_payment(payment_id)
    taken = request.COOKIES.get("till_taken_yen", "")
    assert payment.amount_yen is not None
    taken_yen = int(taken) if taken.isascii() and taken.isdecimal() and len(taken) < 8 else 0
    words = {
        "step": 4,
        "payment": payment,
        "taken_yen": taken_yen if taken_yen >= payment.amount_yen else None,
        "change_yen": taken_yen - payment.amount_yen,
        "stamp": payment.invoice and needs_stamp(payment.invoice),
        "can_cancel": payment.status == Payment.Status.REPORTED
        and clock.now() < reversible_until(payment),
        "chain": payment.chain,
    }
    return render(request, "till/receipt.html", words)


@require_POST
@practice
def cancel(request: HttpRequest, payment_id: UUID) -> HttpResponse:
    payment = _practice_payment(payment_id)
    key = TillKey(
        chain=payment.chain_id,
        store=payment.store,
        terminal=payment.terminal,
        business_date=payment.business_date,
        receipt=payment.receipt,
        line=payment.line,
    )
    try:
        reverse_payment(ReversalNotice(key=key, reason="練習用端末の取消"))
    except DomainError as refused:
        messages.error(request, refused.title)
    else:
        messages.success(request, "取り消しました。現金をお客さまへ返してください。")
    tasks.ring()
    return redirect("till:receipt", payment_id=payment.pk)


def _notice(words: dict[str, Any]) -> PaymentNotice:
    now = clock.now()
    key = TillKey(
        chain=words["chain"].pk,
        store=STORE,
        terminal=TERMINAL,
        business_date=clock.business_date(now),
        receipt=words["receipt"],
        line=1,
    )
    return PaymentNotice(
        key=key,
        invoice=str(words["invoice"]),
        version=words["version"],
        amount_yen=words["amount_yen"],
        taken_at=now,
    )


def new_receipt() -> str:
    return secrets.token_hex(5).upper()


def _practice_payment(payment_id: UUID) -> Payment:
    """Return a payment of this till; those of real tills are not for showing here."""
    rows = Payment.objects.select_related("invoice__owner", "tenant", "chain")
    return get_object_or_404(rows, pk=payment_id, store=STORE, terminal=TERMINAL)


def _payable(card: Card, invoice_id: str) -> Invoice:
    """Return the invoice of this card that was chosen, if it can still be paid."""
    rows = payable_invoices(card)
    found = next((row for row in rows if str(row.pk) == invoice_id), None)
    if found is None:
        raise UnknownInvoice
    return found


def _again(request: HttpRequest, form: PaymentForm) -> HttpResponse:
    """Show the register once more, under the same receipt's number."""
    words = form.cleaned_data
    if not {"chain", "number", "invoice", "receipt"} <= set(words):
        return _kiosk(request, request.POST, "もう一度、番号の入力からはじめてください。")
    try:
        shown = _payable(card_keyed(words["number"]), str(words["invoice"]))
    except DomainError as refused:
        return _kiosk(request, request.POST, refused.title)
    faults = form.non_field_errors() or ["お預かりの金額を入力してください。"]
    return _register(request, shown, words["chain"], receipt=words["receipt"], fault=str(faults[0]))


def _register(
    request: HttpRequest, shown: Invoice, chain: Chain, *, receipt: str, fault: str = ""
) -> HttpResponse:
    words = {
        "step": 3,
        "invoice": shown,
        "chain": chain,
        "receipt": receipt,
        "fault": fault,
        "stamp": needs_stamp(shown),
        "notes": _handy_amounts(shown.amount_yen),
    }
    return render(request, "till/register.html", words)


def _handy_amounts(amount_yen: int) -> list[int]:
    """Return what a payer would hand over: the exact sum, or the next round one."""
    rounded = {-(-amount_yen // note) * note for note in (1_000, 5_000, 10_000)}
    return sorted({amount_yen, *rounded})


def to_kiosk(request: HttpRequest, fault: str) -> HttpResponse:
    """Go back to the first step and say why."""
    return _kiosk(request, request.POST, fault)


def _kiosk(request: HttpRequest, words: Any, fault: str = "") -> HttpResponse:
    shown = {
        "step": 1,
        "chains": Chain.objects.filter(is_test=False).order_by("-code"),
        "chosen": words.get("chain") or "lawson",
        "number": words.get("number", ""),
        "fault": fault,
    }
    return render(request, "till/kiosk.html", shown)
