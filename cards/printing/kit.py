"""What elements are drawn with: a file's fonts and pictures, and millimetres turned into points.

A ``Mark`` is a piece of a side. What is the same on every card is drawn once and named by each
card; only the rest is drawn for each. All drawing is in points from the card's lower left corner.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import cos, radians, sin
from typing import Final
from uuid import UUID

from cards.printing.boxes import Area, turned, unturned_box_of
from cards.printing.face import CardFace
from cards.printing.geometry import PT_PER_MM
from cards.printing.layout import BLACK, AnyElement, Colour
from cards.printing.pdf_file import number, numbers
from cards.printing.pictures import Picture
from cards.printing.typeface import Typeface

Draw = Callable[[CardFace], str]

BLACK_INK: Final = "0 0 0 1 k\n"  # What each page begins with, and each mark returns to.
_ROUND: Final = 0.5523  # How far a curve's handles reach to look like a quarter of a circle.


@dataclass(frozen=True, slots=True)
class Mark:
    """A piece of a side: where it is, how it is drawn, and whether all cards share it.

    A shared mark may depend on the owner's name and on 見本, which few cards differ in.
    """

    box: Area
    draw: Draw
    is_shared: bool


@dataclass(frozen=True, slots=True)
class Kit:
    """The fonts and pictures of one file, and how high the card (or the page) is."""

    fonts: Mapping[str, Typeface]
    pictures: Mapping[UUID, Picture]
    height_mm: float

    def points(self, area: Area) -> Area:
        """Return the area in points from the lower left corner; its ``y`` is then its foot."""
        return Area(
            area.x * PT_PER_MM,
            (self.height_mm - area.foot) * PT_PER_MM,
            area.width * PT_PER_MM,
            area.height * PT_PER_MM,
        )

    def box_of(self, element: AnyElement) -> Area:
        """Return the element's box in points, before it is turned."""
        return self.points(unturned_box_of(element))

    def shared(self, element: AnyElement, content: str) -> Mark:
        """Return the mark of an element that is the same on every card."""
        head, tail = self.turning(element)
        return self.shared_by(element, lambda _: f"{head}{content}{tail}")

    def shared_by(self, element: AnyElement, draw: Draw) -> Mark:
        """Return the mark of an element that few cards differ in."""
        return Mark(turned(element, unturned_box_of(element)), draw, is_shared=True)

    def own(self, element: AnyElement, draw: Draw) -> Mark:
        """Return the mark of an element that differs from card to card."""
        return Mark(turned(element, unturned_box_of(element)), draw, is_shared=False)

    def turning(self, element: AnyElement) -> tuple[str, str]:
        """Return what turns the element about its centre, and what turns the page back."""
        if not element.rotation:
            return "", ""
        box = self.box_of(element)
        x, y = box.x + box.width / 2, box.y + box.height / 2
        across, up = round(cos(radians(element.rotation))), round(sin(radians(element.rotation)))
        matrix = numbers(across, -up, up, across, x - across * x - up * y, y + up * x - across * y)
        return f"q {matrix} cm\n", "Q\n"


def filled(colour: Colour) -> str:
    return f"{_inks(colour)} k\n"


def stroked(colour: Colour, width_mm: float) -> str:
    return f"{_inks(colour)} K {number(width_mm * PT_PER_MM)} w\n"


def _inks(colour: Colour) -> str:
    return numbers(*(ink / 100 for ink in colour))


def in_colour(colour: Colour, content: str) -> str:
    """Return the content filled with a colour; black is what a page is drawn with anyway."""
    return content if colour == BLACK else f"{filled(colour)}{content}{BLACK_INK}"


def rectangle(box: Area, radius: float = 0.0) -> str:
    """Return the path of a rectangle in points, its corners rounded if it has a radius."""
    radius = min(radius, box.width / 2, box.height / 2)
    if radius <= 0:
        return f"{numbers(box.x, box.y, box.width, box.height)} re\n"
    left, foot, right, top = box.x, box.y, box.right, box.foot
    near, far = radius, radius * (1 - _ROUND)
    steps = (
        f"{numbers(left + near, foot)} m",
        f"{numbers(right - near, foot)} l",
        f"{numbers(right - far, foot, right, foot + far, right, foot + near)} c",
        f"{numbers(right, top - near)} l",
        f"{numbers(right, top - far, right - far, top, right - near, top)} c",
        f"{numbers(left + near, top)} l",
        f"{numbers(left + far, top, left, top - far, left, top - near)} c",
        f"{numbers(left, foot + near)} l",
        f"{numbers(left, foot + far, left + far, foot, left + near, foot)} c h\n",
    )
    return " ".join(steps)
