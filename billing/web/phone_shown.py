"""What of a card is shown on its page: a till's truth, in the payer's words."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from billing.models import Chain, Invoice, MenuItem, Payment
from billing.selectors import (
    card_keyed,
    items_to_choose,
    limited,
    open_invoices,
    payments_with,
)
from billing.web.phone_picture import picture_of
from billing.web.speaking import Speaker
from cards.barcode import ean13_svg
from cards.models import Card
from cards.numbers import grouped
from cards.refusals import CardReplaced, CardSuspended, UnknownNumber
from smartpit.kernel import clock

PAYMENTS_SHOWN = 20
# Which machine of a chain takes the number (domain.md 2.1, 2.2).
_MACHINES = {"lawson": "loppi", "ministop": "loppi", "familymart": "multicopier"}
_ENDS = {
    Payment.Status.REPORTED: "paid_done",
    Payment.Status.CONFIRMED: "paid_done",
    Payment.Status.REVERSED: "paid_reversed",
    Payment.Status.REFUNDED: "paid_refunded",
}


@dataclass(frozen=True)
class ShownItem:
    """An amount to choose."""

    place: int
    title: str
    amount: SafeString
    is_chosen: bool


@dataclass(frozen=True)
class ShownInvoice:
    """One line as the till lists it; what waits for a limit says that no till lists it now."""

    id: UUID
    payee: str
    seller: str
    title: str
    amount: SafeString
    until: SafeString
    has_end: bool
    is_limited: bool
    items: list[ShownItem]


@dataclass(frozen=True)
class ShownPayment:
    """What was paid once, and how that ended."""

    day: SafeString
    chain: SafeString
    title: str
    amount: SafeString
    end: SafeString
    stands: bool


@dataclass(frozen=True)
class ShownRoute:
    """One way to pay, step by step."""

    name: SafeString
    steps: list[SafeString]


@dataclass(frozen=True)
class ShownCard:
    """A card's page. ``trouble`` says why it cannot be used; then nothing else is told."""

    groups: list[str]
    number: str
    trouble: str = ""
    picture: str = ""
    barcode: str = ""
    barcode_where: str = ""
    expires: str = ""
    invoices: tuple[ShownInvoice, ...] = ()
    contacts: tuple[str, ...] = ()
    routes: tuple[ShownRoute, ...] = ()
    payments: tuple[ShownPayment, ...] = ()

    @property
    def is_usable(self) -> bool:
        return not self.trouble


def shown_card(card: Card, speaker: Speaker) -> ShownCard:
    """Return what to show. A card that no till takes says so and keeps the rest to itself.

    Whoever found a lost card must not read on it what its holder paid.
    """
    groups = grouped(card.number).split("-")
    trouble = _trouble(card)
    if trouble:
        return ShownCard(groups=groups, number=card.number, trouble=trouble)
    chains = list(Chain.objects.filter(is_test=False).order_by("file_code"))
    standing = open_invoices(card)
    reading = [chain for chain in chains if chain.reads_card_barcode]
    return ShownCard(
        groups=groups,
        number=card.number,
        picture=picture_of(card),
        barcode=_bars(card) if reading else "",
        barcode_where=_readers(reading, speaker),
        expires=_expiry(card, speaker),
        invoices=tuple(_invoices(standing, speaker)),
        contacts=tuple(dict.fromkeys(filter(None, map(_contact, standing)))),
        routes=tuple(_routes(chains, speaker)),
        payments=tuple(
            _payment(row, title, speaker) for row, title in payments_with(card, PAYMENTS_SHOWN)
        ),
    )


def _trouble(card: Card) -> str:
    """Return the word for why a till refuses this card, asked as a till asks."""
    if card.is_test:
        return "test"
    try:
        card_keyed(card.number)
    except CardReplaced:
        return "replaced"
    except CardSuspended:
        return "suspended"
    except UnknownNumber:
        return "retired"
    return ""


def _bars(card: Card) -> SafeString:
    return mark_safe(ean13_svg(card.barcode_number, bar_height_modules=34))  # noqa: S308 Digits alone.


def _readers(chains: Iterable[Chain], speaker: Speaker) -> SafeString:
    keys = tuple(f"chain_{chain.pk}" for chain in chains if chain.pk in _MACHINES)
    return speaker.said("barcode_where", chains=keys)


def _expiry(card: Card, speaker: Speaker) -> str:
    if card.registration_expires_on is None:
        return ""
    return speaker.said("sheet_expires", day=card.registration_expires_on)


def _invoices(rows: list[Invoice], speaker: Speaker) -> Iterable[ShownInvoice]:
    choices, reached = items_to_choose(rows), limited(rows)
    for row in rows:
        seller = row.tenant.display_name or row.tenant.name
        yield ShownInvoice(
            id=row.pk,
            payee=row.owner.name,
            seller=seller if seller != row.owner.name else "",
            title=row.title,
            amount=speaker.yen(row.amount_yen),
            until=_until(row.due_on, speaker),
            has_end=row.due_on is not None,
            is_limited=row.pk in reached,
            items=[_item(row, item, speaker) for item in choices[row.pk]],
        )


def _until(due_on: date | None, speaker: Speaker) -> SafeString:
    return speaker["kept"] if due_on is None else speaker.said("until", day=due_on)


def _contact(row: Invoice) -> str:
    tenant = row.tenant
    told = (tenant.contact_name, tenant.contact_phone, tenant.contact_hours)
    return " ".join(word for word in told if word)


def _item(row: Invoice, item: MenuItem, speaker: Speaker) -> ShownItem:
    own = (row.title, row.amount_yen, row.tax_yen)
    return ShownItem(
        place=item.place,
        title=item.title,
        amount=speaker.yen(item.amount_yen),
        is_chosen=own == (item.title, item.amount_yen, item.tax_yen),
    )


def _routes(chains: Iterable[Chain], speaker: Speaker) -> Iterable[ShownRoute]:
    """Yield the registers that read the bars first: it is the shorter way."""
    known = [chain for chain in chains if chain.pk in _MACHINES]
    for chain in known:
        name = speaker[f"chain_{chain.pk}"]
        if chain.reads_card_barcode:
            at_register = format_html("{} · {}", name, speaker["how_register"])
            yield ShownRoute(at_register, speaker.steps("register"))
    for chain in known:
        name = speaker[f"chain_{chain.pk}"]
        yield ShownRoute(name, speaker.steps(_MACHINES[chain.pk]))


def _payment(row: Payment, title: str, speaker: Speaker) -> ShownPayment:
    assert row.amount_yen is not None
    assert row.taken_at is not None
    return ShownPayment(
        day=speaker.day(clock.business_date(row.taken_at)),
        chain=speaker[f"chain_{row.chain_id}"],
        title=title,
        amount=speaker.yen(row.amount_yen),
        end=speaker[_ENDS[Payment.Status(row.status)]],
        stands=row.status in (Payment.Status.REPORTED, Payment.Status.CONFIRMED),
    )
