"""Money goes out: statements and payouts."""

from settlement.models.papers import Issuer, PayoutMail
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
    "Issuer",
    "Payee",
    "Payout",
    "PayoutMail",
    "PayoutMove",
    "Statement",
    "StatementLine",
    "StatementMail",
    "SubStatement",
]
