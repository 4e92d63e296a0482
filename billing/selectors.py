"""Reads of invoices, payments and events; the scope comes first."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import BigIntegerField, Count, F, Min, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from billing.menu_references import menu_named
from billing.models import (
    Case,
    Chain,
    ChainKey,
    Delivery,
    Endpoint,
    Event,
    Invoice,
    InvoiceVersion,
    Menu,
    MenuItem,
    Payment,
    Stream,
)
from billing.refusals import UnknownMenu, UnknownSlip
from cards.models import Card, Member
from cards.numbers import is_well_formed
from cards.page_links import page_url
from cards.refusals import UnknownNumber
from cards.selectors import card_refusal
from smartpit.kernel import clock
from tenants.access import NotFound, Scope
from tenants.keys import sha256_of
from tenants.models import Tenant
from tenants.selectors import terms_on

SLIP_BARCODE_DIGITS = 44
STAMP_BASE_YEN_MIN = 50_000


def invoices_of(scope: Scope) -> QuerySet[Invoice]:
    rows = Invoice.objects.select_related("card", "tenant", "owner")
    return scope.rows(rows).order_by("-registered_at", "-id")


def payments_of(scope: Scope) -> QuerySet[Payment]:
    rows = Payment.objects.select_related("invoice", "tenant", "owner", "chain")
    return scope.rows(rows.filter(owner__isnull=False)).order_by("-booked_at", "-id")


def cases_of(scope: Scope) -> QuerySet[Case]:
    rows = Case.objects.select_related("payment", "owner", "chain")
    return scope.rows(rows).order_by("status", "-opened_at")


def stream(scope: Scope) -> Stream | None:
    """Return the stream a key or a person reads: the tenant's, else the owner's."""
    streams = scope.rows(Stream.objects.select_related("owner"))
    return streams.filter(tenant=None).first() if scope.tenant_id is None else streams.first()


def events_after(scope: Scope, after: int, limit: int) -> list[Event]:
    """Return the next events of the scope's stream, oldest first."""
    found = stream(scope)
    if found is None:
        return []
    return list(found.events.filter(sequence__gt=after).order_by("sequence")[:limit])


def endpoints_of(scope: Scope) -> QuerySet[Endpoint]:
    """Return the endpoints that stand; a removed one is kept for its history only."""
    standing = Endpoint.objects.exclude(status=Endpoint.Status.DELETED).select_related("tenant")
    return scope.rows(standing).order_by("-made_at", "-id")


def endpoints_fared(scope: Scope) -> QuerySet[Endpoint, Endpoint]:
    """Return the endpoints that stand, each with how many notifications wait and fail there.

    ``next_at`` is when the next of them is due, ``told_upto`` the number up to which none waits.
    """
    waiting = Delivery.objects.filter(endpoint=OuterRef("pk"), status=Delivery.Status.PENDING)
    whole = BigIntegerField()

    def of_waiting(what: Any, rows: QuerySet[Delivery] = waiting) -> Subquery:
        return Subquery(rows.order_by().values("endpoint").annotate(n=what).values("n"))

    retried = of_waiting(Count("pk"), waiting.filter(attempts__gt=0))
    first = of_waiting(Min("event__sequence", output_field=whole))
    return endpoints_of(scope).annotate(
        waiting=Coalesce(of_waiting(Count("pk")), Value(0), output_field=whole),
        failing=Coalesce(retried, Value(0), output_field=whole),
        next_at=of_waiting(Min("next_attempt_at")),
        told_upto=Coalesce(first, F("stream__last") + 1, output_field=whole) - Value(1, whole),
    )


def card_keyed(number: str, *, is_test: bool = False) -> Card:
    """Return the card under a keyed number; a wrong digit and a stranger sound the same.

    ``is_test`` says on which side: a live till knows no test number, nor a test till a live one.
    """
    card = Card.objects.filter(number=number, is_test=is_test).first()
    return _usable(card if is_well_formed(number) else None)


def card_scanned(barcode: str, *, is_test: bool = False) -> Card:
    """Return the card under scanned bars; a slip's 44 digits name none yet."""
    if len(barcode) == SLIP_BARCODE_DIGITS:
        raise UnknownSlip
    return _usable(Card.objects.filter(barcode_number=barcode, is_test=is_test).first())


def payable_invoices(card: Card, at: datetime | None = None) -> list[Invoice]:
    """Return what can be paid now with this card, the nearest due date first."""
    today = clock.business_date(at)
    rows = Invoice.objects.filter(card=card, status=Invoice.Status.OPEN)
    rows = rows.filter(Q(due_on=None) | Q(due_on__gte=today))
    rows = rows.exclude(tenant__status=Tenant.Status.CLOSED)
    return list(rows.select_related("owner", "tenant").order_by("due_on", "amount_yen", "id"))


def items_to_choose(invoices: Sequence[Invoice]) -> dict[UUID, list[MenuItem]]:
    """Return for each invoice the amounts its payer may pick: those of its menu of kind ``one``.

    A reference is no proof, so the menu must be of the invoice's own owner and tenant.
    """
    named = {invoice.pk: menu_named(invoice.reference) for invoice in invoices if invoice.repeats}
    rows = MenuItem.objects.filter(menu__in=set(named.values()) - {None}, menu__kind=Menu.Kind.ONE)
    items = list(rows.select_related("menu").order_by("place"))
    return {
        invoice.pk: [
            item
            for item in items
            if item.menu_id == named.get(invoice.pk)
            and (item.owner_id, item.menu.tenant_id) == (invoice.owner_id, invoice.tenant_id)
        ]
        for invoice in invoices
    }


def payments_with(card: Card, count_max: int) -> list[tuple[Payment, str]]:
    """Return the newest payments of this card's invoices, each with what it was paid for.

    The title is that of the version paid: a kept invoice may say something else by now. What
    moved here from a lost card comes along with what was paid of it before.
    """
    version = InvoiceVersion.objects.filter(
        invoice=OuterRef("invoice"), version=OuterRef("version")
    )
    rows = Payment.objects.filter(invoice__card=card).annotate(
        title=Subquery(version.values("title")[:1])
    )
    return [(row, row.title) for row in rows.order_by("-booked_at", "-id")[:count_max]]


def own_page_url(card: Card) -> str | None:
    """Return the address of a card's page for the owner whose card it is.

    The page of a card that is nobody's shows what other owners registered on it: its address is
    the holder's alone, who finds it on the card.
    """
    return page_url(card, settings.SITE_URL) if card.owner_id is not None else None


def _usable(card: Card | None) -> Card:
    if card is None or card.status == Card.Status.RETIRED:
        raise UnknownNumber
    refused = card_refusal(card)
    if refused is not None:
        raise refused
    return card


def chain_of_key(secret: str) -> Chain | None:
    """Return the chain whose valid key this is."""
    valid = Q(expires_at=None) | Q(expires_at__gt=clock.now())
    keys = ChainKey.objects.select_related("chain")
    found = keys.filter(valid, sha256=sha256_of(secret)).first()
    return found.chain if found else None


def needs_stamp(invoice: Invoice) -> bool:
    """Would this invoice's receipt carry a revenue stamp, by the terms of today?"""
    terms = terms_on(invoice.owner_id, clock.business_date())
    if terms is not None and terms.stamp_exempt:
        return False
    return invoice.amount_yen - (invoice.tax_yen or 0) >= STAMP_BASE_YEN_MIN


def menus_of(scope: Scope) -> QuerySet[Menu]:
    rows = Menu.objects.select_related("tenant").prefetch_related("items")
    return scope.rows(rows).order_by("-made_at", "-id")


def menu_of(scope: Scope, code: str) -> Menu:
    try:
        return scope.get(menus_of(scope), code=code)
    except NotFound:
        raise UnknownMenu from None


def numbers_of_member(scope: Scope, reference: str) -> QuerySet[Member, str]:
    """Return the number of an owner's member, for the owner's key as for its tenants'."""
    members = Member.objects.filter(owner_id=scope.owner, reference=reference)
    return members.values_list("card__number", flat=True)
