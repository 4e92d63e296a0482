"""カード発行依頼: a member list becomes printed cards that can be paid with at once.

A batch may be killed at any moment and goes on from where it stood: members get their cards in
chunks, each chunk one transaction together with its invoices and the count of rows done; each
printed file is one transaction too. So a number is spent once, whatever happens between.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import count

from django.db import InterfaceError, OperationalError, transaction

from billing.models import Menu
from billing.selectors import menu_of
from billing.services.cards import enter_menu_of
from cards.member_file import MemberFile, MemberRow, read_member_file
from cards.models import Batch, BatchCard, BatchFile, Card, Member
from cards.printing.face import CardFace
from cards.printing.fonts import missing_glyphs
from cards.printing.press import print_cards
from cards.printing.profiles import PROFILES, page_of, pages_of
from cards.services import MemberAsked, enter_members
from smartpit.kernel import clock
from smartpit.kernel.database import held
from smartpit.kernel.errors import DomainError, Malformed, MoveRefused
from tenants.access import NotAllowed, Scope
from tenants.models import Owner, Staff
from tenants.selectors import centre

DESIGNS = ("default",)
CHUNK_ROWS = 100
FILE_CARDS_MAX = 5_000
MEMBER_FILE_BYTES_MAX = 64 * 1024 * 1024
UNEXPECTED = "unexpected"

logger = logging.getLogger("smartpit.batches")


class UnknownDesign(DomainError):
    code = "unknown_design"
    title = "デザインが見つかりません"
    status = 404


class OwnerNameUnprintable(DomainError):
    """The owner's name stands on every card; one with an empty box in it must not be printed."""

    code = "owner_name_unprintable"
    title = "オーナー企業の名称に印刷できない文字があります"


@dataclass(frozen=True)
class BatchAsked:
    """One order: the members as the owner's spreadsheet wrote them, and how to print them."""

    file_name: str
    member_file: bytes
    design: str = "default"
    menu: str = ""
    ordered_by: Staff | None = None


def order_batch(scope: Scope, asked: BatchAsked) -> Batch:
    """Take an order in: the file is kept with it, and which rows make no card is known now."""
    owner = Owner.objects.get(pk=scope.owner)
    found = members_to_print(scope, asked)
    with transaction.atomic(durable=True):
        return Batch.objects.create(
            owner=owner,
            design=asked.design,
            menu=asked.menu,
            member_file=asked.member_file,
            file_name=asked.file_name[:200],
            total=len(found.rows),
            errors=[
                {"row": fault.row, "code": fault.code}
                for fault in sorted(found.errors, key=lambda fault: fault.row)
            ],
            ordered_at=clock.now(),
            ordered_by=asked.ordered_by,
        )


def members_to_print(scope: Scope, asked: BatchAsked) -> MemberFile:
    """Return the rows an order would print, or refuse the order; nothing is written."""
    if scope.tenant_id is not None:
        raise NotAllowed("会員とカードはオーナー企業のものです")
    require_design(asked.design)
    if missing_glyphs(Owner.objects.get(pk=scope.owner).name):
        raise OwnerNameUnprintable
    if asked.menu:
        menu_of(scope, asked.menu)
    if len(asked.member_file) > MEMBER_FILE_BYTES_MAX:
        raise Malformed([{"field": "member_file", "code": "too_long"}])
    return read_member_file(asked.member_file)


def require_design(design: str) -> None:
    if design not in DESIGNS:
        raise UnknownDesign


def print_batch(batch_id: str) -> Batch:
    """Print an order, or what is left of it; one hand at a time, twice prints once."""
    with held("print", batch_id) as is_held:
        batch = Batch.objects.select_related("owner").get(pk=batch_id)
        if is_held and batch.status in (Batch.Status.ORDERED, Batch.Status.PRINTING):
            _print_on(batch)
    return batch


def _print_on(batch: Batch) -> None:
    """Print from where the order stands; what cannot be printed is marked as failed, by name.

    A database that went away is no failure of the order: the sweep takes it up again.
    """
    try:
        if batch.status == Batch.Status.ORDERED:
            batch.move(to=Batch.Status.PRINTING)
        rows = read_member_file(bytes(batch.member_file)).rows
        _hand_over(batch, rows)
        _print_files(batch, rows)
        batch.move(to=Batch.Status.PRINTED, printed_at=clock.now())
    except (OperationalError, InterfaceError, MoveRefused):
        raise
    except Exception as fault:
        logger.exception("batch %s is not printed", batch.pk)
        reason = fault.code if isinstance(fault, DomainError) else UNEXPECTED
        batch.move(to=Batch.Status.FAILED, failure=reason)
        raise


def _hand_over(batch: Batch, rows: Sequence[MemberRow]) -> None:
    scope = Scope(owner_id=batch.owner_id)
    menu = menu_of(scope, batch.menu) if batch.menu else None
    while batch.done < len(rows):
        _hand_over_chunk(batch, rows[batch.done : batch.done + CHUNK_ROWS], menu)


def _hand_over_chunk(batch: Batch, chunk: Sequence[MemberRow], menu: Menu | None) -> None:
    """Give a card to each member of a chunk, and count it done, or do nothing at all."""
    scope = Scope(owner_id=batch.owner_id)
    done = batch.done + len(chunk)
    with transaction.atomic(durable=True):
        members = enter_members(scope, [_asked(row) for row in chunk])
        if menu is not None:
            enter_menu_of(menu, members)
        here = Batch.objects.filter(pk=batch.pk, status=Batch.Status.PRINTING, done=batch.done)
        if here.update(done=done) != 1:
            raise MoveRefused
    batch.done = done


def _asked(row: MemberRow) -> MemberAsked:
    return MemberAsked(
        row.member_reference, row.member_name, row.postal_code, row.address1, row.address2
    )


def _print_files(batch: Batch, rows: Sequence[MemberRow]) -> None:
    printed = set(BatchFile.objects.filter(batch=batch).values_list("name", flat=True))
    for name, part in _parts(batch, rows):
        if name not in printed:
            _print_file(batch, name, part)


def _parts(batch: Batch, rows: Sequence[MemberRow]) -> Iterator[tuple[str, Sequence[MemberRow]]]:
    """Yield each file's name and rows; a batch's own name keeps its files apart from others'."""
    for part, first in zip(count(1), range(0, len(rows), FILE_CARDS_MAX), strict=False):
        name = f"cards-{str(batch.pk)[:8]}-{part:03d}.pdf"
        yield name, rows[first : first + FILE_CARDS_MAX]


def _print_file(batch: Batch, name: str, part: Sequence[MemberRow]) -> None:
    profile = PROFILES["a4"]
    references = [row.member_reference for row in part]
    members = Member.objects.filter(owner_id=batch.owner_id, reference__in=references)
    by_reference = {member.reference: member for member in members.select_related("card")}
    holders = [by_reference[reference] for reference in references]
    pdf = print_cards(_faces(batch, part, holders), profile=profile)
    with transaction.atomic(durable=True):
        BatchFile.objects.create(
            batch=batch,
            owner_id=batch.owner_id,
            name=name,
            sha256=sha256(pdf).hexdigest(),
            pages=pages_of(len(part), profile),
            pdf=pdf,
        )
        BatchCard.objects.bulk_create(
            BatchCard(
                batch=batch,
                owner_id=batch.owner_id,
                member=member,
                card=_card_in_hand(member),
                row=row.row,
                file=name,
                page=page_of(index, profile),
            )
            for index, (row, member) in enumerate(zip(part, holders, strict=True))
        )


def _faces(batch: Batch, part: Sequence[MemberRow], holders: Sequence[Member]) -> list[CardFace]:
    """Return what each card shows; 見本 where its number pays nothing in a real store."""
    founded = centre()
    assert founded is not None
    return [
        CardFace(
            owner_name=batch.owner.name,
            member_name=row.member_name,
            number=_card_in_hand(member).number,
            barcode_number=_card_in_hand(member).barcode_number,
            specimen=founded.is_demo or batch.owner.is_test,
        )
        for row, member in zip(part, holders, strict=True)
    ]


def _card_in_hand(member: Member) -> Card:
    assert member.card is not None
    return member.card
