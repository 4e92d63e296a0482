"""見本: a pale stamp on each side of a card whose number pays nothing in a store.

It is set where no bars, no QR code and no number are, as large as there is room, and away from
words if it can be. A second, small 見本 stands near the edge. Each has a thin white rim, so that
it shows on a dark design too.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from math import cos, dist, radians, sin
from typing import Final

from cards.printing.boxes import Area, box_of
from cards.printing.face import CardFace
from cards.printing.geometry import PT_PER_MM
from cards.printing.kit import Kit, Mark, filled, rectangle, stroked
from cards.printing.layout import (
    Barcode,
    Colour,
    Field,
    Image,
    Number,
    Postal,
    Qr,
    Shape,
    Side,
    Text,
)
from cards.printing.pdf_file import number, numbers

_WORD: Final = "見本"
_STAMP_MM: Final = (21.6, 12.0)
_SMALL_MM: Final = (5.6, 2.8)
_SCALES: Final = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3)
_SCALE_OVER_WORDS: Final = 0.7  # No smaller for the sake of words.
_USUAL_SHARE: Final = 0.55
_EDGE_MM: Final = 1.6
_STEP_MM2: Final = 5_000  # A card of this size is looked over millimetre by millimetre.
_APART_MM: Final = 20.0
_SLANT: Final = 9  # Degrees, as a hand sets a stamp.
_PALE: Final[Colour] = (0, 30, 26, 0)
_RED: Final[Colour] = (0, 70, 60, 0)
_WHITE: Final[Colour] = (0, 0, 0, 0)

Cost = Callable[[Area], tuple[float, ...]]


def specimen_mark(side: Side, size_mm: tuple[float, float], kit: Kit) -> Mark:
    """Return the stamp and the small word; they are looked for when the first specimen comes."""

    @cache
    def content() -> str:
        return _content(side, size_mm, kit)

    def draw(face: CardFace) -> str:
        return content() if face.specimen else ""

    return Mark(Area(0, 0, *size_mm), draw, is_shared=True)


def _content(side: Side, size_mm: tuple[float, float], kit: Kit) -> str:
    kept_free = [box_of(it) for it in side.elements if isinstance(it, Barcode | Qr | Number)]
    words = [_usual_box_of(it) for it in side.elements if isinstance(it, Text | Field | Postal)]
    drawn = [box_of(it) for it in side.elements if isinstance(it, Shape | Image)]

    def cost(place: Area) -> tuple[float, float, float, float]:
        return _covered(place, words), _crossed(place, drawn), -place.x, -place.y

    large = _stamp_place(size_mm, kept_free, cost)
    content = _stamp(kit.points(large), kit) if large else ""
    small = _small_place(size_mm, kept_free, lambda place: _apart(place, large, cost(place)))
    return content + (_small_word(kit.points(small), kit) if small else "")


def _usual_box_of(element: Text | Field | Postal) -> Area:
    """Return where words usually stand: a field's box has room for the longest name there is."""
    box = box_of(element)
    if not isinstance(element, Field) or element.align != "left" or element.rotation:
        return box
    return Area(box.x, box.y, box.width * _USUAL_SHARE, box.height)


def _stamp_place(
    size_mm: tuple[float, float], kept_free: Sequence[Area], cost: Cost
) -> Area | None:
    """Return the place for the stamp: as large as words leave room for, or else small."""
    for scale in _SCALES:
        size = _STAMP_MM[0] * scale, _STAMP_MM[1] * scale
        free = [it for it in _places(size, size_mm) if not _covered(it.grown(0.5), kept_free)]
        best = min(free, key=cost, default=None)
        if best is not None and (scale <= _SCALE_OVER_WORDS or not cost(best)[0]):
            return best
    return None


def _small_place(
    size_mm: tuple[float, float], kept_free: Sequence[Area], cost: Cost
) -> Area | None:
    """Return the place for the small word, along the edge."""
    inside = Area(0, 0, *size_mm).grown(-_EDGE_MM - _step_mm(size_mm))
    edge = [
        place
        for place in _places(_SMALL_MM, size_mm)
        if not inside.holds(place) and not _covered(place, kept_free)
    ]
    return min(edge, key=cost, default=None)


def _places(size: tuple[float, float], card: tuple[float, float]) -> Iterable[Area]:
    """Yield places all over the card, a step apart."""
    step = _step_mm(card)
    across = int((card[0] - 2 * _EDGE_MM - size[0]) / step)
    down = int((card[1] - 2 * _EDGE_MM - size[1]) / step)
    for row in range(down + 1):
        for column in range(across + 1):
            yield Area(_EDGE_MM + column * step, _EDGE_MM + row * step, *size)


def _step_mm(card: tuple[float, float]) -> float:
    """Return how far apart places are tried: wider on a postcard, whose preview shall not wait."""
    return max(1.0, card[0] * card[1] / _STEP_MM2)


def _covered(place: Area, boxes: Iterable[Area]) -> float:
    """Return how much of these boxes a place covers, in square millimetres."""
    covered = 0.0
    for box in boxes:
        across = min(place.right, box.right) - max(place.x, box.x)
        down = min(place.foot, box.foot) - max(place.y, box.y)
        covered += max(0.0, across) * max(0.0, down)
    return covered


def _apart(place: Area, large: Area | None, cost: tuple[float, ...]) -> tuple[float, ...]:
    """Return the cost of the small word's place: two marks side by side would say no more."""
    if large is None:
        return cost
    away = dist((place.x, place.y), (large.x + large.width / 2, large.y + large.height / 2))
    words, crossed, *rest = cost
    return words + _covered(place, [large]), crossed, -min(away, _APART_MM), *rest


def _crossed(place: Area, boxes: Iterable[Area]) -> int:
    """Return how many edges run through a place: on a wide ground it shows as well as beside."""
    return sum(place.overlaps(box) and not box.holds(place) for box in boxes)


def _stamp(box: Area, kit: Kit) -> str:
    """Draw the slanting stamp inside its box."""
    across, up = cos(radians(_SLANT)), sin(radians(_SLANT))
    scale = box.width / (_STAMP_MM[0] * PT_PER_MM)
    frame = Area(-28.0, -12.0, 56.0, 24.0)
    turned = f"q {numbers(across * scale, up * scale, -up * scale, across * scale)}"
    middle = numbers(box.x + box.width / 2, box.y + box.height / 2)
    path = rectangle(frame, 4.0)
    typeface, size, spacing = kit.fonts["bold"], 20.0, 3.0
    width = typeface.width(_WORD) * size + spacing
    word = f"{numbers(-width / 2, -0.37 * size)} Td {number(spacing)} Tc {typeface.set(_WORD)} Tj"
    font = f"BT /{typeface.resource} {number(size)} Tf"
    return (
        f"{turned} {middle} cm 1 j\n{stroked(_WHITE, 0.8)}{path}S\n"
        f"{font} 1 Tr {word} ET\n"
        f"{stroked(_PALE, 0.38)}{path}S\n{filled(_PALE)}{font} 0 Tr {word} ET\nQ\n"
    )


def _small_word(box: Area, kit: Kit) -> str:
    typeface, size = kit.fonts["bold"], 6.0
    place = numbers(
        box.x + (box.width - typeface.width(_WORD) * size) / 2,
        box.y + box.height / 2 - 0.37 * size,
    )
    word = f"BT /{typeface.resource} {number(size)} Tf {place} Td"
    shown = f"{typeface.set(_WORD)} Tj ET\n"
    rim, ink = stroked(_WHITE, 0.4), filled(_RED)
    return f"q 1 j {rim}{word} 1 Tr {shown}{ink}{word} 0 Tr {shown}Q\n"
