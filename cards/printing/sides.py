"""A side made ready for the press: what cards share in forms, the rest as ready strings.

Elements lie one above the other as the layout lists them. A shared piece sinks beneath the cards'
own pieces as long as it lies under none of them, so that nearly every design needs one form.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from cards.printing.codes import barcode_marks, qr_marks
from cards.printing.face import CardFace
from cards.printing.kit import Draw, Kit, Mark
from cards.printing.layout import (
    AnyElement,
    Barcode,
    Field,
    Image,
    Number,
    Postal,
    Qr,
    Shape,
    Side,
    Text,
)
from cards.printing.shapes import background_mark, image_mark, postal_marks, shape_mark
from cards.printing.specimen import specimen_mark
from cards.printing.words import field_mark, number_mark, text_mark

Key = tuple[str, bool]
WriteForm = Callable[[str], str]  # Writes a form with this content and returns its name.

_MARKS_OF: Final[dict[type[Any], Callable[[Any, Kit], Mark | list[Mark]]]] = {
    Text: text_mark,
    Field: field_mark,
    Number: number_mark,
    Barcode: barcode_marks,
    Qr: qr_marks,
    Image: image_mark,
    Shape: shape_mark,
    Postal: postal_marks,
}


def marks_of(element: AnyElement, kit: Kit) -> list[Mark]:
    """Return the pieces of an element, from the lowest to the topmost."""
    marks = _MARKS_OF[type(element)](element, kit)
    return marks if isinstance(marks, list) else [marks]


def marks_of_card(
    side: Side, kit: Kit, size_mm: tuple[float, float], bleed_mm: float
) -> list[Mark]:
    """Return the pieces of a card's side; the stamp of a specimen lies above what cards share."""
    marks = [mark for element in side.elements for mark in marks_of(element, kit)]
    if side.background is not None:
        marks.insert(0, background_mark(side.background, kit, size_mm, bleed_mm))
    return _with_specimen(marks, specimen_mark(side, size_mm, kit))


def _with_specimen(marks: list[Mark], stamp: Mark) -> list[Mark]:
    """Put the stamp above the shared pieces at the bottom and beneath the first card's own."""
    layers = layers_of(marks)
    lowest = layers[0].marks if layers and layers[0].is_shared else []
    upper = [mark for layer in layers if layer.marks is not lowest for mark in layer.marks]
    return [*lowest, stamp, *upper]


@dataclass(slots=True)
class Layer:
    """Pieces that are drawn together: shared ones, or the card's own."""

    is_shared: bool
    marks: list[Mark] = field(default_factory=list)


def layers_of(marks: Iterable[Mark]) -> list[Layer]:
    """Return the layers of a side, from the lowest to the topmost."""
    layers: list[Layer] = []
    for mark in marks:
        if layers and layers[-1].is_shared == mark.is_shared:
            layers[-1].marks.append(mark)
        elif mark.is_shared and _may_sink(mark, layers):
            layers[-2].marks.append(mark)
        else:
            layers.append(Layer(mark.is_shared, [mark]))
    return layers


def _may_sink(mark: Mark, layers: list[Layer]) -> bool:
    """Tell whether a shared piece lies above none of the card's own pieces at the top."""
    return len(layers) > 1 and not any(mark.box.overlaps(own.box) for own in layers[-1].marks)


class ReadySide:
    """One side of one file; it writes a form when an owner's first card comes."""

    def __init__(self, marks: Iterable[Mark], write_form: WriteForm) -> None:
        self._layers = layers_of(marks)
        self._write_form = write_form
        self._ready: dict[Key, list[tuple[str, tuple[Draw, ...]]]] = {}

    def drawn(self, face: CardFace) -> str:
        """Return what draws the side for this card."""
        key = (face.owner_name, face.specimen)
        ready = self._ready.get(key)
        if ready is None:
            ready = self._ready[key] = self._made_ready(face)
        pieces = []
        for shared, own in ready:
            pieces.append(shared)
            pieces += [draw(face) for draw in own]
        return "".join(pieces)

    def _made_ready(self, face: CardFace) -> list[tuple[str, tuple[Draw, ...]]]:
        """Return pairs of a form and the pieces above it."""
        pairs: list[tuple[str, tuple[Draw, ...]]] = []
        for layer in self._layers:
            if layer.is_shared:
                content = "".join(mark.draw(face) for mark in layer.marks)
                pairs.append((f"/{self._write_form(content)} Do\n" if content else "", ()))
            else:
                draws = tuple(mark.draw for mark in layer.marks)
                shared = pairs.pop()[0] if pairs else ""
                pairs.append((shared, draws))
        return pairs
