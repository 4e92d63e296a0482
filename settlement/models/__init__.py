"""Money goes out: statements and payouts."""

from settlement.models.payout import BankFile, Payee, Payout, PayoutMove
from settlement.models.statement import (
    Closing,
    Statement,
    StatementLine,
    StatementMail,
    SubStatement,
)

__all__ = [
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
