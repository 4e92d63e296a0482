"""カード発行依頼, in the back office: all orders to look at, and the centre's own for stores."""

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from billing.services.batches import BatchAsked, Paper, order_batch, pause_batch, resume_batch
from billing.tasks import ring_printer
from cards.models import Batch, BatchFile, Kind
from smartpit.edge.back_office import Done, RowsAdmin, Step
from tenants.access import CENTRE
from tenants.models import Staff

LEAFLET = "leaflet"


class LeafletForm(forms.Form):
    """店頭用リーフレット: how many standard cards are printed for stores to hand out."""

    count = forms.IntegerField(label="枚数", min_value=1, max_value=100_000, initial=1_000)
    part_cards = forms.IntegerField(
        label="1ファイルの枚数", min_value=1, max_value=10_000, initial=500
    )
    reason = forms.CharField(label="理由", max_length=200, required=False)


def _pause(_request: HttpRequest, batch: Batch, _words: dict[str, Any]) -> Done:
    pause_batch(CENTRE, str(batch.pk))
    return Done("作成を一時停止しました。")


def _resume(_request: HttpRequest, batch: Batch, _words: dict[str, Any]) -> Done:
    resume_batch(CENTRE, str(batch.pk))
    ring_printer(batch.pk)
    return Done("続きから再開しました。")


class BatchAdmin(RowsAdmin):
    list_display = ("ordered_at", "owner", "kind", "file_name", "status", "done", "total")
    list_filter = ("status", "kind")
    list_select_related = ("owner",)
    ordering = ("-ordered_at",)
    hidden = ("member_file", "mapping", "fallbacks", "profile", "errors", "design_version")
    first_shown = ("printed_files", "version_printed")
    adding = LeafletForm
    adding_lead = (
        "スタンダードカードの番号を割り当て、支払い方法のリーフレットとともに印刷します。"
        "番号はどのオーナー企業の請求にも使えます。"
    )
    steps = (
        Step(
            "pause",
            "一時停止",
            _pause,
            offered=lambda batch: batch.status in (Batch.Status.ORDERED, Batch.Status.PRINTING),
        ),
        Step(
            "resume",
            "続きから再開",
            _resume,
            offered=lambda batch: batch.status == Batch.Status.PAUSED,
        ),
    )

    def add(self, request: HttpRequest, words: dict[str, Any]) -> tuple[Model, Done]:
        asked = BatchAsked(
            count=words["count"],
            kind=Kind.STANDARD,
            paper=Paper(LEAFLET, part_cards=words["part_cards"]),
            reason=words["reason"],
            ordered_by=cast("Staff", request.user),
        )
        batch = order_batch(CENTRE, asked)
        ring_printer(batch.pk)
        return batch, Done(f"スタンダードカード {batch.total:,}枚の印刷を始めました。")

    def get_urls(self) -> list[URLPattern]:
        served = self.admin_site.admin_view(require_safe(_file))
        return [path("files/<int:file_id>", served, name="cards_batch_file"), *super().get_urls()]

    @admin.display(description="印刷ファイル")
    def printed_files(self, batch: Batch) -> SafeString | str:
        """Link to the files of the centre's own orders; an owner's cards are the owner's."""
        if batch.owner_id is not None or batch.status != Batch.Status.PRINTED:
            return "—"
        files = batch.files.defer("pdf").order_by("name")
        return format_html_join(
            format_html("<br>"),
            '<a href="{}">{}</a>（{}ページ）',
            (
                (reverse("admin:cards_batch_file", args=[file.pk]), file.name, file.pages)
                for file in files
            ),
        )

    @admin.display(description="デザインの版")
    def version_printed(self, batch: Batch) -> str:
        return str(batch.design_version or "—")


def _file(_request: HttpRequest, file_id: int) -> HttpResponse:
    """Give out a file of the centre's own order."""
    own = BatchFile.objects.filter(owner=None, batch__status=Batch.Status.PRINTED)
    found = get_object_or_404(own, pk=file_id)
    answer = HttpResponse(bytes(found.pdf), "application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{found.name}"'
    return answer
