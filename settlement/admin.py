"""Contracts, statements, payouts and bank files, in the back office."""

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.db.models import Model, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from billing.admin import CaseAdmin
from billing.models import ChainFile, ChainFileRecord
from settlement import agenda_admin, books_admin  # noqa: F401 - they hang their own pages
from settlement.file_admin import ChainFileAdmin, ChainFileRecordAdmin, case_steps
from settlement.line_words import line_words
from settlement.models import (
    BankFile,
    Payee,
    Payout,
    PayoutFreeze,
    PayoutHold,
    PayoutMove,
    RefundRequest,
    Statement,
    StatementLine,
    SubStatement,
)
from settlement.money_in_admin import MoneyShown
from settlement.payee_admin import FreezeAdmin, PayeeAdmin, ReasonForm
from settlement.refund_admin import RefundRequestAdmin
from settlement.selectors import payee_of, standing_freezes
from settlement.services.contracts import change_contract, end_contract
from settlement.services.payouts import (
    approve_payout,
    content_sha256,
    export_payouts,
    hold_payout,
    mark_paid,
    reissue,
    release_payout,
    take_back,
    withdraw_approval,
)
from settlement.waterfall import DoesNotSum
from settlement.whole import whole_of
from smartpit.edge.back_office import (
    APPROVING,
    OPERATING,
    Done,
    LinesInline,
    RowsAdmin,
    Step,
    site,
)
from tenants.admin import DayInput, TermsForm, require_likely_year, terms_of_words
from tenants.models import Contract, Owner, Staff

LINE, NONE = ("networks", "client_certificates"), "なし"
_WRITING = APPROVING | OPERATING
Status = Payout.Status


class ContractForm(TermsForm):
    """契約変更: new terms from a day on; the former row stays as it is.

    The line stays what it was unless something is said of it: a contract that is changed for its
    cycle shall not lose its networks and certificates by an empty field.
    """

    owner = forms.ModelChoiceField(label="オーナー", queryset=Owner.objects.filter(is_test=False))

    field_order = ("owner",)

    def __init__(self, *args: Any, **words: Any) -> None:
        super().__init__(*args, **words)
        for name in LINE:
            self.fields[name].help_text += f" 空欄は今のまま。なくすときは「{NONE}」。"

    def clean(self) -> dict[str, Any]:
        words = self.cleaned_data
        former = Contract.objects.filter(owner=words.get("owner")).order_by("number").last()
        stays = former is not None and former.connection == words.get("connection")
        for name in LINE:
            if words.get(name) == () and stays:
                words[name] = tuple(getattr(former, name))
            elif words.get(name) == (NONE,):
                words[name] = ()
        return super().clean()


class ApprovalForm(forms.Form):
    """The content that is approved, as one word: what changes meanwhile is not approved."""

    # Without an account there is nothing to hash; the service says so in words.
    content_sha256 = forms.CharField(widget=forms.HiddenInput, required=False)
    content = forms.CharField(
        label="承認する内容",
        required=False,
        disabled=True,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class PaidForm(forms.Form):
    day = forms.DateField(
        label="入金日（空欄は入金予定日）",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )


def _staff(request: HttpRequest) -> Staff:
    return cast("Staff", request.user)


def _seen(payout: Payout) -> dict[str, Any]:
    """Return what the button binds, as a person reads it and as one word."""
    payee = payee_of(payout.owner_id)
    what = f"{payout.owner.name}　{payout.amount_yen:,}円　{payout.pays_on:%Y/%m/%d} 払い"
    return {
        "content_sha256": content_sha256(payout, payee) if payee else "",
        "content": f"{what}\n{_account_words(payee)}",
    }


def _account_words(payee: Payee | None) -> str:
    if payee is None:
        return "入金口座が登録されていません"
    return (
        f"{payee.bank_code} {payee.bank_kana} / {payee.branch_code} {payee.branch_kana} / "
        f"{payee.get_account_kind_display()} {payee.account_number} {payee.holder_kana}"
    )


def _approve(request: HttpRequest, payout: Payout, words: dict[str, Any]) -> Done:
    approve_payout(_staff(request), payout.pk, words["content_sha256"])
    return Done(f"{payout.amount_yen:,}円の入金を承認しました。")


def _hold(request: HttpRequest, payout: Payout, words: dict[str, Any]) -> Done:
    hold_payout(_staff(request), payout.pk, words["reason"])
    return Done("支払を保留にしました。")


def _release(request: HttpRequest, payout: Payout, _words: dict[str, Any]) -> Done:
    release_payout(_staff(request), payout.pk)
    return Done("保留を解きました。")


def _withdraw(request: HttpRequest, payout: Payout, _words: dict[str, Any]) -> Done:
    withdraw_approval(_staff(request), payout.pk)
    return Done("承認を取り下げました。")


def _paid(request: HttpRequest, payout: Payout, words: dict[str, Any]) -> Done:
    mark_paid(_staff(request), payout.pk, words["day"])
    return Done("入金済にしました。")


def _returned(request: HttpRequest, payout: Payout, words: dict[str, Any]) -> Done:
    take_back(_staff(request), payout.pk, words["reason"])
    return Done("振込不能として記録し、案件を開きました。")


def _reissue(request: HttpRequest, payout: Payout, _words: dict[str, Any]) -> Done:
    again = reissue(_staff(request), payout.pk)
    return Done(f"{again.pays_on:%Y/%m/%d} 払いで再発行しました。手数料は重ねてかかりません。")


def _export(request: HttpRequest, _row: Any, _words: dict[str, Any]) -> Done:
    written = export_payouts(_staff(request))
    return Done(f"{written.name}: {written.count}件 {written.total_yen:,}円を作成しました。")


class LastDayForm(forms.Form):
    last_day = forms.DateField(
        label="契約の最終日", widget=DayInput(), validators=[require_likely_year]
    )


def _end_contract(_request: HttpRequest, contract: Contract, words: dict[str, Any]) -> Done:
    ended = end_contract(contract.owner, words["last_day"])
    return Done(f"契約は {ended.ends_on:%Y/%m/%d} で終了します。")


def _is(*statuses: Payout.Status) -> Any:
    return lambda payout: payout.status in statuses


def _waits_to_be_reissued(payout: Payout) -> bool:
    return payout.status == Status.RETURNED and not hasattr(payout, "reissued_as")


class MoveInline(LinesInline):
    model = PayoutMove
    verbose_name_plural = "経過"
    fields = ("kind", "day", "moved_at", "moved_by")
    ordering = ("moved_at",)


class HoldInline(LinesInline):
    model = PayoutHold
    verbose_name_plural = "支払保留"
    fields = ("reason", "held_by", "held_at", "released_by", "released_at")
    ordering = ("held_at",)


class LineInline(LinesInline):
    model = StatementLine
    verbose_name_plural = "手数料の内訳"
    fields = ("word", "count", "unit_yen", "amount_yen")
    readonly_fields = ("word",)
    ordering = ("place",)

    @admin.display(description="項目")
    def word(self, line: StatementLine) -> str:
        return line_words(line.kind)


class ShareInline(LinesInline):
    model = SubStatement
    fields = ("tenant", "payments_count", "gross_yen", "commission_yen", "passed_yen", "net_yen")
    ordering = ("tenant__code",)


class PayoutInline(LinesInline):
    model = Payout
    fields = ("amount_yen", "pays_on", "status")
    ordering = ("proposed_at",)


@admin.register(Contract, site=site)
class ContractAdmin(RowsAdmin):
    list_display = ("owner", "number", "starts_on", "ends_on", "plan", "connection", "cycle")
    list_filter = ("plan", "cycle", "owner__is_test")
    list_select_related = ("owner",)
    ordering = ("owner__code", "-number")
    adding = ContractForm
    adding_lead = (
        "契約は書き換えず、適用開始日から新しい内容に切り替えます。"
        "サイクルとプランは、明日以降の精算期間の初日から変更できます。"
    )

    steps = (
        Step(
            "end",
            "契約を終了する",
            _end_contract,
            offered=lambda contract: not contract.owner.is_test and contract.ends_on is None,
            form=LastDayForm,
            asks="最終日は締日になります。その後は、未精算のものが残るあいだだけ精算を続けます。"
            "先の日付で登録した変更は無効になります。",
        ),
    )

    def add(self, _request: HttpRequest, words: dict[str, Any]) -> tuple[Model, Done]:
        contract = change_contract(words["owner"], terms_of_words(words))
        return contract, Done(f"{contract.starts_on:%Y/%m/%d} からの契約を登録しました。")


@admin.register(Statement, site=site)
class StatementAdmin(RowsAdmin):
    list_display = ("owner", "closes_on", "stated_on", "gross_yen", "payout_yen", "pays_on")
    list_filter = ("closes_on",)
    search_fields = ("owner__name", "owner__code")
    list_select_related = ("owner",)
    ordering = ("-closes_on", "owner__code")
    inlines = (LineInline, ShareInline, PayoutInline)

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Statement | None:
        """Show also what does not sum, to those who have to mend it, and say so."""
        found: Statement | None = super().get_object(request, object_id, from_field)
        if found is not None:
            try:
                whole_of(found)
            except DoesNotSum as refused:
                told = f"この精算書は合計が一致しません（{refused.code}）。"
                messages.error(request, f"{told}オーナーには表示されません。")
        return found


@admin.register(Payout, site=site)
class PayoutAdmin(MoneyShown, RowsAdmin):
    list_before_template = "back_office/money_list.html"
    change_form_outer_before_template = "back_office/money_steps.html"
    list_display = ("owner", "amount_yen", "pays_on", "status", "approved_by", "exported_by")
    list_filter = ("status", "pays_on")
    search_fields = ("owner__name", "owner__code")
    list_select_related = ("owner", "approved_by", "exported_by")
    ordering = ("-proposed_at",)
    inlines = (MoveInline, HoldInline)
    first_shown = ("paid_into", "frozen")
    list_steps = (
        Step(
            "export",
            "振込ファイルを作る",
            _export,
            asks="承認済の入金のうち、いちばん早い入金日の分をひとつのファイルにします。"
            "承認した人は作れません。",
        ),
    )
    steps = (
        Step(
            "approve",
            "承認する",
            _approve,
            offered=_is(Status.PROPOSED),
            roles=APPROVING,
            form=ApprovalForm,
            first=_seen,
            asks="この金額・入金日・口座を承認します。振込ファイルは別の人が作ります。",
        ),
        Step(
            "hold",
            "支払を保留する",
            _hold,
            offered=_is(Status.PROPOSED),
            roles=_WRITING,
            form=ReasonForm,
        ),
        Step("release", "保留を解く", _release, offered=_is(Status.HELD), roles=_WRITING),
        Step(
            "withdraw", "承認を取り下げる", _withdraw, offered=_is(Status.APPROVED), roles=_WRITING
        ),
        Step(
            "paid",
            "入金済にする",
            _paid,
            offered=_is(Status.EXPORTED),
            roles=_WRITING,
            form=PaidForm,
        ),
        Step(
            "returned",
            "振込不能にする",
            _returned,
            offered=_is(Status.EXPORTED, Status.PAID),
            roles=_WRITING,
            form=ReasonForm,
        ),
        Step("reissue", "再発行する", _reissue, offered=_waits_to_be_reissued, roles=_WRITING),
    )

    @admin.display(description="入金口座（現在）")
    def paid_into(self, payout: Payout) -> str:
        return _account_words(payee_of(payout.owner_id))

    @admin.display(description="凍結")
    def frozen(self, payout: Payout) -> str:
        stands = standing_freezes().filter(Q(owner=None) | Q(owner=payout.owner_id))
        return "、".join(str(freeze) for freeze in stands) or "なし"


@admin.register(BankFile, site=site)
class BankFileAdmin(RowsAdmin):
    list_display = ("name", "pays_on", "count", "total_yen", "exported_by", "download")
    list_select_related = ("exported_by",)
    ordering = ("-exported_at",)
    hidden = ("content",)
    first_shown = ("download",)

    def get_urls(self) -> list[URLPattern]:
        own = path(
            "<uuid:file_id>/content",
            self.admin_site.admin_view(self.content_view),
            name="settlement_bankfile_content",
        )
        return [own, *super().get_urls()]

    def content_view(self, request: HttpRequest, file_id: Any) -> HttpResponse:
        """Give out the file byte for byte as it was written; its history says to whom and when."""
        found = get_object_or_404(BankFile, pk=file_id)
        self.log_change(request, found, "ダウンロード")
        answer = HttpResponse(bytes(found.content), "application/octet-stream")
        answer["Content-Disposition"] = f'attachment; filename="{found.name}"'
        return answer

    @admin.display(description="ダウンロード")
    def download(self, written: BankFile) -> SafeString:
        address = reverse("admin:settlement_bankfile_content", args=[written.pk])
        return format_html('<a href="{}">{}</a>', address, "ダウンロード")


site.register(Payee, PayeeAdmin)
site.register(PayoutFreeze, FreezeAdmin)
site.register(RefundRequest, RefundRequestAdmin)
site.register(ChainFile, ChainFileAdmin)
site.register(ChainFileRecord, ChainFileRecordAdmin)
# To confirm by hand is settlement's to do, so billing's page of a case gets these steps from here.
CaseAdmin.steps = (*CaseAdmin.steps, *case_steps())
