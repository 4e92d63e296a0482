import itertools
import re
from collections.abc import Iterable

import pytest
import zxingcpp
from PIL import Image, ImageDraw

from cards.barcode import (
    CODE128_MODULES,
    NW7_MODULES,
    QUIET_LEFT_MODULES,
    Run,
    code128,
    ean13,
    ean13_svg,
    gs1_128,
    gs1_128_svg,
    nw7,
)
from cards.numbers import barcode_number_from
from cards.tests.factories import KEY


def drawn(runs: Iterable[Run], *, scale: int = 3) -> Image.Image:
    """Return a picture of bars, drawn by nothing but their geometry."""
    picture = Image.new("L", ((180 + 11 + 7) * scale, 60 * scale), 255)
    pen = ImageDraw.Draw(picture)
    for x, width in runs:
        left = (x + QUIET_LEFT_MODULES) * scale
        pen.rectangle((left, 0, left + width * scale - 1, 60 * scale), fill=0)
    return picture


def read(picture: Image.Image) -> list[str]:
    return [code.text for code in zxingcpp.read_barcodes(picture)]


@pytest.mark.parametrize("counter", range(20))
def test_the_bars_are_read_back_as_the_number(counter: int) -> None:
    number = barcode_number_from(counter, KEY)
    bars = ean13(number)
    assert read(drawn(bars.bars + bars.guards)) == [number]


@pytest.mark.parametrize(
    "number",
    [
        "0012345678905", "1234567890128", "2345678901234", "3456789012340", "4567890123456",
        "5678901234562", "6789012345678", "7890123456784", "8901234567890", "9012345678906",
    ],
)  # fmt: skip
def test_every_first_digit_has_its_parity(number: str) -> None:
    bars = ean13(number)
    # A reader tells a code that begins with 0 by the twelve digits of its American form.
    assert read(drawn(bars.bars + bars.guards))[0].zfill(13) == number


def test_bars_never_touch_and_stay_within_95_modules() -> None:
    bars = ean13("2917305491205")
    runs = sorted(bars.bars + bars.guards)
    assert len(runs) == 30
    assert runs[0] == (0, 1)
    assert runs[-1] == (94, 1)
    for (x, width), (following, _) in itertools.pairwise(runs):
        assert x + width < following


def test_a_number_with_a_wrong_check_digit_gets_no_bars() -> None:
    with pytest.raises(AssertionError):
        ean13("2917305491206")


def test_the_svg_draws_the_same_bars_with_quiet_zones_and_digits() -> None:
    svg = ean13_svg("2917305491205")
    bars = ean13("2917305491205")
    runs = [(int(x), int(width)) for x, width in re.findall(r"M(\d+) 0h(\d)", svg)]
    assert sorted(runs) == sorted(bars.bars + bars.guards)
    assert read(drawn(runs)) == ["2917305491205"]
    assert 'viewBox="-11 -2 113 ' in svg
    assert re.findall(r">(\d+)</text>", svg) == ["2", "917305", "491205"]


@pytest.mark.parametrize("counter", range(10))
def test_the_other_codes_are_read_back_too(counter: int) -> None:
    number = barcode_number_from(counter, KEY)
    assert read(drawn(code128(number).bars, scale=4)) == [number]
    assert read(drawn(nw7(number).bars, scale=4)) == [f"A{number}A"]


def test_every_pair_of_digits_has_its_bars_in_code_128() -> None:
    numbers = [f"{pair:02}{99 - pair:02}" for pair in range(100)]
    assert [read(drawn(code128(number).bars, scale=4)) for number in numbers] == [
        [number] for number in numbers
    ]


def test_the_widths_of_codes_are_what_boxes_are_made_of() -> None:
    number = barcode_number_from(1, KEY)
    assert code128(number).modules == CODE128_MODULES
    assert nw7(number).modules == NW7_MODULES
    for bars in (code128(number), nw7(number)):
        x, width = bars.bars[-1]
        assert x + width == bars.modules


SLIP = "91929023252070000010123499900199999900106050"


def test_a_slips_bars_are_gs1_128_and_read_back_as_its_digits() -> None:
    bars = gs1_128(SLIP)
    assert bars.modules == 288
    quiet = bars.quiet_left_modules
    picture = Image.new("L", (int(bars.modules + 2 * quiet) * 3, 180), 255)
    pen = ImageDraw.Draw(picture)
    for x, width in bars.bars:
        pen.rectangle(((x + quiet) * 3, 0, (x + width + quiet) * 3 - 1, 180), fill=0)
    (code,) = zxingcpp.read_barcodes(picture)
    assert code.content_type == zxingcpp.ContentType.GS1
    assert code.text == f"(91){SLIP[2:]}"


def test_a_slips_bars_on_a_screen_are_the_same_bars() -> None:
    svg = gs1_128_svg(SLIP, ("first line", "second line"))
    drawn_bars = re.findall(r"M(\d+) 0h(\d+)v60h-\2z", svg)
    assert [(int(x), int(width)) for x, width in drawn_bars] == list(gs1_128(SLIP).bars)
    assert svg.count("<text") == 2
