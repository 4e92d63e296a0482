"""One year of an owner's papers as a ZIP that is written while it is read, with an index.

No piece of it is ever whole in memory. The index comes last, when every file's hash is known: a
line a statement and a payout, and a line a month of payments, each with the day, the amount and
the counterparty it is found by.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from settlement.archive import (
    PAYMENT_HEADS,
    PAYOUT_HEADS,
    STATEMENT_HEADS,
    Sought,
    payment_rows,
    payments_sought,
    payout_rows,
    payouts_sought,
    statement_rows,
    statements_sought,
)
from settlement.line_words import line_words
from settlement.models import Statement
from settlement.statement_pdf import IssuerUnknown, statement_pdf
from settlement.whole import whole_of
from smartpit.edge.sheets import csv_lines
from tenants.access import Scope

INDEX_HEADS: Final = ("種別", "取引年月日", "金額", "取引先", "件数", "ファイル", "SHA-256")
_PIECE: Final = 64 * 1024
_MADE_AT: Final = (1980, 1, 1, 0, 0, 0)  # The same papers give the same bytes.
Row = tuple[Any, ...]


@dataclass
class Summed:
    """Rows on their way into a file: how many there were, and what their amounts came to."""

    rows: Iterable[Row]
    count: int = 0
    yen: int = 0

    def __iter__(self) -> Iterator[Row]:
        for row in self.rows:
            self.count += 1
            self.yen += row[1]
            yield row


@dataclass(frozen=True)
class Document:
    """A file of the archive: its name, its content, and its lines of the index, once written."""

    name: str
    content: Iterable[bytes]
    index: Callable[[], Iterable[Row]]


@dataclass
class _Written:
    """Where a ZIP is written to: what has come since it was last taken away."""

    pieces: list[bytes] = field(default_factory=list)
    length: int = 0

    def write(self, piece: bytes) -> int:
        self.pieces.append(bytes(piece))
        self.length += len(piece)
        return len(piece)

    def flush(self) -> None:
        """Keep what there is: it is taken away by ``taken``."""

    def close(self) -> None:
        """Keep what there is, as above."""

    def taken(self) -> bytes:
        content = b"".join(self.pieces)
        self.pieces.clear()
        self.length = 0
        return content


def require_sums(scope: Scope, year: int) -> None:
    """Raise ``DoesNotSum`` if a statement of the year does: before the first byte is given out."""
    for statement in statements_sought(scope, _year(year)).select_related("owner"):
        whole_of(statement)


def year_zip(scope: Scope, year: int) -> Iterator[bytes]:
    """Yield the ZIP of a year's papers, piece by piece."""
    written = _Written()
    index: list[Row] = []
    with ZipFile(written, "w", ZIP_DEFLATED) as archive:
        for document in documents_of(scope, year):
            digest = hashlib.sha256()
            yield from _stored(archive, written, document, digest.update)
            index += [(*row, document.name, digest.hexdigest()) for row in document.index()]
        told = Document("index.csv", _csv(INDEX_HEADS, index), list)
        yield from _stored(archive, written, told, lambda _piece: None)
    yield written.taken()


def documents_of(scope: Scope, year: int) -> Iterator[Document]:
    """Yield the year's files: each statement, the payouts, each month of payments."""
    whole = _year(year)
    for statement in statements_sought(scope, whole).select_related("owner"):
        yield from _statement(statement)
    payouts = list(payout_rows(payouts_sought(scope, whole)))
    if payouts:
        yield Document(
            "payouts.csv",
            _csv(PAYOUT_HEADS, payouts),
            lambda: [("精算入金", *row[:3], 1) for row in payouts],
        )
    for month in range(1, 13):
        yield from _payments_of(scope, date(year, month, 1))


def _year(year: int) -> Sought:
    return Sought(date(year, 1, 1), date(year, 12, 31))


def _payments_of(scope: Scope, first: date) -> Iterator[Document]:
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    found = payments_sought(scope, Sought(first, last))
    if found.exists():
        summed = Summed(payment_rows(found))
        yield Document(
            f"payments/{first:%Y-%m}.csv",
            _csv(PAYMENT_HEADS, summed),
            lambda: [("収納", f"{first:%Y-%m}", summed.yen, "お客さま", summed.count)],
        )


def _statement(statement: Statement) -> Iterator[Document]:
    """Yield a statement's figures as CSV, and its paper where the centre can be named on one."""
    (figures,) = statement_rows([statement])
    rows: list[Row] = [*zip(STATEMENT_HEADS, figures, strict=True), (), ("手数料の内訳",)]
    rows += [
        (line_words(line.kind), line.count, line.unit_yen, line.amount_yen)
        for line in statement.lines.all()
    ]
    rows += [(), ("テナントごとの内訳",)]
    shares = statement.sub_statements.select_related("tenant").order_by("tenant__code")
    rows += [(one.tenant.name, one.payments_count, one.gross_yen, one.net_yen) for one in shares]
    name = f"statements/{statement.stated_on:%Y%m%d}-{statement.closes_on:%Y%m%d}"
    told = [("精算書", *figures[:3], figures[5])]
    yield Document(f"{name}.csv", _csv(("項目", "値"), rows), lambda: told)
    with suppress(IssuerUnknown):
        yield Document(f"{name}.pdf", [statement_pdf(statement)], lambda: told)


def _csv(heads: Sequence[str], rows: Iterable[Row]) -> Iterator[bytes]:
    return (line.encode() for line in csv_lines(heads, rows))


def _stored(
    archive: ZipFile, written: _Written, document: Document, seen: Callable[[bytes], object]
) -> Iterator[bytes]:
    """Write a file into the archive, and yield what that brought as soon as it is a piece."""
    entry = ZipInfo(document.name, date_time=_MADE_AT)
    entry.compress_type = ZIP_DEFLATED
    with archive.open(entry, "w", force_zip64=True) as file:
        for piece in document.content:
            seen(piece)
            file.write(piece)
            if written.length >= _PIECE:
                yield written.taken()
    yield written.taken()
