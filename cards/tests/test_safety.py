"""Each fault of a design is found, and a design without it is not accused."""

from dataclasses import fields, replace

import pytest
from PIL import Image as Picture

from cards.printing.boxes import digits_height_of
from cards.printing.designs import DEFAULT
from cards.printing.layout import (
    AnyElement,
    Background,
    Barcode,
    Fit,
    Image,
    Layout,
    Medium,
    MemberField,
    Number,
    Postal,
    PostalMark,
    Qr,
    Shape,
    Side,
    Symbology,
    Text,
)
from cards.printing.safety import findings
from cards.printing.safety.codes import bar_tolerance_mm
from cards.tests.safety_cast import (
    ART,
    BARS,
    NAME,
    NUMBER,
    QR,
    artwork_of,
    found,
    layout,
    page,
    raster,
    striped,
)


def test_a_sound_design_has_no_finding():
    assert found(layout(NAME, NUMBER, BARS, QR)) == {}


def test_a_finding_says_what_where_and_what_to_do():
    (finding,) = found(layout(NUMBER, replace(BARS, module_mm=0.2))).values()
    assert (finding.side, finding.element_id, finding.severity) == ("front", "bars", "error")
    assert finding.words == (
        "表面のバーコード（左から 30.0 mm、上から 36.0 mm）：モジュール幅 0.2 mm は細すぎます"
        "（最小 0.264 mm）。300 dpi のプリンターでは 0.339 mm にしてください。"
    )


def test_a_finding_names_the_back_where_it_is_on_the_back():
    of = Layout(Medium.PLASTIC, Side(elements=(NUMBER,)), Side(elements=(replace(BARS, y=50),)))
    assert found(of)["outside"].side == "back"
    assert found(of)["outside"].words.startswith("裏面のバーコード")


def test_the_worst_comes_first():
    of = layout(NUMBER, replace(BARS, x=200), replace(QR, x=1), medium=Medium.PET)
    order = [finding.severity.value for finding in findings(of, {})]
    assert order == sorted(order, key=["error", "warning", "note"].index)
    assert set(order) == {"error", "warning", "note"}


@pytest.mark.parametrize(
    ("module", "dpi", "code", "severity"),
    [
        (0.26, 300, "module_small", "error"),
        (0.264, 600, "module_not_whole_dots", "warning"),
        (0.30, 300, "module_not_whole_dots", "warning"),
        (0.33, 203, "module_not_whole_dots", "warning"),
        (0.40, 300, "module_not_whole_dots", "note"),  # one dot more is within the tolerance
        (0.40, 203, "module_not_whole_dots", "note"),
        (0.40, 600, None, None),  # 9.4 dots: half a dot more or less is no matter
        (0.339, 300, None, None),
        (0.4235, 300, None, None),
        (0.376, 203, None, None),
    ],
)
def test_a_module_is_wide_enough_and_a_whole_number_of_dots(
    module: float, dpi: int, code: str | None, severity: str | None
):
    bars = replace(BARS, module_mm=module)
    told = {(it.code, it.severity.value) for it in found(layout(NUMBER, bars), dpi=dpi).values()}
    assert told == ({(code, severity)} if code else set())


def test_the_tolerance_of_a_bar_is_the_standards():
    assert [round(bar_tolerance_mm(module), 3) for module in (0.264, 0.33, 0.66)] == [
        0.035,
        0.101,
        0.255,
    ]


def test_the_centres_own_design_is_sound():
    assert [it.code for it in findings(DEFAULT, {})] == ["module_not_whole_dots"]
    assert findings(DEFAULT, {}, dpi=600) == []


def test_the_nearest_good_modules_are_named():
    words = found(layout(NUMBER, replace(BARS, module_mm=0.4)))["module_not_whole_dots"].words
    assert "0.4 mm は 300 dpi で 4.72 ドット" in words
    assert "0.339 mm、0.424 mm をおすすめします" in words


@pytest.mark.parametrize(
    ("symbology", "rotation"), [(Symbology.EAN13, 0), (Symbology.CODE128, 0), (Symbology.EAN13, 90)]
)
@pytest.mark.parametrize(("bars_mm", "severity"), [(6.9, "error"), (9.9, "warning"), (10, None)])
def test_bars_are_high_enough(
    symbology: Symbology, rotation: int, bars_mm: float, severity: str | None
):
    bars = replace(BARS, x=25, y=25, module_mm=0.339, symbology=symbology, rotation=rotation)
    bars = replace(bars, height=bars_mm + digits_height_of(bars))
    number = replace(NUMBER, y=6)
    got = found(layout(number, bars)).get("bars_low")
    assert (got.severity.value if got else None) == severity


@pytest.mark.parametrize(
    "other",
    [
        Text(id="t", x=32, y=38, width=5, height=5, text="左"),
        Shape(id="s", x=32, y=38, width=5, height=5, fill=(0, 0, 0, 10)),
        Shape(id="s", x=31, y=38, width=60, height=5, stroke=(0, 0, 0, 10)),
        Image(id="i", x=32, y=38, width=5, height=5, artwork=ART),
        replace(NUMBER, id="other", y=34),
        replace(QR, id="other", x=60, y=25),
    ],
)
def test_nothing_enters_a_quiet_zone(other: AnyElement):
    got = found(layout(NAME, BARS, other, replace(NUMBER, id="n", y=20)), {ART: raster()})
    assert got["quiet_zone"].severity == "error"
    assert got["quiet_zone"].element_id in {"bars", "other"}


@pytest.mark.parametrize(
    "other",
    [
        Text(id="t", x=5, y=38, width=25, height=5, text="左"),  # its edge is the zone's edge
        Shape(id="s", x=29, y=35, width=50, height=16, stroke=(0, 0, 0, 100)),  # a frame around
        Shape(id="s", x=32, y=38, width=5, height=5),  # draws nothing
    ],
)
def test_what_only_touches_a_quiet_zone_is_no_fault(other: AnyElement):
    assert found(layout(NUMBER, BARS, other)) == {}


def test_what_lies_beneath_a_white_ground_is_no_fault_unless_it_should_be_read():
    under = Shape(id="s", x=10, y=32, width=70, height=20, fill=(100, 50, 0, 20))
    number = replace(NUMBER, y=20)
    assert found(layout(number, under, BARS)) == {}
    words = Text(id="t", x=40, y=38, width=20, height=5, text="読めない")
    assert set(found(layout(number, words, BARS))) == {"quiet_zone"}


def test_a_covered_number_is_an_error_and_covered_words_a_warning():
    over = Shape(id="s", x=5, y=4, width=60, height=40, fill=(0, 0, 0, 0))
    assert {
        (finding.element_id, finding.code, finding.severity.value)
        for finding in findings(layout(NAME, NUMBER, over), {})
    } == {("number", "covered", "error"), ("name", "covered", "warning")}
    assert found(layout(over, NAME, NUMBER)) == {}


def test_a_number_that_another_word_stands_on_is_an_error_and_two_words_a_warning():
    assert found(layout(NUMBER, replace(NAME, y=32)))["overlap"].severity == "error"
    beside = Text(id="t", x=10, y=8, width=20, height=5, text="様")
    assert found(layout(NUMBER, NAME, beside))["overlap"].severity == "warning"
    assert found(layout(NUMBER, NAME, replace(beside, y=11))) == {}


@pytest.mark.parametrize("element", [NUMBER, NAME, BARS, QR])
def test_what_is_read_stands_inside_the_card_and_3_mm_from_its_edge(element: AnyElement):
    rest = () if isinstance(element, Number) else (NUMBER,)
    for x, codes in ((-20, {"outside"}), (200, {"outside"}), (1, {"safe_zone"})):
        at = -2 if x == 1 and isinstance(element, Barcode) else x
        if x == 1 and isinstance(element, Barcode):
            continue  # Its own white keeps the bars away from the edge.
        assert set(found(layout(*rest, replace(element, x=at)))) == codes, x
    assert found(layout(*rest, replace(element, x=3 if element is not BARS else 28))) == {}


def test_bars_may_have_their_quiet_zone_up_to_the_edge():
    assert set(found(layout(NUMBER, replace(BARS, x=0)))) == set()
    assert set(
        found(
            layout(
                NUMBER,
                replace(BARS, x=0, module_mm=0.264),
            ),
            dpi=2400,
        )
    ) == {"safe_zone"}  # 11 modules of 0.264 are 2.9 mm


def test_a_picture_may_run_over_the_edge_but_not_lie_beyond_it():
    art = {ART: raster()}
    bled = Image(id="i", x=-3, y=-3, width=30, height=20, artwork=ART)
    assert set(found(layout(NUMBER, bled), art)) == {"artwork_rgb"}
    assert "unseen" in found(layout(NUMBER, replace(bled, x=100)), art)


def test_a_card_that_nobody_can_pay_with_is_an_error():
    assert found(layout(NAME))["unpayable"].severity == "error"
    assert found(layout(BARS))["number_missing"].severity == "warning"
    assert found(layout(NUMBER)) == {}


def test_letters_that_cannot_be_printed_are_named():
    text = Text(id="t", x=5, y=20, width=40, height=5, text="ようこそ👍\n葛\U000e0100城")
    words = found(layout(NUMBER, text))["glyph_missing"].words
    assert "「👍」（U+1F44D）" in words
    assert "U+E0100" in words
    field = replace(NAME, suffix=" 様👍")
    assert found(layout(NUMBER, field))["glyph_missing"].element_id == "name"
    assert found(layout(NUMBER, replace(text, text="ようこそ\n髙﨑𠮷"))) == {}


def test_a_qr_code_has_modules_a_telephone_can_see():
    # An address of 50 letters needs 33 modules, with its quiet zones 41.
    assert found(layout(NUMBER, replace(QR, width=13.6))) == {}
    assert found(layout(NUMBER, replace(QR, width=13)))["qr_small"].severity == "warning"
    small = found(layout(NUMBER, replace(QR, width=9)))["qr_small"]
    assert small.severity == "error"
    assert "13.6 mm 以上" in small.words
    longer = "https://cards.example.com/" + "x" * 60
    assert set(found(layout(NUMBER, replace(QR, width=13.6)), page_url=longer)) == {"qr_small"}


def test_a_postcard_says_that_it_is_one():
    card = replace(NUMBER, x=10, y=100)
    title = Postal(id="title", x=40, y=2, width=20, height=5, mark=PostalMark.TITLE)
    boxes = Postal(id="boxes", x=44, y=10, width=48, height=9, mark=PostalMark.BOXES)
    bare = found(layout(card, medium=Medium.POSTCARD))
    assert set(bare) == {"postcard_title", "postcard_boxes"}
    assert "第一種郵便物" in bare["postcard_title"].words
    assert found(layout(card, title, boxes, medium=Medium.POSTCARD)) == {}


def test_pet_is_noted_as_to_be_confirmed():
    note = found(layout(NUMBER, medium=Medium.PET))["pet_unconfirmed"]
    assert note.severity == "note"
    assert "要確認" in note.words


def test_artwork_is_fine_enough_whole_and_embeds_its_fonts():
    of = layout(NUMBER, background=Background(ART))
    cmyk = artwork_of(Picture.new("CMYK", (1082, 709)), "JPEG")
    assert found(of, {ART: cmyk}) == {}
    assert found(of, {})["artwork_missing"].severity == "error"
    assert found(of, {ART: raster()})["artwork_rgb"].severity == "note"
    coarse = artwork_of(Picture.new("CMYK", (720, 472)), "JPEG")
    assert found(of, {ART: coarse})["artwork_coarse"].severity == "warning"
    assert "199 dpi" in found(of, {ART: coarse})["artwork_coarse"].words
    assert found(of, {ART: page()}) == {}
    bare = replace(page(), unembedded_fonts=("MS-Mincho",))
    assert found(of, {ART: bare})["fonts_unembedded"].severity == "error"
    assert "MS-Mincho" in found(of, {ART: bare})["fonts_unembedded"].words


def test_a_background_that_ends_at_the_trim_is_warned_of():
    trimmed = layout(NUMBER, background=Background(ART, Fit.TRIM))
    assert set(found(trimmed, {ART: page(85.6, 53.98)})) == {"background_short"}


@pytest.mark.parametrize(
    ("element", "is_small"),
    [
        (replace(NAME, width=36, size_pt=8), False),
        (replace(NAME, width=25, size_pt=12), True),
        (replace(NAME, width=30, height=12, size_pt=12, lines_max=2), False),
        (replace(NAME, field=MemberField.ADDRESS1, width=50, size_pt=8), True),
        (
            replace(NAME, field=MemberField.ADDRESS1, width=50, height=9, size_pt=8, lines_max=2),
            False,
        ),
        (
            Text(id="name", x=5, y=20, width=10, height=5, size_pt=9, text="とても長い文章です"),
            True,
        ),
        (
            Text(id="name", x=5, y=20, width=40, height=5, size_pt=9, text="とても長い文章です"),
            False,
        ),
        (replace(NUMBER, id="name", width=12), True),
    ],
)
def test_the_longest_words_stay_large_enough(element: AnyElement, *, is_small: bool):
    number = replace(NUMBER, y=44)
    got = found(layout(number, element)).get("words_small")
    assert (got is not None) == is_small
    if got:
        assert (got.element_id, got.severity) == ("name", "warning")


def test_the_same_design_is_found_the_same():
    of = layout(NUMBER, replace(BARS, ground=False), QR, background=Background(ART))
    assert findings(of, {ART: striped()}) == findings(of, {ART: striped()})


@pytest.mark.parametrize("of_type", [Barcode, Number, Qr])
def test_what_is_scanned_or_keyed_has_no_colour_of_its_own(of_type: type[AnyElement]):
    assert "colour" not in {field.name for field in fields(of_type)}
