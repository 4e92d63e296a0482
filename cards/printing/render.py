"""Pages as pictures, by the very PDF that is printed: what a preview shows is what comes out."""

from collections.abc import Mapping
from dataclasses import replace
from io import BytesIO
from threading import Lock
from typing import Any, Final, Literal, TypedDict, Unpack
from uuid import UUID

import pypdfium2
from PIL import Image

from cards.printing.face import CardFace
from cards.printing.fonts import missing_glyphs
from cards.printing.geometry import BLEED_MM
from cards.printing.layout import AnyElement, Field, Layout, MemberField, Side, Text
from cards.printing.pictures import Artwork
from cards.printing.press import print_cards
from cards.printing.profiles import single

_POINTS_PER_INCH: Final = 72
_GETA: Final = "〓"
_WORDS: Final = tuple(field.value for field in MemberField)
# PDFium knows one thread at a time in a whole process; whoever calls it holds this.
ONE_AT_A_TIME: Final = Lock()


def page_image(pdf: bytes, page: int, *, dpi: int) -> Image.Image:
    """Return a page, counted from 1, as a printer of this resolution would set it."""
    with ONE_AT_A_TIME:
        document = pypdfium2.PdfDocument(pdf)
        try:
            bitmap = document[page - 1].render(scale=dpi / _POINTS_PER_INCH)
            image: Image.Image = bitmap.to_pil().copy()
        finally:
            document.close()
    return image


class View(TypedDict):
    """Which side of a card is shown, how fine, and whether with what will be cut off."""

    side: Literal["front", "back"]
    dpi: int
    with_bleed: bool


def preview(
    layout: Layout, artworks: Mapping[UUID, Artwork], face: CardFace, **view: Unpack[View]
) -> bytes:
    """Return one side of a card as a PNG; a back there is none of is as white as paper.

    A letter that cannot be printed is shown as a printer shows type it lacks (〓): such a design
    is never ordered, but whoever draws it must see the rest of it.
    """
    side = layout.front if view["side"] == "front" else layout.back or Side()
    shown = Layout(layout.medium, replace(side, elements=tuple(map(_shown, side.elements))))
    words: dict[str, Any] = {name: _with_geta(getattr(face, name)) for name in _WORDS}
    profile = single(layout.size_mm, BLEED_MM if view["with_bleed"] else 0.0)
    pdf = print_cards([replace(face, **words)], shown, artworks, profile)
    png = BytesIO()
    page_image(pdf, 1, dpi=view["dpi"]).save(png, "PNG", compress_level=1)
    return png.getvalue()


def _shown(element: AnyElement) -> AnyElement:
    if isinstance(element, Text):
        return replace(element, text=_with_geta(element.text))
    if isinstance(element, Field):
        prefix, suffix = _with_geta(element.prefix), _with_geta(element.suffix)
        return replace(element, prefix=prefix, suffix=suffix)
    return element


def _with_geta(text: str) -> str:
    missing = "".join(missing_glyphs("".join(text.splitlines())))
    return text.translate(dict.fromkeys(map(ord, missing), _GETA)) if missing else text
