"""A design as data: what stands where on a card, in millimetres.

The origin is the upper left corner of the trimmed card, x runs right and y down, as a designer
measures. A layout is kept as JSON; ``read_layout`` checks it against a schema and turns it into
the dataclasses below, ``Layout.document`` turns it back. Nothing here draws.

Bars, the digits beneath them and the number have no colour of their own: they are black ink only.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from functools import cache
from typing import Any, Final
from uuid import UUID

from jsonschema import Draft202012Validator

from cards.printing.geometry import (
    CARD_HEIGHT_MM,
    CARD_WIDTH_MM,
    MODULE_MM,
    POSTCARD_HEIGHT_MM,
    POSTCARD_WIDTH_MM,
)
from cards.printing.layout_schema import SCHEMA
from smartpit.kernel.errors import Malformed

LETTERS_MAX: Final = 5_000  # Of all constant words of a design.
IMAGES_MAX: Final = 20  # Beside the backgrounds.
Colour = tuple[int, int, int, int]  # Cyan, magenta, yellow, black, each in percent.
BLACK: Final[Colour] = (0, 0, 0, 100)


class Medium(StrEnum):
    """What a design is made for. PET needs a proof that the centre has approved (要確認)."""

    PLASTIC = "plastic"
    PAPER = "paper"
    PET = "pet"
    POSTCARD = "postcard"
    PHONE = "phone"


class Symbology(StrEnum):
    """How ``barcode_number`` is printed."""

    EAN13 = "ean13"
    CODE128 = "code128"
    NW7 = "nw7"


class MemberField(StrEnum):
    """What of a card's holder can be printed."""

    OWNER_NAME = "owner_name"
    MEMBER_NAME = "member_name"
    MEMBER_REFERENCE = "member_reference"
    POSTAL_CODE = "postal_code"
    ADDRESS1 = "address1"
    ADDRESS2 = "address2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """A box on a side: ``x, y`` is its upper left corner before it is turned about its centre."""

    id: str
    x: float
    y: float
    rotation: int = 0  # Degrees clockwise: 0, 90, 180 or 270.


@dataclass(frozen=True, slots=True, kw_only=True)
class Box(Element):
    width: float
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words(Box):
    """Words set in a box: broken by the Japanese rules, made smaller until they fit."""

    font: str = "regular"  # Or bold.
    size_pt: float = 8.0
    align: str = "left"  # Or center, right.
    lines_max: int = 1
    colour: Colour = BLACK


@dataclass(frozen=True, slots=True, kw_only=True)
class Text(_Words):
    """The same words on every card."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Field(_Words):
    """A field of the card's holder; an empty one prints neither prefix nor suffix."""

    field: MemberField
    prefix: str = ""
    suffix: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Number(Box):
    """The card's number, grouped 4-4-5."""

    font: str = "bold"
    size_pt: float = 10.5
    align: str = "left"


@dataclass(frozen=True, slots=True, kw_only=True)
class Barcode(Element):
    """Bars with readable digits; the width follows from the module, quiet zones are inside.

    ``height`` is that of bars and digits together. ``ground`` paints the box paper-white first.
    """

    height: float
    symbology: Symbology = Symbology.EAN13
    module_mm: float = MODULE_MM
    ground: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Qr(Element):
    """The address of the card's phone page; ``width`` is the square's side, quiet zone inside."""

    width: float
    ground: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Image(Box):
    """An artwork of the owner, as large as its box allows in its own proportions."""

    artwork: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape(Box):
    """A rectangle; one with next to no height is a line."""

    fill: Colour | None = None
    stroke: Colour | None = None
    stroke_mm: float = 0.2
    radius_mm: float = 0.0


class PostalMark(StrEnum):
    BOXES = "boxes"  # 郵便番号枠: seven boxes, the holder's postcode in them.
    TITLE = "title"  # 郵便はがき
    PAID = "paid"  # 料金別納郵便


@dataclass(frozen=True, slots=True, kw_only=True)
class Postal(Box):
    """What the post asks of a postcard's address side."""

    mark: PostalMark


AnyElement = Text | Field | Number | Barcode | Qr | Image | Shape | Postal
_TYPES: Final[Mapping[str, type[Any]]] = {
    "text": Text,
    "field": Field,
    "number": Number,
    "barcode": Barcode,
    "qr": Qr,
    "image": Image,
    "shape": Shape,
    "postal": Postal,
}
_NAMES: Final = {of_type: name for name, of_type in _TYPES.items()}


class Fit(StrEnum):
    """Which box a background fills: the trimmed card with its bleed, or the trimmed card alone."""

    BLEED = "bleed"
    TRIM = "trim"


@dataclass(frozen=True, slots=True)
class Background:
    artwork: UUID
    fit: Fit = Fit.BLEED


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a card: its background, and its elements from the lowest to the topmost."""

    background: Background | None = None
    elements: tuple[AnyElement, ...] = ()


@dataclass(frozen=True, slots=True)
class Layout:
    """Both sides of a design."""

    medium: Medium
    front: Side
    back: Side | None = None

    @property
    def sides(self) -> tuple[Side, ...]:
        return (self.front,) if self.back is None else (self.front, self.back)

    @property
    def elements(self) -> Iterator[AnyElement]:
        for side in self.sides:
            yield from side.elements

    @property
    def size_mm(self) -> tuple[float, float]:
        """Width and height of the trimmed card."""
        return SIZES_MM[self.medium]

    @property
    def has_qr(self) -> bool:
        return any(isinstance(element, Qr) for element in self.elements)

    @property
    def artworks(self) -> frozenset[UUID]:
        """Return which artworks are drawn."""
        drawn = {element.artwork for element in self.elements if isinstance(element, Image)}
        return frozenset(
            drawn | {side.background.artwork for side in self.sides if side.background}
        )

    def document(self) -> dict[str, Any]:
        """Return the layout as the JSON it is kept as."""
        back = self.back and _side_document(self.back)
        return {"format": 1, "medium": self.medium.value, "front": _side_document(self.front)} | (
            {"back": back} if back is not None else {}
        )


_ID_1: Final = (CARD_WIDTH_MM, CARD_HEIGHT_MM)
SIZES_MM: Final[Mapping[Medium, tuple[float, float]]] = {
    Medium.PLASTIC: _ID_1,
    Medium.PAPER: _ID_1,
    Medium.PET: _ID_1,
    Medium.PHONE: _ID_1,
    Medium.POSTCARD: (POSTCARD_WIDTH_MM, POSTCARD_HEIGHT_MM),
}


def read_layout(document: object) -> Layout:
    """Return the layout of a JSON document, or refuse it as malformed, saying where and why."""
    require_json(document)
    faults = sorted(_validator().iter_errors(document), key=lambda fault: list(fault.path))
    if faults:
        raise Malformed(
            [{"field": fault.json_path, "code": str(fault.validator)} for fault in faults]
        )
    assert isinstance(document, dict)
    back = document.get("back")
    layout = Layout(
        medium=Medium(document["medium"]),
        front=_side(document["front"]),
        back=None if back is None else _side(back),
    )
    _require_unlike_ids(layout)
    _require_drawn_soon(layout)
    return layout


def require_json(document: object) -> None:
    """Refuse NaN and the infinities: Python reads them, JSON has none, and no limit stops them."""
    try:
        json.dumps(document, allow_nan=False)
    except ValueError:
        raise Malformed([{"field": "$", "code": "json"}]) from None


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(SCHEMA)


def _side(document: Mapping[str, Any]) -> Side:
    background = document.get("background")
    return Side(
        background=background
        and Background(UUID(background["artwork"]), Fit(background.get("fit", Fit.BLEED))),
        elements=tuple(_element(element) for element in document["elements"]),
    )


def _element(document: Mapping[str, Any]) -> AnyElement:
    of_type = _TYPES[document["type"]]
    words = {name: _value(name, value) for name, value in document.items() if name != "type"}
    element: AnyElement = of_type(**words)
    return element


def _value(name: str, value: Any) -> Any:
    reading = _READINGS.get(name)
    return value if reading is None or value is None else reading(value)


_READINGS: Final[Mapping[str, Any]] = {
    "artwork": UUID,
    "rotation": int,  # JSON's 90.0 is an integer too.
    "lines_max": int,
    "colour": lambda inks: tuple(map(int, inks)),
    "fill": lambda inks: tuple(map(int, inks)),
    "stroke": lambda inks: tuple(map(int, inks)),
    "symbology": Symbology,
    "field": MemberField,
    "mark": PostalMark,
}


def _side_document(side: Side) -> dict[str, Any]:
    background = side.background
    return {
        "background": background
        and {"artwork": str(background.artwork), "fit": background.fit.value},
        "elements": [_element_document(element) for element in side.elements],
    }


def _element_document(element: AnyElement) -> dict[str, Any]:
    words = {"type": _NAMES[type(element)]} | asdict(element)
    return {name: _plain(value) for name, value in words.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, StrEnum):
        return value.value
    return list(value) if isinstance(value, tuple) else value


def _require_unlike_ids(layout: Layout) -> None:
    """An editor and a report name an element by its id, so each side has each id once."""
    for place, side in zip(("front", "back"), layout.sides, strict=False):
        ids = [element.id for element in side.elements]
        if len(set(ids)) != len(ids):
            raise Malformed([{"field": f"$.{place}.elements", "code": "uniqueIds"}])


def _require_drawn_soon(layout: Layout) -> None:
    """A card has no room for a book or an album, and drawing one would keep others waiting.

    A picture may take seconds, as long as its reading may, and is drawn as often as it is named.
    """
    if sum(isinstance(element, Image) for element in layout.elements) > IMAGES_MAX:
        raise Malformed([{"field": "$", "code": "maxItems"}])
    letters = sum(
        len(element.text) if isinstance(element, Text) else len(element.prefix + element.suffix)
        for element in layout.elements
        if isinstance(element, Text | Field)
    )
    if letters > LETTERS_MAX:
        raise Malformed([{"field": "$", "code": "maxLength"}])


def element_words() -> Mapping[str, frozenset[str]]:
    """Return the words of each type of element: the schema must know the same."""
    return {name: frozenset(f.name for f in fields(of)) for name, of in _TYPES.items()}
