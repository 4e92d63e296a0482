"""Where things stand: on the card, away from its edge, and not upon each other."""

from collections.abc import Iterator
from typing import Final

from cards.printing.boxes import (
    Area,
    bars_box_of,
    box_of,
)
from cards.printing.layout import (
    AnyElement,
    Barcode,
    Field,
    Image,
    Medium,
    Number,
    Postal,
    Qr,
    Shape,
    Text,
)
from cards.printing.safety.finding import Checked, Finding, Severity, name_of
from cards.printing.safety.ink import inked_box_of
from cards.printing.safety.thresholds import SAFE_ZONE_MM

_CODES: Final = (Barcode, Qr)
_VITAL: Final = (Barcode, Qr, Number)
_SET: Final = (Barcode, Qr, Number, Text, Field, Postal)
_COVERING: Final = (Image, Shape)
_TOUCH_MM: Final = 0.01


def findings_of_places(checked: Checked) -> Iterator[Finding]:
    for element in checked.side.elements:
        yield from _outside(checked, element)
    for place, upper in enumerate(checked.side.elements):
        for lower in checked.side.elements[:place]:
            yield from _upon_each_other(checked, lower, upper)


def _outside(checked: Checked, element: AnyElement) -> Iterator[Finding]:
    box = box_of(element)
    if not isinstance(element, _SET):
        if not checked.card.overlaps(box):
            words = "カードの外にあるため印刷されません。カードの中へ移動するか、削除してください。"
            yield checked.finding(element, "unseen", Severity.WARNING, words)
        return
    if not checked.card.holds(box):
        over = _over_mm(checked.card, box)
        words = f"カードから {over:.1f} mm はみ出しています。カードの中へ移動してください。"
        yield checked.finding(element, "outside", Severity.ERROR, words)
    elif checked.layout.medium is not Medium.PHONE and not isinstance(element, Postal):
        yield from _too_near_the_edge(checked, element)


def _too_near_the_edge(checked: Checked, element: AnyElement) -> Iterator[Finding]:
    safe = checked.card.grown(-SAFE_ZONE_MM)
    box = inked_box_of(element)
    if not safe.holds(box):
        near = SAFE_ZONE_MM - _over_mm(safe, box)
        words = (
            f"仕上がり線まで {near:.1f} mm しかありません。断裁のずれで欠けることがあるため、"
            f"{SAFE_ZONE_MM:g} mm 以上離してください。"
        )
        yield checked.finding(element, "safe_zone", Severity.WARNING, words)


def _over_mm(room: Area, box: Area) -> float:
    """Return how far the box reaches beyond the room, on the side where it does most."""
    return max(room.x - box.x, room.y - box.y, box.right - room.right, box.foot - room.foot)


def _upon_each_other(checked: Checked, lower: AnyElement, upper: AnyElement) -> Iterator[Finding]:
    if not _room_needed(lower).overlaps(_room_needed(upper)):
        return
    if isinstance(upper, _COVERING):
        yield from _covered(checked, lower, upper)
    elif isinstance(lower, _SET):
        yield from _overlapping(checked, lower, upper)


def _room_needed(element: AnyElement) -> Area:
    """Return what nothing else may enter, though it may touch: a code's white, a word's ink."""
    box = box_of(element) if isinstance(element, _CODES) else inked_box_of(element)
    return box.grown(-_TOUCH_MM)


def _covered(checked: Checked, lower: AnyElement, upper: Image | Shape) -> Iterator[Finding]:
    """A picture or a filled shape that lies on top hides what is beneath; a frame goes around."""
    hides = isinstance(upper, Image) or upper.fill is not None
    if not hides and not _is_struck(lower, upper):
        return
    if isinstance(lower, _CODES):
        words = (
            f"{name_of(upper)}が余白（クワイエットゾーン）またはコードの上に重なっています。"
            f"{name_of(upper)}を離すか、重ね順を下にしてください。"
        )
        yield checked.finding(lower, "quiet_zone", Severity.ERROR, words)
    elif isinstance(lower, _SET) and hides:
        severity = Severity.ERROR if isinstance(lower, _VITAL) else Severity.WARNING
        words = f"{name_of(upper)}の下に隠れます。{name_of(upper)}の重ね順を下にしてください。"
        yield checked.finding(lower, "covered", severity, words)


def _is_struck(lower: AnyElement, frame: Image | Shape) -> bool:
    """Tell whether a shape's own line runs through what is beneath, not only around it."""
    if not isinstance(frame, Shape) or frame.stroke is None:
        return False
    return not box_of(frame).grown(-frame.stroke_mm).holds(_room_needed(lower))


def _overlapping(checked: Checked, lower: AnyElement, upper: AnyElement) -> Iterator[Finding]:
    """Two things that are both read stand upon each other; the one that matters is named."""
    named, other = (lower, upper) if isinstance(lower, _VITAL) else (upper, lower)
    if isinstance(lower, _CODES) or isinstance(upper, _CODES):
        named, other = (lower, upper) if isinstance(lower, _CODES) else (upper, lower)
        words = (
            f"余白（クワイエットゾーン）に{name_of(other)}が入っています。"
            "読み取れなくなるため、離してください。"
        )
        yield checked.finding(named, "quiet_zone", Severity.ERROR, words)
        return
    severity = Severity.ERROR if isinstance(named, _VITAL) else Severity.WARNING
    words = f"{name_of(other)}と重なっています。どちらかを移動してください。"
    yield checked.finding(named, "overlap", severity, words)


def bars_height_mm(element: Barcode) -> float:
    """Return how high the bars stand, whichever way the code is turned."""
    bars = bars_box_of(element)
    return bars.width if element.rotation % 180 else bars.height
