"""What is done to the wall between the live side and the test side, and which checks see it."""

from tests.tamperings import Tamperings, change

OF_THE_SIDES: Tamperings = {
    "a closing of a test owner": (
        [
            (
                "INSERT INTO settlement_closing (owner_id, closes_on, closed_at) "
                "SELECT id, '2026-11-30', now() FROM tenants_owner WHERE is_test"
            )
        ],
        # Its confirmed test payment would have had to be stated.
        {"test_side", "payments_stated", "statement_facts"},
    ),
    "a live till's payment of a test invoice": (
        change("billing_payment", "UPDATE $ SET chain_id = 'lawson' WHERE amount_yen = 4321"),
        {"sides", "remittances", "chain_days"},
    ),
    "a test payment told as a true one": (
        change(
            "billing_event",
            "UPDATE $ SET body = body - 'test' WHERE body ->> 'amount_yen' = '4321' "
            "AND type = 'payment.reported'",
        ),
        {"sides"},
    ),
    "books that post the cash of a test till": (
        [
            "ALTER VIEW books RENAME TO true_books",
            (
                "CREATE VIEW books AS SELECT * FROM true_books UNION ALL "
                "SELECT 'suspense', id::text, business_date, 'store_receivable:' || chain_id, "
                "'suspense:' || chain_id, amount_yen FROM billing_payment "
                "WHERE owner_id IS NULL AND chain_id = 'lawson-test'"
            ),
            "GRANT SELECT ON books TO smartpit_app",
        ],
        {"trial_balance"},
    ),
}
