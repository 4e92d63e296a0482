"""Words are never clipped: they are set smaller, on more lines if there may be, then smaller still.

Lines break by the Japanese rules (禁則): a closing mark never begins a line, an opening one never
ends it, and a Latin word stays whole as long as that leaves the words large enough.
"""

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import Final

from cards.printing.typeface import widths_of

LEADING: Final = 1.3  # From line to line, in sizes.
_ONE_LINE_SHARE: Final = 0.75  # One line a quarter smaller is calmer than two.
_WHOLE_WORDS_SHARE: Final = 0.6  # Smaller than that, a word is broken instead.
_UNEVEN_BREAK: Final = 0.12  # What a break inside a phrase costs, as a share of the whole.

_NEVER_FIRST: Final = frozenset(
    "ー々ゝゞ・、。，．,.:;：；)）」』】》〉〕］]}｝!?！？〜ぁぃぅぇぉっゃゅょァィゥェォッャュョ゛゜ヽヾ％%"
)
_NEVER_LAST: Final = frozenset("(（「『【《〈〔［[{｛〒￥¥")
_GOOD_LAST: Final = frozenset("・、。，．,;；）」』】!?！？-")


@dataclass(frozen=True, slots=True)
class Room:
    """How much room words have, in points; ``kept_last`` characters stay together at the end.

    A paragraph fills its lines; a name or a heading is ``balanced``: lines as even as its phrases
    allow.
    """

    width: float
    height: float
    font: str
    size: float
    lines_max: int = 1
    kept_last: int = 0
    balanced: bool = True


@dataclass(frozen=True, slots=True)
class Fitted:
    """Lines, and the size at which all of them fit."""

    lines: tuple[str, ...]
    size: float


@lru_cache(maxsize=4096)
def fitted(text: str, room: Room) -> Fitted:
    """Return the text as large as its room allows."""
    paragraphs = text.split("\n")
    best = _lines_as_they_are(paragraphs, room)
    enough = _ONE_LINE_SHARE if room.balanced and len(paragraphs) == 1 else 1.0
    if best.size >= room.size * enough or room.lines_max <= len(paragraphs):
        return best

    whole_words = _broken(paragraphs, room, _may_break)
    if whole_words.size < room.size * _WHOLE_WORDS_SHARE:
        whole_words = max(whole_words, _broken(paragraphs, room, _may_tear), key=_size)
    return max(best, whole_words, key=_size)


def _size(words: Fitted) -> float:
    return words.size


def _lines_as_they_are(lines: Sequence[str], room: Room) -> Fitted:
    widest = max(_width(line, room) for line in lines)
    return Fitted(tuple(lines), _size_of(len(lines), widest, room))


def _size_of(count: int, widest: float, room: Room) -> float:
    """Return the size at which so many lines fit, in hundredths and dropped, never rounded up."""
    of_height = room.height / (1 + (count - 1) * LEADING)
    size = min(room.size, of_height, room.width / max(widest, 0.001))
    return max(0.01, int(size * 100 + 1e-6) / 100)


def _width(text: str, room: Room) -> float:
    return _length(text, room) / 1000


def _length(text: str, room: Room) -> float:
    return sum(map(widths_of(room.font).__getitem__, text))


_MayBreak = Callable[[str, int], bool]


def _broken(paragraphs: Sequence[str], room: Room, may_break: _MayBreak) -> Fitted:
    """Return the lines of the number that allows the largest size; of two such, the fewer."""
    ways = [
        _broken_into(count, paragraphs, room, may_break)
        for count in range(len(paragraphs), room.lines_max + 1)
    ]
    return max(ways, key=_size)


def _broken_into(count: int, paragraphs: Sequence[str], room: Room, may_break: _MayBreak) -> Fitted:
    """Return at most ``count`` lines; two balanced ones are as even as whole phrases make them."""
    if room.balanced and count == 2 and len(paragraphs) == 1:
        return _lines_as_they_are(_two_lines(paragraphs[0], room, may_break), room)
    pieces = [_pieces(paragraph, room, may_break) for paragraph in paragraphs]
    narrow, wide = 0.0, max(_width(paragraph, room) for paragraph in paragraphs)
    # At full size the lines are filled; only words too long for that are spread evenly.
    full = room.width / min(room.size, room.height / (1 + (count - 1) * LEADING))
    if len(_filled(pieces, full)) <= count:
        return _lines_as_they_are(_filled(pieces, full), room)
    for _ in range(16):
        middle = (narrow + wide) / 2
        if len(_filled(pieces, middle)) <= count:
            wide = middle
        else:
            narrow = middle
    return _lines_as_they_are(_filled(pieces, wide), room)


def _two_lines(text: str, room: Room, may_break: _MayBreak) -> tuple[str, ...]:
    """Return the split with the shorter longest line, at the end of a phrase if that is fair."""
    whole = _width(text, room)
    enough = room.width / min(room.size, room.height / (1 + LEADING))
    last = len(text) - room.kept_last
    breaks = [place for place in range(1, last) if may_break(text, place)]
    if not breaks:
        return (text,)

    up_to = [0.0, *accumulate(_length(letter, room) for letter in text)]

    def cost(place: int) -> tuple[float, float]:
        end, start = len(text[:place].rstrip()), len(text) - len(text[place:].lstrip())
        longest = max(up_to[end], up_to[-1] - up_to[start]) / 1000
        is_phrase = text[place].isspace() or text[place - 1] in _GOOD_LAST
        return max(longest, enough) + (0 if is_phrase else whole * _UNEVEN_BREAK), longest

    place = min(breaks, key=cost)
    return text[:place].rstrip(), text[place:].lstrip()


@dataclass(frozen=True, slots=True)
class _Piece:
    """Words between two places where a line may end; they are measured once, and set often."""

    text: str
    length: float  # In thousandths of a size, which are whole: their sums are exact.
    until_end: float  # Without the space at the end; of a piece that is space alone, nothing.
    lead: float  # The space at the beginning.


def _pieces(text: str, room: Room, may_break: _MayBreak) -> list[_Piece]:
    """Return the text cut wherever a line may end."""
    last = len(text) - room.kept_last
    cuts = [0, *(place for place in range(1, last) if may_break(text, place)), len(text)]
    return [_piece(text[start:end], room) for start, end in pairwise(cuts)]


def _piece(text: str, room: Room) -> _Piece:
    length = _length(text, room)
    lead = length - _length(text.lstrip(), room)
    return _Piece(text, length, _length(text.rstrip(), room), lead)


def _filled(paragraphs: Sequence[Sequence[_Piece]], width: float) -> list[str]:
    """Return lines as full as the width allows; a piece wider than a line stands alone."""
    lines = []
    for pieces in paragraphs:
        line, length = "", 0.0
        for piece in pieces:
            if line and piece.until_end and (length + piece.until_end) / 1000 > width:
                lines.append(line.rstrip())
                line, length = piece.text.lstrip(), piece.length - piece.lead
            else:
                line += piece.text
                length += piece.length
        lines.append(line.rstrip())
    return lines


def _may_break(text: str, place: int) -> bool:
    """Tell whether a line may end before ``place``: not inside a Latin word or a cluster."""
    before, after = text[place - 1], text[place]
    if before.isspace():
        return not after.isspace()
    if after.isspace() or not _may_tear(text, place):
        return after.isspace()
    if before == "-":
        return after.isalnum()
    return not (_is_of_a_word(before) and _is_of_a_word(after))


def _may_tear(text: str, place: int) -> bool:
    """Tell whether a line may end before ``place`` when words do not stay whole."""
    before, after = text[place - 1], text[place]
    return not (after in _NEVER_FIRST or unicodedata.combining(after) or before in _NEVER_LAST)


def _is_of_a_word(letter: str) -> bool:
    """Tell whether the letter is of a script that parts its words by spaces."""
    return ord(letter) < 0x2E80 and not letter.isspace()
