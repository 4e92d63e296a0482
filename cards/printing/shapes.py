"""Pictures, rectangles, and what the post asks of a postcard."""

from itertools import accumulate
from typing import Final

from cards.printing.boxes import Area
from cards.printing.face import CardFace
from cards.printing.fitting import Room, fitted
from cards.printing.geometry import PT_PER_MM
from cards.printing.kit import (
    BLACK_INK,
    Draw,
    Kit,
    Mark,
    filled,
    in_colour,
    rectangle,
    stroked,
)
from cards.printing.layout import (
    BLACK,
    Background,
    Colour,
    Fit,
    Image,
    Postal,
    PostalMark,
    Shape,
)
from cards.printing.pdf_file import number, numbers
from cards.printing.words import lines_in_box

# The post's own measures of the boxes (郵便番号枠): three with thick lines, four with thin ones.
POSTCODE_WIDTH_MM: Final = 47.7
POSTCODE_HEIGHT_MM: Final = 8.0
_BOX_MM: Final = 5.7
_STEPS_MM: Final = (0.0, 7.0, 7.0, 7.6, 6.8, 6.8, 6.8)
_THICK_MM: Final = 0.5
_THIN_MM: Final = 0.25
_THICK_BOXES: Final = 3
_DIGITS_PT: Final = 15.0
_MIDDLE_OF_A_DIGIT: Final = 0.365

_VERMILION: Final[Colour] = (0, 80, 75, 0)


def background_mark(
    background: Background, kit: Kit, size_mm: tuple[float, float], bleed_mm: float
) -> Mark:
    """Return the mark of a background: it covers its box, and what is over is cut off."""
    trim = Area(0, 0, *size_mm)
    box = trim if background.fit is Fit.TRIM else trim.grown(bleed_mm)
    content = kit.pictures[background.artwork].drawn(kit.points(box), covers=True)
    return Mark(box, lambda _: content, is_shared=True)


def image_mark(element: Image, kit: Kit) -> Mark:
    return kit.shared(element, kit.pictures[element.artwork].drawn(kit.box_of(element)))


def shape_mark(element: Shape, kit: Kit) -> Mark:
    path = rectangle(kit.box_of(element), element.radius_mm * PT_PER_MM)
    content = ""
    if element.fill is not None:
        content += f"{filled(element.fill)}{path}f\n{BLACK_INK}"
    if element.stroke is not None and element.stroke_mm > 0:
        content += f"{stroked(element.stroke, element.stroke_mm)}{path}S\n"
    return kit.shared(element, content)


def postal_marks(element: Postal, kit: Kit) -> list[Mark]:
    if element.mark is PostalMark.BOXES:
        return [_boxes_mark(element, kit), kit.own(element, _postcode_drawing(element, kit))]
    draw = _title if element.mark is PostalMark.TITLE else _paid
    return [kit.shared(element, draw(element, kit))]


def _postcode_boxes(element: Postal, kit: Kit) -> tuple[list[Area], float]:
    """Return the seven boxes in points, and how far they are scaled to the element's box."""
    scale = min(element.width / POSTCODE_WIDTH_MM, element.height / POSTCODE_HEIGHT_MM)
    box = kit.box_of(element)
    top = box.foot
    width, height = _BOX_MM * scale * PT_PER_MM, POSTCODE_HEIGHT_MM * scale * PT_PER_MM
    starts = accumulate(_STEPS_MM)
    return [
        Area(box.x + start * scale * PT_PER_MM, top - height, width, height) for start in starts
    ], scale


def _boxes_mark(element: Postal, kit: Kit) -> Mark:
    boxes, scale = _postcode_boxes(element, kit)
    content = ""
    for place, box in enumerate(boxes):
        line_mm = (_THICK_MM if place < _THICK_BOXES else _THIN_MM) * scale
        inside = box.grown(-line_mm * PT_PER_MM / 2)
        content += f"{stroked(_VERMILION, line_mm)}{rectangle(inside)}S\n"
    return kit.shared(element, content)


def _postcode_drawing(element: Postal, kit: Kit) -> Draw:
    """Return what sets the holder's postcode, a digit in the middle of each box."""
    boxes, scale = _postcode_boxes(element, kit)
    typeface, size = kit.fonts["regular"], _DIGITS_PT * scale
    half = typeface.width("0") * size / 2
    first = boxes[0]
    start = numbers(
        first.x + first.width / 2 - half, first.y + first.height / 2 - _MIDDLE_OF_A_DIGIT * size
    )
    steps = [f"{number(step * scale * PT_PER_MM)} 0" for step in _STEPS_MM[1:]]
    head, tail = kit.turning(element)

    def draw(face: CardFace) -> str:
        digits = [letter for letter in face.postal_code if letter.isdecimal()]
        if len(digits) != len(boxes):
            return ""
        set_digits = " ".join(
            f"{place} Td {typeface.set(str(int(digit)))} Tj"
            for place, digit in zip((start, *steps), digits, strict=True)
        )
        return f"{head}BT /{typeface.resource} {number(size)} Tf {set_digits} ET\n{tail}"

    return draw


def _title(element: Postal, kit: Kit) -> str:
    box = kit.box_of(element)
    return in_colour(_VERMILION, _words("郵 便 は が き", box, kit, 9.0))


def _words(text: str, box: Area, kit: Kit, size: float) -> str:
    typeface = kit.fonts["regular"]
    lines_max = text.count("\n") + 1
    words = fitted(text, Room(box.width, box.height, typeface.font, size, lines_max))
    return lines_in_box(words, box, typeface, "center")


def _paid(element: Postal, kit: Kit) -> str:
    """Draw 料金別納郵便: a ring in a square box, a rectangle in any other."""
    box = kit.box_of(element)
    is_round = abs(box.width - box.height) < 0.15 * max(box.width, box.height)
    if is_round:
        side = min(box.width, box.height)
        box = Area(box.x + (box.width - side) / 2, box.y + (box.height - side) / 2, side, side)
    line = box.grown(-0.5)
    radius = line.width / 2 if is_round else 0.0
    inside = line.grown(-box.height * (0.16 if is_round else 0.08))
    words = _words("料金別納\n郵便", inside, kit, box.height * 0.25)
    ring = f"{stroked(BLACK, 0.3)}{rectangle(line, radius)}S\n"
    return ring + words
