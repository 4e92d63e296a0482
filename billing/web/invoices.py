"""請求情報: the pages on which invoices are found, registered, changed and withdrawn."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import F, Q, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billing.models import Invoice
from billing.selectors import invoices_of, payments_of
from billing.services.invoices import change_invoice, register_invoice, withdraw_invoice
from billing.web.forms import (
    ChangeInvoiceForm,
    InvoiceFilter,
    KeptInvoiceForm,
    NumberField,
    SingleInvoiceForm,
)
from smartpit.edge.pages import obeyed, page_of, pressed
from tenants.access import Scope
from tenants.web.gates import StaffRequest

PAYMENTS_SHOWN = 50
_FORMS = {
    "single": (SingleInvoiceForm, "単発の請求を登録"),
    "kept": (KeptInvoiceForm, "リピートの請求を登録"),
}


@require_safe
def invoices(request: StaffRequest, scope: Scope) -> HttpResponse:
    filters = InvoiceFilter(request.GET)
    rows = _chosen(invoices_of(scope), filters, scope)
    words = {"page": page_of(request, rows), "filters": filters}
    return render(request, "dashboard/billing/invoices.html", words)


@require_safe
def invoice(request: StaffRequest, scope: Scope, invoice_id: UUID) -> HttpResponse:
    found = scope.get(invoices_of(scope), pk=invoice_id)
    words = {
        "invoice": found,
        "versions": found.versions.order_by("-version"),
        "payments": payments_of(scope).filter(invoice=found)[:PAYMENTS_SHOWN],
        "is_open": found.status in (Invoice.Status.OPEN, Invoice.Status.SUSPENDED),
    }
    return render(request, "dashboard/billing/invoice.html", words)


@require_http_methods(["GET", "POST"])
def register(request: StaffRequest, scope: Scope, kind: str) -> HttpResponse:
    if kind not in _FORMS:
        raise Http404
    form_class, title = _FORMS[kind]
    first = {"number": request.GET.get("number", "")}
    form = form_class(request.POST or None, initial=first, scope=scope)
    registered = obeyed(form, lambda words: register_invoice(scope, form.asked(words)))
    if registered is None:
        return _form(request, form, title, back=_address(request, "invoices"))
    told = "請求情報を登録しました。" if registered.is_new else "同じ内容ですでに登録されています。"
    messages.success(request, told)
    return redirect(_address(request, "invoice", registered.invoice.pk))


@require_http_methods(["GET", "POST"])
def change(request: StaffRequest, scope: Scope, invoice_id: UUID) -> HttpResponse:
    found = scope.get(invoices_of(scope), pk=invoice_id)
    first = {name: getattr(found, name) for name in ChangeInvoiceForm.base_fields}
    form = ChangeInvoiceForm(request.POST or None, initial=first)
    changed = obeyed(form, lambda words: change_invoice(scope, str(found.pk), words))
    back = _address(request, "invoice", found.pk)
    if changed is None:
        return _form(request, form, "請求情報を変更", back=back)
    messages.success(request, f"第{changed.version}版になりました。")
    return redirect(back)


@require_POST
def withdraw(request: StaffRequest, scope: Scope, invoice_id: UUID) -> HttpResponse:
    return pressed(
        request,
        lambda: withdraw_invoice(scope, str(invoice_id)),
        done="請求情報を削除しました。コンビニでは支払えなくなりました。",
        to=_address(request, "invoice", invoice_id),
    )


@require_POST
def suspend(request: StaffRequest, scope: Scope, invoice_id: UUID) -> HttpResponse:
    return pressed(
        request,
        lambda: change_invoice(scope, str(invoice_id), {"suspended": True}),
        done="請求情報を停止しました。",
        to=_address(request, "invoice", invoice_id),
    )


@require_POST
def resume(request: StaffRequest, scope: Scope, invoice_id: UUID) -> HttpResponse:
    return pressed(
        request,
        lambda: change_invoice(scope, str(invoice_id), {"suspended": False}),
        done="受付を再開しました。",
        to=_address(request, "invoice", invoice_id),
    )


def _chosen(rows: QuerySet[Invoice], filters: InvoiceFilter, scope: Scope) -> QuerySet[Invoice]:
    if not filters.is_valid():
        return rows
    words = filters.cleaned_data
    if words["status"]:
        rows = rows.filter(status=words["status"])
    if words["q"]:
        rows = rows.filter(_names(words["q"], scope))
    return rows


def _names(text: str, scope: Scope) -> Q:
    """An invoice is found by its reference, its card's number or, by the owner, its member."""
    found = Q(reference__icontains=text) | Q(card__number=NumberField().to_python(text))
    if scope.tenant_id is None:
        members = Q(card__members__owner_id=F("owner_id"), card__members__reference=text)
        found |= members
    return found


def _address(request: StaffRequest, name: str, *key: Any) -> str:
    return reverse(f"{request.gate.namespace}:{name}", args=key)


def _form(request: StaffRequest, form: Any, title: str, *, back: str) -> HttpResponse:
    words = {"form": form, "title": title, "back": back, "frame": request.gate.frame}
    return render(request, "form_page.html", words)
