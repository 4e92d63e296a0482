"""入金 in the back office: chains' terms, what shall come, the bank's statement, its lines."""

import unicodedata
from collections.abc import Callable
from typing import Any, cast

from django import forms
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from billing.models import Chain
from settlement.bank_statement import StatementUnreadable
from settlement.bank_statement_reader import read_statement_file
from settlement.models import (
    CUT_OFFS,
    BankEntry,
    BankFile,
    BankStatement,
    EntryRuling,
    Payout,
    Remittance,
    RemittanceTerms,
)
from settlement.money_in import money_position
from settlement.services.bank_rulings import (
    rule_as_own,
    rule_as_remittance,
    rule_as_returned,
    rule_as_transfers,
)
from settlement.services.bank_statements import StatementSent, take_bank_statement
from settlement.services.remittances import (
    AFTER_DAYS_MAX,
    PAYMENT_FEE_YEN_MAX,
    TRANSFER_FEE_YEN_MAX,
    TermsAgreed,
    agree_remittance,
)
from smartpit.edge.back_office import (
    APPROVING,
    OPERATING,
    Done,
    LinesInline,
    RowsAdmin,
    Step,
    site,
)
from tenants.models import Staff

_WRITING = APPROVING | OPERATING
FILE_BYTES_MAX = 20_000_000
_LIVE = Chain.objects.filter(is_test=False).order_by("pk")


class MoneyShown:
    """Pages that show beside their rows where the money stands."""

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        words = {"money": money_position(), **(extra_context or {})}
        shown: Any = super()
        answer: HttpResponse = shown.change_view(request, object_id, form_url, words)
        return answer

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        words = {"money": money_position(), **(extra_context or {})}
        shown: Any = super()
        answer: HttpResponse = shown.changelist_view(request, words)
        return answer


class RemittanceTermsForm(forms.Form):
    chain = forms.ModelChoiceField(label="チェーン", queryset=_LIVE)
    starts_on = forms.DateField(label="適用開始日", widget=forms.DateInput(attrs={"type": "date"}))
    cut_off = forms.ChoiceField(label="締め", choices=CUT_OFFS)
    after_days = forms.IntegerField(
        label="締めから入金までの日数",
        min_value=1,
        max_value=AFTER_DAYS_MAX,
        help_text="銀行休業日なら次の営業日",
    )
    payment_fee_yen = forms.IntegerField(
        label="手数料（1件、円）", min_value=0, max_value=PAYMENT_FEE_YEN_MAX, initial=0
    )
    transfer_fee_yen = forms.IntegerField(
        label="手数料（1入金、円）", min_value=0, max_value=TRANSFER_FEE_YEN_MAX, initial=0
    )
    sender_kana = forms.CharField(label="振込依頼人名（カナ）", max_length=60)
    sender_code = forms.CharField(label="振込依頼人コード", max_length=10, required=False)

    def clean_sender_code(self) -> str:
        code = unicodedata.normalize("NFKC", self.cleaned_data["sender_code"])
        if code and not (code.isascii() and code.isdecimal()):
            raise forms.ValidationError("数字10桁までで入力してください。")
        return code


class StatementForm(forms.Form):
    """The bank's file; what cannot be read says which record is wrong, before anything is done."""

    file = forms.FileField(label="入出金取引明細ファイル")

    def clean_file(self) -> Any:
        sent = self.cleaned_data["file"]
        if sent.size > FILE_BYTES_MAX:
            raise forms.ValidationError("20MBまでのファイルを選んでください。")
        try:
            read_statement_file(sent.read())
        except StatementUnreadable as refused:
            raise forms.ValidationError(f"{refused.title}（{refused}）") from refused
        sent.seek(0)
        return sent


class ReasonForm(forms.Form):
    reason = forms.CharField(label="理由", max_length=200)


class ChainForm(ReasonForm):
    chain = forms.ModelChoiceField(label="チェーン", queryset=_LIVE)
    field_order = ("chain", "reason")


class ReturnedForm(ReasonForm):
    payout = forms.ModelChoiceField(
        label="精算入金",
        queryset=Payout.objects.filter(status__in=["paid", "returned"], ruling=None)
        .select_related("owner")
        .order_by("-pays_on"),
    )
    field_order = ("payout", "reason")


class TransfersForm(ReasonForm):
    bank_file = forms.ModelChoiceField(
        label="振込ファイル",
        queryset=BankFile.objects.filter(ruling=None).defer("content").order_by("-pays_on"),
    )
    field_order = ("bank_file", "reason")


class RulingInline(LinesInline):
    model = EntryRuling
    verbose_name_plural = "消込"
    fields = ("kind", "chain", "difference_yen", "ruled_on", "ruled_by", "reason")


class RemittanceTermsAdmin(RowsAdmin):
    list_display = (
        "chain", "number", "starts_on", "cut_off", "after_days", "payment_fee_yen",
        "transfer_fee_yen", "sender_kana",
    )  # fmt: skip
    list_select_related = ("chain",)
    ordering = ("chain", "-number")
    adding = RemittanceTermsForm
    adding_roles = _WRITING
    adding_lead = "入金条件は書き換えず、期間の初日から新しい条件に切り替えます。"

    def add(self, request: HttpRequest, words: dict[str, Any]) -> tuple[Model, Done]:
        chain = words.pop("chain")
        terms = agree_remittance(cast("Staff", request.user), chain, TermsAgreed(**words))
        return terms, Done(f"{chain.name} の入金条件を登録しました。")


class RemittanceAdmin(RowsAdmin):
    list_display = (
        "chain", "cut_off", "remits_on", "payments_count", "gross_yen", "fee_yen", "amount_yen",
        "came",
    )  # fmt: skip
    list_filter = ("chain",)
    list_select_related = ("chain", "receipt__ruling__entry")
    ordering = ("-remits_on", "chain")
    first_shown = ("came",)

    def came(self, remittance: Remittance) -> str:
        receipt = getattr(remittance, "receipt", None)
        if receipt is not None:
            return f"{receipt.ruling.entry.day:%Y/%m/%d} 入金済"
        return "未入金" if remittance.amount_yen else "入金なし"

    came.short_description = "入金"  # type: ignore[attr-defined]


class BankStatementAdmin(MoneyShown, RowsAdmin):
    list_display = (
        "name", "first_day", "last_day", "entries_count", "new_count", "closing_yen", "taken_by",
        "taken_at",
    )  # fmt: skip
    list_select_related = ("taken_by",)
    list_before_template = "back_office/money_list.html"
    ordering = ("-taken_at", "-part")
    hidden = ("content",)
    first_shown = ("download",)
    adding = StatementForm
    adding_roles = _WRITING
    adding_lead = (
        "銀行の入出金取引明細（全銀協規定形式、200バイト）を選んでください。"
        "同じ日を含むファイルを重ねて取り込んでも、明細は二重になりません。"
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("content")

    def get_urls(self) -> list[URLPattern]:
        own = path(
            "<uuid:statement_id>/content",
            self.admin_site.admin_view(self.content_view),
            name="settlement_bankstatement_content",
        )
        return [own, *super().get_urls()]

    def content_view(self, _request: HttpRequest, statement_id: Any) -> HttpResponse:
        """Give out the file byte for byte as it came."""
        found = get_object_or_404(BankStatement, pk=statement_id)
        answer = HttpResponse(bytes(found.content), "application/octet-stream")
        answer["Content-Disposition"] = 'attachment; filename="meisai.txt"'
        return answer

    def download(self, statement: BankStatement) -> SafeString:
        address = reverse("admin:settlement_bankstatement_content", args=[statement.pk])
        return format_html('<a href="{}">{}</a>', address, "ダウンロード")

    download.short_description = "ファイル"  # type: ignore[attr-defined]

    def add(self, request: HttpRequest, words: dict[str, Any]) -> tuple[Model, Done]:
        sent = words["file"]
        staff = cast("Staff", request.user)
        taken = take_bank_statement(StatementSent(sent.name, sent.read(), staff))
        again = "取込済みのファイルでした。" if taken.is_repeated else "取り込みました。"
        return taken.statements[-1], Done(f"{again} 新しい明細は {taken.new_count}件です。")


def _ruling(rule: Callable[..., EntryRuling], *named: str) -> Any:
    """Return the step that rules a line by one of the services, with the row chosen for it."""

    def act(request: HttpRequest, entry: BankEntry, words: dict[str, Any]) -> Done:
        chosen = [words[name] for name in named]
        ruling = rule(cast("Staff", request.user), entry.pk, *chosen, words["reason"])
        return Done(f"{ruling.get_kind_display()}として消し込みました。")

    return act


def _returned(staff: Staff, entry_id: int, payout: Payout, reason: str) -> EntryRuling:
    return rule_as_returned(staff, entry_id, payout.pk, reason)


def _waits(direction: str = "") -> Any:
    return lambda entry: (
        entry.direction == (direction or entry.direction) and not hasattr(entry, "ruling")
    )


class BankEntryAdmin(RowsAdmin):
    list_display = (
        "day", "direction", "amount_yen", "sender_kana", "summary", "ruled", "statement",
    )  # fmt: skip
    list_filter = ("direction", "ruling__kind")
    search_fields = ("sender_kana", "summary", "amount_yen")
    list_select_related = ("ruling__chain", "statement")
    ordering = ("-day", "-pk")
    first_shown = ("ruled",)
    inlines = (RulingInline,)
    steps = (
        Step(
            "remittance",
            "チェーンの入金とする",
            _ruling(rule_as_remittance, "chain"),
            offered=_waits("in"),
            roles=_WRITING,
            form=ChainForm,
            asks="金額の合う入金予定があれば消し込み、店舗未収金を減らします。元に戻せません。",
        ),
        Step(
            "returned",
            "振込不能・組戻しとする",
            _ruling(_returned, "payout"),
            offered=_waits("in"),
            roles=_WRITING,
            form=ReturnedForm,
            asks="同じ金額の精算入金が振込不能になり、オーナーへの未払に戻ります。元に戻せません。",
        ),
        Step(
            "transfers",
            "総合振込とする",
            _ruling(rule_as_transfers, "bank_file"),
            offered=_waits("out"),
            roles=_WRITING,
            form=TransfersForm,
            asks="合計額の同じ振込ファイルの精算入金が、入金済になります。元に戻せません。",
        ),
        Step(
            "own",
            "自己資金とする",
            _ruling(rule_as_own),
            offered=_waits(),
            roles=_WRITING,
            form=ReasonForm,
            asks="手数料・利息・資金の移動など、センター自身の入出金です。元に戻せません。",
        ),
    )

    def ruled(self, entry: BankEntry) -> str:
        ruling = getattr(entry, "ruling", None)
        if ruling is None:
            return "仮受（未消込）"
        return f"{ruling.get_kind_display()} {ruling.chain or ''}".strip()

    ruled.short_description = "消込"  # type: ignore[attr-defined]


site.register(RemittanceTerms, RemittanceTermsAdmin)
site.register(Remittance, RemittanceAdmin)
site.register(BankStatement, BankStatementAdmin)
site.register(BankEntry, BankEntryAdmin)
