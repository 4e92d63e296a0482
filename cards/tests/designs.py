"""Layouts, artworks and pages for tests of the press."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import BytesIO
from itertools import count
from typing import Any
from uuid import UUID

import pikepdf
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from cards.printing.face import CardFace
from cards.printing.layout import Layout, read_layout
from cards.printing.press import print_cards
from cards.printing.profiles import PROFILES
from cards.printing.render import page_image
from cards.tests.factories import card_faces

ARTWORK = UUID("6f1c2f6e-3c52-4d29-9d5e-0a4a3d1f3b11")
_names = count()
PAGE_URL = "https://pay.example.jp/p/Zx81-abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class MadeArtwork:
    kind: str
    content: bytes


def layout(*elements: dict[str, Any], **words: Any) -> Layout:
    front = {"elements": list(elements)} | {
        key: words.pop(key) for key in ("background",) if key in words
    }
    return read_layout({"format": 1, "medium": "plastic", "front": front} | words)


def at(x: float, y: float, **words: Any) -> dict[str, Any]:
    return {"id": f"at-{next(_names)}", "x": x, "y": y} | words


def text(words: str, x: float = 5, y: float = 5, **more: Any) -> dict[str, Any]:
    return {"type": "text", "text": words} | at(x, y, width=70, height=8) | more


def field(name: str, x: float = 5, y: float = 5, **more: Any) -> dict[str, Any]:
    return {"type": "field", "field": name} | at(x, y, width=70, height=8) | more


def face(**words: Any) -> CardFace:
    return replace(card_faces(1)[0], **words)


def shown(design: Layout, one: CardFace, dpi: int = 300, **artworks: Any) -> Image.Image:
    return page_image(print_cards([one], design, artworks.get("of"), PROFILES["card"]), 1, dpi=dpi)


@dataclass(frozen=True)
class Drawn:
    """A form or an image as it is in a file."""

    colour_space: str
    content: bytes


def forms_of(pdf: bytes) -> list[Drawn]:
    return list(_drawn(pdf, "/Form"))


def images_of(pdf: bytes) -> list[Drawn]:
    return list(_drawn(pdf, "/Image"))


def _drawn(pdf: bytes, subtype: str) -> Iterator[Drawn]:
    with pikepdf.open(BytesIO(pdf)) as document:
        for one in document.objects:
            if isinstance(one, pikepdf.Stream) and one.get("/Subtype") == subtype:
                content = one.read_bytes() if subtype == "/Form" else one.read_raw_bytes()
                yield Drawn(str(one.get("/ColorSpace", "")), content)


BACKGROUND = {"artwork": str(ARTWORK), "fit": "bleed"}


def vector_page() -> bytes:
    """Return a page of 92 x 60 mm, green but for a red triangle with its words."""
    file = BytesIO()
    canvas = Canvas(file, pagesize=(92 * 72 / 25.4, 60 * 72 / 25.4), invariant=1)
    canvas.setFillColorRGB(0.2, 0.7, 0.3)
    canvas.rect(0, 0, 300, 200, stroke=0, fill=1)
    canvas.setFillColorRGB(1, 0, 0)
    triangle = canvas.beginPath()
    triangle.moveTo(20, 20)
    triangle.lineTo(80, 20)
    triangle.lineTo(50, 70)
    canvas.drawPath(triangle, stroke=0, fill=1)
    canvas.showPage()
    canvas.save()
    return file.getvalue()


def raster(kind: str, mode: str, colour: Any, size: tuple[int, int] = (40, 20)) -> MadeArtwork:
    file = BytesIO()
    Image.new(mode, size, colour).save(file, kind)
    return MadeArtwork(kind.lower(), file.getvalue())
