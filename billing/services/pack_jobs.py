"""What goes into a card maker's pack: an order's cards and design, drawn for another's machine."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from billing.services.orders import Order
from cards.artwork.artwork import Artwork
from cards.models import Batch, Design
from cards.printing.face import CardFace
from cards.printing.geometry import BLEED_MM
from cards.printing.layout import Layout
from cards.printing.pack import Job, Ticket, faces_to_proof, without_variables
from cards.printing.press import print_cards
from cards.printing.profiles import Duplex, Profile, single
from cards.selectors import artworks_of

_CROP_MM = 8.0  # Room around the bleed for the marks a card maker trims by.


def pack_job(batch: Batch, *, made_at: datetime) -> Job:
    """Return the job of an order: its ticket, its cards in printing order, and its drawings."""
    order = Order(batch)
    artworks = artworks_of(order.scope, order.layout)
    faces = list(order.faces())
    pdfs = _artwork_pdfs(order.layout, artworks, faces[:1])
    pdfs["proofs.pdf"] = _proofs(order.layout, artworks, faces)
    return Job(_ticket(order, made_at), order.layout, faces, pdfs)


def _artwork_pdfs(
    layout: Layout, artworks: Mapping[UUID, Artwork], faces: Sequence[CardFace]
) -> dict[str, bytes]:
    """Return each side's artwork with bleed and trim marks, without anything of any card."""
    nobody = [replace(face, member_name="", postal_code="") for face in faces]
    profile = _with_marks(layout)
    return {
        f"artwork-{name}.pdf": print_cards(nobody, side, artworks, profile)
        for name, side in without_variables(layout)
    }


def _with_marks(layout: Layout) -> Profile:
    width, height = layout.size_mm
    edge = BLEED_MM + _CROP_MM
    return replace(
        single(layout.size_mm, BLEED_MM),
        paper_width_mm=width + 2 * edge,
        paper_height_mm=height + 2 * edge,
        margin_left_mm=edge,
        margin_top_mm=edge,
        crop_marks=True,
    )


def _proofs(layout: Layout, artworks: Mapping[UUID, Artwork], faces: Sequence[CardFace]) -> bytes:
    profile = single(layout.size_mm, 0)
    if layout.back is not None:
        profile = replace(profile, duplex=Duplex.LONG_EDGE)
    proofs = [face for _, face in faces_to_proof(faces)]
    return print_cards(proofs, layout, artworks, profile)


def _ticket(order: Order, made_at: datetime) -> Ticket:
    batch, version = order.batch, order.batch.design_version
    owner = batch.owner
    assert owner is not None
    contact = (owner.contact_name, owner.contact_phone, owner.contact_email)
    return Ticket(
        batch=str(batch.pk),
        owner_code=owner.code,
        owner_name=owner.name,
        contact=" ".join(filter(None, contact)),
        design=version.design.name if version else "標準デザイン",
        version=f"版{version.version}" if version else "",
        medium=str(Design.Medium(order.layout.medium.value).label),
        made_at=made_at,
        specimen=order.specimen,
    )
