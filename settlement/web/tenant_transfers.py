"""テナントへの振込: what a statement's tenants get, and the file for the owner's own bank."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import Model
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from settlement.banks import bank_of, branch_of
from settlement.calendar import add_bank_days
from settlement.models import OwnerConsignor, Statement, TenantAccount, TenantTransferFile
from settlement.services.tenant_transfers import (
    AccountAsked,
    ConsignorAsked,
    draw_tenant_transfers,
    tell_consignor,
    tell_tenant_account,
)
from settlement.tenant_transfers import account_of_tenant, consignor_of, transfers_of
from settlement.web.sums import sums_or_not_at_all
from settlement.whole import whole_of
from smartpit.edge.pages import obeyed
from smartpit.kernel import clock
from tenants.access import NotFound, Scope
from tenants.models import Tenant
from tenants.web.gates import StaffRequest
from tenants.web.roles import Section, may_change

_KINDS = [("1", "普通"), ("2", "当座"), ("4", "貯蓄"), ("9", "その他")]
_KANA = "カナで入力します。全角でも半角でもかまいません。"


class AccountForm(forms.Form):
    bank_code = forms.CharField(label="銀行番号（4桁）", max_length=4)
    branch_code = forms.CharField(label="支店番号（3桁）", max_length=3)
    account_kind = forms.ChoiceField(label="預金種目", choices=_KINDS)
    account_number = forms.CharField(label="口座番号", max_length=7)

    @staticmethod
    def asked_of(words: dict[str, Any]) -> AccountAsked:
        return AccountAsked(**{name: words[name] for name in AccountForm.base_fields})


class TenantAccountForm(AccountForm):
    holder_name = forms.CharField(label="口座名義（カナ）", max_length=60, help_text=_KANA)


class ConsignorForm(AccountForm):
    consignor_code = forms.CharField(
        label="振込依頼人コード", max_length=10, help_text="取引銀行から通知された10桁の番号です。"
    )
    consignor_name = forms.CharField(label="振込依頼人名（カナ）", max_length=80, help_text=_KANA)
    bearer = forms.ChoiceField(label="振込手数料", choices=OwnerConsignor.Bearer.choices)
    charge_same_bank_yen = forms.IntegerField(
        label="振込手数料（同じ銀行あて・円）",
        min_value=0,
        max_value=5_000,
        initial=0,
        help_text="先方負担のときに、振込金額から差し引く額です。",
    )
    charge_other_bank_yen = forms.IntegerField(
        label="振込手数料（他の銀行あて・円）", min_value=0, max_value=5_000, initial=0
    )


class DayForm(forms.Form):
    pays_on = forms.DateField(
        label="振込指定日",
        error_messages={"required": "振込指定日を入力してください。"},
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


@require_safe
@sums_or_not_at_all
def transfers(request: StaffRequest, scope: Scope, statement_id: UUID) -> HttpResponse:
    """Show what each tenant is to be paid, and by which file."""
    found = scope.get(Statement.objects.all(), pk=statement_id)
    whole_of(found)
    ordering = consignor_of(scope.owner)
    due = transfers_of(found, ordering)
    earliest = add_bank_days(max(found.pays_on, clock.business_date()), 1)
    words = {
        "statement": found,
        "transfers": due,
        "total_yen": sum(one.amount_yen for one in due if one.is_due),
        "consignor": ordering,
        "drawn": _drawn(found),
        "is_administrator": may_change(request.user, Section.TENANTS),
        "may_draw": may_change(request.user, Section.PAYMENTS),
        "form": DayForm(initial={"pays_on": earliest}),
    }
    return render(request, "dashboard/settlement/tenant_transfers.html", words)


@require_POST
@sums_or_not_at_all
def draw(request: StaffRequest, scope: Scope, statement_id: UUID) -> HttpResponse:
    form = DayForm(request.POST)
    here = reverse("dashboard:tenant_transfers", args=[statement_id])
    scope.get(Statement.objects.all(), pk=statement_id)
    drawn = obeyed(
        form,
        lambda words: draw_tenant_transfers(scope, request.user, statement_id, words["pays_on"]),
    )
    if drawn is None:
        for fault in form.errors.get("pays_on", form.non_field_errors()):
            messages.error(request, str(fault))
    elif drawn.pays_on != form.cleaned_data["pays_on"]:
        stays = f"振込指定日は {drawn.pays_on:%Y/%m/%d} のまま変わりません。"
        messages.warning(request, f"振込ファイルは作成済みです。{stays}")
    else:
        messages.success(request, "振込ファイルを作成しました。")
    return redirect(here)


@require_safe
def transfer_file(
    request: StaffRequest,  # noqa: ARG001
    scope: Scope,
    statement_id: UUID,
) -> HttpResponse:
    drawn = _drawn(scope.get(Statement.objects.all(), pk=statement_id))
    if drawn is None:
        raise NotFound
    answer = HttpResponse(bytes(drawn.content), "text/plain; charset=shift_jis")
    name = f"tenants-{drawn.pays_on:%Y%m%d}-{str(drawn.statement_id)[:8]}.txt"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
def consignor(request: StaffRequest, scope: Scope) -> HttpResponse:
    form = ConsignorForm(request.POST or None, initial=_initial(consignor_of(scope.owner)))

    def tell(words: dict[str, Any]) -> OwnerConsignor:
        names = ("consignor_code", "consignor_name", "bearer")
        charges = ("charge_same_bank_yen", "charge_other_bank_yen")
        told = {name: words[name] for name in (*names, *charges)}
        asked = ConsignorAsked(account=AccountForm.asked_of(words), **told)
        return tell_consignor(scope, request.user, asked)

    told = obeyed(form, tell)
    if told is None:
        title = "振込依頼人（テナントへの振込）"
        words = {"form": form, "title": title, "frame": request.gate.frame}
        return render(request, "form_page.html", words)
    messages.success(request, f"振込依頼人を登録しました（{_place(told)}）。")
    return redirect("dashboard:tenants")


@require_http_methods(["GET", "HEAD", "POST"])
def account(request: StaffRequest, scope: Scope, tenant_id: int) -> HttpResponse:
    tenant = scope.get(Tenant.objects.all(), pk=tenant_id)
    form = TenantAccountForm(request.POST or None, initial=_initial(account_of_tenant(tenant.pk)))

    def tell(words: dict[str, Any]) -> TenantAccount:
        asked = AccountForm.asked_of(words)
        return tell_tenant_account(scope, request.user, tenant, asked, words["holder_name"])

    told = obeyed(form, tell)
    if told is None:
        title = f"{tenant.name} の振込先口座"
        words = {"form": form, "title": title, "frame": request.gate.frame}
        return render(request, "form_page.html", words)
    messages.success(request, f"{tenant.name} の振込先口座を登録しました（{_place(told)}）。")
    return redirect("dashboard:tenants")


def _place(told: OwnerConsignor | TenantAccount) -> str:
    """Return what the numbers were read as, for the eyes of who typed them."""
    branch = branch_of(told.bank_code, told.branch_code)
    return f"{bank_of(told.bank_code).name} {branch.name}"


def _drawn(found: Statement) -> TenantTransferFile | None:
    return TenantTransferFile.objects.filter(statement=found).select_related("drawn_by").first()


def _initial(standing: Model | None) -> dict[str, Any]:
    """Return what stands, under the form's words."""
    if standing is None:
        return {}
    told = {field.name: field.value_from_object(standing) for field in standing._meta.fields}
    renamed = {
        name.replace("_kana", "_name"): word for name, word in told.items() if "_kana" in name
    }
    return told | renamed
