"""カード受付: a pre-printed card goes over the counter, or comes back the same day.

A scanner bounces and a clerk presses Enter twice: whatever is asked again once it is done changes
nothing and says so. All who give an owner's cards to members wait for each other (``members``), so
two clerks never bind one card, or one member, twice.
"""

import unicodedata
from dataclasses import dataclass

from django.db import transaction

from billing.models import Invoice, Menu, Payment
from billing.selectors import menu_of
from billing.services.cards import enter_menu_of, enter_replacement
from billing.services.invoices import standing_invoices, take_back_invoices
from billing.services.menus import references_of
from billing.services.words import Rule, line_of, require
from cards.models import Card, HandOver, HandOverUndone, Member
from cards.refusals import (
    HandOverInUse,
    HandOverPaid,
    HandOverSuperseded,
    HandOverTooLate,
    MemberHasNoCard,
    ReferenceIsACard,
)
from cards.selectors import card_presented, card_refusal, hand_overs_of, is_a_card
from cards.services import MemberAsked, enter_member, lock_card, lock_members
from smartpit.kernel import clock
from tenants.access import NotAllowed, Scope
from tenants.models import Owner, Staff

CLERKS = (Staff.Role.ADMINISTRATOR, Staff.Role.DESK)
_WORDS: dict[str, Rule] = {
    "card": line_of("card", length_max=40),
    "reference": line_of("reference", length_max=64),
}
_NAMED = _WORDS | {"name": line_of("name", length_max=100)}


@dataclass(frozen=True)
class HandOverAsked:
    """What the clerk scanned or typed: a card's bars or number, and whose it shall be."""

    card: str
    reference: str
    name: str = ""
    menu: str | None = None


@dataclass(frozen=True)
class Handed:
    """The member with its card; ``is_new`` is false where that was so already.

    ``fact`` is the hand-over that stands; a member that got this card in another way has none.
    """

    member: Member
    card: Card
    is_new: bool
    fact: HandOver | None = None
    replaces: str = ""


def hand_over(scope: Scope, asked: HandOverAsked, by: Staff) -> Handed:
    """Bind a card to a member and register the menu, so that it can be paid with at once."""
    owner = _owner_of_clerk(scope, by)
    require(_NAMED if asked.name else _WORDS, vars(asked))
    menu = menu_of(scope, asked.menu) if asked.menu else None
    with transaction.atomic(durable=True):
        card, reference = _presented(owner, asked)
        member = Member.objects.filter(owner=owner, reference=reference).first()
        if member is not None and member.card_id == card.pk:
            return _handed_already(member, card)
        handed_at = clock.now()
        bound = enter_member(scope, MemberAsked(reference, asked.name), card.number)
        if menu is not None:
            enter_menu_of(menu, [bound])
        fact = HandOver.objects.create(
            owner=owner,
            member=bound,
            card=card,
            menu=menu.code if menu else "",
            was_new_member=member is None,
            handed_by=by,
            handed_at=handed_at,
        )
    return Handed(bound, card, is_new=True, fact=fact)


def replace_lost_card(scope: Scope, asked: HandOverAsked, by: Staff) -> Handed:
    """Give a member the pre-printed card in place of the one it lost; what is open moves to it."""
    owner = _owner_of_clerk(scope, by)
    require(_WORDS, vars(asked))
    with transaction.atomic(durable=True):
        blank, reference = _presented(owner, asked)
        member = Member.objects.filter(owner=owner, reference=reference).first()
        lost = member.card if member is not None else None
        if member is None or lost is None or lost.status == Card.Status.RETIRED:
            raise MemberHasNoCard
        if lost.pk == blank.pk:
            return _handed_already(member, blank)
        enter_replacement(scope, lost.number, blank, by)
        member.refresh_from_db()
    return Handed(member, blank, is_new=True, replaces=lost.number)


def undo_hand_over(scope: Scope, hand_over_id: int, by: Staff, reason: str = "") -> HandOver:
    """Take a card back on the day it was handed over; it is blank again, its menu withdrawn.

    The invoices are locked before the payments are looked at: a till that was faster is seen, one
    that is slower finds them withdrawn.
    """
    _owner_of_clerk(scope, by)
    with transaction.atomic(durable=True):
        fact = scope.get(hand_overs_of(scope), pk=hand_over_id)
        lock_members(fact.owner_id)
        card = lock_card(fact.card)
        if HandOverUndone.objects.filter(hand_over=fact).exists():
            return fact
        _require_undoable(fact, card)
        registered = _registered_by(fact, card)
        Member.objects.filter(pk=fact.member_id).update(card=None)
        HandOverUndone.objects.create(
            owner_id=fact.owner_id,
            hand_over=fact,
            undone_by=by,
            undone_at=clock.now(),
            reason=reason,
        )
        take_back_invoices(registered)
    return fact


def _owner_of_clerk(scope: Scope, by: Staff) -> Owner:
    """Return the owner at whose counter this person works."""
    is_clerk = by.is_active and by.tenant_id is None and by.role in CLERKS
    if not is_clerk or by.owner_id is None or by.owner_id != scope.owner_id:
        raise NotAllowed
    return Owner.objects.get(pk=by.owner_id)


def _presented(owner: Owner, asked: HandOverAsked) -> tuple[Card, str]:
    """Return the card, locked, and the member's number, once nobody else gives cards out."""
    if is_a_card(owner, asked.reference):
        raise ReferenceIsACard
    found = card_presented(owner, asked.card)
    lock_members(owner.pk)
    return lock_card(found), _reference(owner, asked.reference.strip())


def _reference(owner: Owner, typed: str) -> str:
    """Return the member's number: as typed where it is one, else full-width made plain."""
    if Member.objects.filter(owner=owner, reference=typed).exists():
        return typed
    return unicodedata.normalize("NFKC", typed)


def _handed_already(member: Member, card: Card) -> Handed:
    refused = card_refusal(card)
    if refused is not None:
        raise refused
    rows = HandOver.objects.filter(member=member, card=card, undone=None)
    return Handed(member, card, is_new=False, fact=rows.first())


def _require_undoable(fact: HandOver, card: Card) -> None:
    if clock.business_date(fact.handed_at) != clock.business_date():
        raise HandOverTooLate
    is_held = Member.objects.filter(pk=fact.member_id, card=card).exists()
    if not is_held or card.status != Card.Status.ACTIVE:
        raise HandOverSuperseded


def _registered_by(fact: HandOver, card: Card) -> list[Invoice]:
    """Return, locked, the menu's invoices that this hand-over registered, still to be paid."""
    standing = [one for one in standing_invoices(card) if one.owner_id == fact.owner_id]
    paid = Payment.objects.filter(
        owner_id=fact.owner_id, number=card.number, booked_at__gte=fact.handed_at
    )
    if paid.exists():
        raise HandOverPaid
    since = [one for one in standing if one.registered_at >= fact.handed_at]
    menu = Menu.objects.filter(owner_id=fact.owner_id, code=fact.menu).first()
    of_menu = {(menu.tenant_id, it) for it in references_of(menu, card)} if menu else set()
    if any((one.tenant_id, one.reference) not in of_menu for one in since):
        raise HandOverInUse
    return since
