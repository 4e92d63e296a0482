"""Tamperings with refunds and with what was asked and approved of them."""

from tests.tamperings import Tamperings, change, loosened

OF_REFUNDS: Tamperings = {
    "a refund by one person": (
        [
            *loosened("refund_takes_two_people", of="billing_refund"),
            *change("billing_refund", "UPDATE $ SET asked_by_id = approved_by_id"),
        ],
        {"refunds", "constraints"},
    ),
    "a refund that nobody asked for": (
        change("settlement_refundrequest", "DELETE FROM $ WHERE status = 'approved'"),
        {"refunds"},
    ),
    "a request that was approved and not carried out": (
        change("billing_refund", "DELETE FROM $"),
        {"refunds", "owner_balances", "statement_facts", "payment_states", "trial_balance"},
    ),
}
