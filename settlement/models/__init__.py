"""Money comes in from chains, and goes out: statements and payouts."""

from settlement.models.account_mapping import AccountMapping
from settlement.models.freeze import PayoutFreeze, PayoutHold
from settlement.models.money_in import (
    CUT_OFFS,
    BankEntry,
    BankOpening,
    BankStatement,
    EntryRuling,
    Remittance,
    RemittanceReceipt,
    RemittanceTerms,
)
from settlement.models.papers import Issuer, PayoutMail
from settlement.models.payee import Payee, PayeeNotice
from settlement.models.payout import BankFile, Payout, PayoutMove
from settlement.models.statement import (
    Closing,
    Statement,
    StatementLine,
    StatementMail,
    SubStatement,
)

__all__ = [
    "CUT_OFFS",
    "AccountMapping",
    "BankEntry",
    "BankFile",
    "BankOpening",
    "BankStatement",
    "Closing",
    "EntryRuling",
    "Issuer",
    "Payee",
    "PayeeNotice",
    "Payout",
    "PayoutFreeze",
    "PayoutHold",
    "PayoutMail",
    "PayoutMove",
    "Remittance",
    "RemittanceReceipt",
    "RemittanceTerms",
    "Statement",
    "StatementLine",
    "StatementMail",
    "SubStatement",
]
