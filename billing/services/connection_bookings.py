"""What the centre books for a connection test: invoices, payments and reversals of the test side.

Everything goes through the services that tills use. A booking can be done over: references, till
keys and amounts are drawn from the test and the item, so a step that a killed worker left in the
middle ends as it would have ended.
"""

import hashlib
import hmac
from collections.abc import Callable

from django.db import transaction
from django.db.models import QuerySet

from billing.models import Case, ConnectionTestItem, Delivery, Event, Invoice, Payment
from billing.services.invoices import InvoiceAsked, register_invoice, withdraw_invoice
from billing.services.payments import find_payment, receive_payment
from billing.services.reversals import reverse_payment
from billing.tills.notices import PaymentNotice, ReversalNotice, TillKey
from smartpit.kernel import clock
from tenants.access import Scope

WITHHELD = 3
_YEN_MIN = 1_000
_YEN_RANGE = 9_000
Kind = ConnectionTestItem.Kind


def drawn_yen(seed: bytes | memoryview, *place: object) -> int:
    """Return an amount that nobody can guess and everybody who knows the seed draws again."""
    mark = hmac.digest(bytes(seed), repr(place).encode(), hashlib.sha256)
    return _YEN_MIN + int.from_bytes(mark[:8]) % _YEN_RANGE


def book(item: ConnectionTestItem) -> None:
    """Book what this run of an item is about; done over, it changes nothing."""
    _BOOKINGS[Kind(item.kind)](item)


def run_prefix(item: ConnectionTestItem) -> str:
    """Return how the references of this run of an item begin."""
    return f"{item.test.reference_prefix}{item.kind}-{item.run}-"


def events_of(item: ConnectionTestItem) -> QuerySet[Event]:
    """Return what this run of an item told: payments and reversals, oldest first."""
    told = item.test.stream.events.filter(
        payment__isnull=False, invoice__reference__startswith=run_prefix(item)
    )
    return told.order_by("number")


def _one(item: ConnectionTestItem) -> None:
    _pay(item, 1)


def _late(item: ConnectionTestItem) -> None:
    """Take cash for what the owner had withdrawn: the till's line was down, the money is there."""
    if find_payment(_key(item, 1)) is None:
        invoice = _invoice(item, 1)
        withdraw_invoice(_scope(item), str(invoice.pk))
        _pay(item, 1, advice=True)
    _close_cases(item)


def _withheld(item: ConnectionTestItem) -> None:
    """Hold back the notifications of some payments, as if they were lost, and send one after."""
    for place in range(1, WITHHELD + 1):
        _pay(item, place)
        _withhold(item)
    _pay(item, WITHHELD + 1)


def _several(item: ConnectionTestItem) -> None:
    """Pay, undo and pay again one invoice, whose order matters, and pay another."""
    _pay(item, 1)
    reverse_payment(ReversalNotice(_key(item, 1), "接続試験"))
    _pay(item, 1, line=2)
    _pay(item, 2)


_BOOKINGS: dict[Kind, Callable[[ConnectionTestItem], None]] = {
    Kind.SIGNATURE: _one,
    Kind.DUPLICATE: _one,
    Kind.LATE: _late,
    Kind.CURSOR: _withheld,
    Kind.ERROR: _one,
    Kind.OUTAGE: _several,
}


def _pay(item: ConnectionTestItem, place: int, *, line: int = 1, advice: bool = False) -> None:
    key = _key(item, place, line)
    if find_payment(key) is not None:
        return
    invoice = _invoice(item, place)
    assert item.began_at is not None
    receive_payment(
        PaymentNotice(
            key=key,
            invoice=str(invoice.pk),
            version=invoice.version,
            amount_yen=invoice.amount_yen,
            taken_at=item.began_at,
            advice=advice,
        )
    )


def _invoice(item: ConnectionTestItem, place: int) -> Invoice:
    reference = f"{run_prefix(item)}{place}"
    standing = Invoice.objects.filter(owner_id=item.owner_id, reference=reference).first()
    if standing is not None:
        return standing
    asked = InvoiceAsked(
        reference=reference,
        number=item.test.number,
        title=f"接続試験 {item.get_kind_display()}",
        amount_yen=drawn_yen(item.test.seed, item.kind, item.run, place),
    )
    return register_invoice(_scope(item), asked).invoice


def _key(item: ConnectionTestItem, place: int, line: int = 1) -> TillKey:
    assert item.began_at is not None
    return TillKey(
        chain=item.test.chain_id,
        store=f"CT{item.place}R{item.run}",
        terminal="CT",
        business_date=clock.business_date(item.began_at),
        receipt=f"{item.test.short}-{place}",
        line=line,
    )


def _scope(item: ConnectionTestItem) -> Scope:
    return Scope(owner_id=item.owner_id)


def _withhold(item: ConnectionTestItem) -> None:
    """Give up the deliveries that no sender has taken yet; what is under way is let go."""
    with transaction.atomic(durable=True):
        rows = Delivery.objects.filter(
            endpoint=item.test.endpoint_id, event__in=events_of(item), attempts=0
        )
        for row in rows.select_related("event").select_for_update(of=("self",), no_key=True):
            if row.status == "pending" and row.next_attempt_at == row.event.occurred_at:
                row.move(to=Delivery.Status.EXHAUSTED)


def _close_cases(item: ConnectionTestItem) -> None:
    """Close the case that a late payment opens: no person need look at a test's."""
    about = Payment.objects.filter(invoice__reference__startswith=run_prefix(item))
    with transaction.atomic(durable=True):
        for case in Case.objects.filter(
            payment__in=about.filter(owner=item.owner_id), status=Case.Status.OPEN
        ):
            case.move(to=Case.Status.CLOSED, closed_at=clock.now(), resolution="接続試験のため")
