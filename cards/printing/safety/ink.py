"""What of an element prints: a code without the white it keeps, words without their spare room."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from cards.numbers import grouped
from cards.printing.boxes import (
    Area,
    box_of,
    quiet_modules_of,
    turned,
    unturned_box_of,
)
from cards.printing.fitting import LEADING, Fitted, Room, fitted
from cards.printing.fonts import BOLD, REGULAR, missing_glyphs, width_of
from cards.printing.geometry import PT_PER_MM
from cards.printing.layout import AnyElement, Barcode, Field, MemberField, Number, Text
from cards.printing.safety.thresholds import ADDRESS_LETTERS, NAME_LETTERS

Words = Text | Field | Number
_LONGEST: Final[Mapping[MemberField, str]] = {
    MemberField.OWNER_NAME: "名" * NAME_LETTERS,
    MemberField.MEMBER_NAME: "名" * NAME_LETTERS,
    MemberField.MEMBER_REFERENCE: "0" * 16,
    MemberField.POSTAL_CODE: "000-0000",
    MemberField.ADDRESS1: "住" * ADDRESS_LETTERS,
    MemberField.ADDRESS2: "住" * ADDRESS_LETTERS,
}
_SHARES: Final = {"left": 0.0, "center": 0.5, "right": 1.0}


@lru_cache(maxsize=512)
def inked_box_of(element: AnyElement) -> Area:
    """Return the box of what is printed, of a field with the longest words it is meant for.

    It is asked for of each pair of elements, and words take long to set: one answer each is kept.
    """
    if isinstance(element, Barcode):
        left, right = (modules * element.module_mm for modules in quiet_modules_of(element))
        whole = unturned_box_of(element)
        bars = Area(whole.x + left, whole.y, whole.width - left - right, whole.height)
        return turned(element, bars)
    if isinstance(element, Text | Field | Number):
        return _box_of_words(element)
    return box_of(element)


def longest_words(element: Words) -> str:
    """Return the words that need the most room."""
    if isinstance(element, Number):
        return grouped("0" * 13)
    if isinstance(element, Field):
        return f"{element.prefix}{_LONGEST[element.field]}{element.suffix}"
    return element.text


def fitted_words(element: Words) -> Fitted | None:
    """Return the longest words as the press sets them; letters it lacks have no width: None."""
    text = longest_words(element)
    if missing_glyphs("".join(text.splitlines())):
        return None
    room = Room(
        width=element.width * PT_PER_MM,
        height=element.height * PT_PER_MM,
        font=_font_of(element),
        size=element.size_pt,
        lines_max=1 if isinstance(element, Number) else element.lines_max,
        kept_last=len(element.suffix) if isinstance(element, Field) else 0,
    )
    return fitted(text, room)


def _box_of_words(element: Words) -> Area:
    words = fitted_words(element)
    if words is None:
        return box_of(element)
    whole = unturned_box_of(element)
    widest = max(width_of(line, _font_of(element), words.size) for line in words.lines)
    width = min(widest / PT_PER_MM, whole.width)
    lines = 1 + (len(words.lines) - 1) * LEADING
    height = min(words.size * lines / PT_PER_MM, whole.height)
    x = whole.x + (whole.width - width) * _SHARES[element.align]
    y = whole.y + (whole.height - height) / 2
    return turned(element, Area(x, y, width, height))


def _font_of(element: Words) -> str:
    return BOLD if element.font == "bold" else REGULAR
