"""Bars and QR codes: fine enough for the card, coarse enough for the printer and the scanner."""

import math
from collections.abc import Iterator
from typing import Final

from cards.printing.boxes import QR_QUIET_MODULES
from cards.printing.geometry import MODULE_MM_MIN
from cards.printing.layout import Barcode, Qr
from cards.printing.qr import qr_path
from cards.printing.safety.finding import Checked, Finding, Severity
from cards.printing.safety.places import bars_height_mm
from cards.printing.safety.thresholds import (
    BAR_HEIGHT_MM_ADVISED,
    BAR_HEIGHT_MM_MIN,
    DOTS_FINE_ENOUGH,
    DOTS_OFF_MAX,
    EAN_NOMINAL_MODULE_MM,
    QR_MODULE_MM_ADVISED,
    QR_MODULE_MM_MIN,
)

_MM_PER_INCH: Final = 25.4


def findings_of_codes(checked: Checked) -> Iterator[Finding]:
    for element in checked.side.elements:
        if isinstance(element, Barcode):
            yield from _module(checked, element)
            yield from _height(checked, element)
        elif isinstance(element, Qr):
            yield from _qr_module(checked, element)


def good_modules_mm(wanted_mm: float, dpi: int) -> tuple[float, ...]:
    """Return the nearest module widths that are a whole number of dots and not too narrow.

    They are rounded up to a thousandth, so that none falls below the least by being written down.
    """
    dots = wanted_mm * dpi / _MM_PER_INCH
    fewest = math.ceil(MODULE_MM_MIN * dpi / _MM_PER_INCH - 1e-9)
    counts = dict.fromkeys(max(count, fewest) for count in (math.floor(dots), math.ceil(dots)))
    return tuple(math.ceil(count * _MM_PER_INCH / dpi * 1000 - 1e-9) / 1000 for count in counts)


def _module(checked: Checked, element: Barcode) -> Iterator[Finding]:
    good = "、".join(f"{module:g} mm" for module in good_modules_mm(element.module_mm, checked.dpi))
    if element.module_mm < MODULE_MM_MIN:
        words = (
            f"モジュール幅 {element.module_mm:g} mm は細すぎます（最小 {MODULE_MM_MIN} mm）。"
            f"{checked.dpi} dpi のプリンターでは {good} にしてください。"
        )
        yield checked.finding(element, "module_small", Severity.ERROR, words)
        return
    dots = element.module_mm * checked.dpi / _MM_PER_INCH
    if dots >= DOTS_FINE_ENOUGH or abs(dots - round(dots)) <= DOTS_OFF_MAX:
        return
    is_within = _MM_PER_INCH / checked.dpi <= bar_tolerance_mm(element.module_mm)
    words = (
        f"モジュール幅 {element.module_mm:g} mm は {checked.dpi} dpi で {dots:.2f} ドットに"
        f"なり、バーの太さがそろいません"
        f"{'（規格の許容差の範囲内です）' if is_within else ''}。{good} をおすすめします。"
    )
    severity = Severity.NOTE if is_within else Severity.WARNING
    yield checked.finding(element, "module_not_whole_dots", severity, words)


def bar_tolerance_mm(module_mm: float) -> float:
    """Return how much a bar of EAN-13 may be too wide or too narrow, as its standard has it.

    A bar whose edges fall between dots is off by one dot at most.
    """
    if module_mm <= EAN_NOMINAL_MODULE_MM:
        return module_mm - 0.229
    return 0.470 * module_mm - 0.055


def _height(checked: Checked, element: Barcode) -> Iterator[Finding]:
    height = bars_height_mm(element)
    if height >= BAR_HEIGHT_MM_ADVISED - 0.01:
        return
    if height < BAR_HEIGHT_MM_MIN:
        words = (
            f"バーの高さ {height:.1f} mm では読み取れません（最小 {BAR_HEIGHT_MM_MIN:g} mm）。"
            f"{BAR_HEIGHT_MM_ADVISED:g} mm 以上にしてください。"
        )
        yield checked.finding(element, "bars_low", Severity.ERROR, words)
    else:
        words = (
            f"バーの高さ {height:.1f} mm は低めです。"
            f"{BAR_HEIGHT_MM_ADVISED:g} mm 以上をおすすめします。"
        )
        yield checked.finding(element, "bars_low", Severity.WARNING, words)


def _qr_module(checked: Checked, element: Qr) -> Iterator[Finding]:
    modules = qr_path(checked.page_url)[0] + 2 * QR_QUIET_MODULES
    module = element.width / modules
    if module >= QR_MODULE_MM_ADVISED - 0.001:
        return
    side = math.ceil(QR_MODULE_MM_ADVISED * modules * 10) / 10
    is_small = module < QR_MODULE_MM_MIN
    words = (
        f"モジュール幅が {module:.2f} mm しか"
        f"{'なく、読み取れません' if is_small else 'ありません'}。"
        f"一辺を {side:.1f} mm 以上にしてください（余白を含む）。"
    )
    severity = Severity.ERROR if is_small else Severity.WARNING
    yield checked.finding(element, "qr_small", severity, words)
