"""Reads of invoices, payments and events; the scope comes first."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from django.conf import settings
from django.db.models import (
    BigIntegerField,
    BooleanField,
    Count,
    F,
    Func,
    Min,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models import Case as ByCase
from django.db.models.functions import Coalesce

from billing.menu_references import menu_named
from billing.models import (
    Case,
    Chain,
    ChainKey,
    Delivery,
    Endpoint,
    Event,
    ImportFault,
    ImportJob,
    Invoice,
    InvoiceVersion,
    Menu,
    MenuItem,
    Payment,
    Slip,
    SlipLine,
    Stream,
)
from billing.refusals import SlipExpired, UnknownMenu, UnknownSlip
from cards.models import Card, Member
from cards.numbers import is_well_formed
from cards.page_links import page_url
from cards.refusals import UnknownNumber
from cards.selectors import card_refusal
from smartpit.kernel import clock
from tenants.access import NotFound, Scope
from tenants.keys import sha256_of
from tenants.models import Tenant
from tenants.selectors import stamp_exempt_owners

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
    return read_after(scope, after, limit)[0]


def read_after(scope: Scope, after: int, limit: int) -> tuple[list[Event], int]:
    """Return the next events, and the number up to which they were read.

    That is never beyond the stream's end: who keeps it and asks after it passes over nothing. The
    end is read first, so an event that comes meanwhile lies behind it.
    """
    found = stream(scope)
    if found is None:
        return [], 0
    events = worded(found.events.filter(number__gt=after).order_by("number")[:limit])
    return events, events[-1].number if events else min(after, found.last)


def worded(events: Iterable[Event]) -> list[Event]:
    """Return events with their words: of a confirmation, what its payment was reported with."""
    rows = list(events)
    wordless = [event for event in rows if event.body is None]
    reported = Event.objects.filter(
        payment__in=[event.payment_id for event in wordless], type="payment.reported"
    )
    words: dict[UUID | None, Any] = dict(reported.values_list("payment", "body"))
    for event in wordless:
        event.body = words[event.payment_id]
    return rows


def events_shown(of: Stream | None) -> QuerySet[Event]:
    """Return a stream's events, newest first, each with its deliveries to its own endpoints."""
    if of is None:
        return Event.objects.none()
    deliveries = Delivery.objects.filter(endpoint__stream=of)
    return of.events.prefetch_related(Prefetch("deliveries", deliveries)).order_by("-number")


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
    number = ByCase(
        When(endpoint__tenant=None, then="event__sequence"), default="event__tenant_sequence"
    )
    first = of_waiting(Min(number, output_field=whole))
    return endpoints_of(scope).annotate(
        waiting=Coalesce(of_waiting(Count("pk")), Value(0), output_field=whole),
        failing=Coalesce(retried, Value(0), output_field=whole),
        next_at=of_waiting(Min("next_attempt_at")),
        told_upto=Coalesce(first, F("stream__last") + 1, output_field=whole) - Value(1, whole),
    )


def card_keyed(number: str, *, is_test: bool = False) -> Card:
    """Return the card under a keyed number, if it can be used."""
    return _usable(card_known(number, is_test=is_test))


def card_known(number: str, *, is_test: bool = False) -> Card:
    """Return the card under a keyed number; a wrong digit and a stranger sound the same.

    ``is_test`` says on which side: a live till knows no test number, nor a test till a live one.
    """
    card = Card.objects.filter(number=number, is_test=is_test).first()
    return _known(card if is_well_formed(number) else None)


def card_scanned(barcode: str, *, is_test: bool = False) -> Card:
    """Return the card under scanned bars, if it can be used."""
    return _usable(_known(Card.objects.filter(barcode_number=barcode, is_test=is_test).first()))


def slip_scanned(chain: Chain, barcode: str, at: datetime) -> Slip:
    """Return the slip under scanned bars, if the register may still take it."""
    slip = Slip.objects.select_related("card").filter(chain=chain, barcode=barcode).first()
    if slip is None:
        raise UnknownSlip
    if slip.voided_at is not None or slip.expires_at <= at:
        raise SlipExpired
    _usable(slip.card)
    return slip


def payable_invoices_of(slip: Slip, at: datetime | None = None) -> list[Invoice]:
    """Return what a live slip can still pay, in the paper's order; its due date may have passed."""
    rows = Invoice.objects.filter(
        slip_lines__slip=slip, card_id=slip.card_id, status=Invoice.Status.OPEN
    )
    rows = rows.exclude(tenant__status=Tenant.Status.CLOSED)
    rows = rows.select_related("owner", "tenant", "card").order_by("slip_lines__place")
    return _without_limited(list(rows), at)


def live_slip_lines(at: datetime) -> QuerySet[SlipLine]:
    """Return the lines of all slips that live at ``at``; until then their invoices do not end."""
    return SlipLine.objects.filter(slip__voided_at=None, slip__expires_at__gt=at)


def has_live_slip(invoice: Invoice, at: datetime) -> bool:
    return live_slip_lines(at).filter(invoice=invoice).exists()


def open_invoices(card: Card, at: datetime | None = None) -> list[Invoice]:
    """Return what stands open on this card, the nearest due date first.

    A kept invoice is among them whose limits are reached: it waits, and does not end.
    """
    today = clock.business_date(at)
    rows = Invoice.objects.filter(card=card, status=Invoice.Status.OPEN)
    rows = rows.filter(Q(due_on=None) | Q(due_on__gte=today))
    rows = rows.exclude(tenant__status=Tenant.Status.CLOSED)
    return list(rows.select_related("owner", "tenant").order_by("due_on", "amount_yen", "id"))


def payable_invoices(card: Card, at: datetime | None = None) -> list[Invoice]:
    """Return what can be paid now with this card, as a till is shown it."""
    return _without_limited(open_invoices(card, at), at)


def _without_limited(invoices: list[Invoice], at: datetime | None) -> list[Invoice]:
    reached = limited(invoices, at)
    return [invoice for invoice in invoices if invoice.pk not in reached]


def limited(invoices: Iterable[Invoice], at: datetime | None = None) -> set[UUID]:
    """Return which of these no till could be paid now, for a limit of theirs is reached.

    The till's own rule is asked (``tills/limits.sql``), of the amount that each has at present.
    """
    asked = [invoice.pk for invoice in invoices if invoice.has_limits]
    if not asked:
        return set()
    instant = at or clock.now()
    words = (F("pk"), F("amount_yen"), Value(clock.business_date(instant)), Value(instant))
    reached = Func(*words, function="limit_reached", output_field=BooleanField())
    rows = Invoice.objects.filter(pk__in=asked).alias(reached=reached).filter(reached=True)
    return set(rows.values_list("pk", flat=True))


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


def _known(card: Card | None) -> Card:
    if card is None or card.status == Card.Status.RETIRED:
        raise UnknownNumber
    return card


def _usable(card: Card) -> Card:
    refused = card_refusal(card)
    if refused is not None:
        raise refused
    return card


def chain_key(secret: str) -> ChainKey | None:
    """Return the valid key of a chain that this is."""
    valid = Q(expires_at=None) | Q(expires_at__gt=clock.now())
    keys = ChainKey.objects.select_related("chain")
    return keys.filter(valid, sha256=sha256_of(secret)).first()


def needs_stamp(invoice: Invoice) -> bool:
    """Would this invoice's receipt carry a revenue stamp, by the terms of today?"""
    return invoice.pk in stamped([invoice])


class Taxed(Protocol):
    """What is asked of an invoice, or of a line that shows one, to tell whether it has a stamp."""

    @property
    def pk(self) -> UUID: ...
    @property
    def owner_id(self) -> int: ...
    @property
    def amount_yen(self) -> int: ...
    @property
    def tax_yen(self) -> int | None: ...


def stamped(invoices: Sequence[Taxed]) -> set[UUID]:
    """Return which invoices' receipts would carry a stamp; their owners are asked for at once."""
    large = [row for row in invoices if row.amount_yen - (row.tax_yen or 0) >= STAMP_BASE_YEN_MIN]
    if not large:
        return set()
    exempt = stamp_exempt_owners({row.owner_id for row in large}, clock.business_date())
    return {row.pk for row in large if row.owner_id not in exempt}


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


def import_jobs_of(scope: Scope) -> QuerySet[ImportJob]:
    rows = ImportJob.objects.select_related("owner", "tenant", "received_from")
    return scope.rows(rows).order_by("-received_at", "-id")


def import_faults_of(job: ImportJob) -> QuerySet[ImportFault]:
    return ImportFault.objects.filter(job=job).order_by("row", "field")


def import_jobs_to_run() -> QuerySet[ImportJob]:
    """Return what a worker should take up, of all owners, oldest first: it is the centre's work."""
    waiting = (ImportJob.Status.RECEIVED, ImportJob.Status.RUNNING)
    rows = ImportJob.objects.select_related("owner", "tenant")
    return rows.filter(status__in=waiting).order_by("received_at", "id")
