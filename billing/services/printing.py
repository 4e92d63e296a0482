"""An order becomes cards: numbers are spent once, whatever happens, and what is misread stays here.

An order is printed part by part. The members of a part get their cards in chunks, each chunk one
transaction together with its invoices, its print log and the count of cards done; then the part is
printed, its codes are read back from the rendered pages, and only what was read right is kept, in
one transaction more. A job that is killed at any moment goes on from where it stood.
"""

import logging
from collections.abc import Iterator, Sequence
from hashlib import sha256
from io import BytesIO

from django.db import InterfaceError, OperationalError, transaction

from billing.services.batches import SiteUrlUnset, is_led_nowhere
from billing.services.cards import enter_menu_of
from billing.services.invoices import standing_invoices, take_back_invoices
from billing.services.menus import enter_menu_on
from billing.services.orders import Order, Part
from cards.member_file import MemberRow
from cards.models import Batch, BatchCard, BatchFile, Card, Kind, Member
from cards.printing import sample
from cards.printing.face import CardFace
from cards.printing.press import Press
from cards.printing.profiles import page_of
from cards.printing.read_back import misreads, pages_of_card
from cards.selectors import artworks_of, changed_hands
from cards.services import MemberAsked, draw_cards, enter_members, retire_unprinted
from smartpit.kernel import clock
from smartpit.kernel.database import held
from smartpit.kernel.errors import DomainError, MoveRefused

CHUNK_CARDS = 200
UNEXPECTED = "unexpected"

logger = logging.getLogger("smartpit.batches")


class Misread(DomainError):
    """A code on a rendered page is not what it must be: nobody gets this file."""

    code = "misread"
    title = "印刷したコードを正しく読み取れません"


class CardChangedHands(DomainError):
    """A card taken back and handed to another member bears that one's number and this one's name.

    The same file again prints each member's present card.
    """

    code = "card_changed_hands"
    title = "印刷を待つ間に、カードが別の会員に渡されました"


def print_batch(batch_id: str) -> Batch:
    """Print an order, or what is left of it; one hand at a time, twice prints once."""
    with held("print", batch_id) as is_held:
        batch = Batch.objects.select_related("owner", "design_version").get(pk=batch_id)
        if is_held and batch.status in (Batch.Status.ORDERED, Batch.Status.PRINTING):
            _print_on(Order(batch))
    return batch


def _print_on(order: Order) -> None:
    """Print from where the order stands; what cannot be printed is marked as failed, by name.

    A database that went away is no failure of the order: the sweep takes it up again. Nor is it
    one that somebody paused it.
    """
    batch = order.batch
    try:
        _print_parts(order)
        batch.move(to=Batch.Status.PRINTED, printed_at=clock.now())
    except (OperationalError, InterfaceError):
        raise
    except MoveRefused:
        batch.refresh_from_db(fields=["status", "done"])
        if batch.status != Batch.Status.PAUSED:
            raise
    except Exception as fault:
        logger.exception("batch %s is not printed", batch.pk)
        _fail(batch, fault)
        raise


def _print_parts(order: Order) -> None:
    """Print what is not printed yet; the address a QR code names is looked at once more."""
    batch = order.batch
    if batch.status == Batch.Status.ORDERED:
        batch.move(to=Batch.Status.PRINTING)
    if is_led_nowhere(batch.owner, order.layout):
        raise SiteUrlUnset
    printed = set(BatchFile.objects.filter(batch=batch).values_list("name", flat=True))
    for part in order.parts:
        _hand_over(order, part)
        if part.name not in printed:
            _print_part(order, part)


def _fail(batch: Batch, fault: Exception) -> None:
    """Say why, and give up the numbers of blank cards that no paper bears."""
    reason = fault.code if isinstance(fault, DomainError) else UNEXPECTED
    detail = fault.detail if isinstance(fault, DomainError) else ""
    with transaction.atomic(durable=True):
        batch.move(to=Batch.Status.FAILED, failure=reason, failure_detail=detail[:300])
        for card in retire_unprinted(batch):
            take_back_invoices(standing_invoices(card))


def _hand_over(order: Order, part: Part) -> None:
    batch = order.batch
    while batch.done < part.end:
        _hand_over_chunk(order, part, range(batch.done, min(batch.done + CHUNK_CARDS, part.end)))


def _hand_over_chunk(order: Order, part: Part, places: range) -> None:
    """Give out the cards of a chunk, note where each will stand, and count it done, or nothing."""
    batch, profile = order.batch, order.profile_of(part)
    with transaction.atomic(durable=True):
        given = _cards_of_members(order, places) if order.rows else _blank_cards(order, places)
        BatchCard.objects.bulk_create(
            BatchCard(
                batch=batch,
                owner_id=batch.owner_id,
                member=member,
                card=card,
                row=row,
                file=part.name,
                page=page_of(place - part.first, profile),
            )
            for place, (row, member, card) in zip(places, given, strict=True)
        )
        here = Batch.objects.filter(pk=batch.pk, status=Batch.Status.PRINTING, done=places.start)
        if here.update(done=places.stop) != 1:
            raise MoveRefused
    batch.done = places.stop


Given = Iterator[tuple[int, Member | None, Card]]


def _cards_of_members(order: Order, places: range) -> Given:
    rows = order.rows[places.start : places.stop]
    members = enter_members(order.scope, [_asked(row) for row in rows], kind=order.batch.kind)
    if order.menu is not None:
        enter_menu_of(order.menu, members)
    for row, member in zip(rows, members, strict=True):
        assert member.card is not None
        yield row.row, member, member.card


def _blank_cards(order: Order, places: range) -> Given:
    owner, kind = order.batch.owner, order.batch.kind
    of_owner = owner if kind == Kind.JOINT else None
    is_test = owner is not None and owner.is_test
    cards = draw_cards(kind, len(places), owner=of_owner, is_test=is_test)
    if order.menu is not None:
        enter_menu_on(order.menu, cards)
    for place, card in zip(places, cards, strict=True):
        yield place + 1, None, card


def _asked(row: MemberRow) -> MemberAsked:
    return MemberAsked(
        row.member_reference,
        row.member_name,
        row.postal_code,
        row.address1,
        row.address2,
        row.print_name,
    )


def _print_part(order: Order, part: Part) -> None:
    """Print a part, read its codes back, and keep it; a misread stops the order here."""
    batch, layout, profile = order.batch, order.layout, order.profile_of(part)
    for noted in changed_hands(batch, part.name)[:1]:
        assert noted.member is not None
        raise CardChangedHands(f"{part.name}（会員番号 {noted.member.reference}）")
    faces = list(order.faces_of(part))
    assert len(faces) == part.end - part.first, f"{part.name}: {len(faces)} cards are noted"
    paper = BytesIO()
    pages = Press(layout, artworks_of(order.scope, layout), profile).print_to(paper, faces)
    pdf = paper.getvalue()
    cards_read = _require_read_back(order, part, pdf, faces)
    with transaction.atomic(durable=True):
        if not Batch.objects.filter(pk=batch.pk, status=Batch.Status.PRINTING).exists():
            raise MoveRefused
        BatchFile.objects.create(
            batch=batch,
            owner_id=batch.owner_id,
            name=part.name,
            sha256=sha256(pdf).hexdigest(),
            pages=pages,
            cards=len(faces),
            cards_read=cards_read,
            pdf=pdf,
        )


def _require_read_back(order: Order, part: Part, pdf: bytes, faces: Sequence[CardFace]) -> int:
    """Return how many of a part's cards were read back, or stop at one that reads wrong."""
    layout, profile = order.layout, order.profile_of(part)
    whole = sample.Part(str(order.batch.pk), part.first, len(faces), order.batch.total)
    chosen = sample.pages_to_read(whole, lambda index: pages_of_card(index, layout, profile))
    wrong = misreads(pdf, faces, layout, profile, pages=chosen.pages)
    if wrong:
        face = faces[wrong[0].index]
        who = f"会員番号 {face.member_reference}、" if face.member_reference else ""
        raise Misread(f"{part.name}（{who}番号 {face.number}、計{len(wrong)}枚）{wrong[0].words}")
    return chosen.read
