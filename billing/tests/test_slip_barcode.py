"""The 44 digits of a slip, against digits that others printed."""

from datetime import date

import pytest

from billing.tills.slip_barcode import (
    SlipDigits,
    check_digit,
    shown_lines,
    slip_barcode,
    slip_digits,
)

SAID = SlipDigits("000000", "0123456789012345", "02", date(2026, 11, 24), True, 12_345)


@pytest.mark.parametrize(
    "printed",
    [
        "91929023252070000010123499900199999900106050",
        "91929023252070000010123499900399999911066327",
        "91929023252070000010123499901099999900350000",
    ],
)
def test_the_check_digit_is_the_one_others_printed(printed: str):
    assert check_digit(printed[:43]) == printed[43]


def test_a_slip_says_its_number_chain_day_stamp_and_amount():
    barcode = slip_barcode(SAID)
    assert barcode[:43] == "9100000001234567890123450200002611241012345"
    assert slip_digits(barcode) == SAID
    assert shown_lines(barcode) == (
        "(91)000000-0123456789012345020000",
        f"261124-1-012345-{barcode[43]}",
    )


def test_every_single_wrong_digit_is_found():
    barcode = slip_barcode(SAID)
    for place in range(2, 44):
        for digit in set("0123456789") - {barcode[place]}:
            assert slip_digits(barcode[:place] + digit + barcode[place + 1 :]) is None


@pytest.mark.parametrize("barcode", ["", "9" * 44, "９" * 44, "x" * 44, "0" * 44])
def test_what_is_no_slip_says_nothing(barcode: str):
    assert slip_digits(barcode) is None
