"""The built-in design ``default``: what all cards of an owner share on the front.

A quiet card: a deep indigo band with the owner's name, a thread of gold, much white. Nothing is
drawn where the bars and their quiet zones will stand.
"""

from typing import Final

from reportlab.lib.colors import CMYKColor
from reportlab.pdfgen.canvas import Canvas

from cards.barcode import FULL_WIDTH_MODULES
from cards.printing.fitting import Room, fitted
from cards.printing.fonts import BOLD, REGULAR
from cards.printing.geometry import (
    CARD,
    CARD_CORNER_MM,
    CARD_WIDTH_MM,
    CARD_WITH_BLEED,
    MODULE_MM,
    pt,
)

_WHITE: Final = CMYKColor(0, 0, 0, 0)
_INDIGO: Final = CMYKColor(1, 0.80, 0.28, 0.30)
_GOLD: Final = CMYKColor(0.10, 0.26, 0.62, 0.12)
_GREY: Final = CMYKColor(0, 0, 0, 0.66)
_HAIRLINE_GREY: Final = CMYKColor(0, 0, 0, 0.35)
_PALE_VERMILION: Final = CMYKColor(0, 0.30, 0.26, 0)

_LEFT: Final = pt(5.5)
_RIGHT: Final = CARD.width - pt(5.5)
_BAND_FOOT: Final = pt(41.2)
_THREAD: Final = pt(0.55)
_MARGIN_RIGHT_OF_BARS_MM: Final = 2.7  # So that the last bar ends where the words above it do.

BARCODE_X: Final = pt(CARD_WIDTH_MM - _MARGIN_RIGHT_OF_BARS_MM - FULL_WIDTH_MODULES * MODULE_MM)
BARCODE_Y: Final = pt(5)

_OWNER_ROOM: Final = Room(
    width=pt(56), font=BOLD, size_max=12.5, size_of_one_line_min=9.5, size_of_two_lines_max=9.5
)
_WORDS: Final = (
    # x, y, font, size, colour, text
    (_LEFT, pt(23.0), BOLD, 5.6, _INDIGO, "スマートピット番号"),
    (_LEFT, pt(13.9), BOLD, 5.6, _INDIGO, "お支払いはコンビニで"),
    (_LEFT, pt(11.4), REGULAR, 4.9, _GREY, "ローソン・ミニストップ・"),
    (_LEFT, pt(9.2), REGULAR, 4.9, _GREY, "ファミリーマート"),
    (_LEFT, pt(6.9), REGULAR, 4.6, _GREY, "店内の端末で番号を入力するか、"),
    (_LEFT, pt(4.9), REGULAR, 4.6, _GREY, "レジでバーコードをお見せください。"),
)


def draw_front(canvas: Canvas, owner_name: str, *, specimen: bool, is_cut_by_hand: bool) -> None:
    """Draw the shared front with the card's lower left corner at the origin.

    A card cut by hand ends at its outline, drawn as a hairline to cut along; one trimmed by a
    print shop runs on into the bleed and carries no line.
    """
    if is_cut_by_hand:
        canvas.saveState()
        outline = canvas.beginPath()
        outline.roundRect(0, 0, CARD.width, CARD.height, pt(CARD_CORNER_MM))
        canvas.clipPath(outline, stroke=0, fill=0)
        _draw_band(canvas)
        canvas.restoreState()
        canvas.setStrokeColor(_HAIRLINE_GREY)
        canvas.setLineWidth(0.25)
        canvas.roundRect(0, 0, CARD.width, CARD.height, pt(CARD_CORNER_MM), stroke=1, fill=0)
    else:
        _draw_band(canvas)

    if specimen:
        _draw_specimen_mark(canvas)
    _draw_owner(canvas, owner_name)
    _draw_words(canvas)


def _draw_band(canvas: Canvas) -> None:
    left, _, right, top = CARD_WITH_BLEED.corners
    canvas.setFillColor(_INDIGO)
    canvas.rect(left, _BAND_FOOT, right - left, top - _BAND_FOOT, stroke=0, fill=1)
    canvas.setFillColor(_GOLD)
    canvas.rect(left, _BAND_FOOT - _THREAD, right - left, _THREAD, stroke=0, fill=1)


def _draw_owner(canvas: Canvas, owner_name: str) -> None:
    owner = fitted(owner_name, _OWNER_ROOM)
    middle = (_BAND_FOOT + CARD.height) / 2
    canvas.setFillColor(_WHITE)
    canvas.setFont(BOLD, owner.size)
    leading = owner.size * 1.3
    first = middle - owner.size * 0.36 + leading * (len(owner.lines) - 1) / 2
    for place, line in enumerate(owner.lines):
        canvas.drawString(_LEFT, first - leading * place, line)
    canvas.setFillColor(_GOLD)
    canvas.setFont(REGULAR, 6)
    canvas.drawRightString(_RIGHT, middle - 2.2, "会員カード", charSpace=0.6)


def _draw_words(canvas: Canvas) -> None:
    canvas.setStrokeColor(_HAIRLINE_GREY)
    canvas.setLineWidth(0.25)
    canvas.line(_LEFT, pt(27.6), _RIGHT, pt(27.6))
    for x, y, font, size, colour, text in _WORDS:
        canvas.setFillColor(colour)
        canvas.setFont(font, size)
        canvas.drawString(x, y, text)


def _draw_specimen_mark(canvas: Canvas) -> None:
    """Draw 見本 as a stamp beneath the name, far from the bars, and once more in the band."""
    canvas.saveState()
    canvas.translate(pt(66.5), pt(34.2))
    canvas.rotate(9)
    canvas.setStrokeColor(_PALE_VERMILION)
    canvas.setFillColor(_PALE_VERMILION)
    canvas.setLineWidth(1.1)
    canvas.roundRect(-pt(10.4), -pt(4.6), pt(20.8), pt(9.2), pt(1.4), stroke=1, fill=0)
    canvas.setFont(BOLD, 22)
    canvas.drawCentredString(0, -0.36 * 22, "見本", charSpace=4)
    canvas.restoreState()
