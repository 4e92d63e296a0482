"""Money goes out: statements and payouts."""

from settlement.models.account_mapping import AccountMapping
from settlement.models.payout import BankFile, Payee, Payout, PayoutMove
from settlement.models.statement import (
    Closing,
    Statement,
    StatementLine,
    StatementMail,
    SubStatement,
)

__all__ = [
    "AccountMapping",
    "BankFile",
    "Closing",
    "Payee",
    "Payout",
    "PayoutMove",
    "Statement",
    "StatementLine",
    "StatementMail",
    "SubStatement",
]
