"""Numbering facts for the owners' and tenants' systems.

The number is taken from the stream's row, which stays locked to the commit: whoever reads number
n can already read all smaller ones. So a caller records its events last, owners in one order.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F

from billing.models import Delivery, Endpoint, Event, Stream
from billing.selectors import stream
from smartpit.kernel import clock
from smartpit.kernel.errors import Malformed
from tenants.access import Scope

EVENT_TYPES = (
    "payment.reported",
    "payment.confirmed",
    "payment.reversed",
    "payment.refunded",
    "invoice.expired",
    "invoice.withdrawn",
    "card.replaced",
    "tenant.live",
    "statement.closed",
    "payout.sent",
    "payout.returned",
)


@dataclass(frozen=True)
class EventTold:
    """A fact to be told: to the owner's stream and, if it has a tenant, to the tenant's."""

    type: str
    owner_id: int
    tenant_id: int | None
    body: dict[str, Any]
    invoice_id: UUID | None = None
    payment_id: UUID | None = None
    to_owner: bool = True


def record_events(told: Iterable[EventTold]) -> None:
    """Record several facts, their streams locked in one order so that batches never deadlock."""
    for fact in sorted(told, key=lambda fact: (fact.owner_id, fact.tenant_id or 0)):
        record_event(fact)


def record_event(fact: EventTold) -> None:
    """Number one fact in its streams and put it on its way to the endpoints that asked for it."""
    assert connection.in_atomic_block
    if fact.to_owner:
        _tell(fact, None)
    if fact.tenant_id is not None:
        _tell(fact, fact.tenant_id)


def stream_of(owner_id: int, tenant_id: int | None) -> Stream:
    """Return the stream, made when it is first asked for."""
    scope = Scope(owner_id=owner_id, tenant_id=tenant_id)
    found = stream(scope)
    if found is not None:
        return found
    Stream.objects.bulk_create(
        [Stream(owner_id=owner_id, tenant_id=tenant_id)], ignore_conflicts=True
    )
    made = stream(scope)
    assert made is not None
    return made


def _tell(fact: EventTold, tenant_id: int | None) -> None:
    into = stream_of(fact.owner_id, tenant_id)
    Stream.objects.filter(pk=into.pk).update(last=F("last") + 1)
    into.refresh_from_db(fields=["last"])
    event = Event.objects.create(
        stream=into,
        sequence=into.last,
        owner_id=fact.owner_id,
        tenant_id=tenant_id,
        type=fact.type,
        occurred_at=clock.now(),
        invoice_id=fact.invoice_id,
        payment_id=fact.payment_id,
        body=fact.body | ({"test": True} if into.owner.is_test else {}),
    )
    Delivery.objects.bulk_create(deliveries_of(event, active_endpoints(into)))


def active_endpoints(of: Stream) -> list[Endpoint]:
    return list(Endpoint.objects.filter(stream=of, status=Endpoint.Status.ACTIVE))


def deliveries_of(event: Event, endpoints: Iterable[Endpoint]) -> list[Delivery]:
    """Return an unsaved delivery for each of its stream's endpoints that asks for this event."""
    return [
        Delivery(
            owner_id=event.owner_id,
            event=event,
            endpoint=endpoint,
            invoice_id=event.invoice_id,
            next_attempt_at=event.occurred_at,
        )
        for endpoint in endpoints
        if not endpoint.types or event.type in endpoint.types
    ]


def event_body(event: Event) -> dict[str, Any]:
    """Return an event as a reader gets it, whether it is pulled or pushed."""
    return {
        "sequence": event.sequence,
        "type": event.type,
        "occurred_at": event.occurred_at.astimezone(clock.JST).isoformat(),
        "data": event.body,
    }


def acknowledge(scope: Scope, upto: int) -> Stream:
    """Note how far a reader has come; it never goes back, nor past what is there."""
    with transaction.atomic(durable=True):
        read = stream_of(scope.owner, scope.tenant_id)
        if upto > read.last:
            raise Malformed([{"field": "upto", "code": "range"}])
        Stream.objects.filter(pk=read.pk, acknowledged__lt=upto).update(acknowledged=upto)
        read.refresh_from_db()
    return read
