"""確報ファイル in the back office: files, differences, the three-way match, and case steps."""

from collections.abc import Iterator
from typing import Any, ClassVar, cast

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from billing.models import Case, Chain, ChainFile, ChainFileDay, ChainFileRecord
from settlement.bank_differences import BANK_GUIDANCE, guided_as
from settlement.differences import GUIDANCE
from settlement.matching import days_of, last_days
from settlement.services.file_cases import Resolution, resolve_difference
from smartpit.edge.back_office import Done, LinesInline, RowsAdmin, Step
from smartpit.kernel import clock
from tenants.models import Staff

DAYS_SHOWN = 31


class NoteForm(forms.Form):
    note = forms.CharField(label="メモ", max_length=200, required=False)


class AnswerForm(forms.Form):
    note = forms.CharField(label="メモ（回答の内容）", max_length=200)


def case_steps() -> Iterator[Step]:
    """Yield, for each kind of difference, a button for each way in which it may end."""
    for kind, guidance in {**GUIDANCE, **BANK_GUIDANCE}.items():
        for place, (action, words) in enumerate(guidance.actions.items()):
            yield Step(
                f"{kind}-{action}",
                words,
                _resolving(action),
                offered=_is_open(kind),
                form=AnswerForm if action.startswith("asked_") else NoteForm,
                asks=guidance.why if place == 0 else "",
            )


def _resolving(action: str) -> Any:
    def act(request: HttpRequest, case: Case, words: dict[str, Any]) -> Done:
        asked = Resolution(action, words["note"])
        resolve_difference(cast("Staff", request.user), case.pk, asked)
        return Done("案件を処理済にしました。")

    return act


def _is_open(kind: str) -> Any:
    return lambda case: guided_as(case.kind, case.key) == kind and case.status == Case.Status.OPEN


class DayInline(LinesInline):
    model = ChainFileDay
    fields = ("business_date", "kind", "count", "amount_yen", "differences_count")
    ordering = ("-business_date", "kind")


class DifferenceInline(LinesInline):
    model = ChainFileRecord
    verbose_name_plural = "相違"
    fields = ("record", "kind", "store", "business_date", "receipt", "amount_yen", "reason")
    ordering = ("record",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ChainFileRecord]:
        """Show what disagrees: a file may hold a million records that do not."""
        rows: QuerySet[ChainFileRecord] = super().get_queryset(request)
        return rows.exclude(reason="")


class ChainFileAdmin(RowsAdmin):
    list_display = (
        "received_at", "chain", "name", "day", "records_count", "amount_yen", "confirmed_count",
        "reversed_count", "cases_count",
    )  # fmt: skip
    list_filter = ("chain",)
    search_fields = ("name",)
    list_select_related = ("chain",)
    ordering = ("-received_at",)
    hidden = ("answer",)
    first_shown: ClassVar[tuple[str, ...]] = ("days_link",)
    list_before_template = "back_office/chain_days_link.html"
    inlines = (DayInline, DifferenceInline)

    def get_urls(self) -> list[URLPattern]:
        own = path(
            "days/",
            self.admin_site.admin_view(require_safe(self.days_view)),
            name="billing_chainfile_days",
        )
        return [own, *super().get_urls()]

    def days_view(self, request: HttpRequest) -> HttpResponse:
        """Show a chain's last days: payments, files and books side by side."""
        chains = list(Chain.objects.order_by("is_test", "pk"))
        wanted = request.GET.get("chain")
        chain = next((one for one in chains if one.pk == wanted), chains[0] if chains else None)
        days = days_of(chain, *last_days(clock.business_date(), DAYS_SHOWN)) if chain else []
        words = {
            **self.admin_site.each_context(request),
            "title": "三者照合（収納・確報ファイル・帳簿）",
            "chains": chains,
            "chain": chain,
            "days": days,
            "opts": self.model._meta,
        }
        return render(request, "back_office/chain_days.html", words)

    @admin.display(description="三者照合")
    def days_link(self, file: ChainFile) -> SafeString:
        address = reverse("admin:billing_chainfile_days")
        return format_html('<a href="{}?chain={}">{}</a>', address, file.chain_id, "日ごとの照合")


class ChainFileRecordAdmin(RowsAdmin):
    """The records of all files, to find what a file said of one receipt."""

    list_display = (
        "business_date", "store", "terminal", "receipt", "kind", "amount_yen", "reason",
        "case_link",
    )  # fmt: skip
    list_filter = ("kind", "reason", "file__chain")
    search_fields = ("receipt", "store")
    list_select_related = ("file", "case")
    hidden = ("payment", "case")
    first_shown: ClassVar[tuple[str, ...]] = ("case_link", "payment_link")

    @admin.display(description="案件")
    def case_link(self, record: ChainFileRecord) -> SafeString:
        return _links("billing_case", [record.case_id], "案件を開く")

    @admin.display(description="収納")
    def payment_link(self, record: ChainFileRecord) -> SafeString:
        return _links("billing_payment", [record.payment_id], "収納を開く")


def _links(model: str, keys: list[Any], word: str) -> SafeString:
    there = [(reverse(f"admin:{model}_change", args=[key]), word) for key in keys if key]
    return format_html_join(" ", '<a href="{}">{}</a>', there)
