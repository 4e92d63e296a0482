"""Money comes in: invoices, payments and what is told of them."""

from billing.models.case import Case
from billing.models.chain_file import ChainFile, ChainFileDay, ChainFileRecord
from billing.models.conformance import ConformanceStep
from billing.models.event import Attempt, Delivery, Endpoint, Event, Stream
from billing.models.fax import Fax
from billing.models.import_job import ImportFault, ImportJob, ImportPiece
from billing.models.invoice import Invoice, InvoiceVersion, Registration
from billing.models.menu import Menu, MenuItem
from billing.models.payment import Confirmation, Payment, Refund, Reversal
from billing.models.public_act import PublicAct
from billing.models.slip import Slip, SlipLine
from billing.models.store import Chain, ChainKey, Miss, Terminal

__all__ = [
    "Attempt",
    "Case",
    "Chain",
    "ChainFile",
    "ChainFileDay",
    "ChainFileRecord",
    "ChainKey",
    "Confirmation",
    "ConformanceStep",
    "Delivery",
    "Endpoint",
    "Event",
    "Fax",
    "ImportFault",
    "ImportJob",
    "ImportPiece",
    "Invoice",
    "InvoiceVersion",
    "Menu",
    "MenuItem",
    "Miss",
    "Payment",
    "PublicAct",
    "Refund",
    "Registration",
    "Reversal",
    "Slip",
    "SlipLine",
    "Stream",
    "Terminal",
]
