"""What was told by a row in each stream is one event now, and no reader can tell."""

from typing import Any

import psycopg
from django.core.management import call_command
from django.db import connections, transaction

from billing.models import Delivery, Payment, Stream
from billing.services.events import EventTold, record_events
from billing.services.invoices import withdraw_invoice
from billing.services.notifications import EndpointAsked, add_endpoint
from billing.services.payments import payment_events, receive_payment
from billing.services.reversals import reverse_payment
from settlement.tests.scene import cast_of
from smartpit.kernel import clock
from tenants.access import Scope
from tests.cast import Cast, jst, notice, register, reversal

_APART = """
CREATE TABLE kept AS SELECT * FROM billing_event;
CREATE TABLE kept_delivery AS
SELECT delivery.*, endpoint.tenant_id IS NOT NULL AS is_of_tenant
  FROM billing_delivery AS delivery JOIN billing_endpoint AS endpoint ON endpoint.id = endpoint_id;
ALTER TABLE billing_event DISABLE TRIGGER USER;
DELETE FROM billing_delivery;
DELETE FROM billing_event;
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE billing_event ENABLE TRIGGER USER;
"""
_AS_IT_WAS = """
INSERT INTO billing_event (id, stream_id, sequence, owner_id, tenant_id, type, occurred_at,
                           invoice_id, payment_id, body)
SELECT 2 * kept.id + side.is_tenant::int, stream.id,
       CASE WHEN side.is_tenant THEN kept.tenant_sequence ELSE kept.owner_sequence END,
       kept.owner_id, stream.tenant_id, kept.type, kept.occurred_at, kept.invoice_id,
       kept.payment_id, kept.body
  FROM kept CROSS JOIN (VALUES (false), (true)) AS side (is_tenant)
  JOIN billing_stream AS stream ON stream.owner_id = kept.owner_id
   AND CASE WHEN side.is_tenant THEN stream.tenant_id = kept.tenant_id
            ELSE stream.tenant_id IS NULL AND kept.owner_sequence IS NOT NULL END;
INSERT INTO billing_delivery (id, owner_id, event_id, endpoint_id, invoice_id, status, attempts,
                              next_attempt_at, delivered_at)
SELECT id, owner_id, 2 * event_id + is_of_tenant::int, endpoint_id, invoice_id, status, attempts,
       next_attempt_at, delivered_at
  FROM kept_delivery;
"""


def test_an_event_of_two_rows_becomes_one_with_both_numbers(
    committed_db: str, owner_connection: "psycopg.Connection[tuple[object, ...]]"
):
    _tell(cast_of())
    before = _told()
    owner_connection.execute(_APART)
    _migrate("0019_plans_made_once")
    owner_connection.execute(_AS_IT_WAS)
    (rows,) = owner_connection.execute("SELECT count(*) FROM billing_event").fetchone() or (0,)
    _migrate("0020_one_event_two_numbers")
    assert _told() == before
    (made_one,) = owner_connection.execute("SELECT count(*) FROM billing_event").fetchone() or (0,)
    assert (rows, made_one) == (20, 12)


def _tell(cast: Cast) -> None:
    add_endpoint(cast.scope, EndpointAsked("https://hooks.example.com/owner"))
    of_tenant = Scope(owner_id=cast.sakura.pk, tenant_id=cast.dormitory.pk)
    add_endpoint(of_tenant, EndpointAsked("https://hooks.example.com/tenant"))
    with clock.frozen(jst("2026-11-24 12:00")):
        told = notice(register(cast.sakura, tenant="dormitory"))
        receive_payment(told)
        reverse_payment(reversal(told))
        receive_payment(notice(register(cast.aoba)))
        withdraw_invoice(cast.scope, str(register(cast.sakura, tenant="engineering").pk))
        alike = EventTold("tenant.live", cast.sakura.pk, cast.dormitory.pk, {"code": "dormitory"})
        to_each = [
            EventTold(kind, cast.sakura.pk, tenant_id, {}, to_owner=tenant_id is None)
            for kind in ("card.replaced", "statement.closed")
            for tenant_id in (None, cast.dormitory.pk)
        ]
        with transaction.atomic():
            record_events([alike, *to_each, alike, alike])
            told_of = Payment.objects.get(owner=cast.aoba)
            record_events(payment_events([told_of], "payment.confirmed"))  # In words of its own.


def _told() -> Any:
    """Return what each stream's reader is told, and what is on its way to each endpoint."""
    streams = {
        (stream.owner_id, stream.tenant_id): [
            (event.number, event.type, event.occurred_at, event.body, event.payment_id)
            for event in stream.events.order_by("number")
        ]
        for stream in Stream.objects.all()
    }
    rows = Delivery.objects.select_related("event", "endpoint").order_by("pk")
    return streams, [
        (row.pk, row.endpoint_id, row.number, row.status, row.event.type) for row in rows
    ]


def _migrate(to: str) -> None:
    try:
        call_command("migrate", "billing", to, verbosity=0)
    finally:
        connections.close_all()
