"""QR codes by the ten thousand, one address differing from the next in a few letters.

With its length and its mask fixed, a QR code is linear: each bit of the address turns the same
modules dark or light, whatever the other bits are. So the first address of a length is coded by
the library, and what each bit changes is asked of the library once; all further codes are put
together from these changes, a number of which each bit is a module.
"""

from functools import cache, lru_cache
from itertools import groupby
from typing import Final

from qrcode import QRCode
from qrcode.constants import ERROR_CORRECT_M
from qrcode.util import MODE_8BIT_BYTE, QRData

_MASK: Final = 3  # Readers take any; to weigh all eight would take most of a code's time.
_PIECE_MODULES: Final = 11  # Of a row: so few that all there are can be kept.


@lru_cache(maxsize=64)
def qr_path(address: str) -> tuple[int, str]:
    """Return how many modules a code's side has, and the path of its dark runs, from its foot."""
    message = address.encode()
    family = _families.get(len(message))
    if family is None:
        family = _families[len(message)] = _Family(message)
    return family.side, _path(family.modules(message), family.side)


class _Family:
    """The codes of all addresses of one length, told by how they differ from the first one."""

    def __init__(self, first: bytes) -> None:
        self._first = first
        self.side, self._modules = _coded(first)
        self._changes: dict[tuple[int, int], int] = {}

    def modules(self, message: bytes) -> int:
        """Return the modules of a code; the highest bit is the upper left one."""
        modules = self._modules
        for place, (byte, first) in enumerate(zip(message, self._first, strict=True)):
            if byte != first:
                modules ^= self._change(place, byte ^ first)
        return modules

    def _change(self, place: int, bits: int) -> int:
        """Return which modules change when these bits of a byte do."""
        change = self._changes.get((place, bits))
        if change is None:
            lowest = bits & -bits
            if bits == lowest:
                other = bytearray(self._first)
                other[place] ^= bits
                change = _coded(bytes(other))[1] ^ self._modules
            else:
                change = self._change(place, lowest) ^ self._change(place, bits ^ lowest)
            self._changes[place, bits] = change
        return change


_families: Final[dict[int, _Family]] = {}


def _coded(message: bytes) -> tuple[int, int]:
    """Return the side of a message's code and its modules, as the library codes it."""
    code = QRCode(error_correction=ERROR_CORRECT_M, border=0, mask_pattern=_MASK)
    code.add_data(QRData(message, mode=MODE_8BIT_BYTE), optimize=0)
    code.make(fit=True)
    rows = code.get_matrix()
    return len(rows), int("".join("01"[is_dark] for row in rows for is_dark in row), 2)


def _path(modules: int, side: int) -> str:
    """Return the path of the dark runs, each row put together from ready pieces."""
    bits = f"{modules:0{side * side}b}"
    pieces = _pieces(side)
    rows = []
    for row in range(side):
        start = row * side
        runs = [piece[bits[start + first : start + last]] for first, last, piece in pieces]
        rows.append("".join(runs).replace("y", str(side - 1 - row)))
    return "".join(rows)


class _Runs(dict[str, str]):
    """The path of the dark runs in a piece of a row, the row's height still to be said."""

    def __init__(self, first: int) -> None:
        super().__init__()
        self._first = first

    def __missing__(self, bits: str) -> str:
        path, x = "", self._first
        for bit, run in groupby(bits):
            width = len(list(run))
            if bit == "1":
                path += f"{x} y {width} 1 re\n"
            x += width
        self[bits] = path
        return path


@cache
def _pieces(side: int) -> tuple[tuple[int, int, _Runs], ...]:
    firsts = range(0, side, _PIECE_MODULES)
    return tuple((first, min(first + _PIECE_MODULES, side), _Runs(first)) for first in firsts)
