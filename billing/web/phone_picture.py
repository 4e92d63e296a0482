"""The owner's own design of an electronic card, drawn for the page of one card."""

from base64 import b64encode
from dataclasses import replace
from functools import lru_cache
from typing import Final

from cards.models import Card
from cards.printing.face import CardFace
from cards.printing.layout import Barcode, Layout, Qr, read_layout
from cards.printing.render import preview
from cards.selectors import artworks_of, phone_design_of
from tenants.access import Scope

_DPI: Final = 200
_PICTURES_KEPT: Final = 256


def picture_of(card: Card) -> str:
    """Return the card's face as an address that holds the picture itself, so that it is there
    offline; empty where the owner has no design for phones.
    """
    if card.owner is None:
        return ""
    version = phone_design_of(Scope(owner_id=card.owner.pk))
    return "" if version is None else _drawn(card.owner.pk, version.pk, card.pk)


@lru_cache(maxsize=_PICTURES_KEPT)
def _drawn(owner_id: int, version_id: int, card_id: int) -> str:
    """Draw a version of a design, neither of which ever changes, with a card's number.

    Nobody signs in to see it, so no member's name or address stands on it. Bars and QR code are
    left out: the page shows bars where registers read them, and is itself what the code leads to.
    """
    scope = Scope(owner_id=owner_id)
    version = phone_design_of(scope)
    assert version is not None
    assert version.pk == version_id
    card = Card.objects.select_related("owner").get(pk=card_id)
    assert card.owner is not None
    layout = _without_codes(read_layout(version.layout))
    face = CardFace(card.owner.name, "", card.number, card.barcode_number)
    png = preview(
        layout, artworks_of(scope, layout), face, side="front", dpi=_DPI, with_bleed=False
    )
    return f"data:image/png;base64,{b64encode(png).decode()}"


def _without_codes(layout: Layout) -> Layout:
    elements = layout.front.elements
    shown = tuple(element for element in elements if not isinstance(element, Barcode | Qr))
    return Layout(layout.medium, replace(layout.front, elements=shown))
