"""The statement that books a batch (``booking.sql``): notices in, what each came to out."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

import psycopg
from django.db import connections

from billing import refusals
from billing.tills.group_commit import Lost
from billing.tills.notices import PaymentNotice, Receipt
from cards.refusals import CardReplaced, CardSuspended
from smartpit.kernel import clock
from smartpit.kernel.errors import DomainError

STATEMENT: Final = "SELECT * FROM book_payments(%s::json)"
BATCH_MAX: Final = 64  # More in one transaction is no faster and makes the first wait longer.

# Who holds an invoice or a stream for longer than this makes its own tills wait, not all of them.
_PATIENCE: Final = "SET lock_timeout = '500ms'; SET statement_timeout = '10s'"

_AGAIN: Final = "again"
_RECEIPTS: Final = frozenset(("booked", "late", "suspense", "replayed", "after_reversal"))
_REFUSALS: Final[Mapping[str, type[DomainError]]] = {
    refused.code: refused
    for refused in (
        refusals.ReversedBefore,
        refusals.KeyReused,
        refusals.ClockWrong,
        refusals.UnknownInvoice,
        refusals.UnknownSlip,
        refusals.SlipExpired,
        CardSuspended,
        CardReplaced,
        refusals.InvoiceWithdrawn,
        refusals.AlreadyPaid,
        refusals.InvoiceExpired,
        refusals.InvoiceSuspended,
        refusals.AmountDiffers,
        refusals.LimitReached,
    )
}
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Arrival(NamedTuple):
    """A notice, and when it came: by that instant it is judged, however long it has to wait."""

    notice: PaymentNotice
    at: datetime


class Book:
    """Books batches on a connection of its own; the statement is the whole transaction."""

    def __init__(self) -> None:
        self._connection: psycopg.Connection[tuple[Any, ...]] | None = None

    def __call__(self, arrivals: Sequence[Arrival]) -> list[Receipt | DomainError | None]:
        """Book once more on a new connection where the old one is gone: keys make it harmless.

        What did land is replayed then. Only where a new one fails too is the outcome unknown.
        """
        is_new = self._connection is None
        try:
            return self._book(arrivals)
        except psycopg.Error as failure:
            if self._connection is not None and not self._connection.closed:
                raise
            self._connection = None
            if is_new:
                raise Lost from failure
        return self(arrivals)

    def close(self) -> None:
        """Give the connection back; the next batch opens another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _book(self, arrivals: Sequence[Arrival]) -> list[Receipt | DomainError | None]:
        if self._connection is None:
            self._connection = _connection()
        rows = self._connection.execute(STATEMENT, [batch_of(arrivals)], prepare=True)
        return [outcome_of(row) for row in rows]


def _connection() -> "psycopg.Connection[tuple[Any, ...]]":
    words = connections["default"].get_connection_params()
    opened = psycopg.connect(**words, autocommit=True)
    opened.execute(_PATIENCE)
    return opened


def batch_of(arrivals: Iterable[Arrival]) -> str:
    """Return the statement's word for a batch."""
    return json.dumps([_words(arrival.notice, arrival.at) for arrival in arrivals])


def outcome_of(row: Sequence[Any]) -> Receipt | DomainError | None:
    """Return what a row of the statement says to its till; None has to ask again."""
    verdict, answer, is_replayed, version, amount_yen = row
    if verdict == _AGAIN:
        return None
    if verdict in _RECEIPTS:
        return Receipt(answer, replayed=is_replayed)
    if verdict == refusals.VersionStale.code:
        return refusals.VersionStale(current={"version": version, "amount_yen": amount_yen})
    return _REFUSALS[verdict]()


def case_key(notice: PaymentNotice) -> str:
    """Return the key of the case that the statement opens about a notice: one for each content."""
    return f"{notice.key}:{_content_mark(notice)}"


def _words(notice: PaymentNotice, arrived_at: datetime) -> dict[str, Any]:
    key = notice.key
    return {
        "chain": key.chain,
        "store": key.store,
        "terminal": key.terminal,
        "business_date": key.business_date.isoformat(),
        "receipt": key.receipt,
        "line": key.line,
        "invoice": notice.invoice,
        # What is no id in our own spelling names no invoice.
        "invoice_id": notice.invoice if _UUID.fullmatch(notice.invoice) else None,
        "version": notice.version,
        "amount_yen": notice.amount_yen,
        "taken_at": notice.taken_at.isoformat(),
        "taken_at_sent": str(notice.taken_at),
        "taken_at_told": notice.taken_at.astimezone(clock.JST).isoformat(),
        "slip": notice.slip,
        "advice": notice.advice,
        "content": _content_mark(notice),
        "arrived_at": arrived_at.isoformat(),
    }


def _content_mark(notice: PaymentNotice) -> str:
    """Return a short word for a notice's content, for the keys of its cases."""
    return hashlib.sha256(repr(notice.content).encode()).hexdigest()[:32]
