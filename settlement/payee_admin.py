"""入金口座, 銀行の検索 and 凍結 in the back office."""

import unicodedata
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path

from settlement.bank_kana import BankNameRefused, bank_kana
from settlement.banks import (
    FOUND_MAX,
    Institution,
    UnknownBank,
    UnknownBranch,
    bank_of,
    banks_like,
    branch_of,
    branches_like,
    listed_on,
)
from settlement.models import Payee, PayeeNotice, PayoutFreeze
from settlement.services.freezes import freeze_payouts, lift_freeze
from settlement.services.payees import (
    ACCOUNT_DIGITS,
    PayeeAsked,
    approve_payee,
    propose_payee,
    withdraw_payee,
)
from smartpit.edge.back_office import APPROVING, OPERATING, Done, LinesInline, RowsAdmin, Step
from smartpit.kernel import clock
from tenants.models import Owner, Staff

WRITING = APPROVING | OPERATING
_CANDIDATES_SHOWN = 10
Status = Payee.Status


class PayeeForm(forms.Form):
    """An account as people know it; bank and branch are looked up in the list."""

    owner = forms.ModelChoiceField(label="オーナー", queryset=Owner.objects.filter(is_test=False))
    bank = forms.CharField(
        label="銀行", max_length=40, help_text="銀行番号（4桁）、または名前の一部かカナ。"
    )
    branch = forms.CharField(
        label="支店", max_length=40, help_text="支店番号（3桁）、または名前の一部かカナ。"
    )
    account_kind = forms.ChoiceField(
        label="預金種目", choices=[("1", "普通"), ("2", "当座"), ("4", "貯蓄"), ("9", "その他")]
    )
    account_number = forms.CharField(label="口座番号（7桁まで）", max_length=14)
    holder_name = forms.CharField(
        label="口座名義（カナ）",
        max_length=60,
        help_text="全角・半角・ひらがなのどれでも。株式会社などの法人格は略語（カ）など）に直します。",
    )

    def clean_bank(self) -> Institution:
        return _the_one(banks_like(self.cleaned_data["bank"]), "銀行")

    def clean_branch(self) -> Institution | None:
        bank = self.cleaned_data.get("bank")
        if bank is None:
            return None  # Without its bank no branch can be told.
        return _the_one(branches_like(bank.code, self.cleaned_data["branch"]), "支店")

    def clean_account_number(self) -> str:
        number = unicodedata.normalize("NFKC", self.cleaned_data["account_number"]).strip()
        if not (number.isascii() and number.isdecimal() and len(number) <= ACCOUNT_DIGITS):
            raise forms.ValidationError("口座番号は7桁までの数字で入力してください。")
        return number

    def clean_holder_name(self) -> str:
        """Say at once which letter no bank would take."""
        try:
            return bank_kana(self.cleaned_data["holder_name"])
        except BankNameRefused as refused:
            raise forms.ValidationError(refused.detail) from None


class ReasonForm(forms.Form):
    reason = forms.CharField(label="理由", max_length=200)


class FreezeForm(forms.Form):
    owner = forms.ModelChoiceField(
        label="オーナー（空欄は全社）",
        queryset=Owner.objects.filter(is_test=False),
        required=False,
        empty_label="全社",
    )
    reason = forms.CharField(label="凍結の理由", max_length=200)


class NoticeInline(LinesInline):
    model = PayeeNotice
    fields = ("kind", "to", "made_at", "sent_at")


class PayeeAdmin(RowsAdmin):
    list_display = (
        "owner",
        "number",
        "bank_kana",
        "branch_kana",
        "account_number",
        "holder_kana",
        "status",
        "holds_from",
        "changed_by",
        "checked_by",
    )
    list_filter = ("status",)
    search_fields = ("owner__name", "owner__code", "holder_kana", "account_number")
    list_select_related = ("owner", "changed_by", "checked_by")
    ordering = ("owner__code", "-number")
    inlines = (NoticeInline,)
    first_shown = ("names",)
    list_before_template = "back_office/banks_link.html"
    adding = PayeeForm
    adding_roles = WRITING
    adding_lead = (
        "登録した人とは別の人が承認します。変更は、それまでの連絡先へお知らせしてから"
        "3銀行営業日後に適用されます。登録した人と承認した人は、この口座への入金の承認も"
        "振込依頼もできません。"
    )
    steps = (
        Step(
            "approve",
            "口座を承認する",
            lambda request, payee, _words: _approve(request, payee),
            lambda payee: payee.status == Status.PROPOSED,
            roles=WRITING,
            asks="オーナーからの書面と、銀行・支店・口座番号・名義を照らし合わせてください。",
        ),
        Step(
            "withdraw",
            "取り下げる",
            lambda request, payee, words: _withdraw(request, payee, words),
            lambda payee: _may_be_withdrawn(payee),
            roles=WRITING,
            form=ReasonForm,
        ),
    )

    @admin.display(description="銀行・支店")
    def names(self, payee: Payee) -> str:
        """Show the names as people know them; a branch may have left the list since."""
        try:
            branch = branch_of(payee.bank_code, payee.branch_code)
        except (UnknownBank, UnknownBranch):
            return f"一覧（{listed_on():%Y/%m/%d} 現在）にありません"
        return f"{bank_of(payee.bank_code).name} {branch.name}"

    def adding_form(self, request: HttpRequest) -> forms.Form:
        if request.POST:
            return PayeeForm(request.POST)
        return PayeeForm(initial=request.GET.dict())

    def add(self, request: HttpRequest, words: dict[str, Any]) -> tuple[Model, Done]:
        asked = PayeeAsked(
            bank_code=words["bank"].code,
            branch_code=words["branch"].code,
            account_kind=words["account_kind"],
            account_number=words["account_number"],
            holder_name=words["holder_name"],
        )
        payee = propose_payee(_staff(request), words["owner"], asked)
        account = f"{words['bank'].name} {words['branch'].name} {payee.holder_kana}"
        told = f"{words['owner'].name} の入金口座（{account}）を登録しました。"
        return payee, Done(told + "別の人の承認を待ちます。")

    def get_urls(self) -> list[URLPattern]:
        own = path(
            "banks", self.admin_site.admin_view(self.banks_view), name="settlement_payee_banks"
        )
        return [own, *super().get_urls()]

    def banks_view(self, request: HttpRequest) -> HttpResponse:
        """Look for a bank, then for its branch; a form without a script."""
        wanted, code = request.GET.get("q", ""), request.GET.get("bank", "")
        try:
            bank = bank_of(code) if code else None
        except UnknownBank:
            bank = None
        found = branches_like(bank.code, wanted) if bank else banks_like(wanted) if wanted else []
        words = {
            **self.admin_site.each_context(request),
            "title": "銀行・支店を探す",
            "bank": bank,
            "wanted": wanted,
            "found": found[:FOUND_MAX],
            "left_out": max(0, len(found) - FOUND_MAX),
            "listed_on": listed_on(),
        }
        return render(request, "back_office/banks.html", words)


class FreezeAdmin(RowsAdmin):
    list_display = ("scope", "reason", "frozen_by", "frozen_at", "lifted_by", "lifted_at")
    list_select_related = ("owner", "frozen_by", "lifted_by")
    ordering = ("-frozen_at",)
    adding = FreezeForm
    adding_roles = WRITING
    adding_lead = (
        "凍結している間、精算入金の承認と振込依頼はできません。店舗での収納は止まりません。"
        "解除は、凍結した人とは別の人が行います。"
    )
    steps = (
        Step(
            "lift",
            "凍結を解除する",
            lambda request, freeze, words: _lift(request, freeze, words),
            lambda freeze: freeze.lifted_at is None,
            roles=WRITING,
            form=ReasonForm,
        ),
    )

    def add(self, request: HttpRequest, words: dict[str, Any]) -> tuple[Model, Done]:
        freeze = freeze_payouts(_staff(request), words["reason"], words["owner"])
        return freeze, Done(f"精算入金を凍結しました（{words['owner'] or '全社'}）。")

    @admin.display(description="対象")
    def scope(self, freeze: PayoutFreeze) -> str:
        return str(freeze.owner or "全社")


def _approve(request: HttpRequest, payee: Payee) -> Done:
    approved = approve_payee(_staff(request), payee.pk)
    return Done(f"承認しました。{approved.holds_from:%Y/%m/%d} から適用されます。")


def _withdraw(request: HttpRequest, payee: Payee, words: dict[str, Any]) -> Done:
    withdraw_payee(_staff(request), payee.pk, words["reason"])
    return Done("入金口座の登録を取り下げました。")


def _may_be_withdrawn(payee: Payee) -> bool:
    if payee.status == Status.APPROVED:
        return payee.holds_from is not None and payee.holds_from > clock.business_date()
    return payee.status == Status.PROPOSED


def _lift(request: HttpRequest, freeze: PayoutFreeze, words: dict[str, Any]) -> Done:
    lift_freeze(_staff(request), freeze.pk, words["reason"])
    return Done("凍結を解除しました。")


def _the_one(found: list[Institution], kind: str) -> Institution:
    if len(found) == 1:
        return found[0]
    if not found:
        raise forms.ValidationError(f"この{kind}は見つかりません。番号か名前を確かめてください。")
    shown = "、".join(str(one) for one in found[:_CANDIDATES_SHOWN])
    more = f" ほか{len(found) - _CANDIDATES_SHOWN}件" if len(found) > _CANDIDATES_SHOWN else ""
    raise forms.ValidationError(f"{kind}を番号で選んでください: {shown}{more}")


def _staff(request: HttpRequest) -> Staff:
    return cast("Staff", request.user)
