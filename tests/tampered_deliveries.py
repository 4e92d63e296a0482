"""What is done to deliveries and to the hours of events, and which checks must turn red."""

from tests.tamperings import Tamperings, change


def _hour(which: str, interval: str = "1 day") -> list[str]:
    return change(
        "billing_event",
        f"UPDATE $ SET occurred_at = occurred_at + interval '{interval}' WHERE {which}",
    )


OF_THE_DELIVERIES: Tamperings = {
    "a notification called delivered that nobody answered": (
        [
            (
                "UPDATE billing_delivery SET status = 'delivered', delivered_at = now() "
                "WHERE status = 'pending'"
            )
        ],
        {"deliveries"},
    ),
    "a delivered notification whose answer is made a refusal": (
        change("billing_attempt", "UPDATE $ SET answer_status = 500 WHERE answer_status = 200"),
        {"deliveries"},
    ),
    "a notification that was never made": (
        change(
            "billing_delivery",
            "DELETE FROM $ WHERE status = 'pending' AND endpoint_id = "
            "(SELECT id FROM billing_endpoint WHERE url LIKE '%/all' AND types = '{}')",
        ),
        {"endpoints_told"},
    ),
    "a tenant's notification that was never made": (
        change(
            "billing_delivery",
            "DELETE FROM $ WHERE endpoint_id IN "
            "(SELECT id FROM billing_endpoint WHERE tenant_id IS NOT NULL)",
        ),
        {"endpoints_told"},
    ),
    "an endpoint that asks for more than it was told": (
        ["UPDATE billing_endpoint SET types = '{}' WHERE types <> '{}'"],
        {"endpoints_told"},
    ),
    "a report told a day after it came": (
        _hour("id = (SELECT min(id) FROM $ WHERE type = 'payment.reported')"),
        {"payment_events"},
    ),
    "a confirmation told two hours before it was": (
        _hour("id = (SELECT min(id) FROM $ WHERE type = 'payment.confirmed')", "-2 hours"),
        {"payment_events"},
    ),
    "a reversal of another day": (_hour("type = 'payment.reversed'"), {"payment_events"}),
    "a refund of another day": (_hour("type = 'payment.refunded'"), {"payment_events"}),
    "a report of assigned cash told as when it came": (
        _hour(
            "payment_id IN (SELECT payment_id FROM billing_assignment) "
            "AND type = 'payment.reported'",
            "-3 hours",
        ),
        {"payment_events"},
    ),
    "a withdrawal of another day": (_hour("type = 'invoice.withdrawn'"), {"event_facts"}),
    "an expiry told after it was": (_hour("type = 'invoice.expired'"), {"event_facts"}),
    "a statement told on another day": (
        _hour("type = 'statement.closed' AND tenant_id IS NULL", "-1 day"),
        {"statement_events"},
    ),
    "a tenant's share told on another day": (
        _hour("type = 'statement.closed' AND tenant_id IS NOT NULL", "-1 day"),
        {"statement_events"},
    ),
    "a transfer told on another day": (_hour("type = 'payout.sent'"), {"payout_events"}),
    "a return told on another day": (_hour("type = 'payout.returned'"), {"payout_events"}),
}
