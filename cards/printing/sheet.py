"""Where a card lies: which page of the file, and where on that page."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from cards.printing.geometry import (
    A4_HEIGHT_MM,
    A4_WIDTH_MM,
    CARD_HEIGHT_MM,
    CARD_WIDTH_MM,
    CARD_WITH_BLEED,
    CELL_COLUMNS,
    CELL_HEIGHT_MM,
    CELL_ROWS,
    CELL_WIDTH_MM,
    pt,
)


class Layout(StrEnum):
    """How cards are laid on pages.

    Owners print on office printers, so ten on an A4 page is the rule; a print shop wants one card
    a page, with bleed and a trim box and no marks.
    """

    A4 = "a4"
    SINGLE = "single"


@dataclass(frozen=True, slots=True)
class Imposition:
    """A page's size in points and the lower left corners of the cards on it, in order."""

    width: float
    height: float
    places: tuple[tuple[float, float], ...]


def page_of(index: int, layout: Layout) -> int:
    """Return the page of the ``index``-th card; cards count from 0, pages from 1."""
    assert index >= 0
    return index // len(IMPOSITIONS[layout].places) + 1


def _a4_places() -> tuple[tuple[float, float], ...]:
    """Return the ten places, left to right and then downwards, each card centred in its cell."""
    margin_x = (A4_WIDTH_MM - CELL_COLUMNS * CELL_WIDTH_MM + CELL_WIDTH_MM - CARD_WIDTH_MM) / 2
    margin_y = (A4_HEIGHT_MM - CELL_ROWS * CELL_HEIGHT_MM + CELL_HEIGHT_MM - CARD_HEIGHT_MM) / 2
    return tuple(
        (pt(margin_x + column * CELL_WIDTH_MM), pt(margin_y + row * CELL_HEIGHT_MM))
        for row in reversed(range(CELL_ROWS))
        for column in range(CELL_COLUMNS)
    )


IMPOSITIONS: Final = {
    Layout.A4: Imposition(pt(A4_WIDTH_MM), pt(A4_HEIGHT_MM), _a4_places()),
    Layout.SINGLE: Imposition(
        CARD_WITH_BLEED.width,
        CARD_WITH_BLEED.height,
        ((-CARD_WITH_BLEED.x, -CARD_WITH_BLEED.y),),
    ),
}
