"""The editor's own calls: what is printed, what would not print safely, save, artwork."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cards.artwork.artwork import BYTES_MAX, TooLarge
from cards.models import ArtworkFile
from cards.printing.layout import Layout, read_layout
from cards.printing.render import preview
from cards.printing.safety import findings
from cards.printing.safety.thresholds import PRINTER_DPIS
from cards.selectors import artwork_files_of, artworks_of, design_of
from cards.services.designs import LayoutSaved, keep_artwork, save_design
from cards.web.answers import as_json, body_of, refusal
from cards.web.samples import sample_face, sample_url
from smartpit.edge.forms import Whole, read
from smartpit.kernel.errors import Malformed
from tenants.access import NotAllowed, Scope
from tenants.models import Owner
from tenants.web.gates import StaffRequest

DPI_MIN, DPI_MAX = 72, 300
ARTWORKS_SHOWN = 200
_DPI_USUAL = 150
_DPI_CHECKED = 300
_OPENED_VERSION = {"opened_version": Whole(low=1)}


@require_POST
@as_json
def draw(request: StaffRequest, scope: Scope, code: str) -> HttpResponse:
    """Draw the layout sent, as the press would, with its bleed."""
    design_of(scope, code)
    return _read(request, lambda layout: _picture(request, scope, layout))


@require_POST
@as_json
def check(request: StaffRequest, scope: Scope, code: str) -> HttpResponse:
    """Tell what would not print safely on a printer of ``?dpi=``."""
    design_of(scope, code)
    asked = request.GET.get("dpi", "")
    dpi = next((one for one in PRINTER_DPIS if str(one) == asked), _DPI_CHECKED)
    return _read(request, lambda layout: JsonResponse({"findings": _findings(scope, layout, dpi)}))


@require_POST
@as_json
def save(request: StaffRequest, scope: Scope, code: str) -> HttpResponse:
    """Save the layout as the next version, unless somebody else was faster."""
    design_of(scope, code)
    words = body_of(request)
    layout = words.pop("layout", None)
    opened = read(_OPENED_VERSION, words)["opened_version"]
    try:
        saved = save_design(scope, code, LayoutSaved(layout, opened, request.user))
    except Malformed as refused:
        return JsonResponse(refusal(refused, layout), status=refused.status)
    return JsonResponse({"version": saved.version})


@require_http_methods(["GET", "POST"])
@as_json
def artworks(request: StaffRequest, scope: Scope) -> HttpResponse:
    """List the owner's artwork, or take in one more file."""
    if request.method == "GET":
        kept = artwork_files_of(scope)[:ARTWORKS_SHOWN]
        return JsonResponse({"artworks": [_artwork_words(one) for one in kept]})
    if not request.gate.may_change:
        raise NotAllowed
    sent = request.FILES.get("file")
    if sent is None:
        raise Malformed([{"field": "file", "code": "required"}])
    if (sent.size or 0) > BYTES_MAX:
        raise TooLarge
    kept_one = keep_artwork(scope, sent.name or "素材", sent.read(), uploaded_by=request.user)
    return JsonResponse(_artwork_words(kept_one), status=201)


@require_safe
def artwork(request: StaffRequest, scope: Scope, artwork_id: UUID) -> HttpResponse:  # noqa: ARG001
    found = scope.get(ArtworkFile.objects.defer("content"), pk=artwork_id)
    return HttpResponse(bytes(found.preview), "image/png")


def picture_of(request: HttpRequest, scope: Scope, layout: Layout) -> HttpResponse:
    """Draw one side of a kept version, trimmed."""
    return _picture(request, scope, layout, with_bleed=False)


def _read(request: HttpRequest, act: Any) -> HttpResponse:
    """Read the layout a request carries and act on it; a fault is told at its element."""
    document = body_of(request)
    try:
        layout = read_layout(document)
    except Malformed as refused:
        return JsonResponse(refusal(refused, document), status=refused.status)
    answer: HttpResponse = act(layout)
    return answer


def _picture(
    request: HttpRequest, scope: Scope, layout: Layout, *, with_bleed: bool = True
) -> HttpResponse:
    face = sample_face(Owner.objects.get(pk=scope.owner), request.GET.get("sample", ""))
    png = preview(
        layout,
        artworks_of(scope, layout),
        face,
        side="back" if request.GET.get("side") == "back" else "front",
        dpi=_dpi(request.GET.get("dpi", "")),
        with_bleed=with_bleed,
    )
    return HttpResponse(png, "image/png")


def _dpi(word: str) -> int:
    wanted = int(word) if word.isascii() and word.isdigit() and len(word) <= 4 else _DPI_USUAL
    return min(DPI_MAX, max(DPI_MIN, wanted))


def _findings(scope: Scope, layout: Layout, dpi: int) -> list[dict[str, str]]:
    found = findings(layout, artworks_of(scope, layout), dpi=dpi, page_url=sample_url())
    return [
        {
            "side": one.side,
            "element": one.element_id,
            "code": one.code,
            "severity": one.severity.value,
            "words": one.words,
        }
        for one in found
    ]


def _artwork_words(kept: ArtworkFile) -> dict[str, Any]:
    if kept.width_mm and kept.height_mm:
        size = (kept.width_mm, kept.height_mm)
        words = f"{kept.width_mm:.1f} × {kept.height_mm:.1f} mm"
    else:
        size = (kept.width_px or 1, kept.height_px or 1)
        words = f"{size[0]:,} × {size[1]:,} 画素"
    return {
        "id": str(kept.pk),
        "file_name": kept.file_name,
        "width": size[0],
        "height": size[1],
        "size_words": f"{kept.get_kind_display()} {words}",
    }
