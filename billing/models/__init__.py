"""Money comes in: invoices, payments and what is told of them.

A column of what comes by the million (payments, events, deliveries, invoices, their versions) that
stands in a composite foreign key has none of its own (``db_constraint=False``), and no index of its
own where it heads another (``db_index=False``): each costs every payment and guards nothing.
"""

from billing.models.case import Case
from billing.models.chain_file import ChainFile, ChainFileDay, ChainFileRecord
from billing.models.conformance import ConformanceStep
from billing.models.connection_test import ConnectionTest, ConnectionTestItem, CursorRead
from billing.models.event import Attempt, Delivery, Endpoint, Event, Stream
from billing.models.fax import Fax
from billing.models.import_job import ImportFault, ImportJob, ImportPiece
from billing.models.invoice import DayExpired, Invoice, InvoiceVersion, Registration
from billing.models.menu import Menu, MenuItem
from billing.models.notice import EndpointAlert, Notice, NoticeChannel, NoticeItem, Rung
from billing.models.payment import Assignment, Confirmation, Payment, Refund, Reversal
from billing.models.public_act import PublicAct
from billing.models.slip import Slip, SlipLine
from billing.models.store import Chain, ChainKey, Miss, Terminal

__all__ = [
    "Assignment",
    "Attempt",
    "Case",
    "Chain",
    "ChainFile",
    "ChainFileDay",
    "ChainFileRecord",
    "ChainKey",
    "Confirmation",
    "ConformanceStep",
    "ConnectionTest",
    "ConnectionTestItem",
    "CursorRead",
    "DayExpired",
    "Delivery",
    "Endpoint",
    "EndpointAlert",
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
    "Notice",
    "NoticeChannel",
    "NoticeItem",
    "Payment",
    "PublicAct",
    "Refund",
    "Registration",
    "Reversal",
    "Rung",
    "Slip",
    "SlipLine",
    "Stream",
    "Terminal",
]
