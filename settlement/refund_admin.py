"""訂正 in the back office: find the payment, ask for its refund, decide what another asked."""

import unicodedata
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from billing import tasks
from billing.models import Payment
from settlement.models import RefundRequest
from settlement.refund_effect import refund_effect
from settlement.refund_search import FOUND_MAX, Sought, payments_sought
from settlement.services.refunds import (
    approve_refund,
    ask_refund,
    reject_refund,
    withdraw_refund,
)
from smartpit.edge.back_office import APPROVING, OPERATING, Done, RowsAdmin, Step, dressed
from smartpit.edge.pages import obeyed
from smartpit.edge.templatetags.shown import day, yen
from tenants.models import Owner, Staff

_WRITING = APPROVING | OPERATING
Status = RefundRequest.Status


class PaymentSoughtForm(forms.Form):
    """What a caller can tell of a payment; digits may be written in any width."""

    number = forms.CharField(label="番号（カード）", max_length=20, required=False)
    slip = forms.CharField(label="申込券（番号・バーコード）", max_length=60, required=False)
    receipt = forms.CharField(label="レシート番号", max_length=20, required=False)
    day = forms.DateField(
        label="営業日", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    reference = forms.CharField(label="請求番号", max_length=60, required=False)
    owner = forms.ModelChoiceField(
        label="オーナー",
        queryset=Owner.objects.filter(is_test=False).order_by("code"),
        required=False,
        empty_label="すべて",
    )

    def clean_number(self) -> str:
        return _digits(self.cleaned_data["number"])

    def clean_slip(self) -> str:
        return _digits(self.cleaned_data["slip"])

    def clean_receipt(self) -> str:
        return unicodedata.normalize("NFKC", self.cleaned_data["receipt"]).strip().upper()

    def clean(self) -> dict[str, Any]:
        words = self.cleaned_data
        if not self.errors and (fault := Sought(**words).fault):
            raise forms.ValidationError(fault)
        return words


class AskForm(forms.Form):
    reason = forms.CharField(label="訂正の理由", max_length=200)


class RejectionForm(forms.Form):
    reason = forms.CharField(label="却下の理由", max_length=200)


class WithdrawalForm(forms.Form):
    reason = forms.CharField(label="取下げの理由", max_length=200)


class RefundRequestAdmin(RowsAdmin):
    list_display = (
        "asked_at", "owner", "tenant", "taken", "amount", "reason", "status", "asked_by",
        "decided_by",
    )  # fmt: skip
    list_filter = ("status", "owner")
    search_fields = ("payment__receipt", "owner__code", "owner__name", "reason")
    list_select_related = ("owner", "tenant", "payment__chain", "asked_by", "decided_by")
    ordering = ("-asked_at",)
    list_before_template = "back_office/refunds_link.html"
    first_shown = ("amount", "effect", "taken")
    hidden = ("payment",)
    steps = (
        Step(
            "approve",
            "訂正を承認する",
            lambda request, asked, _words: _approve(request, asked),
            offered=lambda asked: asked.status == Status.REQUESTED,
            roles=_WRITING,
            asks="収納は訂正になり、オーナーへ通知されます。元に戻せません。依頼した人は承認できません。",
        ),
        Step(
            "reject",
            "却下する",
            lambda request, asked, words: _reject(request, asked, words),
            offered=lambda asked: asked.status == Status.REQUESTED,
            roles=_WRITING,
            form=RejectionForm,
        ),
        Step(
            "withdraw",
            "取り下げる（依頼した人）",
            lambda request, asked, words: _withdraw(request, asked, words),
            offered=lambda asked: asked.status == Status.REQUESTED,
            roles=_WRITING,
            form=WithdrawalForm,
        ),
    )

    @admin.display(description="金額")
    def amount(self, asked: RefundRequest) -> SafeString:
        return yen(asked.payment.amount_yen)

    @admin.display(description="収納")
    def taken(self, asked: RefundRequest) -> SafeString:
        payment = asked.payment
        address = reverse("admin:billing_payment_change", args=[payment.pk])
        words = f"{payment.chain.name} {payment.store} {payment.receipt}"
        return format_html(
            '<span><a class="underline" href="{}">{}</a> {}</span>',
            address,
            words,
            day(payment.business_date),
        )

    @admin.display(description="精算書への影響")
    def effect(self, asked: RefundRequest) -> SafeString | str:
        """Say what an approval today would do; what was approved is stated where it is due."""
        if asked.status == Status.APPROVED:
            return format_html("{} 締めの精算書に入ります", day(asked.payment.refund.closes_on))
        if asked.status != Status.REQUESTED:
            return "ありません（訂正していません）"
        effect = refund_effect(asked.payment)
        return format_html(
            "{} 締めの精算書で、収納額 {}、収入印紙相当額 {}、差引 {}",
            day(effect.closes_on),
            yen(-effect.amount_yen),
            yen(-effect.stamp_yen),
            yen(effect.payout_yen),
        )

    def get_urls(self) -> list[URLPattern]:
        wrapped = self.admin_site.admin_view
        return [
            path("find", wrapped(require_safe(self.find_view)), name="settlement_refund_find"),
            path("ask/<uuid:payment_id>", wrapped(self.ask_view), name="settlement_refund_ask"),
            *super().get_urls(),
        ]

    def find_view(self, request: HttpRequest) -> HttpResponse:
        """Look for the payment a person asks about."""
        is_asked = bool(request.GET)
        form = PaymentSoughtForm(request.GET if is_asked else None)
        words: dict[str, Any] = {"form": dressed(form), "title": "訂正する収納を探す"}
        if is_asked and form.is_valid():
            found = payments_sought(Sought(**form.cleaned_data))
            words |= {
                "is_answered": True,
                "rows": [(payment, _open_request(payment)) for payment in found[:FOUND_MAX]],
                "is_cut": len(found) > FOUND_MAX,
                "found_max": FOUND_MAX,
            }
        return self._page(request, "refund_find", words)

    def ask_view(self, request: HttpRequest, payment_id: Any) -> HttpResponse:
        """Show a payment and what its refund would do, and take the request with its reason."""
        rows = Payment.objects.select_related("owner", "tenant", "chain", "invoice", "confirmation")
        payment = get_object_or_404(rows, pk=payment_id, owner__is_test=False)
        form = AskForm(request.POST or None)
        if request.method == "POST":
            self._require_writer(request)
            asked = obeyed(form, lambda words: _ask(request, payment, words))
            if asked is not None:
                done = Done("訂正を依頼しました。別の人の承認を待ちます。")
                self.log_addition(request, asked, done.told)
                return self._after(request, done, self._row_address(asked))
        is_confirmed = payment.status == Payment.Status.CONFIRMED
        words = {
            "title": "訂正を依頼する",
            "form": dressed(form),
            "payment": payment,
            "open_request": _open_request(payment),
            "effect": refund_effect(payment) if is_confirmed else None,
            "may_ask": self._may_write(request),
        }
        return self._page(request, "refund_ask", words)

    def _page(self, request: HttpRequest, name: str, words: dict[str, Any]) -> HttpResponse:
        place = {**self.admin_site.each_context(request), "opts": self.model._meta}
        return render(request, f"back_office/{name}.html", place | words)

    def _may_write(self, request: HttpRequest) -> bool:
        return _staff(request).role in _WRITING

    def _require_writer(self, request: HttpRequest) -> None:
        if not self._may_write(request):
            raise PermissionDenied


def _ask(request: HttpRequest, payment: Payment, words: dict[str, Any]) -> RefundRequest:
    return ask_refund(_staff(request), payment.pk, words["reason"])


def _approve(request: HttpRequest, asked: RefundRequest) -> Done:
    refund = approve_refund(_staff(request), asked.pk)
    tasks.ring()
    return Done(f"訂正しました。{refund.closes_on:%Y/%m/%d} 締めの精算書に入ります。")


def _reject(request: HttpRequest, asked: RefundRequest, words: dict[str, Any]) -> Done:
    reject_refund(_staff(request), asked.pk, words["reason"])
    return Done("訂正の依頼を却下しました。")


def _withdraw(request: HttpRequest, asked: RefundRequest, words: dict[str, Any]) -> Done:
    withdraw_refund(_staff(request), asked.pk, words["reason"])
    return Done("訂正の依頼を取り下げました。")


def _open_request(payment: Payment) -> RefundRequest | None:
    open_ones = (one for one in payment.refund_requests.all() if one.status == Status.REQUESTED)
    return next(open_ones, None)


def _digits(text: str) -> str:
    return "".join(sign for sign in unicodedata.normalize("NFKC", text) if sign.isdigit())


def _staff(request: HttpRequest) -> Staff:
    return cast("Staff", request.user)
