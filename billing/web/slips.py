"""申込券 at the practice till: what was ticked at the kiosk is printed, then paid together."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_POST, require_safe

from billing import tasks
from billing.models import Chain, Invoice, Payment, Slip
from billing.refusals import LimitReached
from billing.selectors import payable_invoices_of, slip_scanned, stamped
from billing.services.payments import receive_payments
from billing.services.slips import SlipAsked, print_slip
from billing.tills.notices import PaymentNotice, TillKey
from billing.tills.slip_barcode import shown_lines
from billing.web.forms import NumberField
from billing.web.till import STORE, TERMINAL, new_receipt, practice, to_kiosk
from cards.barcode import gs1_128_svg
from smartpit.kernel import clock
from smartpit.kernel.errors import DomainError

LINES_MAX = 10


class ChoiceForm(forms.Form):
    """The invoices of a number that were ticked at the kiosk."""

    chain = forms.ModelChoiceField(queryset=Chain.objects.filter(is_test=False))
    number = NumberField()


class CashForm(forms.Form):
    receipt = forms.RegexField(r"[0-9A-Z-]{1,12}")
    taken_yen = forms.IntegerField(min_value=1, max_value=9_999_999)


@require_POST
@practice
def make(request: HttpRequest) -> HttpResponse:
    """Print what was ticked, in the order of the list."""
    form = ChoiceForm(request.POST)
    chosen = tuple(dict.fromkeys(request.POST.getlist("invoice")))
    if not form.is_valid():
        return to_kiosk(request, "番号を入力してください。")
    if not 1 <= len(chosen) <= LINES_MAX:
        return to_kiosk(request, f"申込券には1件から{LINES_MAX}件までの請求を選べます。")
    words = form.cleaned_data
    asked = SlipAsked(words["chain"], STORE, TERMINAL, words["number"], chosen)
    try:
        printed = print_slip(asked)
    except LimitReached:
        return to_kiosk(
            request, "1枚の申込券は30万円までです。利用の上限に達した請求は選べません。"
        )
    except DomainError as refused:
        return to_kiosk(request, refused.title)
    return redirect("till:slip", code=printed.slip.pk)


@require_safe
@practice
def paper(request: HttpRequest, code: str) -> HttpResponse:
    return _page(request, _practice_slip(code))


@require_POST
@practice
def pay(request: HttpRequest, code: str) -> HttpResponse:
    """Take the cash for all that the slip can still pay: one receipt, a line for each invoice."""
    slip = _practice_slip(code)
    form = CashForm(request.POST)
    if not form.is_valid():
        return _page(request, slip, "お預かりの金額を入力してください。")
    try:
        invoices = payable_invoices_of(slip_scanned(slip.chain, slip.barcode, clock.now()))
    except DomainError as refused:
        return _page(request, slip, refused.title)
    owed_yen = sum(invoice.amount_yen for invoice in invoices)
    taken_yen = form.cleaned_data["taken_yen"]
    if taken_yen < owed_yen:
        return _page(request, slip, "お預かりの金額が足りません。")
    outcomes = receive_payments(_notices(slip, invoices, form.cleaned_data["receipt"]))
    tasks.ring()
    refused_titles = [one.title for one in outcomes if isinstance(one, DomainError)]
    for title in refused_titles:
        messages.error(request, title)
    if outcomes and not refused_titles:
        messages.success(request, f"お支払いが完了しました。お釣り {taken_yen - owed_yen:,}円")
    return redirect("till:slip", code=slip.pk)


def _notices(slip: Slip, invoices: list[Invoice], receipt: str) -> list[PaymentNotice]:
    now = clock.now()
    places = {line.invoice_id: line.place for line in slip.lines.all()}
    return [
        PaymentNotice(
            key=TillKey(
                chain=slip.chain_id,
                store=STORE,
                terminal=TERMINAL,
                business_date=clock.business_date(now),
                receipt=receipt,
                line=places[invoice.pk],
            ),
            invoice=str(invoice.pk),
            version=invoice.version,
            amount_yen=invoice.amount_yen,
            taken_at=now,
            slip=slip.pk,
        )
        for invoice in invoices
    ]


def _practice_slip(code: str) -> Slip:
    """Return a slip of this kiosk; those of real ones are not for showing here."""
    rows = Slip.objects.select_related("chain", "card")
    return get_object_or_404(rows, pk=code, store=STORE, terminal=TERMINAL)


def _page(request: HttpRequest, slip: Slip, fault: str = "") -> HttpResponse:
    try:
        payable = payable_invoices_of(slip_scanned(slip.chain, slip.barcode, clock.now()))
        refused = ""
    except DomainError as why:
        payable, refused = [], why.title
    words: dict[str, Any] = {
        "step": 3,
        "slip": slip,
        "chain": slip.chain,
        "lines": list(slip.lines.select_related("invoice", "owner", "tenant")),
        "bars": _bars(slip),
        "payments": _paid_with(slip),
        "owed_yen": sum(invoice.amount_yen for invoice in payable),
        "stamp": bool(stamped(payable)),
        "refused": refused,
        "fault": fault,
        "receipt": new_receipt(),
    }
    return render(request, "till/slip.html", words)


def _paid_with(slip: Slip) -> list[Payment]:
    """Return what this register took of the slip's invoices since it was printed."""
    since = Payment.objects.filter(store=STORE, terminal=TERMINAL, booked_at__gte=slip.printed_at)
    of_slip = since.filter(chain=slip.chain, invoice__slip_lines__slip=slip)
    return list(of_slip.select_related("invoice").order_by("booked_at", "line"))


def _bars(slip: Slip) -> SafeString:
    return mark_safe(gs1_128_svg(slip.barcode, shown_lines(slip.barcode)))  # noqa: S308 Digits alone.
