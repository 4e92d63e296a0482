"""Giving out numbers, and putting cards into members' hands.

A number is the permutation of a counter, and a counter is taken from a block's row while that row
is locked: so no two cards share a number, however many come at once. Locks are taken in this
order: the owner's members, blocks, cards; then, further up, invoices.
"""

from dataclasses import dataclass, fields

from django.db import transaction
from django.db.models import F, Max, QuerySet

from cards.models import Block, Card, Kind, Member
from cards.numbers import barcode_number_from, number_from
from cards.refusals import CardReplaced, CardTaken, MemberHasCard, UnknownNumber
from cards.selectors import card_of, card_refusal, card_registrable
from smartpit.kernel import clock
from smartpit.kernel.database import lock
from tenants.access import NotAllowed, Scope
from tenants.models import Owner
from tenants.selectors import centre

BLOCK_SIZE = 1_000


@dataclass(frozen=True)
class MemberAsked:
    """Who gets a card, under the owner's own number; what is left empty stays as it was."""

    reference: str
    name: str = ""
    postal_code: str = ""
    address1: str = ""
    address2: str = ""


def allot_block(
    kind: str, size: int, *, owner: Owner | None = None, is_test: bool = False
) -> Block:
    """Allot the next run of counters of a kind, to an owner or, for standard cards, to nobody."""
    with transaction.atomic(durable=True):
        lock("blocks", "all")
        return _next_block(kind, size, owner=owner, is_test=is_test)


def issue_card(kind: str, *, owner: Owner | None = None, is_test: bool = False) -> Card:
    """Issue one card that no member holds yet."""
    with transaction.atomic(durable=True):
        return draw_card(kind, owner=owner, is_test=is_test)


def draw_card(kind: str, *, owner: Owner | None = None, is_test: bool = False) -> Card:
    """Draw the next number inside the transaction of a larger event.

    A test twin draws test numbers. When the last block is spent, the next one is allotted.
    """
    assert (kind == Kind.JOINT) <= (owner is not None)
    is_test = is_test or (owner is not None and owner.is_test)
    block = _open_block(kind, owner=owner, is_test=is_test)
    place = block.used
    Block.objects.filter(pk=block.pk).update(used=F("used") + 1)
    counter = block.first + place
    key = _number_key()
    return Card.objects.create(
        number=number_from(kind, counter, key, is_test=is_test),
        barcode_number=barcode_number_from(block.barcode_first + place, key),
        kind=kind,
        block=block,
        counter=counter,
        owner=owner,
        is_test=is_test,
        issued_at=clock.now(),
    )


def bind_member(scope: Scope, asked: MemberAsked, number: str | None = None) -> Member:
    """Give a member a card: the picked-up one under ``number``, else a new joint one."""
    with transaction.atomic(durable=True):
        return enter_member(scope, asked, number)


def enter_member(scope: Scope, asked: MemberAsked, number: str | None = None) -> Member:
    """Give a member a card inside the transaction of a larger event.

    The same member again keeps its number, also under another name. Only a retired card is
    followed by a new one; for a lost one there is the replacement, which takes invoices along.
    """
    if scope.tenant_id is not None:
        raise NotAllowed("会員とカードはオーナー企業のものです")
    owner = Owner.objects.get(pk=scope.owner)
    lock_members(owner.pk)
    member = (
        Member.objects.select_related("card").filter(owner=owner, reference=asked.reference).first()
    )
    card = member.card if member is not None else None
    if card is None or card.status == Card.Status.RETIRED:
        card = _card_to_hand_over(owner, number)
    elif number not in (None, card.number):
        raise MemberHasCard(current=card.number)
    told = {word.name: getattr(asked, word.name) for word in fields(asked)}
    if member is None:
        return Member.objects.create(owner=owner, card=card, joined_at=clock.now(), **told)
    return _renewed(member, card, {name: word for name, word in told.items() if word})


def lock_members(owner_id: int) -> None:
    """Let one hand at a time give cards to an owner's members, to the end of the transaction."""
    lock("members", owner_id)


def suspend_card(scope: Scope, number: str) -> Card:
    """Stop a card; nothing is shown or paid with it until it is resumed."""
    return _moved(scope, number, Card.Status.SUSPENDED)


def resume_card(scope: Scope, number: str) -> Card:
    return _moved(scope, number, Card.Status.ACTIVE)


def retire_card(scope: Scope, number: str) -> Card:
    """End a card for ever; its number is never given again."""
    return _moved(scope, number, Card.Status.RETIRED)


def card_to_change(scope: Scope, number: str) -> Card:
    """Return the card if this scope may change it.

    A standard card serves any owner, so none may stop it for the others: only the centre does.
    """
    card = card_of(scope, number)
    if card.status == Card.Status.RETIRED:
        raise UnknownNumber
    if card.owner_id is None and not scope.is_centre:
        raise NotAllowed("スタンダードカードの停止・再発行はセンターが行います")
    return card


def _moved(scope: Scope, number: str, to: str) -> Card:
    with transaction.atomic(durable=True):
        card = card_to_change(scope, number)
        if card.status == to:
            return card
        if card.status == Card.Status.REPLACED:
            raise CardReplaced
        return card.move(to=to)


def _card_to_hand_over(owner: Owner, number: str | None) -> Card:
    if number is None:
        return draw_card(Kind.JOINT, owner=owner)
    found = card_registrable(owner, number)
    card = Card.objects.select_for_update(no_key=True).get(pk=found.pk)
    refused = card_refusal(card)
    if refused is not None:
        raise refused
    if Member.objects.filter(owner=owner, card=card).exists():
        raise CardTaken
    return card


def _renewed(member: Member, card: Card, told: dict[str, str]) -> Member:
    changed = {name: word for name, word in told.items() if getattr(member, name) != word}
    if changed or member.card_id != card.pk:
        Member.objects.filter(pk=member.pk).update(card=card, **changed)
        for name, word in changed.items():
            setattr(member, name, word)
        member.card = card
    return member


def _open_block(kind: str, *, owner: Owner | None, is_test: bool) -> Block:
    """Lock the block to draw from, allotting the next one if the last is spent.

    One transaction at a time draws for the same holder. Else those who come while the next block
    is being allotted would each allot one more.
    """
    lock("draw", (kind, owner and owner.pk, is_test))
    rows = Block.objects.filter(kind=kind, owner=owner, is_test=is_test, used__lt=F("size"))
    block = rows.select_for_update().order_by("first").first()
    if block is not None:
        return block
    lock("blocks", "all")
    return _next_block(kind, BLOCK_SIZE, owner=owner, is_test=is_test)


def _next_block(kind: str, size: int, *, owner: Owner | None, is_test: bool) -> Block:
    of_kind = Block.objects.filter(kind=kind, is_test=is_test)
    return Block.objects.create(
        kind=kind,
        is_test=is_test,
        owner=owner,
        first=_end(of_kind, "first"),
        barcode_first=_end(Block.objects.all(), "barcode_first"),
        size=size,
        allotted_at=clock.now(),
    )


def _end(rows: QuerySet[Block], start: str) -> int:
    """Return the counter after the last of these blocks."""
    end: int | None = rows.aggregate(end=Max(F(start) + F("size")))["end"]
    return end or 0


def _number_key() -> bytes:
    founded = centre()
    assert founded is not None, "cards belong to a centre"
    return bytes(founded.number_key)
