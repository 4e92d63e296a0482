"""What bars would stand on is measured as scanner and camera see it."""

from dataclasses import replace

import pytest

from cards.printing.layout import (
    AnyElement,
    Background,
    Shape,
)
from cards.tests.safety_cast import ART, BARS, NUMBER, QR, found, layout, raster, striped

BARE = replace(BARS, ground=False)


@pytest.mark.parametrize("code", [BARE, replace(QR, ground=False)])
@pytest.mark.parametrize(
    ("colour", "severity"),
    [
        ((255, 255, 255), None),
        ((255, 240, 200), None),
        ((200, 200, 200), "warning"),
        ((150, 150, 150), "error"),
        ((0, 0, 160), "error"),  # blue is dark in a scanner's red light
        ((0, 200, 255), "error"),  # so is cyan, however bright it looks
        ((255, 0, 0), "error"),  # red is bright to a scanner and dark to a camera
    ],
)
def test_the_ground_of_a_code_is_bright_to_scanner_and_camera(
    code: AnyElement, colour: tuple[int, int, int], severity: str | None
):
    of = layout(NUMBER, code, background=Background(ART))
    contrast = found(of, {ART: raster(colour)}).get("contrast")
    assert (contrast.severity.value if contrast else None) == severity


def test_a_white_ground_makes_any_background_good():
    of = layout(NUMBER, BARS, QR, background=Background(ART))
    assert set(found(of, {ART: raster((0, 0, 0))})) == {"artwork_rgb"}


def test_a_pattern_beneath_bars_is_found_even_where_it_is_bright():
    of = layout(NUMBER, BARE, background=Background(ART))
    assert "contrast" in found(of, {ART: striped(0)})
    bright = found(of, {ART: striped(215)})
    assert bright["ground_uneven"].severity == "warning"
    assert "contrast" not in {code for code, it in bright.items() if it.severity == "error"}
    assert "ground_uneven" not in found(of, {ART: striped(245)})


def test_a_shape_beneath_bars_is_measured_too():
    dark = Shape(id="s", x=20, y=30, width=60, height=20, fill=(80, 60, 0, 40))
    number = replace(NUMBER, y=20)
    assert found(layout(number, dark, BARE))["contrast"].severity == "error"
    line = replace(dark, x=40, width=0.3, fill=(0, 0, 0, 100))
    assert found(layout(number, line, BARE))["contrast"].severity == "error"
    assert found(layout(number, replace(dark, fill=(0, 0, 10, 0)), BARE)) == {}


def test_bars_beyond_the_card_are_measured_without_a_fault_of_ours():
    of = layout(NUMBER, replace(BARE, x=200), background=Background(ART))
    assert "outside" in found(of, {ART: raster()})
    assert set(found(of, {})) == {"outside", "artwork_missing"}
