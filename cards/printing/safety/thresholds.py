"""What a card is held to. Each figure names where it comes from; the specification prints them.

``standard`` is a published standard, ``ours`` a choice of this centre where nothing is public.
"""

from dataclasses import dataclass
from typing import Final

from cards.printing.geometry import MODULE_MM_MIN

BAR_HEIGHT_MM_ADVISED: Final = 10.0
BAR_HEIGHT_MM_MIN: Final = 7.0
DOTS_FINE_ENOUGH: Final = 8  # From here on, half a dot is less than a sixteenth of a module.
DOTS_OFF_MAX: Final = 0.05
EAN_NOMINAL_MODULE_MM: Final = 0.33

QR_MODULE_MM_ADVISED: Final = 0.33
QR_MODULE_MM_MIN: Final = 0.25

CONTRAST_PERCENT_ADVISED: Final = 70
CONTRAST_PERCENT_MIN: Final = 40
UNEVEN_PERCENT_MAX: Final = 20
INK_REFLECTANCE_PERCENT: Final = 4  # What black ink itself throws back.
GROUND_DPI: Final = 150

SAFE_ZONE_MM: Final = 3.0
FITS_PERCENT_MIN: Final = 60
NAME_LETTERS: Final = 20
ADDRESS_LETTERS: Final = 40

ARTWORK_DPI_MIN: Final = 200
PRINTER_DPIS: Final = (203, 300, 600)


@dataclass(frozen=True, slots=True)
class Threshold:
    """A figure as a person is told it, in both languages, with its source."""

    value: str
    ja: str
    en: str
    source_ja: str
    source_en: str


def _of_ours(value: str, ja: str, en: str) -> Threshold:
    return Threshold(value, ja, en, "当センターの基準", "this centre's choice")


THRESHOLDS: Final = (
    Threshold(
        f"{MODULE_MM_MIN} mm",
        "バーコードのモジュール幅（最小）",
        "Barcode module width, least",
        "EAN-13 倍率80%（GS1総合仕様書）",
        "EAN-13 at 80 % (GS1 General Specifications)",
    ),
    Threshold(
        f"{BAR_HEIGHT_MM_ADVISED} mm",
        "バーの高さ（推奨）",
        "Bar height, advised",
        "当センターの基準（規格上の高さ 22.85 mm は券面に収まらないため）",
        "this centre's choice (the nominal 22.85 mm leaves no room on a card)",
    ),
    _of_ours(f"{BAR_HEIGHT_MM_MIN} mm", "バーの高さ（最小）", "Bar height, least"),
    Threshold(
        f"{QR_MODULE_MM_ADVISED} mm",
        "QRコードのモジュール幅（推奨）",
        "QR code module width, advised",
        "当センターの基準（300 dpi で4ドット）",
        "this centre's choice (four dots at 300 dpi)",
    ),
    _of_ours(
        f"{QR_MODULE_MM_MIN} mm", "QRコードのモジュール幅（最小）", "QR code module width, least"
    ),
    Threshold(
        f"{CONTRAST_PERCENT_ADVISED} %",
        "バーの下地とのコントラスト（推奨）",
        "Contrast beneath the bars, advised",
        "ISO/IEC 15416 シンボルコントラスト 等級4",
        "ISO/IEC 15416 symbol contrast, grade 4",
    ),
    Threshold(
        f"{CONTRAST_PERCENT_MIN} %",
        "バーの下地とのコントラスト（最小）",
        "Contrast beneath the bars, least",
        "ISO/IEC 15416 シンボルコントラスト 等級2",
        "ISO/IEC 15416 symbol contrast, grade 2",
    ),
    _of_ours(
        f"{UNEVEN_PERCENT_MAX} %",
        "バーの下地の明るさのむら（最大）",
        "Unevenness beneath the bars, at most",
    ),
    Threshold(
        f"{SAFE_ZONE_MM} mm",
        "文字・番号・コードと仕上がり線との距離",
        "Words, numbers and codes from the trim",
        "印刷業界の慣行",
        "printers' common practice",
    ),
    _of_ours(
        f"{FITS_PERCENT_MIN} %",
        f"長い氏名（{NAME_LETTERS}文字）・住所（{ADDRESS_LETTERS}文字）の縮小の限度",
        f"How small a long name ({NAME_LETTERS} letters) or address ({ADDRESS_LETTERS}) may get",
    ),
    _of_ours(f"{ARTWORK_DPI_MIN} dpi", "画像の解像度（最小）", "Resolution of pictures, least"),
)
