"""How much room an element takes, in millimetres: what an editor, a check and the press agree on.

Like a layout's own measures, boxes count from the upper left corner of the trimmed card.
"""

from dataclasses import dataclass
from typing import Final

from cards.barcode import (
    CODE128_MODULES,
    FULL_WIDTH_MODULES,
    NW7_MODULES,
    QUIET_LEFT_MODULES,
    QUIET_MODULES,
    QUIET_RIGHT_MODULES,
)
from cards.printing.layout import AnyElement, Barcode, Qr, Symbology

EAN13_DIGITS_MODULES: Final = 9  # The readable digits, which the guards reach into.
DIGITS_MM: Final = 2.6  # The digits of the other codes, however fine the bars are.
# A QR code's quiet zone is four modules; how many modules it has follows from the address.
QR_QUIET_MODULES: Final = 4

_QUIETS: Final = {
    Symbology.EAN13: (QUIET_LEFT_MODULES, QUIET_RIGHT_MODULES),
    Symbology.CODE128: (QUIET_MODULES, QUIET_MODULES),
    Symbology.NW7: (QUIET_MODULES, QUIET_MODULES),
}
_WIDTHS: Final = {
    Symbology.EAN13: FULL_WIDTH_MODULES,
    Symbology.CODE128: CODE128_MODULES + 2 * QUIET_MODULES,
    Symbology.NW7: NW7_MODULES + 2 * QUIET_MODULES,
}


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle in millimetres; ``x, y`` is its upper left corner."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def foot(self) -> float:
        return self.y + self.height

    def grown(self, by_mm: float) -> "Area":
        """Return the area with so much more (or, below nought, less) on each side."""
        return Area(self.x - by_mm, self.y - by_mm, self.width + 2 * by_mm, self.height + 2 * by_mm)

    def overlaps(self, other: "Area") -> bool:
        across = self.x < other.right and other.x < self.right
        return across and self.y < other.foot and other.y < self.foot

    def holds(self, other: "Area") -> bool:
        """Tell whether the other lies within; a hair's breadth (1 µm) outside is within."""
        room = self.grown(0.001)
        across = room.x <= other.x and other.right <= room.right
        return across and room.y <= other.y and other.foot <= room.foot


def width_of_element(element: AnyElement) -> float:
    """Return the width in millimetres before the element is turned; quiet zones are inside."""
    if isinstance(element, Barcode):
        return _WIDTHS[element.symbology] * element.module_mm
    return element.width


def height_of_element(element: AnyElement) -> float:
    """Return the height in millimetres before the element is turned."""
    return element.width if isinstance(element, Qr) else element.height


def box_of(element: AnyElement) -> Area:
    """Return the box the element takes on its side, as it is turned about its centre."""
    return turned(element, unturned_box_of(element))


def unturned_box_of(element: AnyElement) -> Area:
    """Return the element's box as its layout names it, before it is turned."""
    return Area(element.x, element.y, width_of_element(element), height_of_element(element))


def bars_box_of(element: Barcode) -> Area:
    """Return the box of the bars alone, without quiet zones and digits, as it is turned.

    The guards of an EAN-13 code reach a little further down; a scanner needs only these bars.
    """
    left, right = quiet_modules_of(element)
    module = element.module_mm
    box = unturned_box_of(element)
    bars = Area(
        box.x + left * module,
        box.y,
        box.width - (left + right) * module,
        max(0.0, box.height - digits_height_of(element)),
    )
    return turned(element, bars)


def digits_height_of(element: Barcode) -> float:
    """Return the height of the strip of readable digits at the element's foot."""
    if element.symbology is Symbology.EAN13:
        return EAN13_DIGITS_MODULES * element.module_mm
    return DIGITS_MM


def quiet_modules_of(element: Barcode) -> tuple[int, int]:
    """Return how many modules must stay white at the left and the right of the bars."""
    return _QUIETS[element.symbology]


def turned(element: AnyElement, part: Area) -> Area:
    """Return where a part of the element comes to lie when the element is turned.

    Turned by 90 degrees clockwise, what was on the element's left is at its top.
    """
    whole = unturned_box_of(element)
    middle_x, middle_y = whole.x + whole.width / 2, whole.y + whole.height / 2
    x, y = part.x + part.width / 2 - middle_x, part.y + part.height / 2 - middle_y
    width, height = part.width, part.height
    for _ in range(element.rotation // 90):
        x, y = -y, x
        width, height = height, width
    return Area(middle_x + x - width / 2, middle_y + y - height / 2, width, height)
