"""デザインの版, in the back office: what owners print, and the proofs the centre approves."""

from typing import Any, Final, cast

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from cards.models import Design, DesignVersion
from cards.printing.layout import read_layout
from cards.printing.render import preview
from cards.selectors import artworks_of
from cards.services.designs import approve_proof
from cards.web.samples import sample_face
from smartpit.edge.back_office import Done, RowsAdmin, Step
from tenants.access import Scope
from tenants.models import Staff

_SIDES: Final = ("front", "back")
_DPI: Final = 150


class ProofForm(forms.Form):
    note = forms.CharField(label="メモ", max_length=200, required=False)


def _approve(request: HttpRequest, version: DesignVersion, words: dict[str, Any]) -> Done:
    approve_proof(version, approved_by=cast("Staff", request.user), note=words["note"])
    return Done(f"{version} の校正を承認しました。")


def _awaits_proof(version: DesignVersion) -> bool:
    return version.design.medium == Design.Medium.PET and not hasattr(version, "approval")


class DesignVersionAdmin(RowsAdmin):
    list_display = ("made_at", "owner", "design_name", "version", "maker", "proof")
    list_filter = ("design__medium",)
    list_select_related = ("owner", "design", "made_by", "approval")
    search_fields = ("design__code", "design__name")
    ordering = ("-made_at",)
    hidden = ("layout", "design", "made_by")
    first_shown = ("pictures", "proof", "design_name", "maker")
    steps = (
        Step(
            "approve",
            "校正を承認",
            _approve,
            offered=_awaits_proof,
            form=ProofForm,
            asks="刷り上がりの校正を確認しましたか？"
            "承認すると、オーナーはこの版のPETカードを発行できます。",
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[DesignVersion]:
        rows: QuerySet[DesignVersion] = super().get_queryset(request)
        return rows.select_related("design", "approval")

    def get_urls(self) -> list[URLPattern]:
        served = self.admin_site.admin_view(require_safe(_picture))
        own = path("<int:pk>/pictures/<slug:side>", served, name="cards_designversion_picture")
        return [own, *super().get_urls()]

    @admin.display(description="デザイン")
    def design_name(self, version: DesignVersion) -> str:
        return version.design.name

    @admin.display(description="作成者")
    def maker(self, version: DesignVersion) -> str:
        return version.made_by.name if version.made_by else "センター"

    @admin.display(description="校正")
    def proof(self, version: DesignVersion) -> str:
        if version.design.medium != Design.Medium.PET:
            return "—"
        return "要確認" if _awaits_proof(version) else "承認済み"

    @admin.display(description="券面")
    def pictures(self, version: DesignVersion) -> SafeString:
        shown = _SIDES if version.layout.get("back") else _SIDES[:1]
        links = [
            reverse("admin:cards_designversion_picture", args=[version.pk, it]) for it in shown
        ]
        parts = [
            format_html('<img src="{}" alt="" style="max-width:22rem;margin:.25rem">', link)
            for link in links
        ]
        return SafeString("".join(parts))


def _picture(_request: HttpRequest, pk: int, side: str) -> HttpResponse:
    """Draw a side of a version, as its owner sees it."""
    if side not in _SIDES:
        raise Http404
    found = get_object_or_404(DesignVersion.objects.select_related("owner"), pk=pk)
    layout = read_layout(found.layout)
    artworks = artworks_of(Scope(owner_id=found.owner_id), layout)
    face = sample_face(found.owner, "short")
    png = preview(
        layout, artworks, face, side="back" if side == "back" else "front", dpi=_DPI,
        with_bleed=False,
    )  # fmt: skip
    return HttpResponse(png, "image/png")
