"""What the tests of chain files do again and again: write a file, send it, look what it came to."""

from collections.abc import Iterable
from datetime import date
from hashlib import sha256
from io import BytesIO
from itertools import count
from typing import Any

from django.http import HttpResponse
from django.test import Client

from billing.chain_file import Header, Record, barcode_with, chain_file
from billing.models import Chain, Payment
from billing.tills.notices import Receipt, TillKey
from settlement.services.chain_files import FileSent, take_chain_file
from smartpit.kernel import clock

_names = count(1)


def row(payment: Payment, kind: str = "02", **changes: Any) -> Record:
    """Return the record that a chain writes for a payment; ``changes`` are what it gets wrong."""
    assert payment.taken_at is not None
    asked: dict[str, Any] = {"amount_yen": payment.amount_yen} | changes
    record = Record(
        0,
        kind,
        payment.business_date,
        f"{payment.taken_at.astimezone(clock.JST):%H%M}",
        barcode_with(asked.pop("amount_yen")),
        payment.store,
        date(2026, 12, 4),
        payment.receipt,
        payment.line,
        payment.terminal,
    )
    return record._replace(**asked)


def row_of_key(key: TillKey, kind: str = "02", amount_yen: int = 10_000) -> Record:
    """Return a record of a key that may have no payment."""
    return Record(
        0, kind, key.business_date, "1200", barcode_with(amount_yen), key.store,
        date(2026, 12, 4), key.receipt, key.line, key.terminal,
    )  # fmt: skip


def file_bytes(
    *records: Record, day: date | None = None, code: str = "00C002", crlf: bool = True
) -> bytes:
    header = Header(code, day or clock.business_date())
    return b"".join(chain_file(header, records, crlf=crlf))


def send(raw: bytes, name: str | None = None, chain: str = "lawson") -> Receipt:
    return take_chain_file(
        FileSent(
            Chain.objects.get(pk=chain),
            name or f"file-{next(_names)}",
            sha256(raw).hexdigest(),
            len(raw),
            BytesIO(raw),
        )
    )


def post(key: str, raw: bytes, name: str | None = "day.dat") -> HttpResponse:
    """Send a file as the chain's own system does."""
    headers = {"Authorization": f"Bearer {key}"}
    if name is not None:
        headers["File-Name"] = name
    return Client(headers=headers).post(  # type: ignore[return-value]
        "/api/till/v1/confirmations", raw, content_type="application/octet-stream"
    )


def changed(records: Iterable[Record], **changes: Any) -> list[Record]:
    return [record._replace(**changes) for record in records]
