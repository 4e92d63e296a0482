"""What is done to let the test side into the live one, and which checks of the audit say so."""

from tests.tamperings import Tamperings, change

OF_THE_SIDES: Tamperings = {
    "a live till's payment of a test invoice": (
        change("billing_payment", "UPDATE $ SET chain_id = 'lawson' WHERE amount_yen = 4321"),
        {"sides"},
    ),
    "a test payment told as a true one": (
        change(
            "billing_event",
            "UPDATE $ SET body = body - 'test' WHERE body ->> 'amount_yen' = '4321' "
            "AND tenant_id IS NULL AND type = 'payment.confirmed'",
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
