"""シート: one A4 page with a number, its bars, until when, and how to pay. No Django.

The bars are drawn by this page alone: one path, black ink only, on white.
"""

import io
from dataclasses import dataclass
from datetime import date
from typing import Final

from reportlab.lib.colors import CMYKColor
from reportlab.pdfgen.canvas import Canvas

from cards.barcode import (
    FULL_WIDTH_MODULES,
    GUARD_DROP_MODULES,
    HALF_WIDTH_MODULES,
    LEFT_HALF_MODULES,
    QUIET_LEFT_MODULES,
    RIGHT_HALF_MODULES,
    ean13,
)
from cards.numbers import grouped
from cards.printing.fonts import BOLD, REGULAR, register_fonts, width_of
from cards.printing.geometry import A4_HEIGHT_MM, A4_WIDTH_MM, pt

# A sheet has room. With 0.5 mm a reader of the whole page at 203 dpi saw a second, wrong number on
# one page in a hundred and fifty; with 0.6 mm on none of 650, nor at 300 dpi.
MODULE_MM: Final = 0.6
BAR_HEIGHT_MM: Final = 24.0
_BLACK: Final = CMYKColor(0, 0, 0, 1)
_GREY: Final = CMYKColor(0, 0, 0, 0.74)
_HAIRLINE: Final = CMYKColor(0, 0, 0, 0.3)
_INDIGO: Final = CMYKColor(1, 0.80, 0.28, 0.30)
_VERMILION: Final = CMYKColor(0, 0.80, 0.80, 0.12)
_PALE: Final = CMYKColor(0, 0.14, 0.12, 0)
_LEFT: Final = 22.0
_RIGHT: Final = A4_WIDTH_MM - 22.0
_WAYS: Final = (
    (
        "番号を会社に伝えます",
        (
            "支払う会社の窓口や申込画面で、上の番号（13桁）を伝えてください。会社がこの番号に",
            "請求を登録すると、コンビニで支払えるようになります。",
        ),
    ),
    (
        "ローソン・ミニストップで支払う",
        (
            "店内の端末「Loppi」の「各種番号をお持ちの方」を押し、番号13桁を入力します。",
            "「スマートピットお支払い」を選び、支払うものを選んで「確定する」を2回押します。",
        ),
    ),
    (
        "ファミリーマートで支払う",
        (
            "「マルチコピー機」の「金融サービス/国際送金など」から「スマートピット」を押します。",
            "番号13桁を入力し、支払うものを選んで「OK」を押します。",
        ),
    ),
    (
        "レジで現金で支払います",
        (
            "出てきた申込券を30分以内にレジへ持って行き、現金で支払ってください。",
            "レシート（領収書）は大切に保管してください。",
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class SheetFace:
    """What is this sheet's alone."""

    number: str
    barcode_number: str
    expires_on: date
    specimen: bool


def sheet_pdf(face: SheetFace) -> bytes:
    """Return the page; the same face makes the same bytes."""
    register_fonts()
    paper = io.BytesIO()
    canvas = Canvas(
        paper,
        pagesize=(pt(A4_WIDTH_MM), pt(A4_HEIGHT_MM)),
        pageCompression=1,
        invariant=1,
        lang="ja-JP",
        initialFontName=REGULAR,  # Else the page would name a font that is not embedded.
    )
    canvas.setTitle(f"スマートピット シート {grouped(face.number)}")
    canvas.setAuthor("Smart Pit centre")
    if face.specimen:
        _draw_specimen_mark(canvas)
    _draw_head(canvas, face)
    _draw_number(canvas, face.number)
    _draw_bars(canvas, face.barcode_number, middle_mm=A4_WIDTH_MM / 2, foot_mm=180)
    _draw_expiry(canvas, face.expires_on)
    _draw_ways(canvas)
    _draw_foot(canvas)
    canvas.showPage()
    canvas.save()
    return paper.getvalue()


def _draw_head(canvas: Canvas, face: SheetFace) -> None:
    canvas.setFillColor(_INDIGO)
    canvas.setFont(BOLD, 20)
    canvas.drawString(pt(_LEFT), pt(267), "スマートピット シート")
    canvas.setFillColor(_GREY)
    canvas.setFont(REGULAR, 10)
    canvas.drawString(pt(_LEFT), pt(260), "コンビニで現金で支払うための番号です。")
    if face.specimen:
        canvas.setFillColor(_VERMILION)
        canvas.setFont(BOLD, 10)
        words = "見本・練習用（本物のお店では使えません）"
        canvas.drawRightString(pt(_RIGHT), pt(268), words)
    _draw_line(canvas, 255)


def _draw_number(canvas: Canvas, number: str) -> None:
    canvas.setFillColor(_GREY)
    canvas.setFont(BOLD, 11)
    canvas.drawCentredString(pt(A4_WIDTH_MM / 2), pt(244), "お支払い番号（13桁）")
    canvas.setFillColor(_BLACK)
    canvas.setFont(BOLD, 44)
    canvas.drawCentredString(pt(A4_WIDTH_MM / 2), pt(226), grouped(number))


def _draw_bars(canvas: Canvas, number: str, *, middle_mm: float, foot_mm: float) -> None:
    """Draw the bars and the digits under them; nothing else comes into the quiet zones."""
    bars = ean13(number)
    x = middle_mm - FULL_WIDTH_MODULES * MODULE_MM / 2 + QUIET_LEFT_MODULES * MODULE_MM
    drop = GUARD_DROP_MODULES * MODULE_MM
    path = canvas.beginPath()
    for runs, foot in ((bars.bars, foot_mm + drop), (bars.guards, foot_mm)):
        for first, width in runs:
            height = foot_mm + drop + BAR_HEIGHT_MM - foot
            path.rect(pt(x + first * MODULE_MM), pt(foot), pt(width * MODULE_MM), pt(height))
    canvas.setFillColor(_BLACK)
    canvas.drawPath(path, stroke=0, fill=1)
    _draw_digits(canvas, number, x, foot_mm - 1.6)


def _draw_digits(canvas: Canvas, number: str, x: float, baseline_mm: float) -> None:
    size = 12.0
    step = HALF_WIDTH_MODULES * MODULE_MM / 6
    canvas.setFont(REGULAR, size)
    canvas.drawString(pt(x - 8.5 * MODULE_MM), pt(baseline_mm), number[0])
    for half, digits in ((LEFT_HALF_MODULES, number[1:7]), (RIGHT_HALF_MODULES, number[7:])):
        for place, digit in enumerate(digits):
            middle = pt(x + half * MODULE_MM + (place + 0.5) * step)
            canvas.drawString(middle - width_of(digit, REGULAR, size) / 2, pt(baseline_mm), digit)


def _draw_expiry(canvas: Canvas, expires_on: date) -> None:
    words = f"登録有効期限　{expires_on.year}年{expires_on.month}月{expires_on.day}日"
    canvas.setFillColor(_BLACK)
    canvas.setFont(BOLD, 14)
    canvas.drawCentredString(pt(A4_WIDTH_MM / 2), pt(164), words)
    canvas.setFillColor(_GREY)
    canvas.setFont(REGULAR, 9.5)
    for place, line in enumerate(
        (
            "この日まで、会社がこの番号に請求を登録できます。支払期限ではありません。",
            "過ぎたときは、新しいシートを作ってください。登録済みの請求は、その支払期限まで支払えます。",
        )
    ):
        canvas.drawCentredString(pt(A4_WIDTH_MM / 2), pt(157.5 - 5 * place), line)
    _draw_line(canvas, 146)


def _draw_ways(canvas: Canvas) -> None:
    top = 134.0
    for place, (title, lines) in enumerate(_WAYS, start=1):
        canvas.setFillColor(_VERMILION)
        canvas.setFont(BOLD, 15)
        canvas.drawString(pt(_LEFT), pt(top), str(place))
        canvas.setFillColor(_BLACK)
        canvas.setFont(BOLD, 11.5)
        canvas.drawString(pt(_LEFT + 9), pt(top), title)
        canvas.setFillColor(_GREY)
        canvas.setFont(REGULAR, 9.5)
        for row, line in enumerate(lines, start=1):
            canvas.drawString(pt(_LEFT + 9), pt(top - 1 - 5.4 * row), line)
        top -= 23


def _draw_foot(canvas: Canvas) -> None:
    _draw_line(canvas, 29)
    canvas.setFillColor(_GREY)
    canvas.setFont(REGULAR, 8.5)
    foot = "番号を知っている人は、登録された請求をお店で見ることができます。大切に扱ってください。"
    canvas.drawString(pt(_LEFT), pt(23), foot)
    canvas.drawString(pt(_LEFT), pt(18), "お店の画面は変わることがあります。")


def _draw_specimen_mark(canvas: Canvas) -> None:
    """Draw 見本 across the lower half, pale, beneath the words and far from the bars."""
    canvas.saveState()
    canvas.translate(pt(A4_WIDTH_MM / 2), pt(92))
    canvas.rotate(24)
    canvas.setFillColor(_PALE)
    canvas.setFont(BOLD, 150)
    canvas.drawCentredString(0, -50, "見本", charSpace=30)
    canvas.restoreState()


def _draw_line(canvas: Canvas, y_mm: float) -> None:
    canvas.setStrokeColor(_HAIRLINE)
    canvas.setLineWidth(0.4)
    canvas.line(pt(_LEFT), pt(y_mm), pt(_RIGHT), pt(y_mm))
