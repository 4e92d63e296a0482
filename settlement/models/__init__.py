"""Money goes out: statements and payouts."""

from settlement.models.freeze import PayoutFreeze, PayoutHold
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
    "BankFile",
    "Closing",
    "Payee",
    "PayeeNotice",
    "Payout",
    "PayoutFreeze",
    "PayoutHold",
    "PayoutMove",
    "Statement",
    "StatementLine",
    "StatementMail",
    "SubStatement",
]
