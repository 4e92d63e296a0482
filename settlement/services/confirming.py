"""Confirming payments that are locked: the same few statements for one and for a million.

Which payments, stands in the temporary table ``confirming``. What is told of them is what was told
when they were reported.

The streams are locked last, and only once everything else has been written and checked: whoever
wants to tell an owner anything waits from there to the commit.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from django.db import connection

from settlement.services.periods import OpenPeriods, hold_open
from smartpit.kernel import clock

_LARGE = 1_000
_PAGES_AT_ONCE = 300  # Some 20,000 payments.

_STAGE = """
CREATE TEMPORARY TABLE confirming (
    payment_id uuid NOT NULL, place bigint NOT NULL, owner_id bigint, tenant_id bigint,
    invoice_id uuid, business_date date
) ON COMMIT DROP
"""
_HOLD = """
INSERT INTO confirming (payment_id, place, owner_id, tenant_id, invoice_id, business_date) {source}
"""
_DAYS = "SELECT DISTINCT owner_id, business_date FROM confirming"
# In the order of the index that is a million random entries otherwise.
_CONFIRM = """
INSERT INTO billing_confirmation (payment_id, owner_id, tenant_id, closes_on, confirmed_at)
SELECT confirming.payment_id, confirming.owner_id, confirming.tenant_id, period.closes_on, %(at)s
  FROM confirming
  JOIN unnest(%(owners)s::bigint[], %(days)s::date[], %(closes_on)s::date[])
       AS period (owner_id, business_date, closes_on)
    ON (period.owner_id, period.business_date) = (confirming.owner_id, confirming.business_date)
 ORDER BY confirming.payment_id
"""
_MOVE = """
UPDATE billing_payment AS payment
   SET status = 'confirmed'
  FROM confirming
 WHERE payment.id = confirming.payment_id AND payment.status = 'reported'
"""
_MAKE_STREAMS = """
INSERT INTO billing_stream (owner_id, tenant_id, last, acknowledged)
SELECT owner_id, tenant_id, 0, 0
  FROM (SELECT DISTINCT whose.owner_id, side.tenant_id
          FROM (SELECT DISTINCT owner_id, tenant_id FROM confirming) AS whose
         CROSS JOIN LATERAL (VALUES (NULL::bigint), (whose.tenant_id)) AS side (tenant_id)
       ) AS wanted
 ORDER BY owner_id, tenant_id NULLS FIRST
    ON CONFLICT DO NOTHING
"""
# What is told is put in its order before the streams are locked. Owner after owner: then a large
# file fills the events' indexes in one place after the other, not everywhere at once.
_TELLING = """
CREATE TEMPORARY TABLE telling ON COMMIT DROP AS
SELECT of_owner.id AS owner_stream_id,
       row_number() OVER (PARTITION BY of_owner.id ORDER BY confirming.place) AS owner_nth,
       of_tenant.id AS tenant_stream_id,
       row_number() OVER (PARTITION BY of_tenant.id ORDER BY confirming.place) AS tenant_nth,
       confirming.owner_id, confirming.tenant_id, confirming.invoice_id, confirming.payment_id
  FROM confirming
  JOIN billing_stream AS of_owner
    ON of_owner.owner_id = confirming.owner_id AND of_owner.tenant_id IS NULL
  JOIN billing_stream AS of_tenant
    ON (of_tenant.owner_id, of_tenant.tenant_id) = (confirming.owner_id, confirming.tenant_id)
 ORDER BY owner_stream_id, owner_nth
"""
_PAGES = "SELECT pg_relation_size('telling') / current_setting('block_size')::integer"
_LOCK_STREAMS = """
SELECT id FROM billing_stream
 WHERE id IN (SELECT owner_stream_id FROM telling UNION SELECT tenant_stream_id FROM telling)
 ORDER BY owner_id, tenant_id NULLS FIRST
   FOR NO KEY UPDATE
"""
# Its words are those that its payment was told with; they are not written again.
_TELL = """
INSERT INTO billing_event (owner_id, owner_sequence, tenant_id, tenant_sequence, type, occurred_at,
                           invoice_id, payment_id)
SELECT telling.owner_id, of_owner.last + owner_nth, telling.tenant_id, of_tenant.last + tenant_nth,
       'payment.confirmed', %(at)s, invoice_id, payment_id
  FROM telling
  JOIN billing_stream AS of_owner ON of_owner.id = owner_stream_id
  JOIN billing_stream AS of_tenant ON of_tenant.id = tenant_stream_id
 WHERE telling.ctid >= %(first)s::tid AND telling.ctid < %(end)s::tid
 ORDER BY owner_stream_id, owner_nth
"""
_SEND = """
INSERT INTO billing_delivery (owner_id, event_id, endpoint_id, invoice_id, status, attempts,
                              next_attempt_at)
SELECT event.owner_id, event.id, endpoint.id, event.invoice_id, 'pending', 0, event.occurred_at
  FROM telling
 CROSS JOIN LATERAL (VALUES (telling.owner_stream_id), (telling.tenant_stream_id))
       AS told (stream_id)
  JOIN billing_endpoint AS endpoint ON endpoint.stream_id = told.stream_id
  JOIN billing_event AS event
    ON event.payment_id = telling.payment_id AND event.type = 'payment.confirmed'
 WHERE endpoint.status = 'active'
   AND (endpoint.types = '{}' OR 'payment.confirmed' = ANY (endpoint.types))
 ORDER BY event.id
"""
_COUNT_ON = """
UPDATE billing_stream AS stream
   SET last = stream.last + told.count
  FROM (SELECT owner_stream_id AS id, max(owner_nth) AS count FROM telling GROUP BY 1
         UNION ALL
        SELECT tenant_stream_id, max(tenant_nth) FROM telling GROUP BY 1) AS told
 WHERE stream.id = told.id
"""


@contextmanager
def confirming(source: str, words: dict[str, Any]) -> Iterator[int]:
    """Keep the locked payments that ``source`` selects as those to confirm.

    It selects id, place, owner, tenant, invoice and business date, in this order.
    """
    assert connection.in_atomic_block
    with connection.cursor() as cursor:
        cursor.execute(_STAGE)
        cursor.execute(_HOLD.format(source=source), words)
        count = cursor.rowcount
        look_over(cursor, "confirming", count)
        yield count
        cursor.execute("DROP TABLE confirming")


def confirm_held(count: int) -> None:
    """Confirm the ``count`` payments of ``confirming``, which are locked and reported.

    The owners' periods are held open first and only then the clock is read: a closing date that
    is given here cannot have been closed meanwhile.
    """
    if count == 0:
        return
    with connection.cursor() as cursor:
        cursor.execute(_DAYS)
        days: list[tuple[int, date]] = cursor.fetchall()
        owners = sorted({owner_id for owner_id, _ in days})
        hold_open(owners)
        at = clock.now()
        periods = {owner_id: OpenPeriods(owner_id, at) for owner_id in owners}
        words: dict[str, Any] = {
            "at": at,
            "owners": [owner_id for owner_id, _ in days],
            "days": [day for _, day in days],
            "closes_on": [periods[owner_id].closing_date(day) for owner_id, day in days],
        }
        cursor.execute(_CONFIRM, words)
        assert cursor.rowcount == count, "a payment without an owner was to be confirmed"
        cursor.execute(_MOVE)
        assert cursor.rowcount == count, "a locked payment was moved"
        _tell(cursor)


def look_over(cursor: Any, table: str, count: int) -> None:
    """Let the planner know a temporary table that is large; a small one needs no plan."""
    if count >= _LARGE:
        cursor.execute(f"ANALYZE {table}")


def _tell(cursor: Any) -> None:
    cursor.execute(_MAKE_STREAMS)
    cursor.execute(_TELLING)
    count = cursor.rowcount
    look_over(cursor, "telling", count)
    cursor.execute(_PAGES)
    (pages,) = cursor.fetchone()
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # What can be checked before, is.
    cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    cursor.execute(_LOCK_STREAMS)
    told_at: datetime = clock.now()
    # In pieces, so that what is checked of each statement's rows is checked in memory. ``telling``
    # lies in turn, and nobody else's rows are in it.
    for first in range(0, pages, _PAGES_AT_ONCE):
        piece = {"first": f"({first},0)", "end": f"({first + _PAGES_AT_ONCE},0)"}
        cursor.execute(_TELL, {"at": told_at} | piece)
    cursor.execute(_SEND)
    cursor.execute(_COUNT_ON)
    cursor.execute("DROP TABLE telling")
