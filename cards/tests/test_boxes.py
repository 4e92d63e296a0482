"""An element's box is where its ink is: what a check measures is what is printed."""

from typing import Any

import pytest
from PIL import ImageChops

from cards.printing.boxes import Area, bars_box_of, box_of, quiet_modules_of
from cards.printing.layout import Barcode, Qr, Symbology, Text
from cards.tests.designs import PAGE_URL, at, face, layout, shown

DPI = 600


def ink_of(*elements: dict[str, Any]) -> Area:
    """Return where the card is not white, in millimetres from its upper left corner."""
    picture = shown(layout(*elements), face(page_url=PAGE_URL), DPI).convert("L")
    found = ImageChops.invert(picture).point(lambda it: 255 * (it > 127)).getbbox()
    assert found is not None
    left, top, right, foot = (side * 25.4 / DPI - 3 for side in found)
    return Area(left, top, right - left, foot - top)


def test_bars_are_as_wide_as_their_modules_and_quiet_zones():
    widths = {
        symbology: box_of(Barcode(id="b", x=1, y=2, height=15, module_mm=0.5, symbology=symbology))
        for symbology in Symbology
    }
    assert widths[Symbology.EAN13] == Area(1, 2, 113 * 0.5, 15)
    assert widths[Symbology.CODE128] == Area(1, 2, (123 + 20) * 0.5, 15)
    assert widths[Symbology.NW7] == Area(1, 2, (167 + 20) * 0.5, 15)
    assert box_of(Qr(id="q", x=1, y=2, width=15)) == Area(1, 2, 15, 15)


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("symbology", ["ean13", "code128", "nw7"])
def test_ink_stays_within_the_box_and_bars_within_theirs(symbology: str, rotation: int):
    words = at(20, 15, height=14, module_mm=0.25, symbology=symbology, rotation=rotation)
    (element,) = layout({"type": "barcode"} | words).front.elements
    assert isinstance(element, Barcode)
    ink, box, bars = ink_of({"type": "barcode"} | words), box_of(element), bars_box_of(element)
    assert box.grown(0.05).holds(ink)
    # Digits, guards and the first digit reach over the bars on two sides at most.
    assert ink.grown(0.08).holds(bars)
    quiet = sum(quiet_modules_of(element)) * 0.25
    along = box.width - bars.width if rotation in (0, 180) else box.height - bars.height
    assert along == pytest.approx(quiet)


def test_a_turned_element_keeps_its_middle():
    upright = Text(id="t", x=10, y=20, width=30, height=6, text="あ")
    turned = Text(id="t", x=10, y=20, width=30, height=6, text="あ", rotation=90)
    assert box_of(upright) == Area(10, 20, 30, 6)
    assert box_of(turned) == Area(22, 8, 6, 30)


def test_words_turned_clockwise_run_downwards():
    (ink,) = [
        ink_of({"type": "text", "text": "い一"} | at(20, 20, width=30, height=8, rotation=90))
    ]
    box = Area(31, 9, 8, 30)
    assert box.holds(ink)
    assert ink.y == pytest.approx(box.y, abs=1)


def test_areas_tell_what_they_hold_and_what_they_touch():
    area = Area(0, 0, 10, 10)
    assert area.holds(Area(0, 0, 10, 10))
    assert not area.holds(Area(5, 5, 10, 1))
    assert area.overlaps(Area(9, 9, 5, 5))
    assert not area.overlaps(Area(10, 0, 5, 5))
    assert area.grown(1) == Area(-1, -1, 12, 12)
