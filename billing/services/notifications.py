"""Endpoints: where an owner's or a tenant's system is told of events (contract section 5)."""

from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction

from billing.delivery.addresses import AddressRefused, Reach, target_of
from billing.delivery.sealing import seal
from billing.delivery.signing import new_secret
from billing.models import Delivery, Endpoint, Stream
from billing.selectors import stream
from billing.services.events import EVENT_TYPES, active_endpoints, deliveries_of, stream_of
from billing.services.invoices import UnknownTenant
from smartpit.kernel import clock
from smartpit.kernel.database import lock
from smartpit.kernel.errors import DomainError, Malformed
from tenants.access import NotFound, Scope
from tenants.models import Tenant
from tenants.selectors import centre, terms_on

SECRETS_OVERLAP = timedelta(hours=24)
ENDPOINTS_MAX = 50  # A stream's deliveries are written with each payment: they must stay few.
RESENT_MAX = 10_000


class EndpointsFull(DomainError):
    code = "endpoints_full"
    title = "通知先の登録数が上限に達しています"


@dataclass(frozen=True)
class EndpointAsked:
    """An address to be told; of all types where none is named, of a tenant's stream if it is."""

    url: str
    types: tuple[str, ...] = ()
    tenant: str | None = None


def add_endpoint(scope: Scope, asked: EndpointAsked) -> tuple[Endpoint, str]:
    """Register an address; return it with its secret, which nobody is shown again.

    A tenant's key registers for its own tenant only. Told are events from now on; what came
    before may be asked for by ``resend_events``.
    """
    _require_form(asked, reach_of(scope.owner))
    secret = new_secret()
    with transaction.atomic(durable=True):
        tenant_id = _tenant_id(scope, asked.tenant)
        _hold_telling(scope.owner)
        into = stream_of(scope.owner, tenant_id)
        _hold_numbering(into.pk)
        standing = Endpoint.objects.filter(stream=into).exclude(status=Endpoint.Status.DELETED)
        if standing.count() >= ENDPOINTS_MAX:
            raise EndpointsFull
        endpoint = Endpoint.objects.create(
            owner_id=scope.owner,
            tenant_id=tenant_id,
            stream=into,
            url=asked.url,
            types=sorted(set(asked.types)),
            secret=seal(secret),
            made_at=clock.now(),
        )
    return endpoint, secret


def rotate_secret(scope: Scope, endpoint_id: str) -> tuple[Endpoint, str]:
    """Draw a new secret; for 24 hours the one before signs too."""
    secret = new_secret()
    with transaction.atomic(durable=True):
        endpoint = _locked(scope, endpoint_id)
        if endpoint.status == Endpoint.Status.DELETED:
            raise NotFound
        endpoint.former_secret = endpoint.secret
        endpoint.former_until = clock.now() + SECRETS_OVERLAP
        endpoint.secret = seal(secret)
        endpoint.save(update_fields=["secret", "former_secret", "former_until"])
    return endpoint, secret


def remove_endpoint(scope: Scope, endpoint_id: str) -> Endpoint:
    """Tell this address nothing more; what waits for it is given up. Twice is once."""
    with transaction.atomic(durable=True):
        endpoint = _locked(scope, endpoint_id)
        if endpoint.status != Endpoint.Status.DELETED:
            close_endpoint(endpoint, Endpoint.Status.DELETED)
    return endpoint


def close_endpoint(endpoint: Endpoint, to: Endpoint.Status) -> None:
    """Move a locked endpoint out of use and give up what waits for it; opens no transaction."""
    _hold_telling(endpoint.owner_id)
    _hold_numbering(endpoint.stream_id)
    endpoint.move(to=to)
    waiting = Delivery.objects.filter(endpoint=endpoint, status=Delivery.Status.PENDING)
    # Locked by id, as whoever records attempts does: else two might wait for each other.
    ids = list(waiting.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True))
    waiting.filter(pk__in=ids).update(status=Delivery.Status.EXHAUSTED)


def enable_endpoint(scope: Scope, endpoint_id: str) -> Endpoint:
    """Tell an address again that answered 410; what was given up may be asked for. Twice is once.

    A removed one stays removed.
    """
    with transaction.atomic(durable=True):
        endpoint = _locked(scope, endpoint_id)
        if endpoint.status == Endpoint.Status.DELETED:
            raise NotFound
        if endpoint.status == Endpoint.Status.DISABLED:
            _hold_telling(endpoint.owner_id)
            _hold_numbering(endpoint.stream_id)
            endpoint.move(to=Endpoint.Status.ACTIVE, failing_since=None)
    return endpoint


def resend_events(scope: Scope, first: int, last: int) -> int:
    """Put the events ``first`` to ``last`` of the scope's stream on their way once more.

    Each goes to every active endpoint that asks for its type, also to one made after it, under
    the id it has or would have had: who has seen it can tell. Returns how many are sent.
    """
    if first > last or last - first >= RESENT_MAX:
        raise Malformed([{"field": "to", "code": "range"}])
    read = stream(scope)
    if read is None:
        return 0
    with transaction.atomic(durable=True):
        lock("endpoints", scope.owner)
        events = read.events.filter(number__range=(first, last))
        endpoints = active_endpoints(read)
        missing = [one for event in events for one in deliveries_of(event, endpoints)]
        Delivery.objects.bulk_create(missing, batch_size=1_000, ignore_conflicts=True)
        again = Delivery.objects.filter(event__in=events, endpoint__in=endpoints)
        rows = again.order_by("pk").select_for_update(no_key=True, of=("self",))
        ids = list(rows.values_list("pk", flat=True))
        return Delivery.objects.filter(pk__in=ids).update(
            status=Delivery.Status.PENDING,
            attempts=0,
            next_attempt_at=clock.now(),
            delivered_at=None,
        )


def _hold_telling(owner_id: int) -> None:
    """Wait for the payments that are being told, which have looked at the endpoints already."""
    lock("endpoints", owner_id)
    lock("telling", owner_id)


def _hold_numbering(stream_id: int) -> None:
    """Wait for whoever numbers an event: the next one looks at the endpoints afresh."""
    Stream.objects.select_for_update(no_key=True).get(pk=stream_id)


def reach_of(owner_id: int) -> Reach:
    """Return what an owner's notifications may reach today."""
    terms = terms_on(owner_id, clock.business_date())
    founded = centre()
    return Reach(
        networks=terms.networks if terms is not None and terms.connection == "super" else (),
        demo=founded is not None and founded.is_demo,
    )


def _require_form(asked: EndpointAsked, reach: Reach) -> None:
    errors = []
    try:
        target_of(asked.url, reach)
    except AddressRefused as refused:
        errors.append({"field": "url", "code": refused.code})
    if not set(asked.types) <= set(EVENT_TYPES):
        errors.append({"field": "types", "code": "choice"})
    if errors:
        raise Malformed(errors)


def _tenant_id(scope: Scope, code: str | None) -> int | None:
    if code is None:
        return scope.tenant_id
    try:
        return scope.get(Tenant.objects.all(), code=code).pk
    except NotFound:
        raise UnknownTenant from None


def _locked(scope: Scope, endpoint_id: str) -> Endpoint:
    return scope.get(Endpoint.objects.select_for_update(no_key=True), pk=endpoint_id)
