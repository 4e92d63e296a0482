import base64
import re
import zlib

import pypdfium2
import pytest

from cards.numbers import grouped
from cards.printing.fonts import missing_glyphs, width_of
from cards.printing.geometry import MODULE_MM_MIN, PT_PER_MM
from cards.printing.pdf import _NAME_ROOM, CardFace, _fitted_name, print_cards
from cards.printing.sheet import Layout, page_of
from cards.tests.factories import card_faces, pictures, scanned, texts

LAYOUTS = list(Layout)


def drawing_of(pdf: bytes) -> str:
    """Return what the pages and forms of this PDF draw, as text."""
    streams = re.findall(
        rb"/ASCII85Decode /FlateDecode \][^>]*>>\s*stream\s+(.*?)endstream", pdf, re.S
    )
    drawn = [zlib.decompress(base64.a85decode(b"<~" + it.strip(), adobe=True)) for it in streams]
    return b"\n".join(drawn).decode("latin-1")


def size_mm(page: pypdfium2.PdfPage) -> tuple[float, float]:
    width, height = page.get_size()
    return round(width / PT_PER_MM, 2), round(height / PT_PER_MM, 2)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_code_of_twenty_cards_is_read_back_from_its_page(layout: Layout) -> None:
    faces = card_faces(20)
    read = scanned(pictures(print_cards(faces, layout)))
    for index, face in enumerate(faces):
        assert face.barcode_number in read[page_of(index, layout) - 1]
    assert sum(len(page) for page in read) == 20


def test_cards_lie_on_an_a4_page_left_to_right_and_downwards() -> None:
    faces = card_faces(12)
    read = scanned(pictures(print_cards(faces, Layout.A4), dpi=200))
    assert [code for page in read for code in page] == [face.barcode_number for face in faces]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_each_page_names_its_members_and_their_numbers(layout: Layout) -> None:
    faces = card_faces(11)
    pages = texts(print_cards(faces, layout))
    for index, face in enumerate(faces):
        page = pages[page_of(index, layout) - 1]
        without_breaks = re.sub(r"\s", "", page)
        assert re.sub(r"\s", "", face.member_name) in without_breaks
        assert grouped(face.number) in page
        assert face.owner_name in page
        assert "スマートピット番号" in page
        assert "ローソン・ミニストップ・ファミリーマート" in re.sub(r"\s", "", page)


def test_pages_count_from_1() -> None:
    assert [page_of(index, Layout.A4) for index in (0, 9, 10, 119)] == [1, 1, 2, 12]
    assert [page_of(index, Layout.SINGLE) for index in (0, 9, 10)] == [1, 10, 11]


def test_the_page_is_a4_or_one_card_with_3_mm_of_bleed_and_a_trim_box() -> None:
    sheet = pypdfium2.PdfDocument(print_cards(card_faces(1), Layout.A4))[0]
    assert size_mm(sheet) == (210, 297)

    card = pypdfium2.PdfDocument(print_cards(card_faces(1), Layout.SINGLE))[0]
    assert size_mm(card) == (91.6, 59.98)
    left, bottom, right, top = (side / PT_PER_MM for side in card.get_trimbox())
    assert (left, bottom) == (pytest.approx(3, abs=0.01), pytest.approx(3, abs=0.01))
    assert right - left == pytest.approx(85.60, abs=0.01)
    assert top - bottom == pytest.approx(53.98, abs=0.01)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_font_is_embedded(layout: Layout) -> None:
    pdf = print_cards(card_faces(30), layout)
    fonts = re.findall(rb"<<[^<>]*/Type /Font\b(?!Desc)[^<>]*>>", pdf)
    described = [font for font in fonts if b"/FontDescriptor" in font]
    assert fonts
    assert described == fonts
    embedded = re.findall(rb"/FontFile2 \d+ 0 R", pdf)
    assert len(embedded) == len(fonts)
    assert len(re.findall(rb"/BaseFont /[A-Z]{6}\+NotoSansJP", pdf)) == len(fonts)
    assert b"Helvetica" not in pdf


@pytest.mark.parametrize("layout", LAYOUTS)
def test_bars_are_black_ink_only_with_quiet_zones_and_a_module_of_0_40_mm(layout: Layout) -> None:
    drawing = drawing_of(print_cards(card_faces(1), layout))
    before, bars = drawing.split(" cm 6 9 1 42 re", 1)[0], drawing
    colours = re.findall(r"^(.+) k$", before, re.M)
    assert colours[-1] == "0 0 0 1"
    assert not re.search(r"\brg\b|\bRG\b|\bg\b|\bsh\b|\bImage\b", drawing)

    scale, x = re.findall(r"q (\S+) 0 0 \S+ (\S+) \S+ cm \d", bars)[0]
    assert float(scale) / PT_PER_MM >= MODULE_MM_MIN
    assert float(scale) / PT_PER_MM == pytest.approx(0.40, abs=0.001)
    assert float(x) > 0


def test_quiet_zones_of_11_and_7_modules_are_white_paper() -> None:
    dpi = 600
    page = pictures(print_cards(card_faces(1, specimen=True), Layout.SINGLE), dpi=dpi)[0]
    grey = page.convert("L")
    module = 0.40 * dpi / 25.4
    first_bar_mm = 3 + 85.60 - 5.5 - 95 * 0.40
    top_mm, foot_mm = 3 + 53.98 - 5 - 50 * 0.40, 3 + 53.98 - 5 - 10 * 0.40
    left, right = first_bar_mm * dpi / 25.4, (first_bar_mm + 95 * 0.40) * dpi / 25.4
    top, foot = top_mm * dpi / 25.4, foot_mm * dpi / 25.4
    beside_left = grey.crop((int(left - 11 * module), int(top), int(left - 2), int(foot)))
    beside_right = grey.crop((int(right + 3), int(top), int(right + 7 * module), int(foot)))
    assert beside_left.getextrema() == (255, 255)
    assert beside_right.getextrema() == (255, 255)
    assert grey.crop((int(left), int(top), int(right), int(foot))).getextrema()[0] < 60


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_specimen_says_so_and_still_scans(layout: Layout) -> None:
    faces = card_faces(10, specimen=True)
    pdf = print_cards(faces, layout)
    assert all("見本" in re.sub(r"\s", "", page) for page in texts(pdf))
    assert sum(len(page) for page in scanned(pictures(pdf))) == 10
    assert not any("見本" in page for page in texts(print_cards(card_faces(1), layout)))


def test_the_mark_of_a_specimen_is_nowhere_near_the_bars() -> None:
    plain, marked = (
        pictures(print_cards(card_faces(1, specimen=specimen), Layout.SINGLE))[0]
        for specimen in (False, True)
    )
    lower_half = (0, plain.height // 2, plain.width, plain.height)
    assert plain.crop(lower_half).tobytes() == marked.crop(lower_half).tobytes()
    assert plain.tobytes() != marked.tobytes()


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_same_cards_give_the_same_bytes(layout: Layout) -> None:
    faces = card_faces(25)
    assert print_cards(faces, layout) == print_cards(faces, layout)


@pytest.mark.parametrize(
    "name",
    [
        "李",
        "佐藤 花子",
        "学校法人国際文化交流協会東京事務局",
        "アレクサンドラ・マリア・フォン・ヴァイツゼッカー",
        "Christopher Alexander Montgomery-Wellington III",
        "W" * 100,
        "寿限無" * 33,
        "あ い" * 30,
    ],
)
def test_a_name_of_any_length_fits_its_room_and_loses_nothing(name: str) -> None:
    name_set = _fitted_name(name)
    assert re.sub(r"\s", "", "".join(name_set.lines)) == re.sub(r"\s", "", name)
    assert len(name_set.lines) <= 2
    assert all(name_set.lines)
    for line in name_set.lines:
        assert width_of(line, _NAME_ROOM.font, name_set.size) <= _NAME_ROOM.width


def test_a_short_name_is_large_and_a_long_one_breaks_at_a_space_or_a_dot() -> None:
    assert _fitted_name("佐藤 花子").size == 14
    lines = _fitted_name("アレクサンドラ・マリア・フォン・ヴァイツゼッカー").lines
    assert lines == ("アレクサンドラ・マリア・", "フォン・ヴァイツゼッカー")
    lines = _fitted_name("Christopher Alexander Montgomery-Wellington III").lines
    assert lines == ("Christopher Alexander", "Montgomery-Wellington III")


def test_no_line_begins_with_a_mark_that_belongs_to_the_letter_before() -> None:
    assert _fitted_name("あ" * 12 + "ー" + "い" * 11).lines[1][0] != "ー"
    assert _fitted_name("あ" * 12 + "か\u309a" + "い" * 13).lines[1][0] != "\u309a"


def test_cards_of_two_owners_share_a_file_but_not_a_front() -> None:
    first, second = card_faces(2)
    other = CardFace("あおばモール", "林", second.number, second.barcode_number, specimen=False)
    page = texts(print_cards([first, other]))[0]
    assert "つばさファンクラブ" in page
    assert "あおばモール" in page


def test_characters_the_font_lacks_are_named_once_in_order() -> None:
    assert missing_glyphs("𠮷田 髙﨑 邉葛 ｻﾄｳ Ω é") == []
    assert missing_glyphs("佐😀藤\U000e0100😀") == ["😀", "\U000e0100"]


def test_a_card_is_never_printed_with_a_box_for_a_character() -> None:
    face = card_faces(1)[0]
    for owner_name, name in ((face.owner_name, "佐藤😀"), ("クラブ😀", "佐藤")):
        with pytest.raises(AssertionError):
            print_cards([CardFace(owner_name, name, face.number, face.barcode_number)])
