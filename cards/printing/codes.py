"""Bars and QR codes: one path of rectangles each, drawn in units of the code's own modules.

Bars and digits are black ink only, which is what a page's marks are drawn with. An EAN-13 code is
put together from the ready path of each three digits, so that a card costs four look-ups.
"""

from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from typing import Final

from cards.barcode import (
    EAN13_GUARDS,
    GUARD_DROP_MODULES,
    HALF_WIDTH_MODULES,
    LEFT_HALF_MODULES,
    RIGHT_HALF_MODULES,
    Run,
    code128,
    ean13_digit,
    nw7,
)
from cards.numbers import is_well_formed
from cards.printing.boxes import QR_QUIET_MODULES, Area, digits_height_of, quiet_modules_of
from cards.printing.face import CardFace
from cards.printing.fitting import Fitted, Room, fitted
from cards.printing.geometry import PT_PER_MM
from cards.printing.kit import BLACK_INK, Draw, Kit, Mark, filled, rectangle
from cards.printing.layout import Barcode, Qr, Symbology
from cards.printing.pdf_file import number, numbers
from cards.printing.qr import qr_path
from cards.printing.typeface import Typeface
from cards.printing.words import lines_in_box

_DIGITS_MODULES: Final = 7.58  # The size of an EAN-13 code's digits, in modules.
_DIGITS_BASELINE_MODULES: Final = 0.8
_FIRST_DIGIT_MODULES: Final = -8.5  # In the quiet zone, as is the custom.


def barcode_marks(element: Barcode, kit: Kit) -> list[Mark]:
    draw = _ean13_drawing if element.symbology is Symbology.EAN13 else _other_drawing
    return [*_ground(element, kit), kit.own(element, draw(element, kit))]


def qr_marks(element: Qr, kit: Kit) -> list[Mark]:
    """Return the marks of the phone page's address; a card without a page has no code."""
    box = kit.box_of(element)
    head, tail = kit.turning(element)

    def draw(face: CardFace) -> str:
        if not face.page_url:
            return ""
        modules, path = qr_path(face.page_url)
        module = box.width / (modules + 2 * QR_QUIET_MODULES)
        x, y = box.x + QR_QUIET_MODULES * module, box.y + QR_QUIET_MODULES * module
        return f"{head}{_scaled(module, x, y)}{path}f Q\n{tail}"

    return [*_ground(element, kit), kit.own(element, draw)]


def _ground(element: Barcode | Qr, kit: Kit) -> list[Mark]:
    """Return the paper-white box that keeps the quiet zones free of what lies beneath."""
    if not element.ground:
        return []
    paper = f"{filled((0, 0, 0, 0))}{rectangle(kit.box_of(element))}f\n{BLACK_INK}"
    return [kit.shared(element, paper)]


def _scaled(module: float, x: float, y: float) -> str:
    """Return what makes a module the unit, with the first bar's foot at the origin."""
    return f"q {module:.6f} 0 0 {module:.6f} {numbers(x, y)} cm\n"


class _Paths(dict[str, str]):
    """The path of a group of digits; each group's is put together once."""

    def __init__(self, path_of: Callable[[str], str]) -> None:
        super().__init__()
        self._path_of = path_of

    def __missing__(self, digits: str) -> str:
        path = self[digits] = self._path_of(digits)
        return path


@lru_cache(maxsize=8)
def _ean13_paths(foot: float, height: float) -> Mapping[str, tuple[_Paths, ...]]:
    """Return, for each first digit, the paths of the other digits three by three."""

    def group(first: str, place: int) -> _Paths:
        def path_of(digits: str) -> str:
            return "".join(
                _bars(ean13_digit(int(first), place + at, int(digit)), foot, height)
                for at, digit in enumerate(digits)
            )

        return _Paths(path_of)

    return {first: tuple(group(first, place) for place in (0, 3, 6, 9)) for first in "0123456789"}


def _bars(runs: tuple[Run, ...], foot: float, height: float) -> str:
    return "".join(f"{numbers(x, foot, width, height)} re\n" for x, width in runs)


def _ean13_drawing(element: Barcode, kit: Kit) -> Draw:
    box, module = kit.box_of(element), element.module_mm * PT_PER_MM
    strip = digits_height_of(element) / element.module_mm
    height = max(0.0, element.height / element.module_mm - strip)
    guards = _bars(EAN13_GUARDS, strip - GUARD_DROP_MODULES, height + GUARD_DROP_MODULES)
    left, _ = quiet_modules_of(element)
    head, tail = kit.turning(element)
    head += f"{_scaled(module, box.x + left * module, box.y)}{guards}"
    typeface = kit.fonts["regular"]
    after_bars, gap, after_half = _digits_setting(typeface)
    code = typeface.codes.__getitem__
    groups, tail = _ean13_paths(strip, height), f"{after_half}Q\n{tail}"

    def draw(face: CardFace) -> str:
        digits = face.barcode_number
        assert is_well_formed(digits)
        one, two, three, four = groups[digits[0]]
        codes = "".join(map(code, digits))
        return (
            f"{head}{one[digits[1:4]]}{two[digits[4:7]]}{three[digits[7:10]]}{four[digits[10:]]}"
            f"{after_bars}{codes[:4]}{gap[0]}{codes[4:28]}{gap[1]}{codes[28:]}{tail}"
        )

    return draw


def _digits_setting(typeface: Typeface) -> tuple[str, tuple[str, str], str]:
    """Return what stands around the digits: one in the quiet zone, six under each half."""
    size = _DIGITS_MODULES
    width = typeface.width("0") * size
    spacing = HALF_WIDTH_MODULES / 6 - width
    start = LEFT_HALF_MODULES + spacing / 2
    to_left_half = (start - (_FIRST_DIGIT_MODULES + width + spacing)) * 1000 / size
    to_right_half = (RIGHT_HALF_MODULES - LEFT_HALF_MODULES - HALF_WIDTH_MODULES) * 1000 / size
    head = (
        f"f BT /{typeface.resource} {number(size)} Tf {number(spacing)} Tc"
        f" {numbers(_FIRST_DIGIT_MODULES, _DIGITS_BASELINE_MODULES)} Td [<"
    )
    gaps = f">{number(-to_left_half)}<", f">{number(-to_right_half)}<"
    return head, gaps, ">]TJ ET "


def _other_drawing(element: Barcode, kit: Kit) -> Draw:
    """Return what draws Code 128 or NW-7, with the digits in the middle beneath."""
    box, module = kit.box_of(element), element.module_mm * PT_PER_MM
    strip = digits_height_of(element) / element.module_mm
    height = max(0.0, element.height / element.module_mm - strip)
    left, _ = quiet_modules_of(element)
    head, tail = kit.turning(element)
    head += _scaled(module, box.x + left * module, box.y)
    bars_of = code128 if element.symbology is Symbology.CODE128 else nw7
    typeface = kit.fonts["regular"]
    under = Area(box.x, box.y, box.width, digits_height_of(element) * PT_PER_MM * 0.86)
    size = fitted("0" * 13, Room(box.width, under.height, typeface.font, 8.6)).size

    def draw(face: CardFace) -> str:
        digits = face.barcode_number
        assert is_well_formed(digits)
        path = "".join([_bar(x, width, strip, height) for x, width in bars_of(digits).bars])
        words = lines_in_box(Fitted((digits,), size), under, typeface, "center")
        return f"{head}{path}f Q\n{words}{tail}"

    return draw


@cache
def _bar(x: float, width: float, foot: float, height: float) -> str:
    return f"{numbers(x, foot, width, height)} re\n"
