"""A sound design, pictures to lay beneath it, and what is found of it."""

from hashlib import sha256
from io import BytesIO
from typing import Any
from uuid import UUID

import pikepdf
from PIL import Image as Picture

from cards.artwork.artwork import Artwork
from cards.printing.layout import (
    AnyElement,
    Barcode,
    Field,
    Layout,
    Medium,
    MemberField,
    Number,
    Qr,
    Side,
)
from cards.printing.safety import Finding, findings

ART = UUID(int=1)
NUMBER = Number(id="number", x=5, y=30, width=50, height=6)
NAME = Field(id="name", x=5, y=5, width=50, height=6, field=MemberField.MEMBER_NAME)
BARS = Barcode(id="bars", x=30, y=36, height=14, module_mm=0.4235)
QR = Qr(id="qr", x=60, y=5, width=20)


def layout(*elements: AnyElement, medium: Medium = Medium.PLASTIC, **side: Any) -> Layout:
    return Layout(medium, Side(elements=elements, **side))


def found(
    of: Layout, artworks: dict[UUID, Artwork] | None = None, **words: Any
) -> dict[str, Finding]:
    """Return the findings by their code; a test names all that it expects."""
    listed = findings(of, artworks or {}, **words)
    assert len({(finding.code, finding.element_id) for finding in listed}) == len(listed)
    return {finding.code: finding for finding in listed}


def raster(colour: Any = (255, 255, 255), size: tuple[int, int] = (1082, 709)) -> Artwork:
    return artwork_of(Picture.new("RGB", size, colour))


def artwork_of(picture: Picture.Image, kind: str = "PNG") -> Artwork:
    paper = BytesIO()
    picture.save(paper, kind)
    content = paper.getvalue()
    return Artwork(
        "png" if kind == "PNG" else "jpeg",
        content,
        sha256(content).hexdigest(),
        b"",
        *picture.size,
    )


def striped(dark: int = 0) -> Artwork:
    """Return a picture of stripes as fine as bars."""
    picture = Picture.new("RGB", (1082, 709), (255, 255, 255))
    for x in range(0, 1082, 20):
        picture.paste((dark, dark, dark), (x, 0, x + 8, 709))
    return artwork_of(picture)


def page(width_mm: float = 91.6, height_mm: float = 59.98) -> Artwork:
    """Return an artwork that is a blank PDF page."""
    document = pikepdf.new()
    document.add_blank_page(page_size=(width_mm * 72 / 25.4, height_mm * 72 / 25.4))
    paper = BytesIO()
    document.save(paper)
    return Artwork("pdf", paper.getvalue(), "", b"", width_mm=width_mm, height_mm=height_mm)
