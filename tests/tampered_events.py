"""What is done to events, their streams and endpoints, and which checks must turn red."""

from tests.tamperings import A_PAYMENT, Tamperings, change

OF_THE_EVENTS: Tamperings = {
    "a deleted event": (
        change(
            "billing_event",
            f"DELETE FROM $ WHERE payment_id = {A_PAYMENT} AND type = 'payment.confirmed'",
        ),
        {"event_streams", "payment_events"},
    ),
    "an event of the newest number lost with the number": (
        [
            *change(
                "billing_event",
                "DELETE FROM $ e USING billing_stream s WHERE s.owner_id = e.owner_id "
                "AND e.owner_sequence = s.last AND s.tenant_id IS NULL "
                "AND s.owner_id = (SELECT id FROM tenants_owner WHERE code = 'aoba' "
                "AND NOT is_test)",
            ),
            (
                "UPDATE billing_stream SET last = last - 1 WHERE owner_id = "
                "(SELECT id FROM tenants_owner WHERE code = 'aoba' AND NOT is_test)"
            ),
        ],
        {"payment_events"},
    ),
    "an acknowledgement of what is not there": (
        ["UPDATE billing_stream SET acknowledged = last + 1"],
        {"event_streams"},
    ),
    "an event of nothing": (
        [
            (
                "INSERT INTO billing_event "
                "(owner_id, owner_sequence, type, occurred_at, body) "
                "SELECT owner_id, last + 1, 'payout.sent', now(), '{}' FROM billing_stream "
                "WHERE tenant_id IS NULL LIMIT 1"
            ),
            (
                "UPDATE billing_stream s SET last = (SELECT max(owner_sequence) FROM billing_event "
                "WHERE owner_id = s.owner_id) WHERE tenant_id IS NULL"
            ),
        ],
        {"event_facts"},
    ),
    "a report that names another invoice's reference": (
        change(
            "billing_event",
            f"UPDATE $ SET body = jsonb_set(body, '{{reference}}', '\"R0\"') "
            f"WHERE payment_id = {A_PAYMENT} AND type = 'payment.reported'",
        ),
        {"payment_events"},
    ),
    "a report that names another tenant": (
        change(
            "billing_event",
            f"UPDATE $ SET body = jsonb_set(body, '{{tenant}}', '\"other\"') "
            f"WHERE payment_id = {A_PAYMENT} AND type = 'payment.reported'",
        ),
        {"payment_events"},
    ),
    "a report of another minute": (
        change(
            "billing_event",
            "UPDATE $ SET body = jsonb_set(body, '{taken_at}', '\"2026-11-03T00:01:00+09:00\"') "
            f"WHERE payment_id = {A_PAYMENT} AND type = 'payment.reported'",
        ),
        {"payment_events"},
    ),
    "a report that doubts a payment nobody doubts": (
        change(
            "billing_event",
            f"UPDATE $ SET body = jsonb_set(body, '{{possible_duplicate}}', 'true') "
            f"WHERE payment_id = {A_PAYMENT} AND type = 'payment.reported'",
        ),
        {"payment_events"},
    ),
    "an event under another invoice": (
        change(
            "billing_event",
            "UPDATE $ e SET invoice_id = (SELECT id FROM billing_invoice i "
            "WHERE i.owner_id = e.owner_id AND i.tenant_id = e.tenant_id "
            "AND i.id <> e.invoice_id LIMIT 1) "
            f"WHERE payment_id = {A_PAYMENT} AND type = 'payment.confirmed'",
        ),
        {"payment_events"},
    ),
    "a confirmation told with other yen than its report": (
        change(
            "billing_event",
            "UPDATE $ e SET body = jsonb_set(r.body, '{amount_yen}', '54998') FROM billing_event r "
            "WHERE r.payment_id = e.payment_id AND r.type = 'payment.reported' "
            "AND r.body ->> 'amount_yen' = '54999' AND e.type = 'payment.confirmed'",
        ),
        {"payment_events"},
    ),
    "an owner's payout told to a tenant, too": (
        [
            *change(
                "billing_event",
                "UPDATE $ e SET tenant_id = s.tenant_id, tenant_sequence = s.last + 1 "
                "FROM billing_stream s WHERE s.owner_id = e.owner_id AND s.tenant_id IS NOT NULL "
                "AND e.id = (SELECT min(id) FROM $ WHERE type = 'payout.sent') "
                "AND s.id = (SELECT min(id) FROM billing_stream o "
                "WHERE o.owner_id = e.owner_id AND o.tenant_id IS NOT NULL)",
            ),
            (
                "UPDATE billing_stream s SET last = last + 1 FROM billing_event e "
                "WHERE e.type = 'payout.sent' AND s.tenant_id = e.tenant_id"
            ),
        ],
        {"payout_events"},
    ),
    "an endpoint that carries another's stream": (
        [
            (
                "UPDATE billing_endpoint n SET stream_id = (SELECT min(s.id) FROM billing_stream s "
                "WHERE s.owner_id = n.owner_id AND s.tenant_id IS NOT NULL)"
            )
        ],
        {"deliveries"},
    ),
    "an invoice's end told to another tenant": (
        change(
            "billing_event",
            "UPDATE $ e SET tenant_id = t.id, tenant_sequence = 1000 FROM tenants_tenant t "
            "WHERE e.id = (SELECT min(id) FROM $ WHERE type LIKE 'invoice.%' AND owner_id IN "
            "(SELECT owner_id FROM tenants_tenant GROUP BY owner_id HAVING count(*) > 1)) "
            "AND t.owner_id = e.owner_id AND t.id <> e.tenant_id",
        ),
        {"event_facts", "event_streams"},
    ),
    "a tenant's share told to its owner, too": (
        [
            *change(
                "billing_event",
                "UPDATE $ e SET owner_sequence = s.last + 1 FROM billing_stream s "
                "WHERE s.owner_id = e.owner_id AND s.tenant_id IS NULL AND e.id = "
                "(SELECT min(id) FROM $ WHERE type = 'statement.closed' AND tenant_id IS NOT NULL)",
            ),
            (
                "UPDATE billing_stream s SET last = (SELECT max(owner_sequence) FROM billing_event "
                "WHERE owner_id = s.owner_id) WHERE tenant_id IS NULL"
            ),
        ],
        {"statement_events"},
    ),
    "a notification of another tenant's event": (
        [
            (
                "UPDATE billing_endpoint n SET tenant_id = s.tenant_id, stream_id = s.id "
                "FROM billing_stream s WHERE s.owner_id = n.owner_id AND s.tenant_id = "
                "(SELECT max(o.tenant_id) FROM billing_stream o WHERE o.owner_id = n.owner_id)"
            )
        ],
        {"deliveries"},
    ),
    "a statement told with other yen": (
        change(
            "billing_event",
            "UPDATE $ SET body = jsonb_set(body, '{payout_yen}', '1') "
            "WHERE type = 'statement.closed' AND tenant_id IS NULL",
        ),
        {"statement_events"},
    ),
    "a payout told with other yen": (
        change(
            "billing_event",
            "UPDATE $ SET body = jsonb_set(body, '{amount_yen}', '1') WHERE type = 'payout.sent'",
        ),
        {"payout_events"},
    ),
}
