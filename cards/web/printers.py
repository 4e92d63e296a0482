"""プリンター設定: an owner's paper and margins, with a picture of the sheet that comes out."""

from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cards.models import PrinterProfile
from cards.printing.geometry import CARD_HEIGHT_MM, CARD_WIDTH_MM
from cards.printing.profiles import PROFILES, Duplex, Profile, places_of, read_profile
from cards.services.designs import keep_profile, remove_profile
from cards.web.sheet_picture import sheet_picture
from smartpit.edge.pages import CODE_FAULT, obeyed, pressed
from smartpit.kernel.errors import Malformed
from tenants.access import Scope
from tenants.services import CodeTaken
from tenants.web.gates import StaffRequest

_MM: Final = {"min_value": 0, "max_value": 1000}
_DUPLEX: Final = (
    (Duplex.NONE.value, "片面"),
    (Duplex.LONG_EDGE.value, "両面（長辺とじ）"),
    (Duplex.SHORT_EDGE.value, "両面（短辺とじ）"),
)
_ORIGINAL: Final = "a4"
_WHYS: Final = {
    "paper_too_narrow": "面が用紙の幅に収まりません。",
    "paper_too_low": "面が用紙の高さに収まりません。",
    "minimum": "小さすぎます。",
    "maximum": "大きすぎます。",
    "pattern": "半角の英小文字・数字・ハイフンで入力してください。",
}
MM_FIELDS: Final = (
    "paper_width_mm", "paper_height_mm", "cell_width_mm", "cell_height_mm", "margin_left_mm",
    "margin_top_mm", "gap_x_mm", "gap_y_mm", "bleed_mm",
)  # fmt: skip


def _mm(label: str, **words: Any) -> forms.FloatField:
    widget = forms.NumberInput(attrs={"step": "any", "inputmode": "decimal"})
    return forms.FloatField(label=label, widget=widget, **(_MM | words))


class PrinterForm(forms.Form):
    name = forms.CharField(label="名称", max_length=60, help_text="例: 事務室の複合機（A4）")
    code = forms.SlugField(
        label="コード",
        max_length=40,
        error_messages=CODE_FAULT,
        help_text="半角の英数字とハイフン。登録したあとは変えられません。",
    )
    paper_width_mm = _mm("用紙の幅", min_value=50)
    paper_height_mm = _mm("用紙の高さ", min_value=50)
    columns = forms.IntegerField(label="横の面数", min_value=1, max_value=20)
    rows = forms.IntegerField(label="縦の面数", min_value=1, max_value=40)
    cell_width_mm = _mm("1面の幅", min_value=40, max_value=320)
    cell_height_mm = _mm("1面の高さ", min_value=40, max_value=320)
    margin_left_mm = _mm("左の余白", max_value=500)
    margin_top_mm = _mm("上の余白", max_value=500)
    gap_x_mm = _mm("面の間（横）", max_value=100)
    gap_y_mm = _mm("面の間（縦）", max_value=100)
    bleed_mm = _mm("塗り足し", max_value=10)
    duplex = forms.ChoiceField(label="両面印刷", choices=_DUPLEX)
    crop_marks = forms.BooleanField(label="トンボを付ける", required=False)
    outline = forms.BooleanField(label="仕上がりの線を印刷する（手で切るとき）", required=False)

    def document(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


@require_safe
def printers(request: StaffRequest, scope: Scope) -> HttpResponse:
    own = scope.rows(PrinterProfile.objects.all()).order_by("name", "pk")
    words = {
        "own": [(row, _pictured(read_profile(row.document))) for row in own],
        "built_in": [(profile, _pictured(profile)) for profile in PROFILES.values()],
    }
    return render(request, "dashboard/cards/printers.html", words)


@require_http_methods(["GET", "POST"])
def keep(request: StaffRequest, scope: Scope) -> HttpResponse:
    """Enter a printer; it begins as the sheet most offices buy."""
    first = PROFILES[_ORIGINAL].document() | {"code": "", "name": ""}
    form = PrinterForm(request.POST or None, initial=first)
    return _answered(request, form, lambda words: _kept_new(scope, words), "プリンターを登録")


@require_http_methods(["GET", "POST"])
def change(request: StaffRequest, scope: Scope, printer: str) -> HttpResponse:
    kept = scope.get(PrinterProfile.objects.all(), code=printer)
    form = PrinterForm(request.POST or None, initial=kept.document | {"code": kept.code})
    form.fields["code"].disabled = True
    return _answered(request, form, lambda words: _kept(scope, words), kept.name)


@require_POST
def remove(request: StaffRequest, scope: Scope, printer: str) -> HttpResponse:
    kept = scope.get(PrinterProfile.objects.all(), code=printer)
    to = reverse("dashboard:printers")
    return pressed(
        request,
        lambda: remove_profile(scope, kept.code),
        done=f"{kept.name} を削除しました。",
        to=to,
    )


def _answered(request: StaffRequest, form: PrinterForm, act: Any, title: str) -> HttpResponse:
    """Keep what the form says; its other button only draws the sheet anew."""
    is_asked = "keep" in request.POST
    if is_asked and obeyed(form, act) is not None:
        messages.success(request, "プリンター設定を保存しました。")
        return redirect("dashboard:printers")
    shown = dict(form.initial) if request.method == "GET" else _shown(form)
    words = {"form": form, "title": title, "picture": _drawn(shown), "mm_fields": MM_FIELDS}
    return render(request, "dashboard/cards/printer.html", words)


def _shown(form: PrinterForm) -> dict[str, Any] | None:
    return form.document() if form.is_valid() else None


def _kept_new(scope: Scope, words: dict[str, Any]) -> PrinterProfile:
    code = words["code"]
    taken = scope.rows(PrinterProfile.objects.filter(code=code)).exists()
    if taken or code in PROFILES:
        raise CodeTaken
    return _kept(scope, words)


def _kept(scope: Scope, words: dict[str, Any]) -> PrinterProfile:
    try:
        return keep_profile(scope, words["code"], words)
    except Malformed as refused:
        errors = [_at_the_field(error) for error in refused.extra["errors"]]
        raise Malformed(errors) from None


def _at_the_field(error: dict[str, str]) -> dict[str, str]:
    code = error.get("code", "")
    said = {"field": error.get("field", "").removeprefix("$."), "code": code}
    return said | ({"code": "", "detail": _WHYS[code]} if code in _WHYS else {})


def _pictured(profile: Profile) -> dict[str, Any]:
    card = min(CARD_WIDTH_MM, profile.cell_width_mm), min(CARD_HEIGHT_MM, profile.cell_height_mm)
    size = (
        card
        if profile.cell_height_mm < profile.cell_width_mm
        else (
            profile.cell_width_mm,
            profile.cell_height_mm,
        )
    )
    return sheet_picture(profile, places_of(profile, size), size)


def _drawn(document: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return the picture of what a form says so far, or none where it makes no sheet."""
    if document is None:
        return None
    try:
        return _pictured(read_profile(document | {"code": "shown", "name": "shown"}))
    except Malformed:
        return None
