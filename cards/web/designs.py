"""デザイン: an owner's designs, the editor of one, and its versions."""

from typing import Any, Final
from uuid import UUID

from django import forms
from django.db.models import Count, Max, Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cards.models import Batch, Design, DesignVersion
from cards.printing.beginnings import BEGINNINGS, beginning
from cards.printing.boxes import width_of_element
from cards.printing.geometry import BLEED_MM, CARD_CORNER_MM
from cards.printing.layout import SIZES_MM, Barcode, Medium, Symbology, read_layout
from cards.printing.safety.thresholds import PRINTER_DPIS, SAFE_ZONE_MM
from cards.refusals import UnknownDesign
from cards.selectors import design_of, designs_of, newest_version
from cards.services.designs import DesignAsked, LayoutSaved, make_design, save_design
from cards.web.drawing import picture_of
from cards.web.samples import SAMPLES
from smartpit.edge.pages import CODE_FAULT, obeyed, page_of, pressed
from tenants.access import Scope
from tenants.web.gates import StaffRequest

# Addresses beside a design's own: a design of such a code could not be opened.
_RESERVED: Final = ("new", "artworks", "printers")
_ANY_ARTWORK: Final = UUID(int=0)
# Whole dots of a 300 dpi printer, rounded up to a thousandth so that none is a hair too narrow.
_MODULE_CHOICES_MM: Final = (0.339, 0.424, 0.508, 0.593)


class NewDesignForm(forms.Form):
    name = forms.CharField(label="名称", max_length=60, help_text="例: 学生証 2026")
    code = forms.SlugField(
        label="コード",
        max_length=40,
        error_messages=CODE_FAULT,
        help_text="半角の英数字とハイフン。発行依頼や連携システムでこのデザインを指すときに使います。",
    )
    medium = forms.ChoiceField(label="媒体", choices=Design.Medium.choices)
    start = forms.ChoiceField(
        label="はじめの形",
        choices=[(one.code, one.name) for one in BEGINNINGS],
        widget=forms.RadioSelect,
        initial="empty",
    )

    def clean_code(self) -> str:
        code = str(self.cleaned_data["code"])
        if code in _RESERVED:
            raise forms.ValidationError("このコードは使えません。")
        return code


@require_safe
def designs(request: StaffRequest, scope: Scope) -> HttpResponse:
    rows = designs_of(scope).annotate(
        newest=Max("versions__version"),
        orders=Count("versions__batches", filter=_placed("versions__batches"), distinct=True),
    )
    page = page_of(request, rows)
    latest = DesignVersion.objects.filter(design__in=list(page)).order_by("design", "-version")
    by_design = {
        one.design_id: one
        for one in latest.distinct("design").select_related("made_by", "approval")
    }
    cards = [(row, by_design[row.pk], _is_unapproved(row, by_design[row.pk])) for row in page]
    return render(request, "dashboard/cards/designs.html", {"page": page, "cards": cards})


@require_http_methods(["GET", "POST"])
def make(request: StaffRequest, scope: Scope) -> HttpResponse:
    form = NewDesignForm(request.POST or None)
    made = obeyed(form, lambda words: make_design(scope, _asked(request, words)))
    if made is None:
        words = {"form": form, "beginnings": BEGINNINGS}
        return render(request, "dashboard/cards/new_design.html", words)
    return redirect("dashboard:design", code=made.design.code)


@require_safe
def editor(request: StaffRequest, scope: Scope, code: str) -> HttpResponse:
    design = _design(scope, code)
    version = newest_version(design)
    words = {
        "design": design,
        "version": version,
        "samples": SAMPLES,
        "printer_dpis": PRINTER_DPIS,
        "is_unapproved": _is_unapproved(design, version),
        "words": _editor_words(request, design, version),
    }
    return render(request, "dashboard/cards/editor.html", words)


@require_safe
def versions(request: StaffRequest, scope: Scope, code: str) -> HttpResponse:
    design = _design(scope, code)
    orders = Count("batches", filter=_placed("batches"))
    rows = design.versions.select_related("made_by", "approval").annotate(orders=orders)
    page = page_of(request, rows.order_by("-version"))
    words = {"design": design, "page": page, "newest": newest_version(design).version}
    return render(request, "dashboard/cards/versions.html", words)


@require_safe
def version(request: StaffRequest, scope: Scope, code: str, number: int) -> HttpResponse:
    found = _version(scope, code, number)
    layout = read_layout(found.layout)
    words = {
        "design": found.design,
        "version": found,
        "newest": newest_version(found.design).version,
        "sides": [("front", "表面")] + ([("back", "裏面")] if layout.back else []),
        "orders": found.batches.exclude(status=Batch.Status.DRAFT).count(),
        "is_unapproved": _is_unapproved(found.design, found),
    }
    return render(request, "dashboard/cards/version.html", words)


@require_safe
def picture(request: StaffRequest, scope: Scope, code: str, number: int) -> HttpResponse:
    return picture_of(request, scope, read_layout(_version(scope, code, number).layout))


@require_POST
def restore(request: StaffRequest, scope: Scope, code: str, number: int) -> HttpResponse:
    """Save an older version as the next one; what was printed with the others stays as it is."""
    found = _version(scope, code, number)
    opened = newest_version(found.design).version
    return pressed(
        request,
        lambda: save_design(scope, code, LayoutSaved(found.layout, opened, request.user)),
        done=f"版{number} の内容を新しい版として保存しました。",
        to=reverse("dashboard:design_versions", args=[code]),
    )


def _asked(request: StaffRequest, words: dict[str, Any]) -> DesignAsked:
    layout = beginning(words["start"], Medium(words["medium"]))
    return DesignAsked(
        words["code"], words["name"], words["medium"], layout.document(), request.user
    )


def _editor_words(request: StaffRequest, design: Design, version: DesignVersion) -> dict[str, Any]:
    """Return what the editor's script works from."""
    width, height = SIZES_MM[Medium(design.medium)]
    at = {"code": design.code}
    return {
        "layout": version.layout,
        "version": version.version,
        "mayChange": request.gate.may_change,
        "card": {
            "width": width,
            "height": height,
            "bleed": BLEED_MM,
            "safe": SAFE_ZONE_MM,
            "corner": 0 if design.medium == Medium.POSTCARD else CARD_CORNER_MM,
            "modules": {one.value: _modules(one) for one in Symbology},
            "moduleChoices": _MODULE_CHOICES_MM,
        },
        "urls": {
            "preview": reverse("dashboard:draw_design", kwargs=at),
            "check": reverse("dashboard:check_design", kwargs=at),
            "save": reverse("dashboard:save_design", kwargs=at),
            "artworks": reverse("dashboard:artworks"),
            "artwork": reverse("dashboard:artwork", args=[_ANY_ARTWORK]),
            "artworkWord": str(_ANY_ARTWORK),
        },
    }


def _modules(symbology: Symbology) -> float:
    """Return how many modules wide a barcode is, quiet zones included."""
    bars = Barcode(id="any", x=0, y=0, height=10, symbology=symbology, module_mm=1)
    return width_of_element(bars)


def _design(scope: Scope, code: str) -> Design:
    try:
        return design_of(scope, code)
    except UnknownDesign:
        raise Http404 from None


def _placed(batches: str) -> Q:
    """Leave drafts out: nothing was ordered by looking at a dry run."""
    return ~Q(**{f"{batches}__status": Batch.Status.DRAFT})


def _version(scope: Scope, code: str, number: int) -> DesignVersion:
    rows = DesignVersion.objects.select_related("design", "made_by")
    return scope.get(rows, design=_design(scope, code), version=number)


def _is_unapproved(design: Design, version: DesignVersion) -> bool:
    """Tell whether the centre must still look at a proof of this version (要確認)."""
    return design.medium == Design.Medium.PET and not hasattr(version, "approval")
