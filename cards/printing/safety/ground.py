"""What the bars would stand on: measured on the rendered card, as a scanner's light sees it.

A scanner of bars shines red (ISO/IEC 15416 measures at 660 nm), where a red ground is as bright as
paper and a blue one as dark as the bars; a camera sees all light. The worse of both counts.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from PIL import Image as Picture

from cards.printing.boxes import Area, box_of
from cards.printing.face import CardFace
from cards.printing.geometry import BLEED_MM
from cards.printing.layout import Barcode, Image, Layout, Qr, Shape
from cards.printing.press import print_cards
from cards.printing.profiles import single
from cards.printing.render import page_image
from cards.printing.safety.finding import Checked, Finding, Severity
from cards.printing.safety.thresholds import (
    CONTRAST_PERCENT_ADVISED,
    CONTRAST_PERCENT_MIN,
    GROUND_DPI,
    INK_REFLECTANCE_PERCENT,
    UNEVEN_PERCENT_MAX,
)

_MM_PER_INCH: Final = 25.4
_RED_GREEN_BLUE: Final = (0.2126, 0.7152, 0.0722)  # How bright each is to all light (Rec. 709).
_NOBODY: Final = CardFace(owner_name="", member_name="", number="", barcode_number="")
_DOCTOR: Final = "「下地を白にする」を選ぶか、明るく無地の場所へ移動してください。"


def findings_of_ground(checked: Checked) -> Iterator[Finding]:
    for place, element in enumerate(checked.side.elements):
        if isinstance(element, Barcode | Qr) and not element.ground:
            beneath = _beneath(checked, place)
            if beneath is not None:
                seen = _darkest_and_lightest(checked, beneath, element)
                yield from _measured(checked, element, seen)


def reflectance_percent(colour: Any) -> float:
    """Return how much light a colour of the screen throws back, by the worse of two lights."""
    linear = [_linear(part) for part in colour]
    all_light = sum(share * part for share, part in zip(_RED_GREEN_BLUE, linear, strict=True))
    return 100 * min(linear[0], all_light)


def _beneath(checked: Checked, place: int) -> Layout | None:
    """Return a layout of only what lies beneath the element at ``place``; None is bare paper.

    What cannot be drawn, for its artwork is not there, is told elsewhere.
    """
    side = checked.side
    drawn = tuple(it for it in side.elements[:place] if isinstance(it, Image | Shape))
    if not drawn and side.background is None:
        return None
    beneath = Layout(checked.layout.medium, replace(side, elements=drawn))
    return beneath if beneath.artworks <= checked.artworks.keys() else None


def _darkest_and_lightest(
    checked: Checked, beneath: Layout, element: Barcode | Qr
) -> tuple[float, float]:
    profile = single(beneath.size_mm, BLEED_MM)
    pdf = print_cards([_NOBODY], beneath, checked.artworks, profile)
    picture: Picture.Image = page_image(pdf, 1, dpi=GROUND_DPI).convert("RGB")
    part = picture.crop(_pixels(box_of(element)))
    pixels = part.getcolors(maxcolors=part.width * part.height) or []
    seen = [reflectance_percent(colour) for _, colour in pixels]
    return min(seen), max(seen)


def _pixels(box: Area) -> tuple[int, int, int, int]:
    """Return a box on the card as pixels of a picture that has the bleed around it."""
    left, top, right, foot = (
        max(round((side + BLEED_MM) / _MM_PER_INCH * GROUND_DPI), 0)
        for side in (box.x, box.y, box.right, box.foot)
    )
    return left, top, max(right, left + 1), max(foot, top + 1)


def _measured(
    checked: Checked, element: Barcode | Qr, seen: tuple[float, float]
) -> Iterator[Finding]:
    darkest, lightest = seen
    contrast = int(darkest - INK_REFLECTANCE_PERCENT)
    if contrast < CONTRAST_PERCENT_MIN:
        words = (
            f"下地が暗く、読み取れません（コントラスト {max(contrast, 0)}%、"
            f"最小 {CONTRAST_PERCENT_MIN}%）。{_DOCTOR}"
        )
        yield checked.finding(element, "contrast", Severity.ERROR, words)
    elif contrast < CONTRAST_PERCENT_ADVISED:
        words = (
            f"下地がやや暗く、読み取りにくいことがあります（コントラスト {contrast}%、"
            f"推奨 {CONTRAST_PERCENT_ADVISED}% 以上）。{_DOCTOR}"
        )
        yield checked.finding(element, "contrast", Severity.WARNING, words)
    if lightest - darkest > UNEVEN_PERCENT_MAX:
        words = (
            f"下地に模様や濃淡があります（明るさの差 {int(lightest - darkest)}%、"
            f"最大 {UNEVEN_PERCENT_MAX}%）。{_DOCTOR}"
        )
        yield checked.finding(element, "ground_uneven", Severity.WARNING, words)


def _linear(part: int) -> float:
    """Return the share of light that a value of the screen's scale stands for (sRGB)."""
    scaled = part / 255
    return scaled / 12.92 if scaled <= 0.04045 else float(((scaled + 0.055) / 1.055) ** 2.4)
