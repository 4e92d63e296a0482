"""Codes put together from what each bit changes are those the library makes of each address."""

import re
from secrets import token_urlsafe

import pytest
import zxingcpp
from PIL import Image, ImageDraw

from cards.printing.qr import _coded, qr_path


def modules_of(path: str, side: int) -> int:
    """Return the modules a path makes dark, the highest bit upper left."""
    modules = 0
    for x, y, width in re.findall(r"^(\d+) (\d+) (\d+) 1 re$", path, re.M):
        for column in range(int(x), int(x) + int(width)):
            modules |= 1 << (side * side - 1 - ((side - 1 - int(y)) * side + column))
    return modules


@pytest.mark.parametrize("length", [4, 16, 60])
def test_each_address_has_the_librarys_own_code(length: int):
    for _ in range(40):
        address = f"https://pay.example.jp/p/{token_urlsafe(length)}"
        side, path = qr_path(address)
        assert (side, modules_of(path, side)) == _coded(address.encode())


def test_addresses_of_one_length_are_each_read_as_themselves():
    for address in ("https://a.jp/", "https://z.jp/", "http://127.1:9/", "https://例.jp/"):
        side, path = qr_path(address)
        picture = Image.new("L", ((side + 8) * 4, (side + 8) * 4), 255)
        pen = ImageDraw.Draw(picture)
        for x, y, width in re.findall(r"^(\d+) (\d+) (\d+) 1 re$", path, re.M):
            left, top = (int(x) + 4) * 4, (side - 1 - int(y) + 4) * 4
            pen.rectangle((left, top, left + int(width) * 4 - 1, top + 3), fill=0)
        assert [code.text for code in zxingcpp.read_barcodes(picture)] == [address]
