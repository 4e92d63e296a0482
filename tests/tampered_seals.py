"""What is done to days that were sealed, and to their seals, where no other check can see it."""

from tests.tamperings import Tamperings, change

OF_THE_SEALS: Tamperings = {
    "a till's receipt that was renumbered": (
        change("billing_payment", "UPDATE $ SET receipt = 'OTHER' WHERE amount_yen = 54999"),
        {"seals"},
    ),
    "an answer that was not given": (
        change(
            "billing_payment",
            'UPDATE $ SET answer = (answer::jsonb || \'{"code": "other"}\')::text '
            "WHERE amount_yen = 54999",
        ),
        {"seals"},
    ),
    "a confirmation of another instant": (
        change("billing_confirmation", "UPDATE $ SET confirmed_at = confirmed_at + '1 second'"),
        {"seals"},
    ),
    "a seal that was reckoned anew over other facts": (
        change(
            "settlement_dayseal",
            "UPDATE $ SET facts_count = facts_count + 1 WHERE day = '2026-11-07'",
        ),
        {"seals"},
    ),
    "a day that was never sealed": (
        change("settlement_dayseal", "DELETE FROM $ WHERE day = '2026-11-08'"),
        {"seals"},
    ),
    "the newest seals gone": (
        change("settlement_dayseal", "DELETE FROM $ WHERE day > '2026-11-20'"),
        {"seals"},
    ),
    "a table whose late facts nobody notes": (
        ["DROP TRIGGER payment_late ON billing_payment"],
        {"seals"},
    ),
}
