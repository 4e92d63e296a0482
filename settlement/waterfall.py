"""精算書 as a fall of bars: gross, what goes off, what comes on, and what is paid. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

WIDTH = 1_000  # Of a drawing; the page stretches it.
Tone = Literal["whole", "less", "more", "result"]
WORDS = {
    "gross": "収納額",
    "fees": "手数料",
    "tax": "消費税",
    "stamp": "収入印紙相当額",
    "carried_in": "前回からの繰越",
    "carried_out": "次回への繰越",
    "payout": "精算入金額",
    "commission": "オーナーの手数料（税込）",
    "passed": "センター手数料の負担",
    "net": "差引額",
}


# What contradicts what, as whoever must call the centre is told it.
FAULTS = {
    "lines": "手数料の内訳の合計が、手数料と一致しません。",
    "tax": "消費税が、手数料に税率を掛けた額と一致しません。",
    "payout": "収納額から差し引いた結果が、精算入金額と一致しません。",
    "carried": "前回からの繰越が、前回の精算書の繰越額と一致しません。",
    "tenants": "テナントごとの収納の合計が、収納額と一致しません。",
    "commission": "テナントの手数料が、取り決めた料率で計算した額と一致しません。",
    "passed": "テナントの負担が、センター手数料を収納額の割合で分けた額と一致しません。",
    "margin": "テナントの差引額とオーナー取り分の合計が、精算入金額と一致しません。",
    "transfer": "振り込む金額が、精算入金額と一致しません。",
    "charges": "明細の合計が、手数料の内訳と一致しません。",
    "rows": "収納の明細の合計が、収納額と一致しません。",
    "stamps": "収入印紙の対象の合計が、収入印紙相当額と一致しません。",
}


class DoesNotSum(ValueError):
    """The figures of a statement contradict each other; nobody may be shown such a one."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code

    @property
    def fault(self) -> str:
        return FAULTS[self.code]


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

    code: str
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
        ("gross", figures.gross_yen),
        ("fees", -figures.fees_yen),
        ("tax", -figures.tax_yen),
        ("stamp", -figures.stamp_yen),
        ("carried_in", figures.carried_in_yen),
        ("carried_out", -figures.carried_out_yen),
    ]
    if sum(amount for _, amount in moves) != figures.payout_yen:
        raise DoesNotSum("payout")
    return fall([move for move in moves if move[1] or move[0] == "gross"], "payout")


def fall(moves: Sequence[tuple[str, int]], result: str) -> list[Bar]:
    """Return the rows of ``moves``, each beginning where the one before ended, and their result."""
    result_yen = sum(amount for _, amount in moves)
    levels = [0]
    for _, amount in moves:
        levels.append(levels[-1] + amount)
    low, high = min(levels), max(levels)
    span = max(high - low, 1)

    bars = []
    for place, (code, amount) in enumerate(moves):
        start = min(levels[place], levels[place + 1])
        tone: Tone = "whole" if place == 0 else "less" if amount < 0 else "more"
        bars.append(Bar(code, WORDS[code], amount, *_stretch(start - low, abs(amount), span), tone))
    left, width = _stretch(min(0, result_yen) - low, abs(result_yen), span)
    bars.append(Bar(result, WORDS[result], result_yen, left, width, "result"))
    return bars


def _stretch(start: int, length: int, span: int) -> tuple[int, int]:
    left = start * WIDTH // span
    width = (start + length) * WIDTH // span - left
    return left, max(width, 2) if length else 0
