"""収納データ一覧: the paper of a FAX, black on white, for a machine that knows no grey.

It says what a notification says and no more: numbers and amounts, no title and no name of a payer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from reportlab.lib.colors import black
from reportlab.platypus import Flowable, Table

from cards.numbers import grouped
from cards.printing.fonts import REGULAR
from cards.printing.geometry import pt
from cards.printing.paper import CELL, FIGURE_CELL, HEAD_CELL, LEAD, TITLE, document, space, words
from smartpit.kernel.clock import JST

_HEADS: Final = ("通番", "種別", "収納日時", "請求番号", "カード番号", "金額（円）", "店舗")
_WIDTHS_MM: Final = (14.0, 11.0, 29.0, 39.0, 28.0, 20.0, 33.0)
_FIGURES: Final = {0, 5}
TYPE_WORDS: Final = {
    "payment.reported": "速報",
    "payment.confirmed": "確報",
    "payment.reversed": "取消",
    "payment.refunded": "訂正",
}
_RULES: Final = [
    ("FONT", (0, 0), (-1, -1), REGULAR, 8),
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ("LINEABOVE", (0, 0), (-1, 0), 1, black),
    ("LINEBELOW", (0, 0), (-1, 0), 1, black),
    ("LINEBELOW", (0, 1), (-1, -1), 0.5, black),
    ("TOPPADDING", (0, 0), (-1, -1), 2.5),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 3.5),
    ("LEFTPADDING", (0, 0), (-1, -1), 2),
    ("RIGHTPADDING", (0, 0), (-1, -1), 3),
]


@dataclass(frozen=True)
class Told:
    """One undelivered event as the list shows it."""

    sequence: int
    type: str
    taken_at: datetime
    reference: str
    number: str
    amount_yen: int
    place: str

    @property
    def word(self) -> str:
        return TYPE_WORDS[self.type]


@dataclass(frozen=True)
class UndeliveredList:
    """What a notice says, on paper and in a mail alike."""

    to: str
    by: str
    contact: str
    made_at: datetime
    rows: tuple[Told, ...]

    @property
    def sums(self) -> list[tuple[str, int, int]]:
        """Return for each kind how many there are and their sum, kinds that are not left out."""
        found = []
        for kind, word in TYPE_WORDS.items():
            amounts_yen = [row.amount_yen for row in self.rows if row.type == kind]
            if amounts_yen:
                found.append((word, len(amounts_yen), sum(amounts_yen)))
        return found


def render(undelivered: UndeliveredList) -> bytes:
    """Return the list as PDF; the same list gives the same bytes."""
    made_at = undelivered.made_at.astimezone(JST)
    sums = "／".join(
        f"{word} {count:,}件 {amount_yen:,}円" for word, count, amount_yen in undelivered.sums
    )
    story: list[Flowable] = [
        words("収納データ一覧", TITLE),
        words(f"{undelivered.to} 御中", LEAD),
        words(
            "貴社のシステムへお届けできていない収納データです。"
            "システムの復旧後、同じデータを通番順に取得できます。"
        ),
        words(f"作成日時：{made_at:%Y年%m月%d日 %H:%M}"),
        words(f"合計：{sums}"),
        space(3),
        _table(undelivered.rows),
        space(4),
        words(f"お問い合わせ：{undelivered.by}　{undelivered.contact}"),
    ]
    foot = f"{undelivered.by}　収納データ一覧　{undelivered.to}"
    return document("収納データ一覧", story, foot=foot)


def _table(rows: Sequence[Told]) -> Table:
    cells = [[words(head, HEAD_CELL) for head in _HEADS]]
    for row in rows:
        taken_at = row.taken_at.astimezone(JST)
        texts = (
            f"{row.sequence}", row.word, f"{taken_at:%m/%d %H:%M:%S}", row.reference,
            grouped(row.number), f"{row.amount_yen:,}", row.place,
        )  # fmt: skip
        cells.append(
            [
                words(text, FIGURE_CELL if place in _FIGURES else CELL)
                for place, text in enumerate(texts)
            ]
        )
    return Table(
        cells, [pt(width) for width in _WIDTHS_MM], repeatRows=1, style=_RULES, hAlign="LEFT"
    )
