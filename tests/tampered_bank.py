"""What is done to what the bank told and what chains owe, and which checks turn red for it."""

from tests.tamperings import Tamperings, change

OF_THE_BANK: Tamperings = {
    "a changed statement of the bank": (
        change("settlement_bankstatement", "UPDATE $ SET content = content || '\\x20'::bytea"),
        {"bank_statements"},
    ),
    "a line of the bank of other yen": (
        change(
            "settlement_bankentry",
            "UPDATE $ SET amount_yen = amount_yen + 1 WHERE amount_yen = 440",
        ),
        {"bank_statements"},
    ),
    "a deposit ruled to another difference": (
        change(
            "settlement_entryruling",
            "UPDATE $ SET difference_yen = 0 WHERE difference_yen <> 0",
        ),
        {"bank_entries"},
    ),
    "a remittance of other yen": (
        change(
            "settlement_remittance",
            "UPDATE $ SET gross_yen = gross_yen + 1, amount_yen = amount_yen + 1",
        ),
        {"remittances", "bank_entries"},
    ),
}
