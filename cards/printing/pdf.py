"""The joint card of the built-in design ``default``, as PDF bytes.

What all cards of an owner share is drawn once, as a form, and each card only names it; a card's
own part is its name, its number and one path of bars. The bars and every text of a card are black
ink only (0, 0, 0, 100): a mix of inks would blur the edges a register reads.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import Final

from reportlab.lib.colors import CMYKColor
from reportlab.pdfgen.canvas import Canvas
from reportlab.pdfgen.textobject import PDFTextObject

from cards.barcode import (
    GUARD_DROP_MODULES,
    HALF_WIDTH_MODULES,
    LEFT_HALF_MODULES,
    QUIET_LEFT_MODULES,
    RIGHT_HALF_MODULES,
    Run,
    ean13,
)
from cards.numbers import grouped
from cards.printing.fitting import Fitted, Room, fitted
from cards.printing.fonts import BOLD, REGULAR, missing_glyphs, register_fonts, width_of
from cards.printing.front import BARCODE_X, BARCODE_Y, draw_front
from cards.printing.geometry import BLEED_MM, CARD, CARD_WITH_BLEED, MODULE_MM, Box, pt
from cards.printing.sheet import IMPOSITIONS, Layout

BLACK: Final = CMYKColor(0, 0, 0, 1)

_MODULE: Final = pt(MODULE_MM)
_BAR_HEIGHT_MODULES: Final = 42
_DIGITS_SIZE: Final = 8.6
_DIGITS_BASELINE_MODULES: Final = 3  # below the feet of the guards there is room for the digits
_FEET_MODULES: Final = _DIGITS_BASELINE_MODULES + 1 + GUARD_DROP_MODULES

_LEFT: Final = pt(5.5)
_NAME_BASELINE: Final = pt(32.6)
_NAME_BASELINES: Final = (pt(35.6), pt(30.9))
_NUMBER_BASELINE: Final = pt(18.3)
_NUMBER_SIZE: Final = 10.7
_SAMA: Final = "様"
_SAMA_SIZE: Final = 8.0
_SAMA_GAP: Final = pt(1.6)
_NAME_ROOM: Final = Room(
    width=pt(74.6) - _SAMA_GAP - _SAMA_SIZE,
    font=BOLD,
    size_max=14,
    size_of_one_line_min=10.5,
    size_of_two_lines_max=10.5,
)


@dataclass(frozen=True, slots=True)
class CardFace:
    """What is printed on the front of one card."""

    owner_name: str
    member_name: str
    number: str
    barcode_number: str
    specimen: bool = False


def print_cards(faces: Sequence[CardFace], layout: Layout = Layout.A4) -> bytes:
    """Return the PDF of these cards in their order; the same faces give the same bytes.

    The ``index``-th card is on page ``page_of(index, layout)``.
    """
    assert faces
    register_fonts()
    imposition = IMPOSITIONS[layout]
    paper = BytesIO()
    canvas = Canvas(
        paper,
        pagesize=(imposition.width, imposition.height),
        pageCompression=1,
        invariant=1,
        lang="ja-JP",
        initialFontName=REGULAR,  # Else the page would name a font that is not embedded.
    )
    canvas.setTitle("会員カード")
    if layout is Layout.SINGLE:
        bleed = pt(BLEED_MM)
        canvas.setBleedBox(Box(0, 0, imposition.width, imposition.height).corners)
        canvas.setTrimBox(Box(bleed, bleed, CARD.width, CARD.height).corners)

    forms = _draw_forms(canvas, faces, layout)
    per_page = len(imposition.places)
    for first in range(0, len(faces), per_page):
        on_page = list(zip(faces[first : first + per_page], imposition.places, strict=False))
        for face, place in on_page:
            _draw_shared(canvas, forms[face.owner_name, face.specimen], place)
        canvas.setFillColor(BLACK)
        for face, place in on_page:
            _draw_own(canvas, face, place)
        canvas.showPage()
    canvas.save()
    return paper.getvalue()


def _draw_forms(
    canvas: Canvas, faces: Sequence[CardFace], layout: Layout
) -> dict[tuple[str, bool], str]:
    """Draw each different background once and return its form's name."""
    forms: dict[tuple[str, bool], str] = {}
    bounds = CARD_WITH_BLEED
    for owner_name, specimen in dict.fromkeys((face.owner_name, face.specimen) for face in faces):
        assert not missing_glyphs(owner_name)
        name = f"front-{len(forms)}"
        canvas.beginForm(name, *bounds.corners)
        draw_front(canvas, owner_name, specimen=specimen, is_cut_by_hand=layout is Layout.A4)
        canvas.endForm()
        forms[owner_name, specimen] = name
    return forms


def _draw_shared(canvas: Canvas, form: str, place: tuple[float, float]) -> None:
    canvas.saveState()
    canvas.translate(*place)
    canvas.doForm(form)
    canvas.restoreState()


def _draw_own(canvas: Canvas, face: CardFace, place: tuple[float, float]) -> None:
    """Draw what is this card's alone: name, number, bars and the digits under them."""
    assert not missing_glyphs(face.member_name)
    x, y = place
    bars = ean13(face.barcode_number)
    bars_x = x + BARCODE_X + QUIET_LEFT_MODULES * _MODULE
    canvas.addLiteral(
        f"q {_MODULE} 0 0 {_MODULE} {bars_x:.3f} {y + BARCODE_Y:.3f} cm"
        f" {_rectangles(bars.bars, _FEET_MODULES)}"
        f" {_rectangles(bars.guards, _FEET_MODULES - GUARD_DROP_MODULES)} f Q"
    )
    text = canvas.beginText()
    _set_name(text, face.member_name, place)
    text.setFont(BOLD, _NUMBER_SIZE)
    _set_line(text, x + _LEFT, y + _NUMBER_BASELINE, grouped(face.number))
    _set_digits(text, face.barcode_number, bars_x, y + BARCODE_Y)
    canvas.drawText(text)


def _set_name(text: PDFTextObject, name: str, place: tuple[float, float]) -> None:
    x, y = place
    name_set = _fitted_name(name)
    one_line = len(name_set.lines) == 1
    baselines = (_NAME_BASELINE,) if one_line else _NAME_BASELINES
    text.setFont(BOLD, name_set.size)
    for line, baseline in zip(name_set.lines, baselines, strict=True):
        _set_line(text, x + _LEFT, y + baseline, line)
    end = x + _LEFT + width_of(name_set.lines[-1], BOLD, name_set.size)
    text.setFont(REGULAR, _SAMA_SIZE)
    _set_line(text, end + _SAMA_GAP, y + baselines[-1], _SAMA)


def _fitted_name(name: str) -> Fitted:
    return fitted(name, _NAME_ROOM)


def _set_digits(text: PDFTextObject, number: str, x: float, y: float) -> None:
    """Set the readable digits: one in the quiet zone, six under each half."""
    baseline = y + _DIGITS_BASELINE_MODULES * _MODULE - 0.72 * _DIGITS_SIZE + _MODULE
    digit_width = width_of("0", REGULAR, _DIGITS_SIZE)
    text.setFont(REGULAR, _DIGITS_SIZE)
    _set_line(text, x - 8.5 * _MODULE, baseline, number[0])
    text.setCharSpace(HALF_WIDTH_MODULES * _MODULE / 6 - digit_width)
    inset = (HALF_WIDTH_MODULES * _MODULE / 6 - digit_width) / 2
    for half, digits in ((LEFT_HALF_MODULES, number[1:7]), (RIGHT_HALF_MODULES, number[7:])):
        _set_line(text, x + half * _MODULE + inset, baseline, digits)
    text.setCharSpace(0)


def _set_line(text: PDFTextObject, x: float, y: float, line: str) -> None:
    text.setTextOrigin(x, y)
    text.textOut(line)


@cache
def _rectangles_at(run: Run, foot: int) -> str:
    x, width = run
    return f"{x} {foot} {width} {_FEET_MODULES + _BAR_HEIGHT_MODULES - foot} re"


def _rectangles(runs: tuple[Run, ...], foot: int) -> str:
    """Return the path operators of bars that stand on ``foot``; all reach the same height."""
    return " ".join(_rectangles_at(run, foot) for run in runs)
