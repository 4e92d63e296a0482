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
from settlement.models.owner_transfers import (
    OwnerConsignor,
    TenantAccount,
    TenantTransferFile,
)
from settlement.models.papers import Issuer, PayoutMail
from settlement.models.payee import Payee, PayeeNotice
from settlement.models.payout import BankFile, Payout, PayoutMove
from settlement.models.refund_request import RefundRequest
from settlement.models.seal import AuditRun, DaySeal, LateFact, SealMark
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
    "AuditRun",
    "BankEntry",
    "BankFile",
    "BankOpening",
    "BankStatement",
    "Closing",
    "DaySeal",
    "EntryRuling",
    "Issuer",
    "LateFact",
    "OwnerConsignor",
    "Payee",
    "PayeeNotice",
    "Payout",
    "PayoutFreeze",
    "PayoutHold",
    "PayoutMail",
    "PayoutMove",
    "RefundRequest",
    "Remittance",
    "RemittanceReceipt",
    "RemittanceTerms",
    "SealMark",
    "Statement",
    "StatementLine",
    "StatementMail",
    "SubStatement",
    "TenantAccount",
    "TenantTransferFile",
]
