"""Numbering facts for the owners' and tenants' systems.

The number is taken from the stream's row, which stays locked to the commit: whoever reads number
n can already read all smaller ones. So a caller records its events last, owners in one order.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F, Q

from billing.models import Delivery, Endpoint, Event, Stream
from billing.selectors import stream
from smartpit.kernel import clock
from smartpit.kernel.errors import Malformed
from smartpit.kernel.insertion import insert_rows
from tenants.access import Scope
from tenants.models import Owner

BATCH = 1000
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
_LAST = """
UPDATE billing_stream SET last = told.last
  FROM unnest(%s::bigint[], %s::bigint[]) AS told (id, last)
 WHERE billing_stream.id = told.id
"""


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

    @property
    def streams(self) -> list[int]:
        """Return the tenants whose streams carry this fact, 0 for the owner's own."""
        tenants = [] if self.tenant_id is None else [self.tenant_id]
        return [0, *tenants] if self.to_owner else tenants


def record_events(told: Iterable[EventTold]) -> None:
    """Number facts in their streams and put them on their way to the endpoints that asked.

    All streams are locked at once and in one order, so that batches never deadlock, and many
    streams cost no more questions than one does.
    """
    assert connection.in_atomic_block
    facts = list(told)
    if not facts:
        return
    streams = _locked({(fact.owner_id, tenant_id) for fact in facts for tenant_id in fact.streams})
    occurred_at = clock.now()
    owners = Owner.objects.filter(pk__in={into.owner_id for into in streams}, is_test=True)
    tests = set(owners.values_list("pk", flat=True))
    by_holder = {(into.owner_id, into.tenant_id or 0): into for into in streams}
    events = [
        _numbered(fact, by_holder, occurred_at, is_test=fact.owner_id in tests) for fact in facts
    ]
    with connection.cursor() as cursor:
        cursor.execute(_LAST, [[one.pk for one in streams], [one.last for one in streams]])
    insert_rows(events)
    _send(streams, events)


def record_event(fact: EventTold) -> None:
    record_events([fact])


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


def _locked(keys: Collection[tuple[int, int]]) -> list[Stream]:
    """Return the streams of owners (tenant 0) and tenants, locked; what is missing is made."""
    of_owners = [owner_id for owner_id, tenant_id in keys if not tenant_id]
    of_tenants = [tenant_id for _, tenant_id in keys if tenant_id]
    asked = Stream.objects.filter(
        Q(owner_id__in=of_owners, tenant=None) | Q(tenant_id__in=of_tenants)
    )
    made = {(owner, tenant or 0) for owner, tenant in asked.values_list("owner_id", "tenant_id")}
    # Made before any is locked: who waits here for another's new stream holds none it may want.
    missing = sorted(set(keys) - made)
    Stream.objects.bulk_create(
        [Stream(owner_id=owner_id, tenant_id=tenant_id or None) for owner_id, tenant_id in missing],
        ignore_conflicts=True,
    )
    ordered = asked.order_by("owner_id", F("tenant_id").asc(nulls_first=True))
    return list(ordered.select_for_update(no_key=True))


def _numbered(
    fact: EventTold,
    streams: Mapping[tuple[int, int], Stream],
    occurred_at: datetime,
    *,
    is_test: bool,
) -> Event:
    """Return a fact's unsaved event, the numbers of its streams moved on."""
    numbers: dict[int, int] = {}
    for tenant_id in fact.streams:
        into = streams[fact.owner_id, tenant_id]
        into.last += 1
        numbers[tenant_id] = into.last
    return Event(
        owner_id=fact.owner_id,
        tenant_id=fact.tenant_id,
        sequence=numbers.get(0),
        tenant_sequence=numbers.get(fact.tenant_id or 0) if fact.tenant_id else None,
        type=fact.type,
        occurred_at=occurred_at,
        invoice_id=fact.invoice_id,
        payment_id=fact.payment_id,
        body=fact.body | ({"test": True} if is_test else {}),
    )


def _send(streams: Sequence[Stream], events: Sequence[Event]) -> None:
    holders = {into.pk: (into.owner_id, into.tenant_id or 0) for into in streams}
    endpoints: dict[tuple[int, int], list[Endpoint]] = defaultdict(list)
    active = Endpoint.objects.filter(stream_id__in=holders, status=Endpoint.Status.ACTIVE)
    for endpoint in active:
        endpoints[holders[endpoint.stream_id]].append(endpoint)
    deliveries: list[Delivery] = []
    for event in events:
        if event.sequence is not None:
            deliveries += deliveries_of(event, endpoints[event.owner_id, 0])
        if event.tenant_id is not None:
            deliveries += deliveries_of(event, endpoints[event.owner_id, event.tenant_id])
    insert_rows(deliveries)


def active_endpoints(of: Stream) -> list[Endpoint]:
    return list(Endpoint.objects.filter(stream=of, status=Endpoint.Status.ACTIVE))


def deliveries_of(event: Event, endpoints: Iterable[Endpoint]) -> list[Delivery]:
    """Return an unsaved delivery for each of the endpoints, all of one stream, that asks for it."""
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


def event_body(event: Event, sequence: int) -> dict[str, Any]:
    """Return an event as the reader of a stream gets it, whether it is pulled or pushed."""
    return {
        "sequence": sequence,
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
