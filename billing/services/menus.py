"""チャージメニュー: an owner's list of amounts, registered for each card that is handed over."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from django.db import transaction

from billing.menu_references import place_named, reference_in_menu, start_of_references
from billing.models import Invoice, Menu, MenuItem
from billing.services.invoices import STANDING, InvoiceAsked, Limits, enter_invoices
from billing.services.words import ITEM_WORDS, require
from cards.models import Card, HandOverUndone
from smartpit.kernel import clock
from smartpit.kernel.database import lock
from smartpit.kernel.errors import Malformed
from tenants.access import Scope
from tenants.models import Tenant
from tenants.services import CodeTaken


@dataclass(frozen=True)
class ItemAsked:
    title: str
    amount_yen: int
    tax_yen: int | None = None


@dataclass(frozen=True)
class MenuAsked:
    code: str
    items: tuple[ItemAsked, ...]
    kind: str = Menu.Kind.ALL
    tenant: str | None = None
    limits: Limits = field(default_factory=Limits)
    pause_after_idle_days: int | None = None


def make_menu(scope: Scope, asked: MenuAsked) -> Menu:
    """Write a menu; it is used for cards handed over from now on."""
    if not asked.items:
        raise Malformed([{"field": "items", "code": "required"}])
    for item in asked.items:
        require(ITEM_WORDS, vars(item))
    with transaction.atomic(durable=True):
        lock("menu", (scope.owner, asked.code))
        if Menu.objects.filter(owner_id=scope.owner, code=asked.code).exists():
            raise CodeTaken
        tenant = scope.get(Tenant.objects.all(), code=asked.tenant or Tenant.OWN)
        menu = Menu.objects.create(
            owner_id=scope.owner,
            tenant=tenant,
            code=asked.code,
            kind=asked.kind,
            pause_after_idle_days=asked.pause_after_idle_days,
            made_at=clock.now(),
            **asdict(asked.limits),
        )
        MenuItem.objects.bulk_create(
            MenuItem(owner_id=scope.owner, menu=menu, place=place, **asdict(item))
            for place, item in enumerate(asked.items, start=1)
        )
    return menu


def enter_menu(menu: Menu, card: Card) -> list[Invoice]:
    """Register the kept invoices of a card, inside the transaction that hands it over."""
    return enter_menu_on(menu, [card])


def enter_menu_on(menu: Menu, cards: Sequence[Card]) -> list[Invoice]:
    """Register the kept invoices of many cards; twice registers nothing new.

    An invoice's reference names menu, place and the number first printed for it, so that a
    replaced card, whose invoices came along, gets none beside them; and, of a card that was handed
    over and taken back, how often: its next holder gets invoices of its own. What stands from
    before, as on a card that was printed with its menu, is not registered beside itself. A menu
    of kind ``one`` registers its first amount, until the member picks another.
    """
    items = menu.items.all() if menu.kind == Menu.Kind.ALL else menu.items.all()[:1]
    limits = Limits(
        count_max=menu.count_max,
        per_day_yen_max=menu.per_day_yen_max,
        per_month_count_max=menu.per_month_count_max,
        gap_seconds_min=menu.gap_seconds_min,
    )
    roots = _roots(menu, cards)
    standing = _places_standing(menu, cards)
    asked = [
        InvoiceAsked(
            reference=reference_in_menu(menu.pk, item.place, roots[card.pk]),
            number=card.number,
            title=item.title,
            amount_yen=item.amount_yen,
            tax_yen=item.tax_yen,
            tenant=menu.tenant.code,
            repeats=True,
            limits=limits,
        )
        for card in cards
        for item in items
        if (card.pk, item.place) not in standing
    ]
    references = [one.reference for one in asked]
    rows = Invoice.objects.filter(tenant=menu.tenant, reference__in=references)
    known = set(rows.values_list("reference", flat=True))
    return enter_invoices(menu.tenant, [one for one in asked if one.reference not in known])


def _places_standing(menu: Menu, cards: Sequence[Card]) -> set[tuple[int, int | None]]:
    """Return which places of the menu can be paid with which of the cards already."""
    rows = Invoice.objects.filter(
        tenant=menu.tenant,
        card__in=cards,
        status__in=STANDING,
        reference__startswith=start_of_references(menu.pk),
    )
    named = rows.values_list("card", "reference")
    return {(card_id, place_named(reference)) for card_id, reference in named}


def references_of(menu: Menu, card: Card) -> set[str]:
    """Return the references under which this menu is registered for a card's present holder."""
    root = _roots(menu, [card])[card.pk]
    return {reference_in_menu(menu.pk, item.place, root) for item in menu.items.all()}


def _roots(menu: Menu, cards: Sequence[Card]) -> dict[int, str]:
    """Return for each card its first number, and how often that card was taken back, if it was."""
    first_numbers = _first_numbers(cards)
    undone = HandOverUndone.objects.filter(
        owner_id=menu.owner_id, hand_over__card__number__in=first_numbers.values()
    )
    numbers = undone.values_list("hand_over__card__number", flat=True)
    times = Counter(numbers)
    return {
        pk: f"{number}:{times[number]}" if times[number] else number
        for pk, number in first_numbers.items()
    }


def _first_numbers(cards: Sequence[Card]) -> dict[int, str]:
    """Return for each card the number of the one that it, perhaps over several, replaces."""
    first_numbers = {card.pk: card.number for card in cards}
    newest = {card.pk: card.pk for card in cards}
    while newest:
        former = list(Card.objects.filter(replaced_by__in=newest))
        for card in former:
            first_numbers[newest[card.replaced_by_id or 0]] = card.number
        newest = {card.pk: newest[card.replaced_by_id or 0] for card in former}
    return first_numbers
