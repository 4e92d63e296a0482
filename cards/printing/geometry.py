"""Sizes of paper and card in millimetres, and boxes in points as a PDF counts them."""

from dataclasses import dataclass
from typing import Final

PT_PER_MM: Final = 72 / 25.4

CARD_WIDTH_MM: Final = 85.60  # ISO/IEC 7810 ID-1
CARD_HEIGHT_MM: Final = 53.98
CARD_CORNER_MM: Final = 3.18
BLEED_MM: Final = 3.0

POSTCARD_WIDTH_MM: Final = 100.0
POSTCARD_HEIGHT_MM: Final = 148.0

A4_WIDTH_MM: Final = 210.0
A4_HEIGHT_MM: Final = 297.0
CELL_WIDTH_MM: Final = 91.0
CELL_HEIGHT_MM: Final = 55.0
CELL_COLUMNS: Final = 2
CELL_ROWS: Final = 5

MODULE_MM_MIN: Final = 0.264  # 80 % of the nominal size, the least a register reads for certain
# At 300 dpi a reader also tries a third of the pixels. With 0.33 mm these are too few: on one page
# in twelve it saw a second, wrong number in a card's bars, with 0.36 on one in sixty. With 0.40 mm
# it did so on none of 240 pages.
MODULE_MM: Final = 0.40


def pt(length_mm: float) -> float:
    """Return a length in points, rounded as far as a PDF can tell and a press can hold."""
    return round(length_mm * PT_PER_MM, 3)


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in points; ``x`` and ``y`` are its lower left corner."""

    x: float
    y: float
    width: float
    height: float

    @property
    def corners(self) -> tuple[float, float, float, float]:
        """Left, bottom, right, top, as a PDF's page boxes are written."""
        return (self.x, self.y, self.x + self.width, self.y + self.height)


CARD: Final = Box(0, 0, pt(CARD_WIDTH_MM), pt(CARD_HEIGHT_MM))
CARD_WITH_BLEED: Final = Box(
    -pt(BLEED_MM), -pt(BLEED_MM), CARD.width + 2 * pt(BLEED_MM), CARD.height + 2 * pt(BLEED_MM)
)
