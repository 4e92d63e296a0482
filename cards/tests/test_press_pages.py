"""What lies where: artwork, what is above and beneath, 見本, sheets and their backs."""

import re
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
import zxingcpp
from PIL import Image, ImageChops

from cards.numbers import grouped
from cards.printing.designs import DEFAULT
from cards.printing.press import print_cards
from cards.printing.profiles import PROFILES, Duplex, Profile, page_of, single
from cards.printing.render import page_image, preview
from cards.tests.designs import (
    ARTWORK,
    BACKGROUND,
    PAGE_URL,
    MadeArtwork,
    at,
    face,
    field,
    forms_of,
    images_of,
    layout,
    raster,
    shown,
    text,
    vector_page,
)
from cards.tests.factories import card_faces, texts

A4, CARD = PROFILES["a4"], PROFILES["card"]


def pixels(dpi: int, *sides_mm: float) -> tuple[int, int, int, int]:
    """Return a box of millimetres in pixels: left, top, right, foot."""
    left, top, right, foot = (round(side * dpi / 25.4) for side in sides_mm)
    return left, top, right, foot


# Artwork


def test_the_artwork_of_a_pdf_stays_vector_and_is_in_the_file_once():
    design = layout({"type": "number"} | at(5, 5, width=50, height=6), background=BACKGROUND)
    pdf = print_cards(card_faces(30), design, {ARTWORK: MadeArtwork("pdf", vector_page())}, CARD)
    drawn = [form.content for form in forms_of(pdf)]
    assert images_of(pdf) == []
    assert sum(b"20 20 m 80 20 l 50 70 l" in content for content in drawn) == 1
    page = page_image(pdf, 30, dpi=150)
    assert page.getpixel((2, 2)) == pytest.approx((51, 178, 76), abs=2)
    assert page.getpixel((page.width - 3, page.height - 3)) == pytest.approx((51, 178, 76), abs=2)
    triangle = page.getpixel((round(50 / 72 * 150), page.height - round(35 / 72 * 150)))
    assert triangle == pytest.approx((255, 0, 0), abs=2)


@pytest.mark.parametrize(
    ("artwork", "seen"),
    [
        (raster("JPEG", "RGB", (200, 30, 60)), (200, 30, 60)),
        (raster("JPEG", "L", 120), (120, 120, 120)),
        (raster("PNG", "RGB", (10, 200, 60)), (10, 200, 60)),
        (raster("PNG", "RGBA", (0, 0, 0, 0)), (255, 255, 255)),
        (raster("PNG", "RGBA", (0, 0, 0, 128)), (127, 127, 127)),
        (raster("PNG", "LA", (0, 128)), (127, 127, 127)),
    ],
)
def test_a_picture_looks_as_it_was_made(artwork: MadeArtwork, seen: tuple[int, int, int]):
    image = {"type": "image", "artwork": str(ARTWORK)} | at(10, 10, width=30, height=30)
    page = shown(layout(image), face(), of={ARTWORK: artwork})
    scale = 300 / 25.4
    middle = round((3 + 10 + 15) * scale)
    assert page.getpixel((middle, middle)) == pytest.approx(seen, abs=4)
    # It is twice as wide as high, so the box is empty above and below it.
    assert page.getpixel((middle, round((3 + 10 + 3) * scale))) == (255, 255, 255)


def test_a_jpeg_of_four_inks_keeps_them():
    cyan = raster("JPEG", "CMYK", (255, 0, 0, 0))
    image = {"type": "image", "artwork": str(ARTWORK)} | at(10, 10, width=30, height=15)
    pdf = print_cards([face()], layout(image), {ARTWORK: cyan}, CARD)
    (image_of_four_inks,) = images_of(pdf)
    assert image_of_four_inks.colour_space == "/DeviceCMYK"
    assert image_of_four_inks.content == cyan.content
    pixel: Any = page_image(pdf, 1, dpi=100).getpixel((100, 60))
    assert pixel[0] < 60 < 120 < pixel[1]


def test_a_background_may_end_at_the_trim_and_covers_it_without_being_stretched():
    artwork = raster("PNG", "RGB", (10, 20, 200), (30, 30))
    design = layout(background=BACKGROUND | {"fit": "trim"})
    page = shown(design, face(), of={ARTWORK: artwork})
    edge = 300 / 25.4 * 3
    assert page.getpixel((round(edge) - 4, page.height // 2)) == (255, 255, 255)
    assert page.getpixel((round(edge) + 4, page.height // 2)) == (10, 20, 200)
    assert page.getpixel((page.width // 2, round(edge) + 4)) == (10, 20, 200)
    assert page.getpixel((page.width // 2, round(edge) - 4)) == (255, 255, 255)


# Above and beneath


def test_what_lies_above_a_name_covers_it_and_what_lies_beneath_does_not():
    veil = {"type": "shape", "fill": [0, 100, 100, 0]} | at(5, 5, width=70, height=8)
    above = shown(layout(field("member_name"), veil), face())
    beneath = shown(layout(veil, field("member_name")), face())
    area = pixels(300, 9, 9, 77, 15)
    assert len(above.crop(area).getcolors(9999) or []) == 1
    assert len(beneath.crop(area).getcolors(9999) or []) > 1


def test_what_lies_above_nothing_of_a_card_is_drawn_with_the_rest_that_is_shared():
    apart = text("すみ", 5, 40)
    pdf = print_cards(card_faces(2), layout(field("member_name"), apart))
    assert len(forms_of(pdf)) == 1


def test_a_colour_is_its_elements_alone():
    red = field("member_name", 5, 5, colour=[0, 100, 100, 0])
    number = {"type": "number"} | at(5, 20, width=50, height=6)
    page = shown(layout(red, text("赤", 5, 30, colour=[0, 100, 100, 0]), number), face())
    above, below = page.crop(pixels(300, 8, 8, 78, 16)), page.crop(pixels(300, 8, 23, 58, 29))
    assert _has_red(above)
    assert not _has_red(below)


def _has_red(picture: Image.Image) -> bool:
    red, green, _ = picture.convert("RGB").split()
    return (ImageChops.subtract(red, green).getextrema()[1] or 0) > 120  # type: ignore[operator]


# 見本


@pytest.mark.parametrize("number_at", [(5, 3), (52, 46)])
@pytest.mark.parametrize("rotation", [0, 90])
def test_a_stamp_keeps_clear_of_codes_and_number_wherever_they_are(
    rotation: int, number_at: tuple[float, float]
):
    codes = [
        {"type": "barcode", "rotation": rotation} | at(5, 20, height=18, module_mm=0.4),
        {"type": "qr"} | at(62, 3, width=20),
        {"type": "number"} | at(*number_at, width=30, height=6),
    ]
    one = face(page_url=PAGE_URL)
    plain, marked = (shown(layout(*codes), replace(one, specimen=it)) for it in (False, True))
    inked = ImageChops.invert(plain.convert("L"))
    changed = ImageChops.difference(plain, marked).convert("L")
    assert changed.getbbox() is not None
    both = ImageChops.multiply(inked.point(lambda it: 255 * (it > 0)), changed)
    assert both.getbbox() is None
    assert {it.text for it in zxingcpp.read_barcodes(marked)} == {one.barcode_number, PAGE_URL}


def test_each_side_of_a_specimen_says_so_twice():
    design = layout(text("表"), back={"elements": [text("裏")]})
    pages = texts(
        print_cards(card_faces(1, specimen=True), design, profile=PROFILES["card-duplex"])
    )
    assert [re.sub(r"\s", "", page).count("見本") for page in pages] == [2, 2]


# Pages


def test_a_used_place_of_the_first_sheet_stays_empty():
    profile = A4.started_at(9)
    faces = card_faces(13)
    pages = texts(print_cards(faces, profile=profile))
    found = [
        page for one in faces for page, words in enumerate(pages, 1) if grouped(one.number) in words
    ]
    assert found == [page_of(index, profile) for index in range(13)] == [1] * 2 + [2] * 10 + [3]


def _numbers_seen(pdf: bytes, page: int, dpi: int = 150) -> dict[str, tuple[int, int]]:
    found = zxingcpp.read_barcodes(page_image(pdf, page, dpi=dpi))
    return {code.text: (code.position.top_left.x, code.position.top_left.y) for code in found}


@pytest.mark.parametrize("way", ["long_edge", "short_edge"])
def test_both_sides_of_a_card_meet_when_the_sheet_is_turned(way: str):
    bars = {"type": "barcode"} | at(20.2, 18, height=18, module_mm=0.4)  # In the very middle.
    profile = replace(PROFILES["a4-duplex"], duplex=Duplex(way))
    profile = replace(profile, margin_left_mm=10.0, margin_top_mm=6.0)
    pdf = print_cards(card_faces(10), layout(bars, back={"elements": [bars]}), profile=profile)
    front, back = (page_image(pdf, page, dpi=200) for page in (1, 2))
    flip = (
        Image.Transpose.FLIP_LEFT_RIGHT if way == "long_edge" else Image.Transpose.FLIP_TOP_BOTTOM
    )
    turned = back.transpose(flip)
    found = zxingcpp.read_barcodes(front)
    assert len(found) == 10
    for code in found:
        x = (code.position.top_left.x + code.position.bottom_right.x) // 2
        y = (code.position.top_left.y + code.position.bottom_right.y) // 2
        behind = turned.crop((x - 300, y - 120, x + 300, y + 120)).transpose(flip)
        assert [it.text for it in zxingcpp.read_barcodes(behind)] == [code.text]


def test_a_printer_that_turns_the_sheet_gets_a_blank_back_for_a_design_without_one():
    pdf = print_cards(card_faces(12), profile=PROFILES["a4-duplex"])
    pages = texts(pdf)
    assert [bool(page.strip()) for page in pages] == [True, False, True, False]
    assert page_of(11, PROFILES["a4-duplex"]) == 3


def test_crop_marks_stand_outside_of_every_cards_bleed():
    sheet = Profile(
        code="shop", name="印刷所", paper_width_mm=210, paper_height_mm=150, columns=2, rows=2,
        cell_width_mm=85.6, cell_height_mm=53.98, margin_left_mm=15, margin_top_mm=15,
        gap_x_mm=8, gap_y_mm=8, bleed_mm=3, crop_marks=True,
    )  # fmt: skip
    page = page_image(print_cards([face(member_name="")], layout(), profile=sheet), 1, dpi=200)
    ink = ImageChops.invert(page.convert("L"))
    cards = [(x, y) for x in (15, 108.6) for y in (15, 76.98)]
    for x, y in cards:
        assert ink.crop(pixels(200, x - 3, y - 3, x + 88.6, y + 56.98)).getbbox() is None
    above = pixels(200, 14.5, 6, 15.5, 11.5)
    assert ink.crop(above).getbbox() is not None


def test_a_carrier_names_its_receiver_its_sender_and_its_card():
    one = face(postal_code="101-0062", address1="東京都千代田区神田駿河台1-2-3", address2="201号室")
    page = texts(print_cards([one, one], profile=PROFILES["carrier"]))[1]
    for words in ("〒101-0062", one.address1, one.address2, f"{one.member_name} 様", one.owner_name,
                  grouped(one.number), "Loppi"):  # fmt: skip
        assert words in page
    image = page_image(print_cards([one], profile=PROFILES["carrier"]), 1, dpi=300)
    assert [code.text for code in zxingcpp.read_barcodes(image)] == [one.barcode_number]


# Previews


def test_a_preview_shows_the_printed_side_with_or_without_what_is_cut_off():
    one = face()
    cut, whole = (
        Image.open(BytesIO(preview(DEFAULT, {}, one, side="front", dpi=254, with_bleed=bleed)))
        for bleed in (False, True)
    )
    assert cut.size == pytest.approx((856, 540), abs=1)
    assert whole.size == pytest.approx((916, 600), abs=1)
    assert [code.text for code in zxingcpp.read_barcodes(cut)] == [one.barcode_number]
    printed = page_image(print_cards([one], profile=single(DEFAULT.size_mm, 3)), 1, dpi=254)
    assert printed.convert("RGB").tobytes() == whole.convert("RGB").tobytes()


def test_the_preview_of_a_back_there_is_none_of_is_blank():
    png = preview(DEFAULT, {}, face(specimen=False), side="back", dpi=72, with_bleed=False)
    assert Image.open(BytesIO(png)).convert("L").getextrema() == (255, 255)
