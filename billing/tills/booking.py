"""The statement that books a batch (``booking.sql``): notices in, what each came to out."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from billing import refusals
from billing.tills.notices import PaymentNotice, Receipt
from cards.refusals import CardReplaced, CardSuspended
from smartpit.kernel import clock
from smartpit.kernel.errors import DomainError

STATEMENT: Final = "SELECT * FROM book_payments(%s::json)"

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


def batch_of(notices: Iterable[tuple[PaymentNotice, datetime]]) -> str:
    """Return the statement's word for notices, each with the instant it arrived at."""
    return json.dumps([_words(notice, arrived_at) for notice, arrived_at in notices])


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
        "content": content_mark(notice),
        "arrived_at": arrived_at.isoformat(),
    }


def content_mark(notice: PaymentNotice) -> str:
    """Return a short word for a notice's content, for the keys of its cases."""
    return hashlib.sha256(repr(notice.content).encode()).hexdigest()[:32]
