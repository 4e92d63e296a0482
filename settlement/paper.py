"""Sheets about money: A4, right-aligned yen, repeated heads, pages told as 1 / 3, no tofu.

The letters and the words of a table are those of every paper here (``cards.printing.paper``).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import Any, Final

from django.utils.formats import date_format
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Table

from cards.printing.fonts import BOLD, REGULAR, missing_glyphs, register_fonts
from cards.printing.geometry import A4_HEIGHT_MM, A4_WIDTH_MM, pt
from cards.printing.paper import (
    BODY,
    CELL,
    GREY,
    HAIRLINE,
    HEAD_CELL,
    INDIGO,
    INK,
    MARGIN_MM,
    PALE,
    VERMILION,
    WIDTH_MM,
    words,
)
from settlement.waterfall import WIDTH, Bar

Story = Callable[[], Sequence[Flowable]]

# What a printer sets in the place of a letter that the house does not have.
GETA: Final = "〓"

RIGHT: Final = ParagraphStyle("right", parent=BODY, alignment=TA_RIGHT, leading=13)
FIGURE: Final = ParagraphStyle("figure", parent=CELL, alignment=TA_RIGHT, wordWrap=None)
FIGURE_HEAD: Final = ParagraphStyle("figure-head", parent=HEAD_CELL, alignment=TA_RIGHT)
FIGURE_BOLD: Final = ParagraphStyle("figure-bold", parent=FIGURE, fontName=BOLD)
CELL_BOLD: Final = ParagraphStyle("cell-bold", parent=CELL, fontName=BOLD)
RECIPIENT: Final = ParagraphStyle("recipient", parent=BODY, fontName=BOLD, fontSize=13, leading=19)
AMOUNT: Final = ParagraphStyle(
    "amount", parent=BODY, fontName=BOLD, fontSize=20, leading=26, alignment=TA_RIGHT
)
_TONES: Final = {"whole": INDIGO, "less": VERMILION, "more": GREY, "result": INK}


@dataclass(frozen=True)
class Column:
    """One column of a table; figures stand on the right."""

    head: str
    width_mm: float
    is_figure: bool = False


def yen(amount_yen: int) -> str:
    """Return an amount as accounts write it: thousands apart, △ for less than nothing."""
    return f"△{-amount_yen:,}" if amount_yen < 0 else f"{amount_yen:,}"


def day(value: date) -> str:
    return date_format(value, "Y年n月j日")


def printable(text: str) -> str:
    """Return the text with 〓 for each letter the typeface lacks, so that none is silently lost."""
    lacking = set(missing_glyphs(text.replace("\n", "")))
    return "".join(GETA if letter in lacking else letter for letter in text)


def told(text: str, style: ParagraphStyle = BODY) -> Paragraph:
    return words(printable(text), style)


def figures(columns: Sequence[Column], rows: Sequence[Sequence[str]], *, feet: int = 0) -> Table:
    """Return a table whose heads come again on each page; the last ``feet`` rows are its sums."""
    register_fonts()
    body = len(rows) - feet
    cells: list[list[Paragraph]] = [
        [told(one.head, FIGURE_HEAD if one.is_figure else HEAD_CELL) for one in columns]
    ]
    for place, row in enumerate(rows):
        text, figure = (CELL, FIGURE) if place < body else (CELL_BOLD, FIGURE_BOLD)
        cells.append(
            [
                told(cell, figure if column.is_figure else text)
                for column, cell in zip(columns, row, strict=True)
            ]
        )
    rules = _rules()
    if feet:
        rules.append(("LINEABOVE", (0, -feet), (-1, -feet), 0.8, INK))
    widths = [pt(column.width_mm) for column in columns]
    return Table(cells, widths, repeatRows=1, style=rules, hAlign="LEFT")


def facts(rows: Sequence[tuple[str, str]], widths_mm: tuple[float, float]) -> Table:
    """Return what is told as pairs of a word and its answer."""
    register_fonts()
    cells = [[told(word, CELL), told(answer, CELL)] for word, answer in rows]
    rules = [*_rules()[:4], ("LINEBELOW", (0, 0), (-1, -1), 0.25, HAIRLINE)]
    return Table(cells, [pt(width) for width in widths_mm], style=rules, hAlign="LEFT")


def columns_of(left: Sequence[Flowable], right: Sequence[Flowable], left_mm: float) -> Table:
    """Return two blocks beside each other."""
    rules = [("FONT", (0, 0), (-1, -1), REGULAR, 8), ("VALIGN", (0, 0), (-1, -1), "TOP")]
    rules += [(side, (0, 0), (-1, -1), 0) for side in ("LEFTPADDING", "RIGHTPADDING")]
    widths = [pt(left_mm), pt(WIDTH_MM - left_mm)]
    return Table([[list(left), list(right)]], widths, style=rules, hAlign="LEFT")


def amount_box(word: str, amount_yen: int, rows: Sequence[tuple[str, str]]) -> Table:
    """Return the one amount that matters, in a frame, with what must be known of it beside."""
    rules = [
        ("FONT", (0, 0), (-1, -1), REGULAR, 8),
        ("BOX", (0, 0), (-1, -1), 0.8, INDIGO),
        ("BACKGROUND", (0, 0), (0, 0), PALE),
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
    ]
    left = [told(word, CELL_BOLD), told(f"{yen(amount_yen)} 円", AMOUNT)]
    widths = [pt(70), pt(WIDTH_MM - 70)]
    beside = facts(rows, (28, WIDTH_MM - 102)) if rows else ""
    return Table([[left, beside]], widths, style=rules, hAlign="LEFT")


def fall(bars: Sequence[Bar]) -> Table:
    """Return the waterfall: words, bars, amounts."""
    register_fonts()
    cells = []
    for bar in bars:
        is_result = bar.tone == "result"
        cells.append(
            [
                told(bar.word, CELL_BOLD if is_result else CELL),
                _Drawn(bar),
                told(yen(bar.amount_yen), FIGURE_BOLD if is_result else FIGURE),
            ]
        )
    head = [told("項目", HEAD_CELL), "", told("金額（円）", FIGURE_HEAD)]
    rules = [*_rules(), ("LINEABOVE", (0, -1), (-1, -1), 0.8, INK)]
    widths = [pt(42), pt(WIDTH_MM - 80), pt(38)]
    return Table([head, *cells], widths, repeatRows=1, style=rules, hAlign="LEFT")


def sample_mark(*, is_demo: bool) -> str:
    """Return what a demo's papers carry after their name (contract section 3)."""
    return "（デモ・見本）" if is_demo else ""


def sheets(title: str, story: Story, *, foot: str) -> bytes:
    """Return the pages as PDF, each with its number of all; the same story, the same bytes."""
    pages, _ = _built(title, story(), printable(foot), pages=0)
    return _built(title, story(), printable(foot), pages)[1]


def _built(title: str, story: Sequence[Flowable], foot: str, pages: int) -> tuple[int, bytes]:
    register_fonts()
    written = BytesIO()
    margin = pt(MARGIN_MM)
    template = SimpleDocTemplate(
        written,
        pagesize=(pt(A4_WIDTH_MM), pt(A4_HEIGHT_MM)),
        leftMargin=margin - 6,  # A frame pads its content by so much.
        rightMargin=margin - 6,
        topMargin=margin,
        bottomMargin=margin,
        title=title,
        lang="ja",
        invariant=1,
        initialFontName=REGULAR,  # Else each page would name a font that is not embedded.
    )

    def draw_foot(canvas: Canvas, _: SimpleDocTemplate) -> None:
        canvas.saveState()
        canvas.setFont(REGULAR, 7.5)
        canvas.setFillColor(GREY)
        canvas.drawString(margin, pt(10), foot)
        number = f"{canvas.getPageNumber()} / {pages}"
        canvas.drawRightString(pt(A4_WIDTH_MM) - margin, pt(10), number)
        canvas.restoreState()

    template.build(list(story), onFirstPage=draw_foot, onLaterPages=draw_foot)
    return template.page, written.getvalue()


class _Drawn(Flowable):  # type: ignore[misc]  # The library tells no types.
    """One bar. A drawing of the library's own would name a font that is not embedded."""

    def __init__(self, bar: Bar) -> None:
        super().__init__()
        self.bar = bar
        self.width, self.height = pt(WIDTH_MM - 84), 8

    def draw(self) -> None:
        left, width = (place * self.width / WIDTH for place in (self.bar.left, self.bar.width))
        self.canv.setFillColor(_TONES[self.bar.tone])
        self.canv.rect(left, 0, width, self.height, stroke=0, fill=1)


def _rules() -> list[tuple[Any, ...]]:
    return [
        ("FONT", (0, 0), (-1, -1), REGULAR, 8),
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ("TOPPADDING", (0, 0), (-1, -1), 2.5),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 3.5),
        ("LINEBELOW", (0, 0), (-1, -1), 0.25, HAIRLINE),
        ("LINEBELOW", (0, 0), (-1, 0), 0.8, INDIGO),
        ("BACKGROUND", (0, 0), (-1, 0), PALE),
        ("LEFTPADDING", (0, 0), (-1, -1), 3),
        ("RIGHTPADDING", (0, 0), (-1, -1), 4),
    ]
