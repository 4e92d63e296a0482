"""Cards change hands together with what can be paid with them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db import transaction

from billing.models import Invoice, Menu
from billing.selectors import menu_of
from billing.services.events import EventTold, record_events
from billing.services.menus import enter_menu_on
from billing.services.words import Rule, line_of, require
from cards.models import Card, Member
from cards.refusals import CardReplaced
from cards.selectors import members_of
from cards.services import (
    MemberAsked,
    card_to_change,
    draw_card,
    enter_member,
    lock_members,
)
from tenants.access import Scope

_REFERENCE: dict[str, Rule] = {"reference": line_of("reference", length_max=64)}
_NAMED: dict[str, Rule] = _REFERENCE | {"name": line_of("name", length_max=100)}
_MOVING = (Invoice.Status.OPEN, Invoice.Status.SUSPENDED)


@dataclass(frozen=True)
class HandedOver:
    """The member with its card, and whether this was the first time."""

    member: Member
    is_new: bool


def hand_over_card(
    scope: Scope, asked: MemberAsked, *, number: str | None = None, menu: str | None = None
) -> HandedOver:
    """Issue a card to a member, or bind the one it picked up; with a menu, payable at once."""
    require(_NAMED if asked.name else _REFERENCE, vars(asked))
    chosen = menu_of(scope, menu) if menu is not None else None
    with transaction.atomic(durable=True):
        lock_members(scope.owner)
        was_member = members_of(scope).filter(reference=asked.reference).exists()
        member = enter_member(scope, asked, number)
        if chosen is not None:
            enter_menu_of(chosen, [member])
    return HandedOver(member, is_new=not was_member)


def enter_menu_of(menu: Menu, members: Sequence[Member]) -> None:
    """Register a menu on the members' cards, inside the transaction of a larger event.

    A suspended card is handed over or printed again like any other, but takes no new invoices.
    """
    cards = [member.card for member in members]
    enter_menu_on(menu, [card for card in cards if card and card.status == Card.Status.ACTIVE])


def replace_card(scope: Scope, number: str) -> Card:
    """Give a new number of the same kind for a lost card; what is open moves to it.

    The registering of an invoice locks the card too, so none is left behind on the old number.
    """
    with transaction.atomic(durable=True):
        asked = card_to_change(scope, number)
        holders = Member.objects.filter(card=asked).order_by("owner_id")
        for owner_id in {asked.owner_id} - {None} or holders.values_list("owner_id", flat=True):
            assert owner_id is not None
            lock_members(owner_id)
        new = draw_card(asked.kind, owner=asked.owner, is_test=asked.is_test)
        card = Card.objects.select_for_update(no_key=True).get(pk=asked.pk)
        if card.status == Card.Status.REPLACED:
            raise CardReplaced
        card.move(to=Card.Status.REPLACED, replaced_by=new)
        invoices = Invoice.objects.filter(card=card, status__in=_MOVING).order_by("pk")
        moved = list(invoices.select_for_update(no_key=True))
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
