"""What goes into a card maker's pack: an order's cards and design, drawn for another's machine."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.conf import settings

from cards.artwork.artwork import Artwork
from cards.models import ArtworkFile, Batch, BatchCard, Design
from cards.page_links import page_url
from cards.printing.designs import DEFAULT
from cards.printing.face import CardFace
from cards.printing.geometry import BLEED_MM
from cards.printing.layout import Layout, read_layout
from cards.printing.pack import Job, Ticket, faces_to_proof, without_variables
from cards.printing.press import print_cards
from cards.printing.profiles import Duplex, Profile, single
from tenants.access import Scope
from tenants.models import Owner
from tenants.selectors import centre

_CROP_MM = 8.0  # Room around the bleed for the marks a card maker trims by.


def pack_job(batch: Batch, *, made_at: datetime) -> Job:
    """Return the job of an order: its ticket, its cards in printing order, and its drawings."""
    assert batch.owner is not None
    layout = _layout_of(batch)
    artworks = _artworks_of(batch.owner, layout)
    faces = list(_faces_of(batch))
    pdfs = _artwork_pdfs(layout, artworks, faces[:1])
    pdfs["proofs.pdf"] = _proofs(layout, artworks, faces)
    return Job(_ticket(batch, layout, made_at), layout, faces, pdfs)


def _layout_of(batch: Batch) -> Layout:
    version = batch.design_version
    return DEFAULT if version is None else read_layout(version.layout)


def _artworks_of(owner: Owner, layout: Layout) -> dict[UUID, Artwork]:
    rows = Scope(owner_id=owner.pk).rows(ArtworkFile.objects.filter(pk__in=layout.artworks))
    return {
        row.pk: Artwork(
            row.kind,  # type: ignore[arg-type]  # The column's choices are the three kinds.
            bytes(row.content),
            row.sha256,
            bytes(row.preview),
            row.width_px,
            row.height_px,
            row.width_mm,
            row.height_mm,
            unembedded_fonts=tuple(row.unembedded_fonts),
        )
        for row in rows
    }


def _faces_of(batch: Batch) -> Iterator[CardFace]:
    """Yield what each card shows, in the order of printing."""
    assert batch.owner is not None
    founded = centre()
    assert founded is not None
    specimen = founded.is_demo or batch.owner.is_test
    rows = BatchCard.objects.filter(batch=batch).select_related("member", "card")
    for row in rows.order_by("row").iterator(chunk_size=2_000):
        member = row.member
        yield CardFace(
            owner_name=batch.owner.name,
            member_name=member.name if member else "",
            number=row.card.number,
            barcode_number=row.card.barcode_number,
            member_reference=member.reference if member else "",
            postal_code=member.postal_code if member else "",
            address1=member.address1 if member else "",
            address2=member.address2 if member else "",
            page_url=page_url(row.card, settings.SITE_URL),
            specimen=specimen,
        )


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


def _ticket(batch: Batch, layout: Layout, made_at: datetime) -> Ticket:
    owner, version = batch.owner, batch.design_version
    assert owner is not None
    founded = centre()
    assert founded is not None
    contact = (owner.contact_name, owner.contact_phone, owner.contact_email)
    return Ticket(
        batch=str(batch.pk),
        owner_code=owner.code,
        owner_name=owner.name,
        contact=" ".join(filter(None, contact)),
        design=version.design.name if version else "標準デザイン",
        version=f"版{version.version}" if version else "",
        medium=str(Design.Medium(layout.medium.value).label),
        made_at=made_at,
        specimen=founded.is_demo or owner.is_test,
    )
