"""Deliveries that are due: taking them for the time of a lease, and writing down what they met.

Both in bites of many rows: one statement takes them, with all that is needed to send them, and one
transaction records what a bite met. Rows are locked in one order (endpoints by id, then deliveries
by id), so that senders, removals and resends never wait for each other in a circle.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from billing.delivery.post import Outcome
from billing.delivery.schedule import next_attempt, retry_after
from billing.models import Endpoint, EndpointAlert
from billing.services.alerts import raise_alert
from billing.services.notifications import close_endpoint
from smartpit.kernel import clock

LEASE = timedelta(seconds=60)
UNDER_WAY_PER_ENDPOINT = 4
FAILURES_THAT_RELEASE = 4
# What an endpoint's last success is refreshed after: a busy one's row is not written each second.
_FRESH_FOR = timedelta(seconds=10)
_ALERT_EVERY = timedelta(days=1)  # Of one that refuses some and takes others

# A row whose turn has come: its endpoint is told, and no earlier event of the same invoice is
# still on its way there with fewer than four failures. That is asked for each row, by the index of
# an invoice's deliveries: the cast keeps the server from reading all of the endpoint's instead,
# which it would do as long as it has not counted the rows.
_ITS_TURN = """
    d.status = 'pending' AND NOT EXISTS (
        SELECT FROM billing_delivery earlier
         WHERE earlier.invoice_id = d.invoice_id AND earlier.event_id < d.event_id
           AND earlier.endpoint_id::text = d.endpoint_id::text
           AND earlier.status = 'pending' AND earlier.attempts < %(release)s
        OFFSET 0)
"""
# A bite is small and the tables are large: each row is looked for by an index, also where the
# server has not counted the rows yet and would rather read them all.
_BY_INDEX = """SELECT set_config('enable_seqscan', 'off', true),
    set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)"""
# Endpoints with something pending, one jump through the index each: others cost nothing.
_CLAIM = f"""
    WITH RECURSIVE told (id) AS (
        (SELECT endpoint_id FROM billing_delivery WHERE status = 'pending'
          ORDER BY endpoint_id LIMIT 1)
        UNION ALL
        SELECT (SELECT endpoint_id FROM billing_delivery
                 WHERE status = 'pending' AND endpoint_id > told.id
                 ORDER BY endpoint_id LIMIT 1)
          FROM told WHERE told.id IS NOT NULL),
    mine AS MATERIALIZED (
        SELECT due.id, due.event_id, e.id AS endpoint_id, e.url, e.secret, e.former_secret,
               e.former_until, e.failing_since, e.tenant_id IS NOT NULL AS is_of_tenant
          FROM told JOIN billing_endpoint e ON e.id = told.id
          LEFT JOIN unnest(%(known)s::uuid[], %(bites)s::int[]) AS b (id, bite) ON b.id = e.id
         CROSS JOIN LATERAL (
               SELECT d.id, d.event_id, d.attempts, d.next_attempt_at FROM billing_delivery d
                WHERE d.endpoint_id = e.id AND d.next_attempt_at <= %(now)s AND {_ITS_TURN}
                ORDER BY d.next_attempt_at, d.event_id
                LIMIT coalesce(b.bite,
                    CASE WHEN e.failing_since IS NULL THEN %(each)s ELSE 1 END)
                  FOR NO KEY UPDATE OF d SKIP LOCKED) due
         WHERE e.status = 'active'
         ORDER BY due.attempts > 0, due.next_attempt_at, due.id
         LIMIT %(room)s)
    UPDATE billing_delivery d SET next_attempt_at = %(until)s
      FROM mine JOIN billing_event v ON v.id = mine.event_id
     WHERE d.id = mine.id
    RETURNING d.id, d.owner_id, d.event_id, d.attempts, mine.endpoint_id, mine.url, mine.secret,
              mine.former_secret, mine.former_until, mine.failing_since IS NOT NULL,
              CASE WHEN mine.is_of_tenant THEN v.tenant_sequence ELSE v.owner_sequence END,
              v.type, v.occurred_at,
              coalesce(v.body, (SELECT reported.body FROM billing_event reported
                                 WHERE reported.payment_id = v.payment_id
                                   AND reported.type = 'payment.reported'))::text
"""  # noqa: S608 - put together from constants
_NEXT = f"""
    SELECT d.next_attempt_at FROM billing_delivery d
      JOIN billing_endpoint e ON e.id = d.endpoint_id AND e.status = 'active'
     WHERE d.next_attempt_at <= %(until)s AND {_ITS_TURN}
     ORDER BY d.next_attempt_at LIMIT 1
"""  # noqa: S608 - put together from constants

_LOCK = "SELECT FROM billing_delivery WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"
_MET = """unnest(%(ids)s::bigint[], %(owners)s::bigint[], %(began)s::timestamptz[],
    %(statuses)s::int[], %(failures)s::text[], %(told)s::boolean[], %(leases)s::timestamptz[],
    %(failed)s::int[], %(dues)s::timestamptz[])
    AS met (id, owner_id, began_at, status, failure, is_told, lease, failed, due)"""
_NOTE = f"""
    INSERT INTO billing_attempt (owner_id, delivery_id, attempted_at, answer_status, failure)
    SELECT owner_id, id, began_at, status, failure FROM {_MET}
"""  # noqa: S608
# Told is told, whoever holds the lease now.
_TELL = f"""
    UPDATE billing_delivery d
       SET status = 'delivered', attempts = d.attempts + 1, delivered_at = %(now)s
      FROM {_MET} WHERE met.is_told AND d.id = met.id AND d.status = 'pending'
"""  # noqa: S608
# A failure sets the next hour, unless the lease ran out and the row is another sender's by now.
_FAIL = f"""
    UPDATE billing_delivery d
       SET attempts = met.failed, next_attempt_at = coalesce(met.due, d.next_attempt_at),
           status = CASE WHEN met.due IS NULL THEN 'exhausted' ELSE d.status END
      FROM {_MET} WHERE NOT met.is_told AND d.id = met.id AND d.status = 'pending'
       AND d.next_attempt_at = met.lease
"""  # noqa: S608
_GIVE_BACK = """
    UPDATE billing_delivery d SET next_attempt_at = %(now)s
      FROM unnest(%(ids)s::bigint[], %(leases)s::timestamptz[]) AS mine (id, lease)
     WHERE d.id = mine.id AND d.status = 'pending' AND d.next_attempt_at = mine.lease
"""
_WRITTEN = """(id = ANY(%(failed)s) OR failing_since IS NOT NULL OR succeeded_at IS NULL
    OR succeeded_at < %(stale)s)"""
_LOCK_ENDPOINTS = f"""
    SELECT id FROM billing_endpoint WHERE id = ANY(%(ids)s) AND {_WRITTEN}
     ORDER BY id FOR NO KEY UPDATE
"""  # noqa: S608
_MARK = """
    UPDATE billing_endpoint e
       SET succeeded_at = coalesce(met.succeeded_at, e.succeeded_at),
           failed_at = coalesce(met.failed_at, e.failed_at),
           failure = CASE WHEN met.failed_at IS NULL THEN e.failure ELSE met.failure END,
           failing_since = CASE WHEN met.succeeded_at IS NULL
               THEN coalesce(e.failing_since, met.since) ELSE met.since END
      FROM unnest(%(ids)s::uuid[], %(succeeded)s::timestamptz[], %(failed_at)s::timestamptz[],
           %(failures)s::text[], %(since)s::timestamptz[])
        AS met (id, succeeded_at, failed_at, failure, since)
     WHERE e.id = met.id AND e.id = ANY(%(locked)s)
"""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that is ours until ``lease``, with all that is told and to whom.

    ``body`` is the event's ``data`` as JSON; ``held_until`` is the lease by this process's own
    clock, which no story moves.
    """

    delivery_id: int
    owner_id: int
    event_id: int
    attempts: int
    endpoint_id: UUID
    url: str
    secret: bytes
    former_secret: bytes | None
    former_until: datetime | None
    is_failing: bool
    sequence: int
    type: str
    occurred_at: datetime
    body: str | None
    lease: datetime
    began_at: datetime
    held_until: float


@dataclass(frozen=True, slots=True)
class Met:
    """What one claimed delivery met."""

    claimed: Claimed
    outcome: Outcome


@dataclass(slots=True)
class _Fared:
    """How an endpoint fared in a bite; ``since`` is the first failure after its last success."""

    endpoint_id: UUID
    succeeded_at: datetime | None = None
    failed_at: datetime | None = None
    failure: str = ""
    since: datetime | None = None


def claim(room: int, bites: Mapping[UUID, int] | None = None) -> list[Claimed]:
    """Take up to ``room`` due deliveries for the time of a lease, fresh ones first.

    ``bites`` says of how many an endpoint may be asked for now, where that is not the usual few.
    """
    if room <= 0:
        return []
    now = clock.now()
    held_until = time.monotonic() + LEASE.total_seconds()
    bites = bites or {}
    words: dict[str, Any] = {
        "until": now + LEASE,
        "known": list(bites),
        "bites": list(bites.values()),
        "now": now,
        "release": FAILURES_THAT_RELEASE,
        "each": UNDER_WAY_PER_ENDPOINT,
        "room": room,
    }
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(_BY_INDEX)
        cursor.execute(_CLAIM, words)
        rows = cursor.fetchall()
    claimed = [Claimed(*(*row, now + LEASE, now, held_until)) for row in rows]
    return sorted(claimed, key=lambda one: (one.attempts, one.event_id))


def next_due(within: timedelta) -> datetime | None:
    """Return when the next delivery is due, if that is soon."""
    words: dict[str, Any] = {"until": clock.now() + within, "release": FAILURES_THAT_RELEASE}
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, words)
        found = cursor.fetchone()
    return found[0] if found else None


def give_back(unsent: Sequence[Claimed]) -> None:
    """Let others send what was claimed and not begun."""
    words: dict[str, Any] = {
        "now": clock.now(),
        "ids": [one.delivery_id for one in unsent],
        "leases": [one.lease for one in unsent],
    }
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(_LOCK, [words["ids"]])
        cursor.execute(_GIVE_BACK, words)


def record_attempt(claimed: Claimed, outcome: Outcome) -> None:
    record_attempts([Met(claimed, outcome)])


def record_attempts(met: Sequence[Met]) -> None:
    """Write down what attempts met and what follows from it, all in one transaction.

    A 410 takes an endpoint out of use with all that waits for it, so it comes in one of its own.
    """
    for one in met:
        if one.outcome.is_gone:
            _record([one])
            _disable(one)
    rest = [one for one in met if not one.outcome.is_gone]
    if rest:
        _record(rest)


def _record(met: Sequence[Met]) -> None:
    now = clock.now()
    dues = [_due(one, now) for one in met]
    words: dict[str, Any] = {
        "now": now,
        "ids": [one.claimed.delivery_id for one in met],
        "owners": [one.claimed.owner_id for one in met],
        "began": [one.claimed.began_at for one in met],
        "statuses": [one.outcome.status for one in met],
        "failures": [one.outcome.failure for one in met],
        "told": [one.outcome.is_success for one in met],
        "leases": [one.claimed.lease for one in met],
        "failed": [one.claimed.attempts + 1 for one in met],
        "dues": dues,
    }
    given_up = [one for one, due in zip(met, dues, strict=True) if _is_given_up(one, due)]
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(_BY_INDEX)
        _mark_endpoints(cursor, _fared(met), now)
        cursor.execute(_LOCK, [words["ids"]])
        cursor.execute(_NOTE, words)
        cursor.execute(_TELL, words)
        if not all(words["told"]):
            cursor.execute(_FAIL, words)
        _alert_of_given_up(given_up)


def _due(met: Met, now: datetime) -> datetime | None:
    if met.outcome.is_success:
        return None
    asked = retry_after(met.outcome.retry_after, now)
    return next_attempt(met.claimed.occurred_at, met.claimed.attempts + 1, now, asked)


def _is_given_up(met: Met, due: datetime | None) -> bool:
    return due is None and not met.outcome.is_success


def _fared(met: Sequence[Met]) -> list[_Fared]:
    """Return how each endpoint fared, in the order of what came back."""
    fared: dict[UUID, _Fared] = {}
    for one in met:
        at, endpoint_id = one.claimed.began_at, one.claimed.endpoint_id
        endpoint = fared.setdefault(endpoint_id, _Fared(endpoint_id))
        if one.outcome.is_success:
            endpoint.succeeded_at, endpoint.since = at, None
        else:
            endpoint.failed_at, endpoint.since = at, endpoint.since or at
            endpoint.failure = one.outcome.failure or f"HTTP {one.outcome.status}"
    return list(fared.values())


def _mark_endpoints(cursor: Any, fared: Sequence[_Fared], now: datetime) -> None:
    """Keep what an endpoint's page shows: its last success and failure, and since when it fails."""
    words: dict[str, Any] = {
        "ids": [one.endpoint_id for one in fared],
        "failed": [one.endpoint_id for one in fared if one.failed_at is not None],
        "stale": now - _FRESH_FOR,
    }
    cursor.execute(_LOCK_ENDPOINTS, words)
    locked = [row[0] for row in cursor.fetchall()]
    if locked:
        words |= {
            "locked": locked,
            "succeeded": [one.succeeded_at for one in fared],
            "failed_at": [one.failed_at for one in fared],
            "failures": [one.failure for one in fared],
            "since": [one.since for one in fared],
        }
        cursor.execute(_MARK, words)


def _alert_of_given_up(met: Sequence[Met]) -> None:
    for endpoint_id in sorted({one.claimed.endpoint_id for one in met}):
        endpoint = Endpoint.objects.get(pk=endpoint_id)
        since = endpoint.failing_since or _first_refused(endpoint, met)
        if since is not None:
            raise_alert(endpoint, EndpointAlert.Kind.EXHAUSTED, since)


def _first_refused(endpoint: Endpoint, met: Sequence[Met]) -> datetime | None:
    """Return since when one that takes others refuses what was given up; None: told of lately."""
    told = endpoint.alerts.filter(kind=EndpointAlert.Kind.EXHAUSTED)
    if told.filter(made_at__gt=clock.now() - _ALERT_EVERY).exists():
        return None
    return min(one.claimed.occurred_at for one in met if one.claimed.endpoint_id == endpoint.pk)


def _disable(met: Met) -> None:
    with transaction.atomic(durable=True):
        rows = Endpoint.objects.select_for_update(no_key=True)
        endpoint = rows.get(pk=met.claimed.endpoint_id)
        if endpoint.status == Endpoint.Status.ACTIVE:
            close_endpoint(endpoint, Endpoint.Status.DISABLED)
            raise_alert(endpoint, EndpointAlert.Kind.DISABLED, met.claimed.began_at)
