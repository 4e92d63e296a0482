"""Dimensioned drawings for the specification: a card with its zones, bars with their quiet zones.

Every measure that is drawn is also written, and comes from the constants the press prints with.
"""

from dataclasses import dataclass
from typing import Final

from reportlab.lib.colors import CMYKColor
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable

from cards.barcode import ean13
from cards.printing.fonts import REGULAR
from cards.printing.geometry import BLEED_MM, pt
from cards.printing.paper import GREY, INDIGO, INK, PALE, VERMILION

_SIZE: Final = 7
_ARROW: Final = 2.6
_NUMBER: Final = "2900000000018"
_WHITE: Final = CMYKColor(0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Zones:
    """A card to draw: its size, its corner, how far in the safe zone begins, and the words."""

    width_mm: float
    height_mm: float
    corner_mm: float
    safe_mm: float
    trim: str
    bleed: str
    safe: str


class CardDrawing(Flowable):  # type: ignore[misc]  # reportlab has no types.
    """A card's outline within its bleed, with the zone that words keep to."""

    def __init__(self, zones: Zones, scale: float) -> None:
        super().__init__()
        self.zones = zones
        self.scale = scale
        self.width = pt((zones.width_mm + 2 * BLEED_MM) * scale + 14)
        self.height = pt((zones.height_mm + 2 * BLEED_MM) * scale + 16)

    def draw(self) -> None:
        zones, scale, canvas = self.zones, self.scale, self.canv
        bleed, safe = pt(BLEED_MM * scale), pt(zones.safe_mm * scale)
        width, height = pt(zones.width_mm * scale), pt(zones.height_mm * scale)
        canvas.saveState()
        canvas.translate(pt(14) + bleed, pt(12) + bleed)
        canvas.setFillColor(PALE)
        canvas.setStrokeColor(VERMILION)
        canvas.setLineWidth(0.5)
        canvas.rect(-bleed, -bleed, width + 2 * bleed, height + 2 * bleed, fill=1)
        canvas.setFillColor(_WHITE)
        canvas.setStrokeColor(INK)
        canvas.setLineWidth(0.8)
        canvas.roundRect(0, 0, width, height, max(pt(zones.corner_mm * scale), 0.01), fill=1)
        canvas.setStrokeColor(INDIGO)
        canvas.setLineWidth(0.5)
        canvas.setDash(3, 2)
        canvas.rect(safe, safe, width - 2 * safe, height - 2 * safe)
        canvas.setDash()
        self._write(width, height, bleed, safe)
        canvas.restoreState()

    def _write(self, width: float, height: float, bleed: float, safe: float) -> None:
        zones, canvas = self.zones, self.canv
        _across(canvas, (0, width), -bleed - 10, f"{zones.width_mm:.2f} mm")
        _upright(canvas, (0, height), -bleed - 10, f"{zones.height_mm:.2f} mm")
        words = [
            (height - safe - 12, INDIGO, f"{zones.safe} {zones.safe_mm:g} mm"),
            (height - safe - 23, INK, zones.trim),
            (height - safe - 34, VERMILION, f"{zones.bleed} {BLEED_MM:g} mm"),
        ]
        if zones.corner_mm:
            words.append((height - safe - 45, INK, f"R {zones.corner_mm:.2f} mm"))
        canvas.setFont(REGULAR, _SIZE)
        for y, colour, word in words:
            canvas.setFillColor(colour)
            canvas.drawString(safe + 6, y, word)


class BarsDrawing(Flowable):  # type: ignore[misc]
    """The bars of an EAN-13 code, six times as large, between the quiet zones they need."""

    def __init__(self, module_mm: float, height_mm: float, *, quiet: str, height_word: str) -> None:
        super().__init__()
        self.module_mm = module_mm
        self.height_mm = height_mm
        self.words = (quiet, height_word)
        self.scale = 2.6
        self.width = pt(150)
        self.height = pt(height_mm * self.scale + 20)

    def draw(self) -> None:
        canvas = self.canv
        bars = ean13(_NUMBER)
        module = pt(self.module_mm * self.scale)
        height = pt(self.height_mm * self.scale)
        left, right = bars.quiet_left_modules, bars.quiet_right_modules
        full = (left + bars.modules + right) * module
        canvas.saveState()
        canvas.translate(pt(16), pt(13))
        canvas.setFillColor(PALE)
        canvas.rect(0, 0, left * module, height, stroke=0, fill=1)
        canvas.rect(full - right * module, 0, right * module, height, stroke=0, fill=1)
        canvas.setFillColor(INK)
        for x, wide in (*bars.bars, *bars.guards):
            canvas.rect((left + x) * module, 0, wide * module, height, stroke=0, fill=1)
        quiet, height_word = self.words
        _across(canvas, (0, left * module), -9, f"{left}X")
        _across(canvas, (left * module, full - right * module), -9, f"{bars.modules:g}X")
        _across(canvas, (full - right * module, full), -9, f"{right}X")
        canvas.setFont(REGULAR, _SIZE)
        canvas.setFillColor(GREY)
        canvas.drawString(0, height + 5, f"{quiet}  X = {self.module_mm:.2f} mm")
        _upright(canvas, (0, height), -8, f"{height_word} {self.height_mm:g} mm")
        canvas.restoreState()


def _across(canvas: Canvas, ends: tuple[float, float], y: float, word: str) -> None:
    """Draw a dimension from left to right with its word beneath."""
    left, right = ends
    _arrows(canvas)
    canvas.line(left, y, right, y)
    for x in ends:
        canvas.line(x, y - _ARROW, x, y + _ARROW)
    canvas.drawCentredString((left + right) / 2, y - _SIZE - 2.5, word)


def _upright(canvas: Canvas, ends: tuple[float, float], x: float, word: str) -> None:
    """Draw a dimension from foot to top with its word at its left, reading upwards."""
    canvas.saveState()
    canvas.rotate(90)
    _arrows(canvas)
    canvas.line(ends[0], -x, ends[1], -x)
    for end in ends:
        canvas.line(end, -x - _ARROW, end, -x + _ARROW)
    canvas.drawCentredString(sum(ends) / 2, -x + 4, word)
    canvas.restoreState()


def _arrows(canvas: Canvas) -> None:
    canvas.setStrokeColor(GREY)
    canvas.setFillColor(INK)
    canvas.setLineWidth(0.4)
    canvas.setFont(REGULAR, _SIZE)
