"""Reads of cards, members, batches and blocks; the scope comes first."""

from uuid import UUID

from django.db.models import Q, QuerySet

from cards.models import Batch, Block, Card, Member
from cards.numbers import is_well_formed
from cards.refusals import CardReplaced, CardSuspended, UnknownNumber
from smartpit.kernel.errors import DomainError
from tenants.access import Scope
from tenants.models import Owner


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


def card_refusal(card: Card) -> DomainError | None:
    """Return why nothing can be registered on or paid with this card, or None."""
    if card.status == Card.Status.REPLACED:
        return CardReplaced()
    if card.status != Card.Status.ACTIVE:
        return CardSuspended()
    return None
