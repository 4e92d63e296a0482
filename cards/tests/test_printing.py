import re
from io import BytesIO

import pikepdf
import pypdfium2
import pytest

from cards.numbers import grouped
from cards.printing.face import CardFace
from cards.printing.fitting import Fitted, Room, fitted
from cards.printing.fonts import BOLD, missing_glyphs, width_of
from cards.printing.geometry import MODULE_MM_MIN, PT_PER_MM, pt
from cards.printing.press import print_cards
from cards.printing.profiles import PROFILES, Profile, page_of
from cards.tests.factories import card_faces, pictures, scanned, texts

SHEETS = [PROFILES["a4"], PROFILES["card"]]
on_each_sheet = pytest.mark.parametrize("profile", SHEETS, ids=lambda profile: profile.code)


def drawing_of(pdf: bytes) -> str:
    """Return what the pages and forms of this PDF draw, pages last, as text."""
    with pikepdf.open(BytesIO(pdf)) as document:
        forms = [it for it in document.objects if isinstance(it, pikepdf.Stream)]
        drawn = [it.read_bytes() for it in forms if it.get("/Subtype") == "/Form"]
        drawn += [page.Contents.read_bytes() for page in document.pages]
    return b"\n".join(drawn).decode("latin-1")


NAME_ROOM = Room(pt(74.6), pt(8.5), BOLD, 14, lines_max=2, kept_last=2)


def named(name: str) -> Fitted:
    """Return a name as the design ``default`` sets it, in a room that leaves 様 with the name."""
    return fitted(f"{name} 様", NAME_ROOM)


def size_mm(page: pypdfium2.PdfPage) -> tuple[float, float]:
    width, height = page.get_size()
    return round(width / PT_PER_MM, 2), round(height / PT_PER_MM, 2)


@on_each_sheet
def test_every_code_of_twenty_cards_is_read_back_from_its_page(profile: Profile) -> None:
    faces = card_faces(20)
    read = scanned(pictures(print_cards(faces, profile=profile)))
    for index, face in enumerate(faces):
        assert face.barcode_number in read[page_of(index, profile) - 1]
    assert sum(len(page) for page in read) == 20


def test_cards_lie_on_an_a4_page_left_to_right_and_downwards() -> None:
    faces = card_faces(12)
    read = scanned(pictures(print_cards(faces, profile=PROFILES["a4"]), dpi=200))
    assert [code for page in read for code in page] == [face.barcode_number for face in faces]


@on_each_sheet
def test_each_page_names_its_members_and_their_numbers(profile: Profile) -> None:
    faces = card_faces(11)
    pages = texts(print_cards(faces, profile=profile))
    for index, face in enumerate(faces):
        page = pages[page_of(index, profile) - 1]
        without_breaks = re.sub(r"\s", "", page)
        assert re.sub(r"\s", "", face.member_name) in without_breaks
        assert grouped(face.number) in page
        assert face.owner_name in page
        assert "スマートピット番号" in page
        assert "ローソン・ミニストップ・ファミリーマート" in re.sub(r"\s", "", page)


def test_pages_count_from_1() -> None:
    assert [page_of(index, PROFILES["a4"]) for index in (0, 9, 10, 119)] == [1, 1, 2, 12]
    assert [page_of(index, PROFILES["card"]) for index in (0, 9, 10)] == [1, 10, 11]


def test_the_page_is_a4_or_one_card_with_3_mm_of_bleed_and_a_trim_box() -> None:
    sheet = pypdfium2.PdfDocument(print_cards(card_faces(1), profile=PROFILES["a4"]))[0]
    assert size_mm(sheet) == (210, 297)

    card = pypdfium2.PdfDocument(print_cards(card_faces(1), profile=PROFILES["card"]))[0]
    assert size_mm(card) == (91.6, 59.98)
    left, bottom, right, top = (side / PT_PER_MM for side in card.get_trimbox())
    assert (left, bottom) == (pytest.approx(3, abs=0.01), pytest.approx(3, abs=0.01))
    assert right - left == pytest.approx(85.60, abs=0.01)
    assert top - bottom == pytest.approx(53.98, abs=0.01)


@on_each_sheet
def test_every_font_is_embedded(profile: Profile) -> None:
    with pikepdf.open(BytesIO(print_cards(card_faces(30), profile=profile))) as pdf:
        fonts = [
            it
            for it in pdf.objects
            if isinstance(it, pikepdf.Dictionary) and it.get("/Type") == "/Font"
        ]
        described = [it for it in fonts if "/FontDescriptor" in it]
        assert len(described) == 2
        assert all(it.FontDescriptor.FontFile2.read_bytes() for it in described)
        assert {str(it.Subtype) for it in fonts} == {"/Type0", "/CIDFontType2"}
        assert all(re.match(r"/[A-Z]{6}\+NotoSansJP", str(it.BaseFont)) for it in fonts)


@on_each_sheet
def test_bars_are_black_ink_only_with_quiet_zones_and_a_module_of_0_40_mm(
    profile: Profile,
) -> None:
    pdf = print_cards(card_faces(1), profile=profile)
    with pikepdf.open(BytesIO(pdf)) as document:
        page = document.pages[0].Contents.read_bytes().decode("latin-1")
    # The page's one colour is set before anything else; a card's form keeps its own to itself.
    assert re.findall(r"^(.+) k$", page, re.M) == ["0 0 0 1"]
    assert page.startswith("0 0 0 1 k\n")
    assert not re.search(r"\brg\b|\bRG\b|\bg\b|\bsh\b|\bImage\b", drawing_of(pdf))

    scale, x = re.findall(r"q (\S+) 0 0 \S+ (\S+) \S+ cm\n\d", page)[0]
    assert float(scale) / PT_PER_MM >= MODULE_MM_MIN
    assert float(scale) / PT_PER_MM == pytest.approx(0.40, abs=0.001)
    assert float(x) > 0


def test_quiet_zones_of_11_and_7_modules_are_white_paper() -> None:
    dpi = 600
    page = pictures(print_cards(card_faces(1, specimen=True), profile=PROFILES["card"]), dpi=dpi)[0]
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


@on_each_sheet
def test_a_specimen_says_so_and_still_scans(profile: Profile) -> None:
    faces = card_faces(10, specimen=True)
    pdf = print_cards(faces, profile=profile)
    assert all("見本" in re.sub(r"\s", "", page) for page in texts(pdf))
    assert sum(len(page) for page in scanned(pictures(pdf))) == 10
    assert not any("見本" in page for page in texts(print_cards(card_faces(1), profile=profile)))


def test_the_mark_of_a_specimen_is_nowhere_near_the_bars() -> None:
    plain, marked = (
        pictures(print_cards(card_faces(1, specimen=specimen), profile=PROFILES["card"]))[0]
        for specimen in (False, True)
    )
    lower_half = (0, plain.height // 2, plain.width, plain.height)
    assert plain.crop(lower_half).tobytes() == marked.crop(lower_half).tobytes()
    assert plain.tobytes() != marked.tobytes()


@on_each_sheet
def test_the_same_cards_give_the_same_bytes(profile: Profile) -> None:
    faces = card_faces(25)
    assert print_cards(faces, profile=profile) == print_cards(faces, profile=profile)


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
    name_set = named(name)
    assert re.sub(r"\s", "", "".join(name_set.lines)) == re.sub(r"\s", "", name) + "様"
    assert len(name_set.lines) <= 2
    assert all(name_set.lines)
    for line in name_set.lines:
        assert width_of(line, NAME_ROOM.font, name_set.size) <= NAME_ROOM.width


def test_a_short_name_is_large_and_a_long_one_breaks_at_a_space_or_a_dot() -> None:
    assert named("佐藤 花子") == Fitted(("佐藤 花子 様",), 14)
    lines = named("アレクサンドラ・マリア・フォン・ヴァイツゼッカー").lines
    assert lines == ("アレクサンドラ・マリア・", "フォン・ヴァイツゼッカー 様")
    lines = named("Christopher Alexander Montgomery-Wellington III").lines
    assert lines == ("Christopher Alexander", "Montgomery-Wellington III 様")


def test_no_line_begins_with_a_mark_that_belongs_to_the_letter_before() -> None:
    assert named("あ" * 12 + "ー" + "い" * 11).lines[1][0] != "ー"
    assert named("あ" * 12 + "か\u309a" + "い" * 13).lines[1][0] != "\u309a"


def test_a_title_never_stands_alone_on_a_line() -> None:
    assert all(len(named("あ" * count).lines[-1]) > len(" 様") for count in range(1, 60))


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
