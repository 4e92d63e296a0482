"""A name is never clipped: it is set smaller, then on two lines, then smaller still."""

import unicodedata
from dataclasses import dataclass
from typing import Final

from cards.printing.fonts import width_of

_NEVER_FIRST: Final = frozenset(
    "ー々ゝゞ・、。，．）」』】〉》〕!?！？ぁぃぅぇぉっゃゅょァィゥェォッャュョ"
)


@dataclass(frozen=True, slots=True)
class Room:
    """How much room a text has, in points: one line may be as large as ``size_max``."""

    width: float
    font: str
    size_max: float
    size_of_one_line_min: float
    size_of_two_lines_max: float


@dataclass(frozen=True, slots=True)
class Fitted:
    """One or two lines and the size at which both fit."""

    lines: tuple[str, ...]
    size: float


def fitted(text: str, room: Room) -> Fitted:
    """Return the text as large as its room allows."""
    size = min(room.size_max, _size_that_fits(text, room))
    if size >= room.size_of_one_line_min or len(text) < 2:
        return Fitted((text,), _floored(size))

    lines = _two_lines(text, room)
    widest = min(_size_that_fits(line, room) for line in lines)
    return Fitted(lines, _floored(min(room.size_of_two_lines_max, widest)))


def _size_that_fits(text: str, room: Room) -> float:
    return room.width / max(width_of(text, room.font, 1), 0.001)


def _floored(size: float) -> float:
    """Return the size in hundredths, dropped, so that rounding never makes a line too wide."""
    return int(size * 100) / 100


def _two_lines(text: str, room: Room) -> tuple[str, str]:
    """Return the split with the shorter longest line; at a space if there is a fair one."""
    whole = width_of(text, room.font, 1)
    places = range(1, len(text))
    breaks = [place for place in places if _may_break(text, place)] or places

    def cost(place: int) -> float:
        first = width_of(text[:place].rstrip(), room.font, 1)
        longest = max(first, whole - width_of(text[:place], room.font, 1))
        return longest if text[place].isspace() else longest + whole * 0.12

    place = min(breaks, key=cost)
    return text[:place].rstrip(), text[place:].lstrip()


def _may_break(text: str, place: int) -> bool:
    """Tell whether a line may end before ``place``: not inside a Latin word or a cluster."""
    before, after = text[place - 1], text[place]
    if after in _NEVER_FIRST or unicodedata.combining(after):
        return False
    return not (before.isascii() and before.isalnum() and after.isascii() and after.isalnum())
