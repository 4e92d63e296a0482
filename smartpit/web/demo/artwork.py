"""The demo owners' own artwork, drawn by code as vector PDF: no picture of anybody else's.

Each page is a card with its bleed, in CMYK, counted in millimetres from the lower left corner.
"""

from collections.abc import Callable, Mapping
from io import BytesIO
from math import cos, radians, sin
from typing import Final

from reportlab.lib.colors import CMYKColor
from reportlab.pdfgen.canvas import Canvas

from cards.printing.fonts import REGULAR, register_fonts
from cards.printing.geometry import PT_PER_MM, pt

_ID_1: Final = (91.6, 59.98)
_POSTCARD: Final = (106.0, 154.0)
_WHITE: Final = CMYKColor(0, 0, 0, 0)
_PLUM: Final = CMYKColor(0.45, 0.85, 0.35, 0.30)
_BLUSH: Final = CMYKColor(0, 0.16, 0.06, 0)
_ROSE: Final = CMYKColor(0, 0.34, 0.12, 0)
_PAPER: Final = CMYKColor(0.01, 0.02, 0.05, 0)
_GREEN: Final = CMYKColor(0.82, 0.25, 0.75, 0.22)
_LEAF: Final = CMYKColor(0.62, 0.08, 0.70, 0.02)
_SPROUT: Final = CMYKColor(0.38, 0, 0.62, 0)
_NIGHT: Final = CMYKColor(0.98, 0.82, 0.35, 0.42)
_PIXELS: Final = (
    CMYKColor(0.72, 0.10, 0.08, 0),
    CMYKColor(0.88, 0.50, 0.05, 0.05),
    CMYKColor(0.10, 0.72, 0.18, 0),
    CMYKColor(0.95, 0.72, 0.20, 0.20),
)
_SKY: Final = CMYKColor(0.72, 0.28, 0.02, 0.02)
_HAZE: Final = CMYKColor(0.30, 0.06, 0, 0)
_CLOUD: Final = CMYKColor(0.10, 0.02, 0, 0)


def _school_front(canvas: Canvas) -> None:
    _ground(canvas, _PAPER, _ID_1)
    _blossoms(canvas, _BLUSH, ((85, 8, 13, 10), (70, -1, 8, 40), (5, 3, 9, 20)))
    _rectangle(canvas, _PLUM, (0, 43.5, 91.6, 17))
    _rectangle(canvas, _ROSE, (0, 42.7, 91.6, 0.8))
    _blossoms(canvas, _ROSE, ((84, 54, 4.2, 10), (75.5, 57, 2.6, 50), (78, 49.5, 1.7, 30)))


def _school_back(canvas: Canvas) -> None:
    _ground(canvas, _WHITE, _ID_1)
    _rectangle(canvas, _PLUM, (0, 0, 91.6, 5.2))
    _blossoms(canvas, _BLUSH, ((84, 55, 9, 10), (70, 60, 5, 40)))


def _mall_front(canvas: Canvas) -> None:
    _ground(canvas, _GREEN, _ID_1)
    for x, y, length, turn, colour in (
        (76, 4, 46, -14, _LEAF), (77, -6, 44, 24, _SPROUT), (66, -8, 34, -56, _LEAF),
        (84, 12, 30, 50, _LEAF),
    ):  # fmt: skip
        _leaf(canvas, (x, y), length, turn, colour)


def _mall_back(canvas: Canvas) -> None:
    _ground(canvas, _WHITE, _ID_1)
    _rectangle(canvas, _GREEN, (0, 51, 91.6, 9))
    _leaf(canvas, (83, 47), 13, -30, _SPROUT)
    _leaf(canvas, (84, 47), 13, 25, _LEAF)


def _phone_front(canvas: Canvas) -> None:
    _ground(canvas, _NIGHT, _ID_1)
    side = 3.3
    for row in range(19):
        for column in range(29):
            fade = (column * 7 + row * 11 + column * row) % 23
            if fade < column - 13 - abs(row - 14) // 2 and row > 8:
                colour = _PIXELS[(column * 3 + row * 5) % len(_PIXELS)]
                _rectangle(canvas, colour, (column * side, row * side, side - 0.5, side - 0.5))
    _rectangle(canvas, _WHITE, (0, 0, 91.6, 30.5))
    for column in range(28):
        if column * column % 7 in (1, 4):
            colour = _PIXELS[column % len(_PIXELS)]
            _rectangle(canvas, colour, (column * side, 30.5, side - 0.5, 0.9))


def _club_address(canvas: Canvas) -> None:
    _ground(canvas, _WHITE, _POSTCARD)
    _wing(canvas, (10, 11), 20, _CLOUD)
    _rectangle(canvas, _SKY, (0, 0, 106, 5.5))


def _club_message(canvas: Canvas) -> None:
    _ground(canvas, _WHITE, _POSTCARD)
    _rectangle(canvas, _SKY, (0, 112, 106, 42))
    _wing(canvas, (70, 113), 36, _HAZE)
    _rectangle(canvas, _WHITE, (0, 90, 106, 22))
    _rectangle(canvas, _HAZE, (0, 111.2, 106, 0.8))
    _rectangle(canvas, _SKY, (0, 0, 106, 5.5))


_PAGES: Final[Mapping[str, tuple[tuple[float, float], Callable[[Canvas], None]]]] = {
    "school-front": (_ID_1, _school_front),
    "school-back": (_ID_1, _school_back),
    "mall-front": (_ID_1, _mall_front),
    "mall-back": (_ID_1, _mall_back),
    "phone-front": (_ID_1, _phone_front),
    "club-address": (_POSTCARD, _club_address),
    "club-message": (_POSTCARD, _club_message),
}


def artwork_pdf(name: str) -> bytes:
    """Return one artwork as a PDF of one page; the same name gives the same bytes."""
    size, draw = _PAGES[name]
    register_fonts()
    page = BytesIO()
    # The font is named so that no unembedded one is; nothing is written with it.
    canvas = Canvas(page, pagesize=(pt(size[0]), pt(size[1])), invariant=1, initialFontName=REGULAR)
    canvas.scale(PT_PER_MM, PT_PER_MM)
    draw(canvas)
    canvas.save()
    return page.getvalue()


def _ground(canvas: Canvas, colour: CMYKColor, size: tuple[float, float]) -> None:
    _rectangle(canvas, colour, (0, 0, *size))


def _rectangle(canvas: Canvas, colour: CMYKColor, box: tuple[float, float, float, float]) -> None:
    canvas.setFillColor(colour)
    canvas.rect(*box, stroke=0, fill=1)


def _blossoms(
    canvas: Canvas, colour: CMYKColor, places: tuple[tuple[float, float, float, float], ...]
) -> None:
    """Draw cherry blossoms: middle, radius, and how far each is turned."""
    canvas.setFillColor(colour)
    for x, y, radius, turn in places:
        for petal in range(5):
            canvas.saveState()
            canvas.translate(x, y)
            canvas.rotate(turn + petal * 72)
            canvas.scale(radius, radius)
            outline = canvas.beginPath()
            outline.moveTo(0, 0.10)
            outline.curveTo(0.36, 0.28, 0.46, 0.74, 0.17, 1.0)
            outline.lineTo(0, 0.86)
            outline.lineTo(-0.17, 1.0)
            outline.curveTo(-0.46, 0.74, -0.36, 0.28, 0, 0.10)
            canvas.drawPath(outline, stroke=0, fill=1)
            canvas.restoreState()


def _leaf(
    canvas: Canvas, foot: tuple[float, float], length: float, turn: float, colour: CMYKColor
) -> None:
    canvas.saveState()
    canvas.translate(*foot)
    canvas.rotate(-turn)
    canvas.scale(length, length)
    outline = canvas.beginPath()
    outline.moveTo(0, 0)
    outline.curveTo(0.34, 0.18, 0.34, 0.72, 0, 1)
    outline.curveTo(-0.34, 0.72, -0.34, 0.18, 0, 0)
    canvas.setFillColor(colour)
    canvas.drawPath(outline, stroke=0, fill=1)
    canvas.setStrokeColor(_GREEN)
    canvas.setLineWidth(0.012)
    canvas.line(0, 0.04, 0, 0.86)
    for place in (0.25, 0.42, 0.59):
        canvas.line(0, place, 0.15, place + 0.16)
        canvas.line(0, place, -0.15, place + 0.16)
    canvas.restoreState()


def _wing(canvas: Canvas, root: tuple[float, float], length: float, colour: CMYKColor) -> None:
    """Draw seven feathers, each a little shorter and lower than the one above."""
    canvas.setFillColor(colour)
    for place in range(7):
        reach = length * (1 - place * 0.09)
        turn = radians(62 - place * 11)
        tip = root[0] + reach * cos(turn), root[1] + reach * sin(turn)
        bend = radians(62 - place * 11 + 26)
        outline = canvas.beginPath()
        outline.moveTo(*root)
        outline.curveTo(
            root[0] + reach * 0.45 * cos(bend), root[1] + reach * 0.45 * sin(bend),
            tip[0] - reach * 0.22 * cos(bend - 1.1), tip[1] + reach * 0.10, *tip,
        )  # fmt: skip
        outline.curveTo(
            tip[0] - reach * 0.12, tip[1] - reach * 0.12,
            root[0] + reach * 0.5 * cos(turn), root[1] + reach * 0.38 * sin(turn), *root,
        )  # fmt: skip
        canvas.drawPath(outline, stroke=0, fill=1)
