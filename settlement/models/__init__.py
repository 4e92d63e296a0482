"""Money goes out: statements and payouts."""

from settlement.models.payout import BankFile, Payee, Payout, PayoutMove
from settlement.models.seal import DaySeal, LateFact, SealMark
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
    "DaySeal",
    "LateFact",
    "Payee",
    "Payout",
    "PayoutMove",
    "SealMark",
    "Statement",
    "StatementLine",
    "StatementMail",
    "SubStatement",
]
