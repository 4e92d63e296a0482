"""Giving out numbers, and putting cards into members' hands.

A number is the permutation of a counter, and a counter is taken from a block's row while that row
is locked: so no two cards share a number, however many come at once. Locks are taken in this
order: the owner's members, blocks, cards; then, further up, invoices.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import F, Max, QuerySet

from cards.models import Batch, BatchCard, Block, Card, CardMove, Kind, Member
from cards.numbers import barcode_number_from, number_from
from cards.refusals import CardReplaced, CardTaken, MemberHasCard, UnknownNumber
from cards.selectors import card_of, card_refusal, card_registrable, present_number
from smartpit.kernel import clock
from smartpit.kernel.database import lock
from tenants.access import NotAllowed, Scope
from tenants.models import Owner, Staff
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
    print_name: str = ""


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
    """Draw the next number inside the transaction of a larger event."""
    return draw_cards(kind, 1, owner=owner, is_test=is_test)[0]


def draw_cards(
    kind: str, count: int, *, owner: Owner | None = None, is_test: bool = False
) -> list[Card]:
    """Draw the next numbers inside the transaction of a larger event.

    A test twin draws test numbers. When the last block is spent, the next one is allotted.
    """
    assert (kind == Kind.JOINT) <= (owner is not None)
    is_test = is_test or (owner is not None and owner.is_test)
    key = _number_key()
    drawn: list[Card] = []
    while len(drawn) < count:
        block = _open_block(kind, owner=owner, is_test=is_test)
        taken = range(block.used, min(block.used + count - len(drawn), block.size))
        Block.objects.filter(pk=block.pk).update(used=F("used") + len(taken))
        drawn += [_card(block, place, key) for place in taken]
    return Card.objects.bulk_create(drawn)


def bind_member(scope: Scope, asked: MemberAsked, number: str | None = None) -> Member:
    """Give a member a card: the picked-up one under ``number``, else a new joint one."""
    with transaction.atomic(durable=True):
        return enter_member(scope, asked, number)


def enter_member(scope: Scope, asked: MemberAsked, number: str | None = None) -> Member:
    """Give a member a card inside the transaction of a larger event.

    The same member again keeps its number, also under another name. Only a retired card is
    followed by a new one; for a lost one there is the replacement, which takes invoices along.
    """
    if number is None:
        return enter_members(scope, [asked])[0]
    owner = _owner_of_members(scope)
    member = _known(owner, [asked]).get(asked.reference)
    card = _card_in_use(member)
    if card is None:
        card = _picked_up(owner, number)
    elif card.number != number:
        raise MemberHasCard(current=card.number)
    if member is None:
        return Member.objects.create(card=card, **_words(owner, asked))
    return _renewed(member, card, asked)


def enter_members(
    scope: Scope, asked: Sequence[MemberAsked], *, kind: str = Kind.JOINT
) -> list[Member]:
    """Give each of these members its card, as ``enter_member`` does, many with few questions.

    A standard card drawn here is one the owner mails itself; its number is nobody's.
    """
    references = [one.reference for one in asked]
    assert len(set(references)) == len(references)
    owner = _owner_of_members(scope)
    known = _known(owner, asked)
    waiting = [it for it in references if _card_in_use(known.get(it)) is None]
    of_owner = owner if kind == Kind.JOINT else None
    drawn = draw_cards(kind, len(waiting), owner=of_owner, is_test=owner.is_test)
    cards = dict(zip(waiting, drawn, strict=True))
    new = [
        Member(card=cards[one.reference], **_words(owner, one))
        for one in asked
        if one.reference not in known
    ]
    for one in asked:
        member = known.get(one.reference)
        if member is not None:
            _renewed(member, cards.get(one.reference) or member.card, one)
    known |= {member.reference: member for member in Member.objects.bulk_create(new)}
    return [known[reference] for reference in references]


def lock_members(owner_id: int) -> None:
    """Let one hand at a time give cards to an owner's members, to the end of the transaction."""
    lock("members", owner_id)


def suspend_card(scope: Scope, number: str, by: Staff | None = None) -> Card:
    """Stop a card; nothing is shown or paid with it until it is resumed."""
    return _moved(scope, number, Card.Status.SUSPENDED, by)


def resume_card(scope: Scope, number: str, by: Staff | None = None) -> Card:
    return _moved(scope, number, Card.Status.ACTIVE, by)


def lock_card(card: Card) -> Card:
    """Return the card as it is now, and hold it so to the end of the transaction."""
    return Card.objects.select_for_update(no_key=True).get(pk=card.pk)


def move_card(
    card: Card, to: str, by: Staff | None, *, reason: str = "", **changes: Any
) -> CardMove:
    """Move a card inside the transaction of a larger event, and write down who did."""
    came_from = card.status
    card.move(to=to, **changes)
    return CardMove.objects.create(
        owner=card.owner,
        card=card,
        came_from=came_from,
        to=to,
        by=by,
        at=clock.now(),
        reason=reason,
    )


def retire_unprinted(batch: Batch) -> list[Card]:
    """Give up the blank cards of an order that failed, inside a larger event.

    Nobody gets any file of it, not even one that was read back, so nobody will ever hold them. A
    card that a system bound by its number all the same is its member's and stays.
    """
    blank = BatchCard.objects.filter(batch=batch, member=None)
    unprinted = Card.objects.filter(pk__in=blank.values("card"), status=Card.Status.ACTIVE)
    cards = list(unprinted.select_for_update(no_key=True).order_by("pk"))
    # Looked at once they are locked, as whoever binds a card locks it.
    in_use = Card.objects.filter(pk__in=[card.pk for card in cards])
    held = in_use.exclude(members=None, replaces=None).values_list("pk", flat=True)
    given_up = [card for card in cards if card.pk not in set(held)]
    for card in given_up:
        move_card(card, Card.Status.RETIRED, None, reason="印刷されなかったため")
    return given_up


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


def _moved(scope: Scope, number: str, to: str, by: Staff | None) -> Card:
    with transaction.atomic(durable=True):
        card = lock_card(card_to_change(scope, number))
        if card.status == to:
            return card
        if card.status == Card.Status.REPLACED:
            raise CardReplaced(current=present_number(card))
        move_card(card, to, by)
    return card


def _owner_of_members(scope: Scope) -> Owner:
    if scope.tenant_id is not None:
        raise NotAllowed("会員とカードはオーナー企業のものです")
    owner = Owner.objects.get(pk=scope.owner)
    lock_members(owner.pk)
    return owner


def _known(owner: Owner, asked: Sequence[MemberAsked]) -> dict[str, Member]:
    references = [one.reference for one in asked]
    rows = Member.objects.filter(owner=owner, reference__in=references)
    return {member.reference: member for member in rows.select_related("card")}


def _card_in_use(member: Member | None) -> Card | None:
    card = member.card if member is not None else None
    return None if card is None or card.status == Card.Status.RETIRED else card


def _picked_up(owner: Owner, number: str) -> Card:
    found = card_registrable(owner, number)
    card = lock_card(found)
    refused = card_refusal(card)
    if refused is not None:
        raise refused
    if Member.objects.filter(owner=owner, card=card).exists():
        raise CardTaken
    return card


def _words(owner: Owner, asked: MemberAsked) -> dict[str, Any]:
    return {"owner": owner, "joined_at": clock.now()} | vars(asked)


def _renewed(member: Member, card: Card | None, asked: MemberAsked) -> Member:
    told = {name: word for name, word in vars(asked).items() if word}
    changed = {name: word for name, word in told.items() if getattr(member, name) != word}
    if changed or member.card != card:
        Member.objects.filter(pk=member.pk).update(card=card, **changed)
        for name, word in (changed | {"card": card}).items():
            setattr(member, name, word)
    return member


def _card(block: Block, place: int, key: bytes) -> Card:
    """Return the card of a place in a block, not yet written."""
    counter = block.first + place
    return Card(
        number=number_from(block.kind, counter, key, is_test=block.is_test),
        barcode_number=barcode_number_from(block.barcode_first + place, key),
        kind=block.kind,
        block=block,
        counter=counter,
        owner=block.owner,
        is_test=block.is_test,
        issued_at=clock.now(),
    )


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
