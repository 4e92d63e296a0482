"""Cards change hands together with what can be paid with them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from billing.menu_references import menu_named
from billing.models import Invoice, Menu
from billing.selectors import menu_of
from billing.services.events import EventTold, record_events
from billing.services.invoices import standing_invoices, take_back_invoices
from billing.services.menus import enter_menu_on
from billing.services.words import Rule, line_of, require
from cards.member_table import as_read
from cards.models import Card, Member
from cards.refusals import CardHasInvoices, CardNotBlank, CardReplaced, UnknownNumber
from cards.selectors import blank_cards_of, members_of, present_number
from cards.services import (
    MemberAsked,
    card_to_change,
    draw_card,
    enter_member,
    lock_card,
    lock_members,
    move_card,
)
from tenants.access import Scope
from tenants.models import Staff

_LINE = line_of("reference", length_max=64)


def _reference(words: Mapping[str, Any]) -> str | None:
    """Refuse a member's number that no list can hold: there it would be another member's."""
    fault = _LINE(words)
    return fault or (None if as_read(words["reference"]) == words["reference"] else "characters")


_REFERENCE: dict[str, Rule] = {"reference": _reference}
_NAMED: dict[str, Rule] = _REFERENCE | {"name": line_of("name", length_max=100)}


@dataclass(frozen=True)
class HandedOver:
    """The member with its card, and whether it was given this card only now."""

    member: Member
    is_new: bool


@dataclass(frozen=True)
class Retirement:
    """Which card is given up, and whether what stands on it is taken back along with it."""

    number: str
    withdraws_invoices: bool = False
    reason: str = ""
    by: Staff | None = None


def hand_over_card(
    scope: Scope, asked: MemberAsked, *, number: str | None = None, menu: str | None = None
) -> HandedOver:
    """Issue a card to a member, or bind the one it picked up; with a menu, payable at once."""
    require(_NAMED if asked.name else _REFERENCE, vars(asked))
    chosen = menu_of(scope, menu) if menu is not None else None
    with transaction.atomic(durable=True):
        lock_members(scope.owner)
        held = members_of(scope).filter(reference=asked.reference, card__isnull=False)
        had_card = held.exclude(card__status=Card.Status.RETIRED).exists()
        member = enter_member(scope, asked, number)
        if chosen is not None:
            enter_menu_of(chosen, [member])
    return HandedOver(member, is_new=not had_card)


def enter_menu_of(menu: Menu, members: Sequence[Member]) -> None:
    """Register a menu on the members' cards, inside the transaction of a larger event.

    A suspended card is handed over or printed again like any other, but takes no new invoices.
    """
    cards = [member.card for member in members]
    enter_menu_on(menu, [card for card in cards if card and card.status == Card.Status.ACTIVE])


def replace_card(scope: Scope, number: str, by: Staff | None = None) -> Card:
    """Give a new number of the same kind for a lost card; what is open moves to it."""
    with transaction.atomic(durable=True):
        lost = card_to_change(scope, number)
        _lock_holders(lost)
        new = draw_card(lost.kind, owner=lost.owner, is_test=lost.is_test)
        return _replaced(lost, new, by)


def replace_card_by(scope: Scope, number: str, blank: Card, by: Staff | None = None) -> Card:
    """As ``replace_card``, but the new card is a pre-printed one of the owner's stock."""
    with transaction.atomic(durable=True):
        return enter_replacement(scope, number, blank, by)


def enter_replacement(scope: Scope, number: str, blank: Card, by: Staff | None) -> Card:
    """Replace by a pre-printed card inside the transaction of a larger event."""
    lost = card_to_change(scope, number)
    _lock_holders(lost)
    if not blank_cards_of(scope).filter(pk=blank.pk, owner=lost.owner_id).exists():
        raise CardNotBlank
    return _replaced(lost, blank, by)


def retire_card(scope: Scope, asked: Retirement) -> Card:
    """End a card for ever; its number is never given again.

    What stands on it could never be paid, so it is taken back along with it if that was asked,
    else the card stays. A lost card is replaced instead, which takes invoices along.
    """
    with transaction.atomic(durable=True):
        card = lock_card(card_to_change(scope, asked.number))
        if card.status == Card.Status.REPLACED:
            raise CardReplaced(current=present_number(card))
        if card.status == Card.Status.RETIRED:
            raise UnknownNumber
        standing = standing_invoices(card)
        if standing and not asked.withdraws_invoices:
            raise CardHasInvoices(count=len(standing))
        move_card(card, Card.Status.RETIRED, asked.by, reason=asked.reason)
        take_back_invoices(standing)
    return card


def _lock_holders(card: Card) -> None:
    """Let nobody else give cards to the members whose card this is, nor to its owner's."""
    holders = Member.objects.filter(card=card).order_by("owner_id")
    for owner_id in {card.owner_id} - {None} or holders.values_list("owner_id", flat=True):
        assert owner_id is not None
        lock_members(owner_id)


def _replaced(lost: Card, new: Card, by: Staff | None) -> Card:
    """Let the new card take the place of the lost one.

    The registering of an invoice locks the card too, so none is left behind on the old number. A
    card printed with a charge menu gives that up: else its holder would have everything twice.
    """
    rows = Card.objects.filter(pk__in=[lost.pk, new.pk]).order_by("pk")
    locked = {card.pk: card for card in rows.select_for_update(no_key=True)}
    card = locked[lost.pk]
    if card.status == Card.Status.REPLACED:
        raise CardReplaced(current=present_number(card))
    if locked[new.pk].status != Card.Status.ACTIVE:
        raise CardNotBlank
    standing = standing_invoices(card, new)
    printed = [invoice for invoice in standing if invoice.card_id == new.pk]
    if any(menu_named(invoice.reference) is None for invoice in printed):
        raise CardNotBlank
    move_card(card, Card.Status.REPLACED, by, replaced_by=new)
    take_back_invoices(printed)
    moved = [invoice for invoice in standing if invoice.card_id == card.pk]
    Invoice.objects.filter(pk__in=[invoice.pk for invoice in moved]).update(card=new)
    Member.objects.filter(card=card).update(card=new)
    record_events(_replacement_told(card, new, moved))
    return new


def _replacement_told(card: Card, new: Card, moved: list[Invoice]) -> Iterator[EventTold]:
    """Tell each owner that the card concerns once, and each tenant whose invoices moved."""
    references = dict(Member.objects.filter(card=new).values_list("owner_id", "reference"))
    owners = {invoice.owner_id for invoice in moved} | set(references)
    if card.owner_id is not None:
        owners.add(card.owner_id)
    parties: set[tuple[int, int | None]] = {(owner_id, None) for owner_id in owners}
    parties |= {(invoice.owner_id, invoice.tenant_id) for invoice in moved}
    for owner_id, tenant_id in parties:
        yield EventTold(
            type="card.replaced",
            owner_id=owner_id,
            tenant_id=tenant_id,
            to_owner=tenant_id is None,
            body={
                "number": card.number,
                "replaced_by": new.number,
                "barcode_number": new.barcode_number,
                "member_reference": references.get(owner_id),
            },
        )
