"""The owner's own pictures and pages: fine enough, whole, and reaching into the bleed."""

from collections.abc import Iterator
from io import BytesIO
from typing import Final

from PIL import Image as Picture

from cards.artwork.artwork import Artwork
from cards.printing.boxes import Area, box_of
from cards.printing.geometry import BLEED_MM
from cards.printing.layout import AnyElement, Fit, Image, Medium
from cards.printing.safety.finding import Checked, Finding, Severity
from cards.printing.safety.thresholds import ARTWORK_DPI_MIN

_MM_PER_INCH: Final = 25.4
_TRIMMED: Final = (Medium.PLASTIC, Medium.PAPER, Medium.PET, Medium.POSTCARD)


def findings_of_artwork(checked: Checked) -> Iterator[Finding]:
    background = checked.side.background
    if background is not None:
        width, height = checked.layout.size_mm
        bleed = BLEED_MM if background.fit is Fit.BLEED else 0.0
        room = Area(-bleed, -bleed, width + 2 * bleed, height + 2 * bleed)
        yield from _of_one(checked, None, checked.artworks.get(background.artwork), room)
        if background.fit is Fit.TRIM and checked.layout.medium in _TRIMMED:
            words = (
                f"背景が塗り足し（{BLEED_MM:g} mm）まで届いていません。断裁のずれで縁に白い線が"
                "出ることがあります。塗り足しを含む背景にしてください。"
            )
            yield checked.finding(None, "background_short", Severity.WARNING, words)
    for element in checked.side.elements:
        if isinstance(element, Image):
            artwork = checked.artworks.get(element.artwork)
            yield from _of_one(checked, element, artwork, _upright(element))


def _upright(element: Image) -> Area:
    box = box_of(element)
    return Area(box.x, box.y, element.width, element.height)


def _of_one(
    checked: Checked, element: AnyElement | None, artwork: Artwork | None, room: Area
) -> Iterator[Finding]:
    subject = "背景" if element is None else "素材"
    if artwork is None:
        words = f"{subject}のファイルがありません。登録し直してください。"
        yield checked.finding(element, "artwork_missing", Severity.ERROR, words)
        return
    if artwork.unembedded_fonts:
        fonts = "、".join(artwork.unembedded_fonts[:5])
        words = (
            f"{subject}の PDF にフォントが埋め込まれていません（{fonts}）。"
            "フォントを埋め込むか、文字をアウトライン化して保存し直してください。"
        )
        yield checked.finding(element, "fonts_unembedded", Severity.ERROR, words)
    if artwork.kind != "pdf":
        yield from _of_raster(checked, element, artwork, room)


def _of_raster(
    checked: Checked, element: AnyElement | None, artwork: Artwork, room: Area
) -> Iterator[Finding]:
    subject = "背景" if element is None else "素材"
    assert artwork.width_px is not None
    assert artwork.height_px is not None
    across = artwork.width_px / room.width * _MM_PER_INCH
    down = artwork.height_px / room.height * _MM_PER_INCH
    # A picture keeps its proportions: it is as large as the narrower way of its box allows, and a
    # background as large as the wider way asks.
    dpi = min(across, down) if element is None else max(across, down)
    if dpi < ARTWORK_DPI_MIN:
        needed = [round(side / _MM_PER_INCH * 300) for side in (room.width, room.height)]
        words = (
            f"{subject}の解像度が {int(dpi)} dpi しかなく、ぼやけて印刷されます"
            f"（最小 {ARTWORK_DPI_MIN} dpi）。{needed[0]} × {needed[1]} 画素以上の画像を"
            "使用してください。"
        )
        yield checked.finding(element, "artwork_coarse", Severity.WARNING, words)
    if _mode_of(artwork) in ("RGB", "RGBA", "P"):
        words = (
            f"{subject}は RGB の画像です。印刷会社では CMYK に変換されるため、"
            "色味が変わることがあります。色が大切な場合は CMYK の JPEG か PDF にしてください。"
        )
        yield checked.finding(element, "artwork_rgb", Severity.NOTE, words)


def _mode_of(artwork: Artwork) -> str:
    """Return the channels of a raster; only its head is read."""
    if artwork.mode:
        return artwork.mode
    with Picture.open(BytesIO(artwork.content), formats=["JPEG", "PNG"]) as picture:
        return picture.mode
