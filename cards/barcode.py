"""A number becomes bars: pure geometry in modules, so that paper and screen draw the same."""

from dataclasses import dataclass
from functools import cache
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

Run = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Bars:
    """Black bars as ``(x, width)`` in modules, from the first bar; quiet zones lie outside.

    ``guards`` are the long bars at both ends and in the middle, ``bars`` all the others.
    """

    digits: str
    bars: tuple[Run, ...]
    guards: tuple[Run, ...] = ((0, 1), (2, 1), (46, 1), (48, 1), (92, 1), (94, 1))
    modules: int = MODULES
    quiet_left_modules: int = QUIET_LEFT_MODULES
    quiet_right_modules: int = QUIET_RIGHT_MODULES


def ean13(number: str) -> Bars:
    """Return the bars of a thirteen-digit number."""
    assert is_well_formed(number)
    runs: list[Run] = []
    for place, parity in enumerate(_PARITIES[int(number[0])]):
        pattern = (_SET_A if parity == "A" else _SET_B)[int(number[place + 1])]
        runs += _runs(pattern, LEFT_HALF_MODULES + 7 * place)
    for place, digit in enumerate(number[7:]):
        runs += _runs(_SET_C[int(digit)], RIGHT_HALF_MODULES + 7 * place)
    return Bars(digits=number, bars=tuple(runs))


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
