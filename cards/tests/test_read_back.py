"""What leaves the printer is read first: a wrong, missing or covered code is found and named."""

from dataclasses import replace
from io import BytesIO

import pikepdf
import pytest

from cards.numbers import barcode_number_from, grouped, number_from
from cards.printing.designs import DEFAULT
from cards.printing.face import CardFace
from cards.printing.layout import (
    AnyElement,
    Barcode,
    Field,
    Layout,
    Medium,
    MemberField,
    Number,
    Qr,
    Shape,
    Side,
    Symbology,
    Text,
)
from cards.printing.press import print_cards
from cards.printing.profiles import PROFILES, Duplex, Profile, page_of, single
from cards.printing.read_back import Misread, misreads, pages_of_card
from cards.printing.sample import READ_ALL_UP_TO, Part, Sample, pages_to_read

KEY = b"a key for tests only, 32 bytes.."
A4 = PROFILES["a4"]
NUMBER = Number(id="number", x=5, y=28, width=50, height=6)
NAME = Field(id="name", x=5, y=20, width=50, height=6, field=MemberField.MEMBER_NAME)
BARS = Barcode(id="bars", x=30, y=36, height=14, module_mm=0.4235)
QR = Qr(id="qr", x=62, y=5, width=20)
LAYOUT = Layout(Medium.PLASTIC, Side(elements=(NAME, NUMBER, BARS, QR)))


def face(counter: int, name: str = "髙橋 花子") -> CardFace:
    return CardFace(
        owner_name="学校法人さくら学園",
        member_name=name,
        number=number_from("joint", counter, KEY),
        barcode_number=barcode_number_from(counter, KEY),
        page_url=f"https://cards.example.com/c/{counter:022d}",
    )


FACES = [face(place) for place in range(12)]


def read(
    printed: list[CardFace],
    promised: list[CardFace] = FACES,
    *,
    layout: Layout = LAYOUT,
    as_printed: Layout | None = None,
    profile: Profile = A4,
) -> list[Misread]:
    """Print some cards, perhaps by another layout, and read them as those that were promised."""
    return misreads(
        print_cards(printed, as_printed or layout, {}, profile), promised, layout, profile
    )


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES.keys())
def test_what_is_printed_right_reads_right_by_every_profile(profile: Profile):
    layout = LAYOUT
    if profile.cell_height_mm > 100:
        layout = replace(LAYOUT, medium=Medium.POSTCARD)
    two = replace(layout, back=replace(layout.front))
    assert read(FACES, layout=two, profile=profile) == []
    assert read(FACES, layout=layout, profile=profile.started_at(profile.per_page)) == []


def test_the_centres_own_design_reads_right():
    assert read(FACES, layout=DEFAULT) == []


@pytest.mark.parametrize("symbology", Symbology)
@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_every_symbology_reads_right_however_it_is_turned(symbology: Symbology, rotation: int):
    bars = Barcode(
        id="bars", x=4, y=10, height=16, module_mm=0.3, symbology=symbology, rotation=rotation
    )
    number = replace(NUMBER, y=110, rotation=rotation)
    layout = Layout(Medium.POSTCARD, Side(elements=(replace(bars, y=40, x=20), number)))
    assert read(FACES[:2], FACES[:2], layout=layout, profile=single((100, 148), 0)) == []


@pytest.mark.parametrize("duplex", [Duplex.LONG_EDGE, Duplex.SHORT_EDGE])
def test_a_back_is_read_where_it_lies_behind_its_front(duplex: Duplex):
    layout = Layout(Medium.PLASTIC, Side(elements=(NAME,)), Side(elements=(NUMBER, BARS)))
    profile = replace(A4, duplex=duplex)
    assert read(FACES, layout=layout, profile=profile) == []
    swapped = [FACES[1], FACES[0], *FACES[2:]]
    assert {(it.index, it.page) for it in read(swapped, layout=layout, profile=profile)} == {
        (0, 2),
        (1, 2),
    }


def test_bars_of_another_number_are_found_and_the_card_named():
    wrong = [*FACES]
    wrong[7] = replace(FACES[7], barcode_number=barcode_number_from(99, KEY))
    (misread,) = read(wrong)
    assert (misread.index, misread.page) == (7, 1)
    assert f"EAN13 {FACES[7].barcode_number}" in misread.expected
    assert f"EAN13 {wrong[7].barcode_number}" in misread.found
    assert "1 ページの 8 枚目" in misread.words
    assert FACES[7].barcode_number in misread.words


@pytest.mark.parametrize(
    "changed",
    [
        {"number": number_from("joint", 99, KEY)},
        {"page_url": "https://cards.example.com/c/other"},
        {"page_url": ""},
        {"member_name": "山田 太郎"},
    ],
)
def test_whatever_differs_on_one_card_is_found(changed: dict[str, str]):
    wrong = [*FACES]
    wrong[11] = replace(FACES[11], **changed)  # type: ignore[arg-type]
    assert [(it.index, it.page) for it in read(wrong)] == [(11, 2)]


def test_no_members_name_is_told():
    wrong = [replace(FACES[0], member_name="山田 太郎"), *FACES[1:]]
    (misread,) = read(wrong)
    for words in (misread.words, str(misread)):
        assert "山田" not in words
        assert "髙橋" not in words
    assert "氏名" in misread.words


def drawn_over(*elements: AnyElement) -> Layout:
    return Layout(
        Medium.PLASTIC, replace(LAYOUT.front, elements=(*LAYOUT.front.elements, *elements))
    )


@pytest.mark.parametrize(
    "other",
    [
        Shape(id="s", x=33, y=36, width=0.8, height=10, fill=(0, 0, 0, 100)),  # left quiet zone
        Shape(id="s", x=75.8, y=36, width=1, height=10, fill=(0, 0, 0, 100)),  # right quiet zone
        Shape(id="s", x=63, y=5, width=10, height=1.2, fill=(0, 0, 0, 100)),  # above the QR code
        Shape(id="s", x=40, y=30, width=20, height=30, fill=(0, 0, 0, 0)),  # the bars themselves
        replace(BARS, id="b", x=2, y=2, symbology=Symbology.CODE128, module_mm=0.3),  # one more
        replace(QR, id="q", x=2, y=2, width=15),
    ],
)
def test_what_covers_or_joins_a_code_is_found(other: AnyElement):
    assert [it.index for it in read(FACES[:2], FACES[:2], as_printed=drawn_over(other))] == [0, 1]


@pytest.mark.parametrize("missing", ["bars", "qr", "number", "name"])
def test_what_is_missing_is_found(missing: str):
    kept = tuple(it for it in LAYOUT.front.elements if it.id != missing)
    printed = Layout(Medium.PLASTIC, Side(elements=kept))
    assert len(read(FACES, as_printed=printed)) == 12


def test_a_few_bars_of_a_code_that_look_like_nw7_are_no_code_of_their_own():
    one = replace(face(0), number="2842529411435", barcode_number="2911946570169")
    assert read([one], [one], layout=DEFAULT) == []  # A reader also sees Codabar B$4A in it.


def test_a_code_that_is_not_where_it_was_promised_is_found():
    moved = replace(BARS, y=8, x=2)
    printed = Layout(Medium.PLASTIC, Side(elements=(NAME, replace(NUMBER, y=45), moved, QR)))
    found = read(FACES[:1], FACES[:1], as_printed=printed)[0].found
    assert f"EAN13 {FACES[0].barcode_number}（位置違い）" in found


def test_the_number_in_figures_may_not_be_another_though_the_bars_are_right():
    words = Text(id="t", x=5, y=46, width=30, height=4, text=grouped(FACES[3].number))
    (misread,) = read(FACES[:1], FACES[:1], as_printed=drawn_over(words))
    assert grouped(FACES[3].number) in misread.found


def test_swapped_and_missing_pages_are_found():
    pdf = print_cards(FACES, LAYOUT, {}, single(LAYOUT.size_mm, 3))
    profile = single(LAYOUT.size_mm, 3)
    assert misreads(pdf, FACES, LAYOUT, profile) == []
    with pikepdf.open(BytesIO(pdf)) as document:
        document.pages.append(document.pages[4])
        document.pages[4] = document.pages[9]
        del document.pages[-1]
        del document.pages[11]
        paper = BytesIO()
        document.save(paper)
    assert {it.index for it in misreads(paper.getvalue(), FACES, LAYOUT, profile)} == {4, 11}


def test_only_the_wanted_pages_are_read():
    wrong = [replace(it, barcode_number=barcode_number_from(99, KEY)) for it in FACES]
    pdf = print_cards(wrong, LAYOUT, {}, A4)
    assert [it.index for it in misreads(pdf, FACES, LAYOUT, A4, pages={2})] == [10, 11]


def pages_of(index: int) -> list[int]:
    return pages_of_card(index, LAYOUT, A4)


def part(cards: int, of: int, number: int = 1, batch: str = "b") -> Part:
    return Part(batch, number, cards, of)


def test_all_of_a_small_order_is_read():
    sample = pages_to_read(part(1_000, READ_ALL_UP_TO), pages_of)
    assert sample == Sample(frozenset(range(1, 101)), 1_000, 1_000)


def test_a_large_order_is_sampled_the_same_each_time_and_at_both_ends():
    parts = [part(5_000, 100_000, number) for number in range(1, 21)]
    samples = [pages_to_read(it, pages_of) for it in parts]
    assert samples == [pages_to_read(it, pages_of) for it in parts]
    assert all({1, 500} <= sample.pages for sample in samples)
    assert sum(sample.read for sample in samples) >= 200
    assert len({sample.pages for sample in samples}) == 20
    assert pages_to_read(replace(parts[0], batch="c"), pages_of).pages != samples[0].pages


def test_a_short_last_part_is_sampled_too():
    sample = pages_to_read(part(1, 5_001, 2), pages_of)
    assert sample == Sample(frozenset({1}), 1, 1)
    sample = pages_to_read(part(5_000, 5_001), pages_of)
    assert 200 <= sample.read < 2_300
    assert page_of(4_999, A4) in sample.pages


def test_both_sides_of_a_sampled_card_are_read():
    duplex = PROFILES["a4-duplex"]
    layout = replace(LAYOUT, back=LAYOUT.front)
    sample = pages_to_read(part(2_000, 2_000), lambda index: pages_of_card(index, layout, duplex))
    assert {1, 2, 399, 400} <= sample.pages
    assert all(page % 2 == 0 or page + 1 in sample.pages for page in sample.pages)
