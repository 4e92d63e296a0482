"""Designs, the artwork on them and the printers they go to: an owner's own, kept in versions."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.db.models.functions import Length

from cards.artwork.reading import read_artwork
from cards.models import ArtworkFile, Design, DesignVersion, PrinterProfile, ProofApproval
from cards.printing.layout import Layout, Medium, read_layout
from cards.printing.profiles import read_profile
from cards.refusals import (
    ArtworkQuota,
    DesignChanged,
    ProofNotNeeded,
    UnknownArtwork,
)
from cards.selectors import design_of, newest_version
from smartpit.kernel import clock
from smartpit.kernel.database import lock
from smartpit.kernel.errors import Malformed
from tenants.access import NotAllowed, Scope
from tenants.models import Staff
from tenants.services import CodeTaken

ARTWORK_BYTES_MAX = 300 * 1024 * 1024  # Of one owner in all.
_CODE_MAX = 40
_NAME_MAX = 60


@dataclass(frozen=True)
class DesignAsked:
    """A new design; it begins as ``layout``, or empty."""

    code: str
    name: str
    medium: str
    layout: dict[str, Any] | None = None
    made_by: Staff | None = None


@dataclass(frozen=True)
class LayoutSaved:
    """What an editor saves: the layout, and the version it was opened with."""

    layout: object
    opened_version: int
    made_by: Staff | None = None


def make_design(scope: Scope, asked: DesignAsked) -> DesignVersion:
    """Write a design with its first version; the code is the owner's own and is taken once."""
    _require_owner(scope)
    medium = _medium(asked.medium)
    _require_words(code=(asked.code, _CODE_MAX), name=(asked.name, _NAME_MAX))
    layout = read_layout(asked.layout or _empty(medium))
    with transaction.atomic(durable=True):
        lock("design", (scope.owner, asked.code))
        if Design.objects.filter(owner_id=scope.owner, code=asked.code).exists():
            raise CodeTaken
        design = Design.objects.create(
            owner_id=scope.owner,
            code=asked.code,
            name=asked.name,
            medium=medium,
            made_at=clock.now(),
        )
        return _next_version(design, layout, asked.made_by)


def save_design(scope: Scope, code: str, saved: LayoutSaved) -> DesignVersion:
    """Write the next version of a design; saving what stands already writes none.

    Two people with the same editor open would wipe out each other's work, so whoever saves says
    which version they began with.
    """
    _require_owner(scope)
    layout = read_layout(saved.layout)
    with transaction.atomic(durable=True):
        lock("design", (scope.owner, code))
        design = design_of(scope, code)
        newest = newest_version(design)
        if layout.medium != design.medium:
            raise Malformed([{"field": "$.medium", "code": "const"}])
        if read_layout(newest.layout) == layout:
            return newest
        if newest.version != saved.opened_version:
            raise DesignChanged(current=newest.version)
        return _next_version(design, layout, saved.made_by)


def keep_artwork(
    scope: Scope, file_name: str, upload: bytes, *, uploaded_by: Staff | None = None
) -> ArtworkFile:
    """Read an upload anew and keep what came of it; the same picture again is kept once."""
    _require_owner(scope)
    artwork = read_artwork(upload)
    with transaction.atomic(durable=True):
        lock("artwork", scope.owner)
        own = ArtworkFile.objects.filter(owner_id=scope.owner)
        same = own.filter(sha256=artwork.sha256).first()
        if same is not None:
            return same
        kept = own.aggregate(size=Sum(Length("content") + Length("preview"), default=0))["size"]
        if kept + len(artwork.content) + len(artwork.preview) > ARTWORK_BYTES_MAX:
            raise ArtworkQuota
        return ArtworkFile.objects.create(
            owner_id=scope.owner,
            file_name=file_name[:200],
            kind=artwork.kind,
            content=artwork.content,
            preview=artwork.preview,
            sha256=artwork.sha256,
            width_px=artwork.width_px,
            height_px=artwork.height_px,
            width_mm=artwork.width_mm,
            height_mm=artwork.height_mm,
            mode=artwork.mode,
            unembedded_fonts=list(artwork.unembedded_fonts),
            uploaded_at=clock.now(),
            uploaded_by=uploaded_by,
        )


def approve_proof(version: DesignVersion, *, approved_by: Staff, note: str = "") -> ProofApproval:
    """Say for the centre that a proof of this version was seen and is good (PET only)."""
    if not approved_by.is_centre:
        raise NotAllowed("校正の承認はセンターが行います")
    if version.design.medium != Design.Medium.PET:
        raise ProofNotNeeded
    with transaction.atomic(durable=True):
        lock("proof", version.pk)
        standing = ProofApproval.objects.filter(version=version).first()
        return standing or ProofApproval.objects.create(
            owner_id=version.owner_id,
            version=version,
            approved_by=approved_by,
            approved_at=clock.now(),
            note=note,
        )


def keep_profile(scope: Scope, code: str, document: dict[str, Any]) -> PrinterProfile:
    """Keep an owner's printer: its paper and margins are entered once, and can be corrected.

    An order keeps a copy, so a correction changes nothing that was printed.
    """
    _require_owner(scope)
    profile = read_profile(document)
    _require_words(code=(code, _CODE_MAX), name=(profile.name, _NAME_MAX))
    with transaction.atomic(durable=True):
        lock("printer", (scope.owner, code))
        kept = PrinterProfile.objects.filter(owner_id=scope.owner, code=code).first()
        kept = kept or PrinterProfile(owner_id=scope.owner, code=code, made_at=clock.now())
        kept.name, kept.document = profile.name, profile.document()
        kept.save()
    return kept


def remove_profile(scope: Scope, code: str) -> None:
    """Forget a printer; twice is once."""
    _require_owner(scope)
    with transaction.atomic(durable=True):
        PrinterProfile.objects.filter(owner_id=scope.owner, code=code).delete()


def _next_version(design: Design, layout: Layout, made_by: Staff | None) -> DesignVersion:
    own = ArtworkFile.objects.filter(owner_id=design.owner_id, pk__in=layout.artworks)
    if own.count() != len(layout.artworks):
        raise UnknownArtwork
    return DesignVersion.objects.create(
        owner_id=design.owner_id,
        design=design,
        version=design.versions.count() + 1,
        layout=layout.document(),
        made_at=clock.now(),
        made_by=made_by,
    )


def _empty(medium: Medium) -> dict[str, Any]:
    return {"format": 1, "medium": medium.value, "front": {"elements": []}}


def _medium(word: str) -> Medium:
    try:
        return Medium(word)
    except ValueError:
        raise Malformed([{"field": "medium", "code": "enum"}]) from None


def _require_words(**words: tuple[str, int]) -> None:
    faulty = [name for name, (word, length) in words.items() if not 0 < len(word) <= length]
    if faulty:
        raise Malformed([{"field": name, "code": "length"} for name in faulty])


def _require_owner(scope: Scope) -> None:
    if scope.tenant_id is not None:
        raise NotAllowed("デザインはオーナー企業のものです")
