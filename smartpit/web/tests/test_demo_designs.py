"""The designs that come with the centre and its demo print safely and are read back."""

from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
import zxingcpp
from PIL import Image

from cards.artwork.artwork import Artwork
from cards.artwork.reading import read_artwork
from cards.numbers import barcode_number_from, number_from
from cards.printing.beginnings import beginning
from cards.printing.face import CardFace
from cards.printing.layout import Barcode, Layout, Medium, Qr, read_layout
from cards.printing.render import preview
from cards.printing.safety import Severity, findings
from smartpit.web.demo.artwork import artwork_pdf
from smartpit.web.demo.designs import DESIGNS, DemoDesign, layout_of

_KEY = b"a key for tests only, 32 bytes.."
_PAGE = "https://cards.example.com/c/" + "0" * 22


def whole(design: DemoDesign) -> tuple[Layout, dict[Any, Artwork]]:
    """Return a demo design as the services would keep it."""
    document, artworks = layout_of(design), {}
    for side, name in (("front", design.front), ("back", design.back)):
        if name is not None:
            key = uuid4()
            artworks[key] = read_artwork(artwork_pdf(name))
            document[side]["background"] = {"artwork": str(key), "fit": "bleed"}
    return read_layout(document), artworks


def face() -> CardFace:
    return CardFace(
        owner_name="学校法人さくら学園",
        member_name="アレクサンドラ・マリア・フォン",
        number=number_from("joint", 7, _KEY),
        barcode_number=barcode_number_from(7, _KEY),
        member_reference="S-0001",
        postal_code="100-0001",
        address1="東京都千代田区千代田1-1-1",
        page_url=_PAGE,
        specimen=True,
    )


def codes_on(layout: Layout) -> set[str]:
    barcode = face().barcode_number
    named = {Barcode: barcode, Qr: _PAGE}
    return {named[type(it)] for it in layout.elements if type(it) in named}


@pytest.mark.parametrize("design", DESIGNS, ids=lambda it: it.code)
def test_a_demo_design_prints_safely_and_is_read_at_300_and_203_dpi(design: DemoDesign) -> None:
    layout, artworks = whole(design)
    assert findings(layout, artworks, dpi=300) == []
    assert all(it.severity != Severity.ERROR for it in findings(layout, artworks, dpi=203))
    assert not any(it.unembedded_fonts for it in artworks.values())
    for dpi in (300, 203):
        read = set()
        for side in ("front", "back"):
            png = preview(layout, artworks, face(), side=side, dpi=dpi, with_bleed=True)
            read |= {it.text for it in zxingcpp.read_barcodes(Image.open(BytesIO(png)))}
        assert read == codes_on(layout), dpi
        assert face().barcode_number in read


@pytest.mark.parametrize("medium", [Medium.PLASTIC, Medium.PAPER, Medium.PET, Medium.POSTCARD])
def test_a_standard_beginning_has_no_error(medium: Medium) -> None:
    found = findings(beginning("standard", medium), {})
    assert [it for it in found if it.severity == Severity.ERROR] == []


def test_the_same_artwork_is_the_same_bytes() -> None:
    """Else a world that is finished later would keep a second copy."""
    assert artwork_pdf("school-front") == artwork_pdf("school-front")
