"""精算書 as a fall of bars: gross, what goes off, what comes on, and what is paid. Pure."""

from dataclasses import dataclass
from typing import Literal

WIDTH = 1_000  # Of a drawing; the page stretches it.
Tone = Literal["whole", "less", "more", "result"]


class DoesNotSum(ValueError):
    """The figures of a statement contradict each other; nobody may be shown such a one."""


@dataclass(frozen=True)
class Figures:
    """The sums of a statement."""

    gross_yen: int
    fees_yen: int
    tax_yen: int
    stamp_yen: int
    carried_in_yen: int
    payout_yen: int
    carried_out_yen: int


@dataclass(frozen=True)
class Bar:
    """One row: its word, its amount, and where its bar stands in a drawing ``WIDTH`` wide."""

    word: str
    amount_yen: int
    left: int
    width: int
    tone: Tone


def waterfall(figures: Figures, line_yen: list[int]) -> list[Bar]:
    """Return the rows from gross to payout, or refuse figures that do not sum.

    ``line_yen`` are the amounts of the fee lines, which must be the fees.
    """
    if sum(line_yen) != figures.fees_yen:
        raise DoesNotSum("lines")
    moves = [
        ("収納額", figures.gross_yen),
        ("手数料", -figures.fees_yen),
        ("消費税", -figures.tax_yen),
        ("収入印紙相当額", -figures.stamp_yen),
        ("前回からの繰越", figures.carried_in_yen),
        ("次回への繰越", -figures.carried_out_yen),
    ]
    if sum(amount for _, amount in moves) != figures.payout_yen:
        raise DoesNotSum("payout")
    return _drawn([move for move in moves if move[1] or move[0] == "収納額"], figures.payout_yen)


def _drawn(moves: list[tuple[str, int]], payout_yen: int) -> list[Bar]:
    levels = [0]
    for _, amount in moves:
        levels.append(levels[-1] + amount)
    low, high = min(levels), max(levels)
    span = max(high - low, 1)

    bars = []
    for place, (word, amount) in enumerate(moves):
        start = min(levels[place], levels[place + 1])
        tone: Tone = "whole" if place == 0 else "less" if amount < 0 else "more"
        bars.append(Bar(word, amount, *_stretch(start - low, abs(amount), span), tone))
    left, width = _stretch(min(0, payout_yen) - low, abs(payout_yen), span)
    bars.append(Bar("精算入金額", payout_yen, left, width, "result"))
    return bars


def _stretch(start: int, length: int, span: int) -> tuple[int, int]:
    left = start * WIDTH // span
    width = (start + length) * WIDTH // span - left
    return left, max(width, 2) if length else 0
