"""チャージメニュー: an owner's list of amounts, registered for each card that is handed over."""

from dataclasses import asdict, dataclass, field

from django.db import transaction

from billing.models import Invoice, Menu, MenuItem
from billing.services.invoices import InvoiceAsked, Limits, Registered, enter_invoice
from billing.services.words import ITEM_WORDS, require
from cards.models import Card
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


def enter_menu(menu: Menu, card: Card) -> list[Registered]:
    """Register the kept invoices of a card, inside the transaction that hands it over.

    Twice registers nothing new: an invoice's reference names menu, place and the number first
    printed for it, so that a replaced card, whose invoices came along, gets none beside them. A
    menu of kind ``one`` registers its first amount, until the member picks another.
    """
    scope = Scope(owner_id=menu.owner_id)
    items = menu.items.all() if menu.kind == Menu.Kind.ALL else menu.items.all()[:1]
    first_number = _first_number(card)
    places = {f"menu:{menu.code[:30]}:{item.place}:{first_number}": item for item in items}
    known = Invoice.objects.filter(tenant=menu.tenant, reference__in=places)
    for reference in known.values_list("reference", flat=True):
        del places[reference]
    limits = Limits(
        count_max=menu.count_max,
        per_day_yen_max=menu.per_day_yen_max,
        per_month_count_max=menu.per_month_count_max,
        gap_seconds_min=menu.gap_seconds_min,
    )
    return [
        enter_invoice(
            scope,
            InvoiceAsked(
                reference=reference,
                number=card.number,
                title=item.title,
                amount_yen=item.amount_yen,
                tax_yen=item.tax_yen,
                tenant=menu.tenant.code,
                repeats=True,
                limits=limits,
            ),
        )
        for reference, item in places.items()
    ]


def _first_number(card: Card) -> str:
    """Return the number of the card that this one, perhaps over several, replaces."""
    former = Card.objects.filter(replaced_by=card).first()
    return card.number if former is None else _first_number(former)
