"""What a design brings along is seen as scanner and camera see it: its grounds, its own codes."""

from dataclasses import replace
from uuid import UUID

import pytest
from PIL import Image as Picture
from qrcode.main import QRCode

from cards.artwork.artwork import Artwork
from cards.numbers import number_from
from cards.printing.face import CardFace
from cards.printing.layout import (
    AnyElement,
    Background,
    Shape,
    Symbology,
    Text,
)
from cards.printing.press import print_cards
from cards.printing.profiles import single
from cards.printing.read_back import misreads
from cards.printing.safety import findings
from cards.tests.safety_cast import (
    ART,
    BARS,
    NUMBER,
    QR,
    artwork_of,
    found,
    layout,
    raster,
    striped,
)

BARE = replace(BARS, ground=False)


@pytest.mark.parametrize("code", [BARE, replace(QR, ground=False)])
@pytest.mark.parametrize(
    ("colour", "severity"),
    [
        ((255, 255, 255), None),
        ((255, 240, 200), None),
        ((200, 200, 200), "warning"),
        ((150, 150, 150), "error"),
        ((0, 0, 160), "error"),  # blue is dark in a scanner's red light
        ((0, 200, 255), "error"),  # so is cyan, however bright it looks
        ((255, 0, 0), "error"),  # red is bright to a scanner and dark to a camera
    ],
)
def test_the_ground_of_a_code_is_bright_to_scanner_and_camera(
    code: AnyElement, colour: tuple[int, int, int], severity: str | None
):
    of = layout(NUMBER, code, background=Background(ART))
    contrast = found(of, {ART: raster(colour)}).get("contrast")
    assert (contrast.severity.value if contrast else None) == severity


def test_a_white_ground_makes_any_background_good():
    of = layout(NUMBER, BARS, QR, background=Background(ART))
    assert set(found(of, {ART: raster((0, 0, 0))})) == {"artwork_rgb"}


def test_a_pattern_beneath_bars_is_found_even_where_it_is_bright():
    of = layout(NUMBER, BARE, background=Background(ART))
    assert "contrast" in found(of, {ART: striped(0)})
    bright = found(of, {ART: striped(215)})
    assert bright["ground_uneven"].severity == "warning"
    assert "contrast" not in {code for code, it in bright.items() if it.severity == "error"}
    assert "ground_uneven" not in found(of, {ART: striped(245)})


def test_a_shape_beneath_bars_is_measured_too():
    dark = Shape(id="s", x=20, y=30, width=60, height=20, fill=(80, 60, 0, 40))
    number = replace(NUMBER, y=20)
    assert found(layout(number, dark, BARE))["contrast"].severity == "error"
    line = replace(dark, x=40, width=0.3, fill=(0, 0, 0, 100))
    assert found(layout(number, line, BARE))["contrast"].severity == "error"
    assert found(layout(number, replace(dark, fill=(0, 0, 10, 0)), BARE)) == {}


def test_bars_beyond_the_card_are_measured_without_a_fault_of_ours():
    of = layout(NUMBER, replace(BARE, x=200), background=Background(ART))
    assert "outside" in found(of, {ART: raster()})
    assert set(found(of, {})) == {"outside", "artwork_missing"}


def page_of_art(*elements: AnyElement, counter: int = 1) -> dict[UUID, Artwork]:
    """Return a PDF artwork with codes or words in it, as a designer's program writes them."""
    face = CardFace("", "見本 花子", number_from("joint", counter, b"k"), "2900000000018",
                    page_url="https://cards.example.com/c/" + "0" * 22)  # fmt: skip
    pdf = print_cards([face], layout(*elements), {}, single((85.6, 53.98), 0))
    return {ART: Artwork("pdf", pdf, "", b"", width_mm=85.6, height_mm=53.98)}


@pytest.mark.parametrize(
    "element",
    [
        replace(BARS, x=2, y=2),
        replace(BARS, x=2, y=2, symbology=Symbology.CODE128, module_mm=0.3),
        replace(QR, x=2, y=2),  # the page of another card
    ],
)
def test_a_code_left_in_the_artwork_is_an_error(element: AnyElement):
    of = layout(replace(NUMBER, y=45), background=Background(ART))
    got = found(of, page_of_art(element))
    assert got["foreign_code"].severity == "error"
    assert "foreign_code" not in found(
        of, page_of_art(Text(id="t", x=2, y=2, width=9, height=4, text="字"))
    )


def test_a_sample_number_left_in_artwork_or_words_is_an_error():
    of = layout(replace(NUMBER, y=45), background=Background(ART))
    assert found(of, page_of_art(NUMBER))["foreign_number"].severity == "error"
    words = Text(id="t", x=5, y=5, width=40, height=5, text="例 2012-3456-78901")
    assert "2012-3456-78901" in found(layout(NUMBER, words))["foreign_number"].words
    assert found(layout(NUMBER, replace(words, text="電話 0120-345-678"))) == {}


def test_the_owners_own_qr_code_is_noted_and_let_be():
    picture = Picture.new("CMYK", (1082, 709))
    code = QRCode(box_size=8)
    code.add_data("https://club.example.com/")
    picture.paste(code.make_image().get_image().convert("CMYK"), (40, 40))
    art = {ART: artwork_of(picture, "JPEG")}
    of = layout(replace(NUMBER, y=45), background=Background(ART))
    assert {it.code: it.severity.value for it in findings(of, art)} == {"other_qr": "note"}
    face = CardFace("", "", number_from("joint", 1, b"k"), "2900000000018")
    profile = single((85.6, 53.98), 3)
    assert misreads(print_cards([face], of, art, profile), [face], of, profile) == []
