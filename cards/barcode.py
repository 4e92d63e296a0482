"""A number becomes bars: pure geometry in modules, so that paper and screen draw the same."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import accumulate
from typing import Final

from cards.numbers import is_well_formed

# The seven modules of each digit with odd parity (set A of EAN-13), a one is black.
_SET_A: Final = (
    "0001101", "0011001", "0010011", "0111101", "0100011",
    "0110001", "0101111", "0111011", "0110111", "0001011",
)  # fmt: skip
_SET_C: Final = tuple(pattern.translate(str.maketrans("01", "10")) for pattern in _SET_A)
_SET_B: Final = tuple(pattern[::-1] for pattern in _SET_C)
# The first digit has no bars of its own: it is told by which of the next six are of set B.
_PARITIES: Final = (
    "AAAAAA", "AABABB", "AABBAB", "AABBBA", "ABAABB",
    "ABBAAB", "ABBBAA", "ABABAB", "ABABBA", "ABBABA",
)  # fmt: skip

MODULES: Final = 95
QUIET_LEFT_MODULES: Final = 11
QUIET_RIGHT_MODULES: Final = 7
FULL_WIDTH_MODULES: Final = QUIET_LEFT_MODULES + MODULES + QUIET_RIGHT_MODULES
LEFT_HALF_MODULES: Final = 3  # where the digits under the left half begin
RIGHT_HALF_MODULES: Final = 50
HALF_WIDTH_MODULES: Final = 42
GUARD_DROP_MODULES: Final = 5  # how far the guards reach below the other bars

QUIET_MODULES: Final = 10  # on both sides of a Code 128 or an NW-7 code
SLIP_QUIET_MODULES: Final = 14  # 2.54 mm at the 0.19 mm of a slip's modules (domain.md 4.5).
CODE128_MODULES: Final = 123  # thirteen digits: start, six pairs, change of set, digit, check, stop
NW7_MODULES: Final = 167.0  # thirteen digits between two letters A, wide to narrow as 2.5 to 1
_NW7_WIDE: Final = 2.5

# Widths of bar, space, bar, space, bar, space of each value of Code 128.
_CODE128_WIDTHS: Final = """
212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232
122132 122231 113222 123122 123221 223211 221132 221231 213212 223112 312131 311222 321122
321221 312212 322112 322211 212123 212321 232121 111323 131123 131321 112313 132113 132311
211313 231113 231311 112133 112331 132131 113123 113321 133121 313121 211331 231131 213113
213311 213131 311123 311321 331121 312113 312311 332111 314111 221411 431111 111224 111422
121124 121421 141122 141221 112214 112412 122114 122411 142112 142211 241211 221114 413111
241112 134111 111242 121142 121241 114212 124112 124211 411212 421112 421211 212141 214121
412121 111143 111341 131141 114113 114311 411113 411311 113141 114131 311141 411131 211412
211214 211232
"""
_CODE128: Final = tuple(_CODE128_WIDTHS.split())
_CODE128_START_C: Final = 105
_CODE128_TO_SET_B: Final = 100
_CODE128_FNC1: Final = 102
_CODE128_DIGIT_0_OF_SET_B: Final = 16
_CODE128_STOP: Final = "2331112"
# Which of bar, space, bar, space, bar, space, bar of each NW-7 character are wide.
_NW7: Final = {
    "0": "0000011", "1": "0000110", "2": "0001001", "3": "1100000", "4": "0010010",
    "5": "1000010", "6": "0100001", "7": "0100100", "8": "0110000", "9": "1001000",
    "A": "0011010",
}  # fmt: skip

Run = tuple[float, float]
EAN13_GUARDS: Final[tuple[Run, ...]] = ((0, 1), (2, 1), (46, 1), (48, 1), (92, 1), (94, 1))


@dataclass(frozen=True, slots=True)
class Bars:
    """Black bars as ``(x, width)`` in modules, from the first bar; quiet zones lie outside.

    ``guards`` are the long bars at both ends and in the middle, ``bars`` all the others.
    """

    digits: str
    bars: tuple[Run, ...]
    guards: tuple[Run, ...] = EAN13_GUARDS
    modules: float = MODULES
    quiet_left_modules: int = QUIET_LEFT_MODULES
    quiet_right_modules: int = QUIET_RIGHT_MODULES


def ean13(number: str) -> Bars:
    """Return the bars of a thirteen-digit number."""
    assert is_well_formed(number)
    runs: list[Run] = []
    for place, digit in enumerate(number[1:]):
        runs += ean13_digit(int(number[0]), place, int(digit))
    return Bars(digits=number, bars=tuple(runs))


def ean13_digit(first_digit: int, place: int, digit: int) -> tuple[Run, ...]:
    """Return the bars of one of the twelve digits that have any; places count from 0."""
    if place >= len(_PARITIES[0]):
        return _runs(_SET_C[digit], RIGHT_HALF_MODULES + 7 * (place - 6))
    patterns = _SET_A if _PARITIES[first_digit][place] == "A" else _SET_B
    return _runs(patterns[digit], LEFT_HALF_MODULES + 7 * place)


def code128(number: str) -> Bars:
    """Return the bars of a number: pairs of digits in set C, an odd last digit in set B."""
    assert number.isdecimal()
    assert number.isascii()
    even = len(number) // 2 * 2
    values = [_CODE128_START_C, *(int(number[at : at + 2]) for at in range(0, even, 2))]
    if even < len(number):
        values += [_CODE128_TO_SET_B, _CODE128_DIGIT_0_OF_SET_B + int(number[-1])]
    return _code128_of(number, values)


def gs1_128(digits: str) -> Bars:
    """Return the bars of an even number of digits that begin with an application identifier."""
    assert digits.isdecimal()
    assert digits.isascii()
    assert len(digits) % 2 == 0
    pairs = (int(digits[at : at + 2]) for at in range(0, len(digits), 2))
    bars = _code128_of(digits, [_CODE128_START_C, _CODE128_FNC1, *pairs])
    quiet = SLIP_QUIET_MODULES
    return replace(bars, quiet_left_modules=quiet, quiet_right_modules=quiet)


def nw7(number: str) -> Bars:
    """Return the bars of a number in NW-7 (Codabar) between the letters A and A."""
    widths: list[float] = []
    for letter in f"A{number}A":
        widths += [_NW7_WIDE if wide == "1" else 1 for wide in _NW7[letter]]
        widths.append(1)  # A narrow space parts the characters.
    return _without_guards(number, widths[:-1])


def _code128_of(number: str, values: Sequence[int]) -> Bars:
    """Return the bars of Code 128's values: the first starts, a check and the stop are added."""
    check = values[0] + sum(place * value for place, value in enumerate(values))
    patterns = [_CODE128[value] for value in (*values, check % 103)]
    widths = [int(width) for width in "".join(patterns) + _CODE128_STOP]
    return _without_guards(number, widths)


def _without_guards(number: str, widths: Sequence[float]) -> Bars:
    """Return the bars of widths that are in turn a bar's and a space's."""
    starts = [0, *accumulate(widths)]
    runs = tuple(zip(starts[:-1:2], widths[::2], strict=True))
    return Bars(number, runs, (), starts[-1], QUIET_MODULES, QUIET_MODULES)


@cache
def _runs(pattern: str, first_module: int) -> tuple[Run, ...]:
    """Return the two black runs of a digit's pattern."""
    runs: list[Run] = []
    for module, black in enumerate(pattern):
        if black == "0":
            continue
        if module and pattern[module - 1] == "1":
            x, width = runs.pop()
            runs.append((x, width + 1))
        else:
            runs.append((first_module + module, 1))
    return tuple(runs)


def ean13_svg(number: str, *, bar_height_modules: int = 50) -> str:
    """Return an SVG for screens; it scales, and has its quiet zones and digits inside.

    The white ground belongs to the code: a dark page must not eat the quiet zones.
    """
    bars = ean13(number)
    height = bar_height_modules + 11
    text_y = height - 1
    path = "".join(
        f"M{x} 0h{width}v{tall}h-{width}z"
        for runs, tall in (
            (bars.bars, bar_height_modules),
            (bars.guards, bar_height_modules + GUARD_DROP_MODULES),
        )
        for x, width in runs
    )
    halves = "".join(
        f'<text x="{x}" y="{text_y}" textLength="{HALF_WIDTH_MODULES - 4}">{digits}</text>'
        for x, digits in (
            (LEFT_HALF_MODULES + 2, number[1:7]),
            (RIGHT_HALF_MODULES + 2, number[7:]),
        )
    )
    view_box = f"-{QUIET_LEFT_MODULES} -2 {FULL_WIDTH_MODULES} {height + 2}"
    ground = (
        f'<rect x="-{QUIET_LEFT_MODULES}" y="-2" width="{FULL_WIDTH_MODULES}"'
        f' height="{height + 2}" fill="#fff"/>'
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{view_box}" role="img"'
        f' aria-label="バーコード {number}" shape-rendering="crispEdges">'
        f'{ground}<path d="{path}" fill="#000"/>'
        f'<g font-family="ui-monospace,monospace" font-size="9" fill="#000">'
        f'<text x="-{QUIET_LEFT_MODULES - 2}" y="{text_y}">{number[0]}</text>{halves}</g></svg>'
    )


def gs1_128_svg(digits: str, lines: Sequence[str], *, bar_height_modules: int = 60) -> str:
    """Return an SVG of a slip's bars with ``lines`` of digits below, quiet zones inside."""
    bars = gs1_128(digits)
    path = "".join(f"M{x} 0h{width}v{bar_height_modules}h-{width}z" for x, width in bars.bars)
    left, full = -bars.quiet_left_modules, bars.modules + 2 * bars.quiet_left_modules
    height = bar_height_modules + 4 + 15 * len(lines)
    words = "".join(
        f'<text x="{bars.modules / 2}" y="{bar_height_modules + 15 * place}">{line}</text>'
        for place, line in enumerate(lines, start=1)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{left} -2 {full} {height + 2}"'
        f' role="img" aria-label="バーコード {digits}" shape-rendering="crispEdges">'
        f'<rect x="{left}" y="-2" width="{full}" height="{height + 2}" fill="#fff"/>'
        f'<path d="{path}" fill="#000"/>'
        f'<g font-family="ui-monospace,monospace" font-size="13" fill="#000"'
        f' text-anchor="middle">{words}</g></svg>'
    )
