"""Words on a card: texts, the fields of its holder, and its number."""

from functools import partial
from operator import attrgetter
from typing import Final

from cards.numbers import grouped
from cards.printing.boxes import Area
from cards.printing.face import CardFace
from cards.printing.fitting import LEADING, Fitted, Room, fitted
from cards.printing.kit import BLACK_INK, Draw, Kit, Mark, filled, in_colour
from cards.printing.layout import BLACK, Field, MemberField, Number, Text
from cards.printing.pdf_file import number, numbers
from cards.printing.typeface import Typeface

_MIDDLE: Final = 0.37  # Of a letter above its baseline, in sizes.
_SHARES: Final = {"left": 0.0, "center": 0.5, "right": 1.0}
_NUMBER_PATTERN: Final = grouped("0" * 13)


def text_mark(element: Text, kit: Kit) -> Mark:
    content = set_in_box(element.text, element, kit)
    return kit.shared(element, in_colour(element.colour, content))


def field_mark(element: Field, kit: Kit) -> Mark:
    """Return the mark of a field; all cards of an owner share its name."""
    draw = _field_drawing(element, kit)
    if element.field is MemberField.OWNER_NAME:
        return kit.shared_by(element, draw)
    return kit.own(element, draw)


def _field_drawing(element: Field, kit: Kit) -> Draw:
    """Return what sets a field: nearly all fit on one line at full size, and that is quick."""
    typeface, box = kit.fonts[element.font], kit.box_of(element)
    value_of = attrgetter(element.field.value)
    code, width = typeface.codes.__getitem__, typeface.widths.__getitem__
    room_at_full_size = box.width / element.size_pt * 1000 if box.height >= element.size_pt else 0
    is_left = element.align == "left"
    head, tail = _around(element, kit)
    baseline = box.y + box.height / 2 - _MIDDLE * element.size_pt
    start = f"{head}BT /{typeface.resource} {number(element.size_pt)} Tf"
    left_start = f"{start} {numbers(box.x, baseline)} Td <"
    end = f"> Tj ET\n{tail}"

    def draw(face: CardFace) -> str:
        value = value_of(face)
        if not value:
            return ""
        text = f"{element.prefix}{value}{element.suffix}"
        wide = sum(map(width, text))
        if wide > room_at_full_size:
            return f"{head}{set_in_box(text, element, kit, len(element.suffix))}{tail}"
        if is_left:
            return f"{left_start}{''.join(map(code, text))}{end}"
        spare = box.width - wide * element.size_pt / 1000
        place = numbers(box.x + spare * _SHARES[element.align], baseline)
        return f"{start} {place} Td <{''.join(map(code, text))}{end}"

    return draw


def _around(element: Field, kit: Kit) -> tuple[str, str]:
    """Return what comes before and after a field's text: its colour, and how it is turned."""
    head, tail = kit.turning(element)
    if element.colour == BLACK:
        return head, tail
    return f"{head}{filled(element.colour)}", f"{BLACK_INK}{tail}"


def set_in_box(text: str, element: Text | Field, kit: Kit, kept_last: int = 0) -> str:
    """Return the text fitted into the element's box, its lines in the middle of the height."""
    typeface, box = kit.fonts[element.font], kit.box_of(element)
    room = Room(
        box.width,
        box.height,
        typeface.font,
        element.size_pt,
        element.lines_max,
        kept_last,
        balanced=isinstance(element, Field) or element.align != "left",
    )
    return lines_in_box(fitted(text, room), box, typeface, element.align)


def lines_in_box(words: Fitted, box: Area, typeface: Typeface, align: str) -> str:
    """Return lines about the middle of a box in points."""
    leading = words.size * LEADING
    baseline = box.y + box.height / 2 - _MIDDLE * words.size
    baseline += leading * (len(words.lines) - 1) / 2
    placed = []
    last_x = last_y = 0.0
    for line in words.lines:
        x = box.x + (box.width - typeface.width(line) * words.size) * _SHARES[align]
        if line:
            placed.append(f"{numbers(x - last_x, baseline - last_y)} Td {typeface.set(line)} Tj")
            last_x, last_y = round(x, 3), round(baseline, 3)
        baseline -= leading
    return f"BT /{typeface.resource} {number(words.size)} Tf {' '.join(placed)} ET\n"


def number_mark(element: Number, kit: Kit) -> Mark:
    """Return the mark of the number, 4-4-5; its digits are all as wide, so it fits once for all."""
    typeface, box = kit.fonts[element.font], kit.box_of(element)
    code = typeface.codes.__getitem__
    size = fitted(_NUMBER_PATTERN, Room(box.width, box.height, typeface.font, element.size_pt)).size
    spare = box.width - typeface.width(_NUMBER_PATTERN) * size
    place = numbers(box.x + spare * _SHARES[element.align], box.y + box.height / 2 - _MIDDLE * size)
    head, tail = kit.turning(element)
    head = f"{head}BT /{typeface.resource} {number(size)} Tf {place} Td <"
    return kit.own(element, partial(_number_drawn, code, head, f"> Tj ET\n{tail}"))


def _number_drawn(code: object, head: str, tail: str, face: CardFace) -> str:
    assert len(face.number) == len(_NUMBER_PATTERN) - 2
    return f"{head}{''.join(map(code, grouped(face.number)))}{tail}"  # type: ignore[call-overload]
