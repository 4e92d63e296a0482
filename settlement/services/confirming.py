"""Confirming payments that are locked: the same few statements for one and for a million.

Which payments, stands in the temporary table ``confirming``. What is told of them is what
``billing.services.payments`` tells of a single one; a test holds the two together.

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

_STAGE = """
CREATE TEMPORARY TABLE confirming (payment_id uuid PRIMARY KEY, place bigint NOT NULL)
    ON COMMIT DROP
"""
_DAYS = """
SELECT DISTINCT payment.owner_id, payment.business_date
  FROM confirming JOIN billing_payment AS payment ON payment.id = confirming.payment_id
"""
_CONFIRM = """
INSERT INTO billing_confirmation (payment_id, owner_id, tenant_id, closes_on, confirmed_at)
SELECT payment.id, payment.owner_id, payment.tenant_id, period.closes_on, %(at)s
  FROM confirming
  JOIN billing_payment AS payment ON payment.id = confirming.payment_id
  JOIN unnest(%(owners)s::bigint[], %(days)s::date[], %(closes_on)s::date[])
       AS period (owner_id, business_date, closes_on)
    ON (period.owner_id, period.business_date) = (payment.owner_id, payment.business_date)
 ORDER BY confirming.place
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
  FROM (SELECT DISTINCT payment.owner_id, side.tenant_id
          FROM confirming
          JOIN billing_payment AS payment ON payment.id = confirming.payment_id
         CROSS JOIN LATERAL (VALUES (NULL::bigint), (payment.tenant_id)) AS side (tenant_id)
       ) AS wanted
 ORDER BY owner_id, tenant_id NULLS FIRST
    ON CONFLICT DO NOTHING
"""
_TELLING = """
CREATE TEMPORARY TABLE telling ON COMMIT DROP AS
SELECT stream.id AS stream_id, confirming.payment_id,
       row_number() OVER (PARTITION BY stream.id ORDER BY confirming.place) AS nth
  FROM confirming
  JOIN billing_payment AS payment ON payment.id = confirming.payment_id
  JOIN billing_stream AS stream
    ON stream.owner_id = payment.owner_id
   AND (stream.tenant_id IS NULL OR stream.tenant_id = payment.tenant_id)
"""
_LOCK_STREAMS = """
SELECT id FROM billing_stream WHERE id IN (SELECT stream_id FROM telling)
 ORDER BY owner_id, tenant_id NULLS FIRST
   FOR NO KEY UPDATE
"""
_TELL = """
INSERT INTO billing_event (stream_id, sequence, owner_id, tenant_id, type, occurred_at,
                           invoice_id, payment_id, body)
SELECT stream.id, stream.last + telling.nth, stream.owner_id, stream.tenant_id,
       'payment.confirmed', %(at)s, payment.invoice_id, payment.id,
       jsonb_build_object(
           'payment', payment.id,
           'invoice', payment.invoice_id,
           'reference', invoice.reference,
           'number', payment.number,
           'member_reference', member.reference,
           'tenant', tenant.code,
           'amount_yen', payment.amount_yen,
           'tax_yen', payment.tax_yen,
           'chain', coalesce(chain.twin_of_id, chain.code),
           'store', payment.store,
           'business_date', payment.business_date,
           'taken_at', to_char(payment.taken_at AT TIME ZONE 'Asia/Tokyo',
               CASE WHEN extract(microseconds FROM payment.taken_at)::bigint %% 1000000 = 0
                    THEN 'YYYY-MM-DD"T"HH24:MI:SS' ELSE 'YYYY-MM-DD"T"HH24:MI:SS.US' END)
               || '+09:00',
           'repeats', payment.repeats,
           'late', payment.late,
           'possible_duplicate', payment.possible_duplicate
       ) || CASE WHEN owner.is_test THEN '{"test": true}'::jsonb ELSE '{}'::jsonb END
  FROM telling
  JOIN billing_stream AS stream ON stream.id = telling.stream_id
  JOIN tenants_owner AS owner ON owner.id = stream.owner_id
  JOIN billing_payment AS payment ON payment.id = telling.payment_id
  JOIN billing_chain AS chain ON chain.code = payment.chain_id
  JOIN billing_invoice AS invoice ON invoice.id = payment.invoice_id
  JOIN tenants_tenant AS tenant ON tenant.id = payment.tenant_id
  LEFT JOIN cards_card AS card ON card.number = payment.number
  LEFT JOIN cards_member AS member
    ON member.owner_id = payment.owner_id AND member.card_id = card.id
 ORDER BY stream.id, telling.nth
"""
_SEND = """
INSERT INTO billing_delivery (owner_id, event_id, endpoint_id, invoice_id, status, attempts,
                              next_attempt_at)
SELECT event.owner_id, event.id, endpoint.id, event.invoice_id, 'pending', 0, event.occurred_at
  FROM billing_endpoint AS endpoint
  JOIN telling ON telling.stream_id = endpoint.stream_id
  JOIN billing_stream AS stream ON stream.id = telling.stream_id
  JOIN billing_event AS event
    ON event.stream_id = stream.id AND event.sequence = stream.last + telling.nth
 WHERE endpoint.status = 'active'
   AND (endpoint.types = '{}' OR 'payment.confirmed' = ANY (endpoint.types))
 ORDER BY event.id
"""
_COUNT_ON = """
UPDATE billing_stream AS stream
   SET last = stream.last + told.count
  FROM (SELECT stream_id, max(nth) AS count FROM telling GROUP BY stream_id) AS told
 WHERE stream.id = told.stream_id
"""


@contextmanager
def confirming(source: str, words: dict[str, Any]) -> Iterator[int]:
    """Keep the locked payments that ``source`` selects (id, place) as those to confirm."""
    assert connection.in_atomic_block
    with connection.cursor() as cursor:
        cursor.execute(_STAGE)
        cursor.execute(f"INSERT INTO confirming {source}", words)
        count = cursor.rowcount
        cursor.execute("ANALYZE confirming")
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


def _tell(cursor: Any) -> None:
    cursor.execute(_MAKE_STREAMS)
    cursor.execute(_TELLING)
    cursor.execute("ANALYZE telling")
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # What can be checked before, is.
    cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    cursor.execute(_LOCK_STREAMS)
    told_at: datetime = clock.now()
    cursor.execute(_TELL, {"at": told_at})
    cursor.execute(_SEND)
    cursor.execute(_COUNT_ON)
    cursor.execute("DROP TABLE telling")
