"""Reads of cards, members, batches and blocks; the scope comes first."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import F, Q, QuerySet

from cards.artwork.artwork import Artwork
from cards.models import (
    ArtworkFile,
    Batch,
    BatchCard,
    Block,
    Card,
    Design,
    DesignVersion,
    HandOver,
    Kind,
    Member,
    PrinterProfile,
)
from cards.numbers import is_grouped, is_well_formed, ungrouped
from cards.printing.designs import DEFAULT
from cards.printing.layout import SIZES_MM, Layout, Medium, read_layout
from cards.printing.profiles import Profile, fits, profiles_for, read_profile
from cards.refusals import (
    CardAmbiguous,
    CardReplaced,
    CardSuspended,
    UnknownArtwork,
    UnknownDesign,
    UnknownNumber,
)
from smartpit.kernel.errors import DomainError
from tenants.access import Scope
from tenants.models import Owner

# What a member may hold. A sheet is what a payer made for one time: nothing can be registered on it
# after some weeks, and no owner may replace it.
HANDED_OUT = (Kind.JOINT, Kind.STANDARD)


def cards_of(scope: Scope) -> QuerySet[Card]:
    """Return a scope's own cards and the standard ones that its members hold."""
    own = scope.rows(Card.objects.all()).values("pk")
    held = scope.rows(Member.objects.filter(card__isnull=False)).values("card")
    rows = Card.objects.filter(Q(pk__in=own) | Q(pk__in=held))
    return rows.select_related("owner", "replaced_by").order_by("-issued_at", "-pk")


def card_of(scope: Scope, number: str) -> Card:
    """Return a scope's card; another's is as unknown as one that never was."""
    if not is_well_formed(number):
        raise UnknownNumber
    try:
        return cards_of(scope).get(number=number)
    except Card.DoesNotExist:
        raise UnknownNumber from None


def members_of(scope: Scope) -> QuerySet[Member]:
    rows = Member.objects.select_related("card", "owner")
    return scope.rows(rows).order_by("reference", "pk")


def holder_of(scope: Scope, card: Card) -> Member | None:
    """Return the member that holds a card; a standard one may have a holder for each owner."""
    return members_of(scope).filter(card=card).first()


def blank_cards_of(scope: Scope) -> QuerySet[Card]:
    """Return the joint cards that lie in stock: active, in nobody's hands, nobody's successor."""
    rows = Card.objects.filter(kind=Kind.JOINT, status=Card.Status.ACTIVE)
    return scope.rows(rows.filter(members=None, replaces=None))


def hand_overs_of(scope: Scope) -> QuerySet[HandOver]:
    """Return what was handed over the counter, newest first, undone or not."""
    rows = HandOver.objects.select_related("card", "member", "handed_by", "undone__undone_by")
    return scope.rows(rows).order_by("-handed_at", "-pk")


def batches_of(scope: Scope) -> QuerySet[Batch]:
    """Return a scope's orders, newest first, without the weight of their members' files."""
    rows = Batch.objects.select_related("owner", "ordered_by").defer("member_file")
    return scope.rows(rows).order_by("-ordered_at", "-pk")


def batch_of(scope: Scope, batch_id: str) -> Batch:
    return scope.get(batches_of(scope), pk=batch_id)


def batches_unprinted() -> QuerySet[Batch, UUID]:
    """Return the orders of all owners that a printer should take up: it is the centre's work."""
    waiting = (Batch.Status.ORDERED, Batch.Status.PRINTING)
    rows = Batch.objects.filter(status__in=waiting).order_by("ordered_at")
    return rows.values_list("pk", flat=True)


def blocks_of(scope: Scope) -> QuerySet[Block]:
    """Return the number blocks of a scope; those of standard cards are the centre's to see."""
    rows = Block.objects.select_related("owner")
    return scope.rows(rows).order_by("kind", "is_test", "first")


def card_registrable(owner: Owner, number: str) -> Card:
    """Return the card an owner may register against: its own, or a standard one of its side.

    This takes an owner in place of a scope, for it reaches beyond what a scope may see: whoever
    was told a standard card's number may use it.
    """
    card = Card.objects.filter(number=number, is_test=owner.is_test).first()
    if card is None or card.owner_id not in (None, owner.pk):
        raise UnknownNumber
    if card.status == Card.Status.RETIRED:
        raise UnknownNumber
    return card


def card_presented(owner: Owner, typed: str) -> Card:
    """Return the card of a scanned bar or a keyed number that an owner's desk may hand over.

    A joint card's number may begin with 29 as bars do, so both are asked for; only digits in
    groups are a number for certain.
    """
    digits = ungrouped(typed).strip()
    if not is_well_formed(digits):
        raise UnknownNumber
    meant = Q(number=digits) if is_grouped(typed) else Q(number=digits) | Q(barcode_number=digits)
    rows = Card.objects.filter(Q(owner=owner) | Q(owner=None), meant, is_test=owner.is_test)
    rows = rows.filter(kind__in=HANDED_OUT)
    found = list(rows.exclude(status=Card.Status.RETIRED)[:2])
    if not found:
        raise UnknownNumber
    if len(found) > 1:
        raise CardAmbiguous
    return found[0]


def is_a_card(owner: Owner, word: str) -> bool:
    """Tell whether a word that should name a member is a card's number or bars instead."""
    digits = ungrouped(word).strip()
    if not is_well_formed(digits):
        return False
    rows = Card.objects.filter(Q(number=digits) | Q(barcode_number=digits))
    return rows.filter(Q(owner=owner) | Q(owner=None)).exists()


def present_number(card: Card) -> str:
    """Return the number that a card's holder has now: the last of those that replaced it."""
    newest = card
    while newest.replaced_by is not None:
        newest = newest.replaced_by
    return newest.number


def card_refusal(card: Card) -> DomainError | None:
    """Return why nothing can be registered on or paid with this card, or None."""
    return status_refusal(card.status)


def status_refusal(status: str) -> DomainError | None:
    """Return why a card of this status is refused, or None."""
    if status == Card.Status.REPLACED:
        return CardReplaced()
    if status != Card.Status.ACTIVE:
        return CardSuspended()
    return None


DEFAULT_DESIGN = "default"


@dataclass(frozen=True)
class ChosenDesign:
    """What an order is printed with: an owner's version, or the built-in design without one."""

    code: str
    layout: Layout
    version: DesignVersion | None = None


def designs_of(scope: Scope) -> QuerySet[Design]:
    return scope.rows(Design.objects.select_related("owner")).order_by("name", "pk")


def design_of(scope: Scope, code: str) -> Design:
    try:
        return designs_of(scope).get(code=code)
    except Design.DoesNotExist:
        raise UnknownDesign from None


def newest_version(design: Design) -> DesignVersion:
    return design.versions.order_by("-version")[0]


def phone_design_of(scope: Scope) -> DesignVersion | None:
    """Return what an owner's electronic cards look like: its newest design made for phones."""
    designs = designs_of(scope).filter(medium=Design.Medium.PHONE).order_by("-made_at", "-pk")
    design = designs.first()
    return None if design is None else newest_version(design)


def chosen_design(scope: Scope, code: str) -> ChosenDesign:
    """Return the newest version of an owner's design; ``default`` is built in for whoever has
    none of that code.
    """
    design = designs_of(scope).filter(code=code).first()
    if design is not None:
        version = newest_version(design)
        return ChosenDesign(code, read_layout(version.layout), version)
    if code == DEFAULT_DESIGN:
        return ChosenDesign(code, DEFAULT)
    raise UnknownDesign


def artwork_files_of(scope: Scope) -> QuerySet[ArtworkFile]:
    """Return an owner's artwork, newest first, without its weight."""
    rows = ArtworkFile.objects.defer("content", "preview")
    return scope.rows(rows).order_by("-uploaded_at", "pk")


def artworks_of(scope: Scope, layout: Layout) -> dict[UUID, Artwork]:
    """Return the artwork that a layout draws, whole; another owner's is not found."""
    rows = scope.rows(ArtworkFile.objects.filter(pk__in=layout.artworks))
    found = {row.pk: _artwork(row) for row in rows}
    if len(found) != len(layout.artworks):
        raise UnknownArtwork
    return found


def profiles_of(scope: Scope, medium: str) -> dict[str, Profile]:
    """Return the printers a medium can be printed on: the built-in ones, then the owner's own."""
    own = scope.rows(PrinterProfile.objects.all()).order_by("name", "pk")
    kept = [read_profile(row.document) for row in own]
    size_mm = SIZES_MM[Medium(medium)]
    fitting = [*profiles_for(Medium(medium)), *(one for one in kept if fits(one, size_mm))]
    return {profile.code: profile for profile in fitting}


def _artwork(row: ArtworkFile) -> Artwork:
    return Artwork(
        kind=row.kind,  # type: ignore[arg-type]  # The column's choices are the three kinds.
        content=bytes(row.content),
        preview=bytes(row.preview),
        sha256=row.sha256,
        width_px=row.width_px,
        height_px=row.height_px,
        width_mm=row.width_mm,
        height_mm=row.height_mm,
        mode=row.mode,  # type: ignore[arg-type]  # As the reading told it.
        unembedded_fonts=tuple(row.unembedded_fonts),
    )


def prints_of(scope: Scope) -> QuerySet[BatchCard]:
    """Return the print log: which card was printed, for whom, when, by whom and why.

    A card is noted before its file is printed; what is in no kept file was never printed.
    """
    rows = BatchCard.objects.select_related("card", "member", "batch__ordered_by")
    printed = rows.filter(batch__files__name=F("file"))
    return scope.rows(printed).order_by("-batch__ordered_at", "pk")


def ended_prints_of(batch: Batch) -> QuerySet[BatchCard]:
    """Return which cards of an order nobody may be given any more: ended, or no more the member's.

    That may be while it was printed, too: a part is printed with the numbers its members had when
    they were noted.
    """
    ended = Q(card__status__in=(Card.Status.REPLACED, Card.Status.RETIRED))
    no_more_its = Q(member__isnull=False) & ~Q(member__card=F("card"))
    return batch.cards.filter(ended | no_more_its).select_related("card", "member").order_by("row")


def changed_hands(batch: Batch, file: str) -> QuerySet[BatchCard]:
    """Return whose card, as noted for a file, another member of the same owner holds by now."""
    rows = batch.cards.filter(file=file, member__isnull=False, card__members__owner=F("owner"))
    return rows.exclude(member__card=F("card")).select_related("card", "member").order_by("row")


def unfinished_drafts(before: datetime) -> QuerySet[Batch]:
    """Return the orders that nobody went on with; whoever looks at them all is the centre."""
    return Batch.objects.filter(status=Batch.Status.DRAFT, ordered_at__lt=before)
