"""A layout and cards become a PDF: what is drawn is read back from the very pages."""

import re
from io import BytesIO
from typing import Any

import pikepdf
import pytest
import zxingcpp
from PIL import ImageChops

from cards.numbers import grouped
from cards.printing.designs import DEFAULT
from cards.printing.geometry import PT_PER_MM
from cards.printing.press import Press, print_cards
from cards.printing.profiles import PROFILES
from cards.tests.designs import (
    ARTWORK,
    BACKGROUND,
    PAGE_URL,
    MadeArtwork,
    at,
    face,
    field,
    forms_of,
    layout,
    shown,
    text,
    vector_page,
)
from cards.tests.factories import card_faces, texts

A4, CARD = PROFILES["a4"], PROFILES["card"]


# What scanners read


@pytest.mark.parametrize("dpi", [300, 203])
@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize(
    ("symbology", "module_mm", "read"),
    [("ean13", 0.33, "{}"), ("code128", 0.25, "{}"), ("nw7", 0.25, "A{}A")],
)
def test_bars_of_every_kind_are_read_at_300_and_203_dpi(
    symbology: str, module_mm: float, read: str, rotation: int, dpi: int
):
    bars = {"type": "barcode", "symbology": symbology, "module_mm": module_mm, "rotation": rotation}
    design = layout(bars | at(18, 18, height=16))
    for one in card_faces(5):
        found = zxingcpp.read_barcodes(shown(design, one, dpi))
        assert [code.text for code in found] == [read.format(one.barcode_number)]


@pytest.mark.parametrize("dpi", [300, 203])
def test_the_phone_pages_address_is_read_from_its_qr_code(dpi: int):
    design = layout({"type": "qr"} | at(60, 5, width=20))
    found = zxingcpp.read_barcodes(shown(design, face(page_url=PAGE_URL), dpi))
    assert [(code.text, code.ec_level) for code in found] == [(PAGE_URL, "M")]


def test_a_card_without_a_phone_page_has_no_qr_code():
    design = layout({"type": "qr"} | at(60, 5, width=20))
    assert shown(design, face()).getextrema() == ((255, 255),) * 3


def test_a_white_ground_keeps_codes_readable_on_any_background():
    dark = {"type": "shape", "fill": [100, 80, 0, 90]} | at(-3, -3, width=92, height=60)
    codes = [
        {"type": "barcode"} | at(30, 30, height=18, module_mm=0.4),
        {"type": "qr"} | at(5, 5, width=20),
    ]
    one = face(page_url=PAGE_URL)
    found = {code.text for code in zxingcpp.read_barcodes(shown(layout(dark, *codes), one))}
    assert found == {one.barcode_number, PAGE_URL}


# What people read


def test_every_word_is_found_again_as_it_was_written():
    design = layout(
        text("会員\nカード", lines_max=2, height=10),
        field("owner_name", 5, 16),
        field("member_name", 5, 24, suffix=" 様"),
        field("member_reference", 5, 32, prefix="No. "),
        field("postal_code", 5, 38, width=30),
        field("address1", 5, 42, align="right"),
        field("address2", 5, 46, align="center"),
        {"type": "number"} | at(5, 12, width=60, height=5),
    )
    one = face(
        member_name="𠮷田 髙﨑⼾戸",
        member_reference="(A)\\1",
        postal_code="〒101-0062",
        address1="<img src=x onerror=alert(1)>",
        address2="1丁目2番（3号室） \\(\\) %s {0}",
    )
    page = texts(print_cards([one], design, profile=CARD))[0]
    written = [one.owner_name, one.postal_code, one.address1, one.address2, grouped(one.number)]
    for words in ("会員", "カード", "𠮷田 髙﨑⼾戸 様", "No. (A)\\1", *written):
        assert words in page


def test_an_empty_field_prints_neither_prefix_nor_suffix():
    design = layout(field("member_name", prefix="会員 ", suffix=" 様"))
    assert texts(print_cards([face(member_name="")], design))[0].strip() == ""


def test_words_too_many_for_their_box_are_set_smaller_and_stay_inside():
    small = layout(
        text("国際文化交流協会東京事務局" * 9, width=30, height=10, lines_max=3, size_pt=12)
    )
    page = shown(small, face(), 300)
    scale = 300 / 25.4
    ink = ImageChops.invert(page.convert("L")).getbbox()
    assert ink is not None
    assert ink[0] >= (3 + 5) * scale - 1
    assert ink[2] <= (3 + 35) * scale + 1
    assert ink[1] >= (3 + 5) * scale - 1
    assert ink[3] <= (3 + 15) * scale + 1


@pytest.mark.parametrize(("align", "left"), [("left", 0.0), ("center", 0.5), ("right", 1.0)])
def test_words_stand_where_they_are_aligned(align: str, left: float):
    name = "林太郎"
    for design in (layout(text(name, align=align)), layout(field("member_name", align=align))):
        ink = ImageChops.invert(shown(design, face(member_name=name), 300).convert("L")).getbbox()
        assert ink is not None
        spare = 70 - 3 * 8 / PT_PER_MM
        assert ink[0] / 300 * 25.4 == pytest.approx(3 + 5 + spare * left, abs=0.4)


def test_seven_boxes_hold_the_postcode_in_black_and_are_red_themselves():
    boxes = {"type": "postal", "mark": "boxes"} | at(20, 10, width=47.7, height=8)
    design = layout(boxes)
    pdf = print_cards([face(postal_code="〒１０１-0062")], design, profile=CARD)
    assert re.sub(r"\s", "", texts(pdf)[0]) == "1010062"
    assert texts(print_cards([face(postal_code="101-006")], design))[0].strip() == ""
    (form,) = forms_of(pdf)
    assert form.content.decode().count(" re\nS") == 7
    assert "0 0.8 0.75 0 K" in form.content.decode()


def test_the_posts_marks_say_what_they_must():
    marks = [
        {"type": "postal", "mark": "title"} | at(5, 2, width=40, height=5),
        {"type": "postal", "mark": "paid"} | at(5, 10, width=22, height=22),
        {"type": "postal", "mark": "paid"} | at(40, 10, width=22, height=16),
    ]
    page = re.sub(r"\s", "", texts(print_cards([face()], layout(*marks)))[0])
    assert page.count("郵便はがき") == 1
    assert page.count("料金別納郵便") == 2


# What a print shop checks


@pytest.mark.parametrize("code", PROFILES)
def test_the_file_is_sound_and_says_its_language_and_title(code: str):
    pdf = print_cards(card_faces(12, specimen=True), profile=PROFILES[code])
    with pikepdf.open(BytesIO(pdf)) as document:
        assert document.check_pdf_syntax() == []
        assert str(document.Root.Lang) == "ja-JP"
        assert str(document.docinfo.Title) == "会員カード"
        assert document.Root.Pages.Count == len(document.pages)


def test_the_same_cards_give_the_same_bytes_and_other_cards_others():
    artworks = {ARTWORK: MadeArtwork("pdf", vector_page())}
    design = layout({"type": "number"} | at(5, 5, width=50, height=6), background=BACKGROUND)
    first, again = (print_cards(card_faces(25), design, artworks) for _ in range(2))
    assert first == again
    assert print_cards(card_faces(24), design, artworks) != first


def test_a_card_costs_less_than_a_thousand_bytes_and_what_is_shared_nothing_more():
    for profile in (A4, CARD):
        few, many = (len(print_cards(card_faces(count), profile=profile)) for count in (20, 1020))
        assert (many - few) / 1000 < 1000
    assert len(forms_of(print_cards(card_faces(1000)))) == 1


def test_a_file_of_any_length_is_written_on_the_way():
    class Tape(BytesIO):
        longest = 0

        def write(self, content: Any) -> int:
            self.longest = max(self.longest, len(content))
            return super().write(content)

    tape = Tape()
    one = card_faces(1)[0]
    pages = Press(DEFAULT, {}, CARD).print_to(tape, (one for _ in range(3000)))
    assert pages == 3000
    assert tape.longest < 600_000 < len(tape.getvalue())
    with pikepdf.open(tape) as document:
        assert len(document.pages) == 3000
        assert document.check_pdf_syntax() == []
