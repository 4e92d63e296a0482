"""The 44 digits of a slip's GS1-128 bars (domain.md 4.5 and 8.6): built, and taken apart again.

    91  issuer 6  slip 16  chain 2  000  0  YYMMDD  stamp 1  amount 6  check 1

The date is the slip's own day: a slip lives thirty minutes, so no other date can be meant.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

DIGITS: Final = 44
CODE_DIGITS: Final = 16
ISSUER_DIGITS: Final = 6
_AI: Final = "91"
_SPARE: Final = "000"
_NOT_REISSUED: Final = "0"
_DAY: Final = "%y%m%d"


@dataclass(frozen=True)
class SlipDigits:
    """What the bars of a slip say."""

    issuer: str
    code: str
    chain: str
    day: date
    stamp: bool
    amount_yen: int


def slip_barcode(said: SlipDigits) -> str:
    """Return the 44 digits, the last of which checks the others."""
    first43 = "".join(
        (
            _AI,
            said.issuer,
            said.code,
            said.chain,
            _SPARE,
            _NOT_REISSUED,
            said.day.strftime(_DAY),
            "1" if said.stamp else "0",
            f"{said.amount_yen:06d}",
        )
    )
    assert len(first43) == DIGITS - 1, "a part of the bars has the wrong width"
    return first43 + check_digit(first43)


def slip_digits(barcode: str) -> SlipDigits | None:
    """Return what 44 digits say, or None if they are no bars of a slip."""
    if len(barcode) != DIGITS or not (barcode.isascii() and barcode.isdigit()):
        return None
    if barcode[:2] != _AI or check_digit(barcode[:-1]) != barcode[-1]:
        return None
    try:
        day = date(2000 + int(barcode[30:32]), int(barcode[32:34]), int(barcode[34:36]))
    except ValueError:
        return None
    return SlipDigits(
        issuer=barcode[2:8],
        code=barcode[8:24],
        chain=barcode[24:26],
        day=day,
        stamp=barcode[36] == "1",
        amount_yen=int(barcode[37:43]),
    )


def check_digit(first43: str) -> str:
    """Return the 44th digit: modulus 10, weights 3 and 1 in turn from the right."""
    from_right = first43[::-1]
    weighted = 3 * sum(map(int, from_right[::2])) + sum(map(int, from_right[1::2]))
    return str(-weighted % 10)


def shown_lines(barcode: str) -> tuple[str, str]:
    """Return the digits as they stand below the bars, in two lines."""
    first = f"({barcode[:2]}){barcode[2:8]}-{barcode[8:30]}"
    return first, f"{barcode[30:36]}-{barcode[36]}-{barcode[37:43]}-{barcode[43]}"
