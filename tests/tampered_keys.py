"""What is done to till keys, amounts, days and what waits, and which checks must turn red."""

from tests.tamperings import Tamperings, change, loosened

OF_THE_KEYS: Tamperings = {
    "a till key of two payments": (
        [
            *loosened("payment_once_per_till_key", of="billing_payment"),
            *change(
                "billing_payment",
                "UPDATE $ SET receipt = (SELECT receipt FROM $ WHERE amount_yen = 54999) "
                "WHERE amount_yen = 55000",
            ),
        ],
        {"till_keys", "constraints", "seals"},
    ),
    "a payment whose answer is gone": (
        change("billing_payment", "UPDATE $ SET answer = '' WHERE status = 'tombstone'"),
        {"till_keys", "seals"},
    ),
    "a bank file of nothing": (
        change("settlement_bankfile", "UPDATE $ SET total_yen = 0"),
        {"amounts", "bank_files", "seals"},
    ),
    "books that forget that a till undid its payment": (
        [
            "ALTER VIEW books RENAME TO true_books",
            "CREATE VIEW books AS SELECT * FROM true_books WHERE fact <> 'payment_reversal'",
            "GRANT SELECT ON books TO smartpit_app",
        ],
        {"chain_days", "trial_balance", "owner_balances", "postings"},
    ),
    "payments that no file confirmed and nobody asks for": (
        ["DELETE FROM billing_case WHERE kind = 'file_missing'"],
        {"waiting"},
    ),
    "a payout the bank has not spoken of for weeks": (
        [
            *change("settlement_payoutmove", "DELETE FROM $ WHERE kind = 'paid'"),
            (
                "UPDATE settlement_payout SET status = 'exported', pays_on = '2026-11-01' "
                "WHERE status = 'paid'"
            ),
        ],
        {"waiting", "payout_states", "bank_entries", "seals"},
    ),
    "a notification of another's event": (
        [
            (
                "UPDATE billing_delivery d SET event_id = (SELECT e.id FROM billing_event e "
                "WHERE e.owner_id = d.owner_id AND e.owner_sequence IS NULL LIMIT 1) "
                "WHERE d.id = (SELECT max(o.id) FROM billing_delivery o JOIN billing_endpoint n "
                "ON n.id = o.endpoint_id WHERE n.url LIKE '%/removed')"
            ),
        ],
        {"deliveries"},
    ),
}
