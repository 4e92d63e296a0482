"""Documents about cards (specification, job ticket): A4 pages of headings, words and tables.

Whatever is set here is text. A ``<`` of somebody's name is drawn as one: reportlab's paragraphs
know a markup of their own, which can fetch and colour things, so every word is escaped.
"""

from collections.abc import Sequence
from functools import cache
from html import escape
from io import BytesIO
from typing import Final

from reportlab.lib.colors import CMYKColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.fonts import addMapping
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table

from cards.printing.fonts import BOLD, REGULAR, register_fonts
from cards.printing.geometry import A4_HEIGHT_MM, A4_WIDTH_MM, pt

INK: Final = CMYKColor(0, 0, 0, 1)
GREY: Final = CMYKColor(0, 0, 0, 0.6)
HAIRLINE: Final = CMYKColor(0, 0, 0, 0.25)
INDIGO: Final = CMYKColor(1, 0.80, 0.28, 0.30)
PALE: Final = CMYKColor(0.06, 0.03, 0, 0.01)
VERMILION: Final = CMYKColor(0, 0.75, 0.75, 0.10)

MARGIN_MM: Final = 18.0
WIDTH_MM: Final = A4_WIDTH_MM - 2 * MARGIN_MM

# Else a table names a font that is not embedded, though its cells are paragraphs with their own.
_FONT_OF_TABLES: Final = ("FONT", (0, 0), (-1, -1), REGULAR, 8)


def _style(name: str, font: str, size: float, leading: float, **words: object) -> ParagraphStyle:
    return ParagraphStyle(
        name, fontName=font, fontSize=size, leading=leading, wordWrap="CJK", textColor=INK, **words
    )


TITLE: Final = _style("title", BOLD, 20, 28, spaceAfter=2)
LEAD: Final = _style("lead", REGULAR, 10, 16, spaceAfter=6)
HEADING: Final = _style("heading", BOLD, 12.5, 18, spaceBefore=14, spaceAfter=5, keepWithNext=1)
BODY: Final = _style("body", REGULAR, 9, 14, spaceAfter=4)
SMALL: Final = _style("small", REGULAR, 7.5, 11)
CELL: Final = _style("cell", REGULAR, 8.5, 12)
HEAD_CELL: Final = _style("head", BOLD, 8.5, 12)
FIGURE_CELL: Final = _style("figure", REGULAR, 8.5, 12, alignment=TA_RIGHT)


def words(text: str, style: ParagraphStyle = BODY) -> Paragraph:
    """Return text as a paragraph; nothing in it is markup."""
    _register()
    return Paragraph(escape(text, quote=False).replace("\n", "<br/>"), style)


@cache
def _register() -> None:
    """Make the typeface known to paragraphs, which ask what is bold or slanted of it."""
    register_fonts()
    for font in (REGULAR, BOLD):
        for bold, slanted in ((0, 0), (0, 1), (1, 0), (1, 1)):
            addMapping(font, bold, slanted, font)


def space(height_mm: float) -> Spacer:
    return Spacer(1, pt(height_mm))


def table(rows: Sequence[Sequence[str]], widths_mm: Sequence[float], *, head: bool = True) -> Table:
    """Return a calm table: hairlines between its rows, its first row bold."""
    cells = [
        [words(cell, HEAD_CELL if head and place == 0 else CELL) for cell in row]
        for place, row in enumerate(rows)
    ]
    rules: list[tuple[object, ...]] = [
        _FONT_OF_TABLES,
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LINEBELOW", (0, 0), (-1, -1), 0.25, HAIRLINE),
        ("TOPPADDING", (0, 0), (-1, -1), 2.5),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 3.5),
        ("LEFTPADDING", (0, 0), (-1, -1), 3),
        ("RIGHTPADDING", (0, 0), (-1, -1), 6),
    ]
    if head:
        rules.append(("LINEBELOW", (0, 0), (-1, 0), 0.8, INDIGO))
        rules.append(("BACKGROUND", (0, 0), (-1, 0), PALE))
    return Table(
        cells, [pt(width) for width in widths_mm], repeatRows=1 if head else 0, style=rules,
        hAlign="LEFT",
    )  # fmt: skip


def side_by_side(columns: Sequence[Sequence[Flowable]], widths_mm: Sequence[float]) -> Table:
    """Return columns of anything beside each other, without a line between them."""
    rules = [
        _FONT_OF_TABLES,
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 3),
    ]
    cells = [[list(column) for column in columns]]
    return Table(cells, [pt(width) for width in widths_mm], style=rules, hAlign="LEFT")


def document(title: str, story: Sequence[Flowable], *, foot: str, lang: str = "ja") -> bytes:
    """Return the pages as PDF; the same story gives the same bytes."""
    _register()
    paper = BytesIO()
    margin = pt(MARGIN_MM)
    template = SimpleDocTemplate(
        paper,
        pagesize=(pt(A4_WIDTH_MM), pt(A4_HEIGHT_MM)),
        leftMargin=margin - 6,  # A frame pads its content by so much.
        rightMargin=margin - 6,
        topMargin=margin,
        bottomMargin=margin,
        title=title,
        lang=lang,
        invariant=1,
        initialFontName=REGULAR,  # Else each page would name a font that is not embedded.
    )

    def draw_foot(canvas: Canvas, _: SimpleDocTemplate) -> None:
        canvas.saveState()
        canvas.setFont(REGULAR, 7.5)
        canvas.setFillColor(GREY)
        canvas.drawString(margin, pt(10), foot)
        canvas.drawRightString(pt(A4_WIDTH_MM) - margin, pt(10), str(canvas.getPageNumber()))
        canvas.restoreState()

    template.build(list(story), onFirstPage=draw_foot, onLaterPages=draw_foot)
    return paper.getvalue()
