"""The numbers of a card: well formed, never sequential, never given twice.

A number opens the bill list at a kiosk, so nobody may guess the next one from the last. A counter
that never repeats goes through a keyed permutation, which never repeats either: no table of used
numbers has to be asked, and without the key the order cannot be told.

The check digit finds every single wrong digit. It misses the swap of two neighbours that differ
by five, as every EAN-13 does.
"""

import hmac
import math
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from smartpit.kernel.errors import DomainError

KIND_DIGITS: Final[Mapping[str, int]] = MappingProxyType(
    {"standard": 1, "joint": 2, "sheet": 3, "notified": 4, "phone": 5}
)
BARCODE_PREFIX: Final = "29"

_TEST_PREFIX: Final = "99"
_GROUPING: Final = " -‐−ー–"
_LIVE_BODIES: Final = 99 * 10**9  # 00000000000 to 98999999999
_TEST_BODIES: Final = 10**9  # 99000000000 to 99999999999
_BARCODE_BODIES: Final = 10**10
_ROUNDS: Final = 10


class NumbersExhausted(DomainError):
    """The counter has passed the last number of its range."""

    code = "numbers_exhausted"
    title = "番号の残りがありません"


def check_digit(first12: str) -> str:
    """Return the thirteenth digit: modulus 10, weights 1 and 3 from the left, as EAN-13."""
    assert _are_digits(first12, count=12)
    weighted = sum(map(int, first12[::2])) + 3 * sum(map(int, first12[1::2]))
    return str(-weighted % 10)


def is_well_formed(number13: str) -> bool:
    """Tell whether these are thirteen digits of which the last one checks the others."""
    return _are_digits(number13, count=13) and check_digit(number13[:12]) == number13[12]


def number_from(kind: str, counter: int, key: bytes, *, is_test: bool = False) -> str:
    """Return the ``counter``-th number of this kind: kind digit, body, check digit.

    A live body never begins with 99 and a test body always does. Each kind and side has a
    permutation of its own, so a number of one kind tells nothing about those of another.
    """
    digit = KIND_DIGITS[kind]
    side = "test" if is_test else "live"
    bodies = _TEST_BODIES if is_test else _LIVE_BODIES
    body = _permuted(counter, bodies, key=key, label=f"number {digit} {side}")
    digits = f"{digit}{_TEST_PREFIX}{body:09d}" if is_test else f"{digit}{body:011d}"
    return digits + check_digit(digits)


def barcode_number_from(counter: int, key: bytes) -> str:
    """Return the ``counter``-th number for the bars of a card.

    It begins with 29, the range of a shop's own codes, so it never equals a product's code. Live
    and test cards, and all kinds, share this range: their counter must be the same one.
    """
    body = _permuted(counter, _BARCODE_BODIES, key=key, label="barcode")
    digits = f"{BARCODE_PREFIX}{body:010d}"
    return digits + check_digit(digits)


def grouped(number: str) -> str:
    """Return the number as people are shown it, 4-4-5."""
    return f"{number[:4]}-{number[4:8]}-{number[8:]}"


def ungrouped(typed: str) -> str:
    """Return what a person typed without the signs that part groups, full-width made plain."""
    return "".join(sign for sign in unicodedata.normalize("NFKC", typed) if sign not in _GROUPING)


def is_grouped(typed: str) -> bool:
    """Tell whether it was typed as it stands on a card, 4-4-5; no scanner sends it so."""
    return len(ungrouped(typed)) < len(unicodedata.normalize("NFKC", typed).strip())


def is_test_number(number: str) -> bool:
    """Tell whether this number belongs to the test side."""
    return number[1:3] == _TEST_PREFIX


def _permuted(counter: int, size: int, *, key: bytes, label: str) -> int:
    """Return where the keyed permutation of ``range(size)`` sends ``counter``.

    A Feistel network over two digits of mixed radix, ``left`` below ``width`` and ``right`` below
    ``height``, permutes a grid barely larger than ``size``. A value that lands outside is sent on
    until it lands inside (cycle walking), which keeps the whole a permutation.
    """
    assert key
    assert counter >= 0
    if counter >= size:
        raise NumbersExhausted(f"{label}: {counter} of {size}")

    height = math.isqrt(size - 1) + 1
    width = -(-size // height)
    place = _feistel(counter, (width, height), key=key, label=label)
    while place >= size:
        place = _feistel(place, (width, height), key=key, label=label)
    return place


def _feistel(place: int, grid: tuple[int, int], *, key: bytes, label: str) -> int:
    width, height = grid
    left, right = divmod(place, height)
    for turn in range(0, _ROUNDS, 2):
        left = (left + _mixed(f"{label} {turn} {right}", key)) % width
        right = (right + _mixed(f"{label} {turn + 1} {left}", key)) % height
    return left * height + right


def _mixed(words: str, key: bytes) -> int:
    return int.from_bytes(hmac.digest(key, words.encode(), "sha256")[:16])


def _are_digits(text: str, *, count: int) -> bool:
    """Tell whether these are ``count`` ASCII digits; full-width ones are not."""
    return len(text) == count and text.isascii() and text.isdigit()
