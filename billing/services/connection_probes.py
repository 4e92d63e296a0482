"""Forged notifications: what an owner's system must refuse, sent to see whether it does."""

import json
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import uuid5

from billing.delivery import post as wire
from billing.delivery.post import Letter, Outcome
from billing.delivery.sealing import unseal
from billing.delivery.signing import new_secret, signed_headers
from billing.models import ConnectionTestItem, Delivery
from billing.services.connection_bookings import drawn_yen, run_prefix
from billing.services.events import event_body
from billing.services.notifications import reach_of
from smartpit.kernel import clock

STALE_BY = timedelta(minutes=10)
Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Probe:
    """One forgery: its name, and what is sent."""

    name: str
    headers: Headers
    body: bytes


def send_probes(item: ConnectionTestItem, told: Delivery) -> dict[str, Outcome]:
    """Send each forgery of ``told`` to the endpoint under test; no transaction is open.

    Each tells of a payment that does not exist, so that a system which takes one in reports a
    sum that is wrong, too.
    """
    endpoint = item.test.endpoint
    assert endpoint is not None
    reach = reach_of(endpoint.owner_id)
    return {
        probe.name: wire.post(Letter(endpoint.url, probe.headers, probe.body, reach))
        for probe in _probes(item, told, unseal(endpoint.secret))
    }


def _probes(item: ConnectionTestItem, told: Delivery, secret: str) -> list[Probe]:
    now = clock.now()

    def signed(name: str, by: str, *, old: bool = False) -> Probe:
        body = _forged(item, told, name)
        at = now - STALE_BY if old else now
        return Probe(name, tuple(signed_headers(_id(item, name), at, body, by=[by])), body)

    tampered = replace(signed("tampered", secret), body=_forged(item, told, "tampered again"))
    unsigned = replace(signed("unsigned", secret), headers=())
    return [
        signed("wrong_secret", new_secret()),
        tampered,
        unsigned,
        signed("stale", secret, old=True),
    ]


def _forged(item: ConnectionTestItem, told: Delivery, name: str) -> bytes:
    words = event_body(told.event, told.number)
    forged = {
        "payment": str(uuid5(item.test.pk, name)),
        "reference": f"{run_prefix(item)}forged-{name}",
        "amount_yen": drawn_yen(item.test.seed, item.kind, item.run, name),
    }
    body = {
        "type": words["type"],
        "timestamp": words["occurred_at"],
        "sequence": words["sequence"],
        "data": words["data"] | forged,
    }
    return json.dumps(body, ensure_ascii=False).encode()


def _id(item: ConnectionTestItem, name: str) -> str:
    return f"msg_{uuid5(item.test.pk, f'{item.run} {name}').hex}"
