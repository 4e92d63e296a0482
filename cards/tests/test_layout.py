"""A layout is read from JSON as it is kept, and refused by name and place when it is wrong."""

from typing import Any

import pytest

from cards.printing.layout import (
    Background,
    Barcode,
    Field,
    Fit,
    Medium,
    MemberField,
    Number,
    Symbology,
    element_words,
    read_layout,
)
from cards.printing.layout_schema import _BY_TYPE
from smartpit.kernel.errors import Malformed

ARTWORK = "6f1c2f6e-3c52-4d29-9d5e-0a4a3d1f3b11"


def place(name: str, x: float, y: float, **size: float) -> dict[str, Any]:
    return {"id": name, "x": x, "y": y} | size


ELEMENTS: list[dict[str, Any]] = [
    {"type": "shape", "fill": [100, 80, 28, 30]} | place("band", -3, -3, width=92, height=15),
    {"type": "text", "text": "会員\nカード"} | place("words", 5, 5, width=40, height=8),
    {"type": "field", "field": "member_name"} | place("name", 5, 20, width=70, height=8),
    {"type": "number"} | place("number", 5, 32, width=40, height=5),
    {"type": "barcode", "symbology": "nw7"} | place("bars", 40, 35, height=15),
    {"type": "qr"} | place("qr", 65, 5, width=15),
    {"type": "image", "artwork": ARTWORK} | place("logo", 5, 40, width=15, height=9),
    {"type": "postal", "mark": "boxes"} | place("boxes", 44, 12, width=47, height=8),
]


def document(**words: Any) -> dict[str, Any]:
    front = {"background": {"artwork": ARTWORK, "fit": "trim"}, "elements": ELEMENTS}
    return {"format": 1, "medium": "plastic", "front": front} | words


def refused(**words: Any) -> list[tuple[str, str]]:
    with pytest.raises(Malformed) as why:
        read_layout(document(**words))
    return [(fault["field"], fault["code"]) for fault in why.value.extra["errors"]]


def element(**words: Any) -> dict[str, Any]:
    text = {"type": "text", "text": "あ"} | place("a", 0, 0, width=9, height=9)
    return {"elements": [text | words]}


def test_every_type_of_element_is_read_and_kept_as_it_was():
    layout = read_layout(document(back={"elements": []}))
    again = read_layout(layout.document())

    assert again == layout
    assert layout.medium is Medium.PLASTIC
    assert layout.front.background == Background(next(iter(layout.artworks)), Fit.TRIM)
    by_id = {it.id: it for it in layout.elements}
    assert isinstance(by_id["number"], Number)
    assert isinstance(by_id["name"], Field)
    assert by_id["name"].field is MemberField.MEMBER_NAME
    assert isinstance(by_id["bars"], Barcode)
    assert by_id["bars"].symbology is Symbology.NW7
    assert layout.has_qr


def test_the_schema_knows_the_same_words_as_the_dataclasses():
    of_schema = {name: frozenset(it["properties"]) - {"type"} for name, it in _BY_TYPE.items()}
    assert of_schema == element_words()


@pytest.mark.parametrize("wrong", [None, [], "x", 1, {}])
def test_what_is_no_layout_at_all_is_malformed(wrong):
    with pytest.raises(Malformed):
        read_layout(wrong)


@pytest.mark.parametrize(
    ("words", "field", "code"),
    [
        ({"medium": "wood"}, "$.medium", "enum"),
        ({"format": 2}, "$.format", "const"),
        ({"colour": "red"}, "$", "additionalProperties"),
        ({"front": element(x="5")}, "$.front.elements[0].x", "type"),
        ({"front": element(x=float("nan"))}, "$", "json"),
        ({"front": element(width=0)}, "$.front.elements[0].width", "exclusiveMinimum"),
        ({"front": element(rotation=45)}, "$.front.elements[0].rotation", "enum"),
        ({"front": element(type="video")}, "$.front.elements[0].type", "enum"),
        ({"front": element(colour=[0, 0, 0, 101])}, "$.front.elements[0].colour[3]", "maximum"),
        ({"front": element(text="")}, "$.front.elements[0].text", "minLength"),
        ({"front": element(text="abc\u202e")}, "$.front.elements[0].text", "pattern"),
        ({"front": element(text="a\x00")}, "$.front.elements[0].text", "pattern"),
        ({"front": element(onclick="x")}, "$.front.elements[0]", "additionalProperties"),
        ({"back": element() | {"background": {"artwork": "../x"}}}, "$.back", "anyOf"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(words, field, code):
    assert (field, code) in refused(**words)


def test_an_id_stands_once_on_a_side():
    twice = element()["elements"] * 2
    assert refused(front={"elements": twice}) == [("$.front.elements", "uniqueIds")]


@pytest.mark.parametrize("text", ["\ud800", "x\uffff", "\ufffe", "\x00"])
def test_what_is_no_character_is_no_text(text: str):
    assert refused(front=element(text=text)) == [("$.front.elements[0].text", "pattern")]


@pytest.mark.parametrize(
    ("word", "wrong"),
    [("id", {"id": "a\n"}), ("prefix", {"type": "field", "field": "address1", "prefix": "a\n"})],
)
def test_no_line_break_hides_behind_a_word(word: str, wrong: dict[str, Any]):
    made = {"elements": [element(**wrong)["elements"][0]]}
    if word == "prefix":
        del made["elements"][0]["text"]
    assert refused(front=made) == [(f"$.front.elements[0].{word}", "pattern")]


def test_no_line_break_hides_behind_an_artworks_name():
    image = {"type": "image", "artwork": f"{ARTWORK}\n"} | place("i", 0, 0, width=9, height=9)
    wrong = {"elements": [image]}
    assert refused(front=wrong) == [("$.front.elements[0].artwork", "pattern")]
    ground = {"background": {"artwork": f"{ARTWORK}\n"}, "elements": []}
    assert refused(front=ground)[0][0].startswith("$.front.background")


def test_a_design_holds_no_book():
    pages = [element(id=f"t{page}", text="あ" * 1_000)["elements"][0] for page in range(6)]
    read_layout(document(front={"elements": pages[:5]}))
    assert refused(front={"elements": pages}) == [("$", "maxLength")]


def test_a_design_is_no_album():
    image = {"type": "image", "artwork": ARTWORK} | place("i", 0, 0, width=9, height=9)
    album = [image | {"id": f"i{page}"} for page in range(21)]
    read_layout(document(front={"elements": album[:20]}))
    assert refused(front={"elements": album}) == [("$", "maxItems")]
