"""Pages as pictures, by the very PDF that is printed: what a preview shows is what comes out."""

from collections.abc import Mapping
from io import BytesIO
from threading import Lock
from typing import Final, Literal, TypedDict, Unpack
from uuid import UUID

import pypdfium2
from PIL import Image

from cards.printing.face import CardFace
from cards.printing.geometry import BLEED_MM
from cards.printing.layout import Layout, Side
from cards.printing.pictures import Artwork
from cards.printing.press import print_cards
from cards.printing.profiles import single

_POINTS_PER_INCH: Final = 72
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
    """Return one side of a card as a PNG; a back there is none of is as white as paper."""
    side = layout.front if view["side"] == "front" else layout.back or Side()
    shown = Layout(layout.medium, side)
    profile = single(layout.size_mm, BLEED_MM if view["with_bleed"] else 0.0)
    pdf = print_cards([face], shown, artworks, profile)
    png = BytesIO()
    page_image(pdf, 1, dpi=view["dpi"]).save(png, "PNG", compress_level=1)
    return png.getvalue()
