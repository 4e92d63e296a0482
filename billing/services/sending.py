"""Sending what is due: claim in one transaction, HTTP outside any, record in another.

A claim is a lease: it moves ``next_attempt_at`` ahead, so that nobody else sends meanwhile, and
a sender that is killed loses nothing but time. So a notification may come twice, and never not
at all. Of each endpoint only a few are under way at once and fresh ones go first: whoever is
slow fills neither the threads nor the way of the others.
"""

import json
import logging
import time
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event as Bell
from typing import Any
from uuid import UUID, uuid5

from django.db import connection, transaction
from django.db.models import F

from billing.delivery import post as wire
from billing.delivery.post import Letter, Outcome
from billing.delivery.schedule import next_attempt, retry_after
from billing.delivery.sealing import SealBroken, unseal
from billing.delivery.signing import signed_headers
from billing.models import Attempt, Delivery, Endpoint
from billing.services.events import event_body
from billing.services.notifications import close_endpoint, reach_of
from smartpit.kernel import clock

LEASE = timedelta(seconds=60)
THREADS = 64
UNDER_WAY_PER_ENDPOINT = 4
FAILURES_THAT_RELEASE = 4
LIMIT = 10_000
CLAIMING_SECONDS = 30.0
_LOOK_SECONDS = 0.5

_log = logging.getLogger("smartpit.notifications")

# A row whose turn has come: its endpoint is told, and no earlier event of the same invoice is
# still on its way there with fewer than four failures.
_ITS_TURN = """
    d.status = 'pending' AND NOT EXISTS (
        SELECT FROM billing_delivery earlier
         WHERE earlier.endpoint_id = d.endpoint_id AND earlier.invoice_id = d.invoice_id
           AND earlier.event_id < d.event_id
           AND earlier.status = 'pending' AND earlier.attempts < %(release)s)
"""
_CLAIM = f"""
    UPDATE billing_delivery SET next_attempt_at = %(until)s
      FROM (SELECT due.id
              FROM billing_endpoint e
              LEFT JOIN unnest(%(busy)s::uuid[], %(counts)s::int[]) AS b (id, count)
                ON b.id = e.id
             CROSS JOIN LATERAL (
                   SELECT d.id, d.attempts, d.next_attempt_at FROM billing_delivery d
                    WHERE d.endpoint_id = e.id AND d.next_attempt_at <= %(now)s AND {_ITS_TURN}
                    ORDER BY d.next_attempt_at, d.event_id
                    LIMIT greatest(%(each)s - coalesce(b.count, 0), 0)
                      FOR UPDATE OF d SKIP LOCKED) due
             WHERE e.status = 'active'
             ORDER BY due.attempts > 0, due.next_attempt_at
             LIMIT %(room)s) mine
     WHERE billing_delivery.id = mine.id
    RETURNING billing_delivery.id
"""  # noqa: S608 - put together from constants
_NEXT = f"""
    SELECT d.next_attempt_at FROM billing_delivery d
      JOIN billing_endpoint e ON e.id = d.endpoint_id AND e.status = 'active'
     WHERE d.next_attempt_at <= %(until)s AND {_ITS_TURN}
     ORDER BY d.next_attempt_at LIMIT 1
"""  # noqa: S608 - put together from constants


@dataclass(frozen=True)
class Claimed:
    """A delivery that is ours until ``lease``."""

    delivery: Delivery
    lease: datetime
    began_at: datetime


UnderWay = dict["Future[Outcome]", Claimed]


def deliver_due(limit: int = LIMIT, bell: Bell | None = None) -> int:
    """Send until nothing is due and nothing under way; return how many attempts were made.

    Whoever has news meanwhile rings ``bell``. New claims end after ``limit`` attempts or half
    a minute, so that a run ends; what is left waits for the next one.
    """
    bell = bell or Bell()
    ends = time.monotonic() + CLAIMING_SECONDS
    under_way: UnderWay = {}
    attempts = 0
    with ThreadPoolExecutor(THREADS, "notify") as threads:
        while True:
            bell.clear()
            _record_finished(under_way)
            room = min(THREADS - len(under_way), limit - attempts)
            claimed = claim(room, _busy(under_way)) if time.monotonic() < ends else []
            for one in claimed:
                future = _begin(one, threads)
                under_way[future] = one
                future.add_done_callback(lambda _done: bell.set())
            attempts += len(claimed)
            if not under_way:
                return attempts
            bell.wait(_LOOK_SECONDS)


def claim(room: int, busy: Counter[str] | None = None) -> list[Claimed]:
    """Take up to ``room`` due deliveries for the time of a lease."""
    if room <= 0:
        return []
    now = clock.now()
    busy = busy or Counter()
    words: dict[str, Any] = {
        "until": now + LEASE,
        "busy": list(busy),
        "counts": list(busy.values()),
        "now": now,
        "release": FAILURES_THAT_RELEASE,
        "each": UNDER_WAY_PER_ENDPOINT,
        "room": room,
    }
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(_CLAIM, words)
        ids = [row[0] for row in cursor.fetchall()]
    rows = Delivery.objects.filter(pk__in=ids).select_related("event", "endpoint")
    return [Claimed(row, now + LEASE, now) for row in rows.order_by("attempts", "event_id")]


def next_due(within: timedelta) -> datetime | None:
    """Return when the next delivery is due, if that is soon."""
    words: dict[str, Any] = {"until": clock.now() + within, "release": FAILURES_THAT_RELEASE}
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, words)
        found = cursor.fetchone()
    return found[0] if found else None


def message_id(delivery: Delivery) -> str:
    """Return the ``webhook-id``: the same for each attempt of one event at one endpoint."""
    return f"msg_{uuid5(delivery.endpoint_id, str(delivery.event.sequence)).hex}"


def record_attempt(claimed: Claimed, outcome: Outcome) -> None:
    """Write down what an attempt met and what follows from it."""
    delivery = claimed.delivery
    with transaction.atomic(durable=True):
        if outcome.is_gone:
            _disable(delivery.endpoint_id)
        Attempt.objects.create(
            owner_id=delivery.owner_id,
            delivery=delivery,
            attempted_at=claimed.began_at,
            answer_status=outcome.status,
            failure=outcome.failure,
        )
        if outcome.is_success:
            _record_success(delivery)
        else:
            _record_failure(claimed, outcome)


def _disable(endpoint_id: UUID) -> None:
    endpoint = Endpoint.objects.select_for_update(no_key=True).get(pk=endpoint_id)
    if endpoint.status == Endpoint.Status.ACTIVE:
        close_endpoint(endpoint, Endpoint.Status.DISABLED)
        _log.warning("endpoint %s answered 410 and is told nothing more", endpoint.pk)


def _record_success(delivery: Delivery) -> None:
    """Move by compare-and-set, whoever holds the lease now: told is told."""
    waiting = Delivery.objects.filter(pk=delivery.pk, status=Delivery.Status.PENDING)
    waiting.update(
        status=Delivery.Status.DELIVERED, attempts=F("attempts") + 1, delivered_at=clock.now()
    )


def _record_failure(claimed: Claimed, outcome: Outcome) -> None:
    """Set the next hour, unless the lease ran out and the row is another sender's by now."""
    delivery = claimed.delivery
    now = clock.now()
    failed = delivery.attempts + 1
    asked = retry_after(outcome.retry_after, now)
    due = next_attempt(delivery.event.occurred_at, failed, now, asked)
    ours = Delivery.objects.filter(
        pk=delivery.pk, status=Delivery.Status.PENDING, next_attempt_at=claimed.lease
    )
    if due is None:
        ours.update(status=Delivery.Status.EXHAUSTED, attempts=failed)
    else:
        ours.update(attempts=failed, next_attempt_at=due)


def _begin(claimed: Claimed, threads: ThreadPoolExecutor) -> "Future[Outcome]":
    try:
        letter = _letter(claimed)
    except SealBroken:
        unsendable: Future[Outcome] = Future()
        unsendable.set_result(Outcome(failure="secret_unreadable"))
        return unsendable
    return threads.submit(wire.post, letter)


def _letter(claimed: Claimed) -> Letter:
    event, endpoint = claimed.delivery.event, claimed.delivery.endpoint
    told = event_body(event)
    words = {"type": told["type"], "timestamp": told["occurred_at"]} | {
        name: told[name] for name in ("sequence", "data")
    }
    body = json.dumps(words, ensure_ascii=False).encode()
    secrets = [unseal(endpoint.secret)]
    if endpoint.former_secret is not None and clock.now() < (endpoint.former_until or clock.now()):
        secrets.append(unseal(endpoint.former_secret))
    headers = signed_headers(message_id(claimed.delivery), clock.now(), body, by=secrets)
    return Letter(endpoint.url, tuple(headers), body, reach_of(endpoint.owner_id))


def _busy(under_way: UnderWay) -> Counter[str]:
    return Counter(str(claimed.delivery.endpoint_id) for claimed in under_way.values())


def _record_finished(under_way: UnderWay) -> None:
    for future in [future for future in under_way if future.done()]:
        claimed = under_way.pop(future)
        record_attempt(claimed, _outcome_of(future))


def _outcome_of(future: "Future[Outcome]") -> Outcome:
    """Return the outcome; a fault of our own counts as a failed attempt, or it would recur."""
    fault = future.exception()
    if fault is None:
        return future.result()
    _log.error("a notification met a fault of ours", exc_info=fault)
    return Outcome(failure=f"fault: {type(fault).__name__}")
