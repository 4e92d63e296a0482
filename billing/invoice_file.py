"""A CSV file of invoices: bytes in, pieces and rows out.

The header names the words of ``POST invoices``, a limit as a column of its own. Text is UTF-8 (with
or without a mark) or Shift_JIS as Windows writes it; lines end with LF or CRLF. Rows count as a
spreadsheet counts them: the header is 1 and a blank row counts, though it is skipped.

The bytes are cut into records before they are decoded, so a broken row costs only itself. No value
of an invoice holds a line break, so a record with one is refused as a whole: what stands between
its quotes is never taken for a row. A quote that is never closed would hide the rest of the file,
which is refused then.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from cards.member_table import Unreadable, is_utf8, text_of
from smartpit.kernel.errors import Malformed

REQUIRED: Final = ("reference", "number", "title", "amount_yen")
LIMITS: Final = ("count_max", "per_day_yen_max", "per_month_count_max", "gap_seconds_min")
COLUMNS: Final = (*REQUIRED, "tenant", "tax_yen", "repeats", "due_on", *LIMITS)
ROWS_MAX: Final = 1_000_000
PIECE_ROWS: Final = 5_000

_PIECE_BYTES: Final = 2 * 1024 * 1024
_RECORD_BYTES_MAX: Final = 64 * 1024
_UTF8_MARK: Final = b"\xef\xbb\xbf"
_BLANK: Final = b' \t,"\r\n'


@dataclass(frozen=True, slots=True)
class Piece:
    """Whole records that follow each other, of which ``rows`` are not blank.

    ``telling`` of them are not ASCII; of those ``valid`` are UTF-8.
    """

    first_row: int
    rows: int
    content: bytes
    telling: int
    valid: int


@dataclass
class Rows:
    """A piece's rows as cells in the header's order, and those that could not be read."""

    cells: list[list[str | int]] = field(default_factory=list)
    unreadable: list[tuple[int, str]] = field(default_factory=list)


class UnreadableRow(Exception):
    """Nothing of this row can be trusted; ``reason`` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class InvoiceFile:
    """A file that is read once, from its first byte to its last."""

    def __init__(self, blocks: Iterable[bytes]) -> None:
        self._records = records_of(blocks)
        self.columns = columns_of(next(self._records, b""))

    def pieces(self) -> Iterator[Piece]:
        """Yield what stands below the header, some thousand rows at a time."""
        row, rows, first, size, records = 1, 0, 2, 0, list[bytes]()
        for record in self._records:
            row += 1
            rows += not _is_blank(record)
            if rows > ROWS_MAX:
                raise malformed("row", "too_many", row=row)
            records.append(record)
            size += len(record)
            if len(records) == PIECE_ROWS or size > _PIECE_BYTES:
                yield _piece(first, records)
                first, size, records = row + 1, 0, []
        if records:
            yield _piece(first, records)


def records_of(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield each record without its line's end; a value in quotes may hold line breaks."""
    record, is_open, row = b"", False, 1
    for line in _lines(blocks):
        record = record + b"\n" + line if is_open else line
        if line.count(b'"') % 2:
            is_open = not is_open
        if len(record) > _RECORD_BYTES_MAX:
            raise malformed("row", "too_long", row=row)
        if not is_open:
            yield record.removesuffix(b"\r")
            row += 1
    if is_open:
        raise malformed("row", "quote_never_closed", row=row)


def columns_of(header: bytes) -> tuple[str, ...]:
    """Return the words of a header, or refuse the file with all that is wrong with it."""
    try:
        cells = _cells(header.removeprefix(_UTF8_MARK), "utf-8")
    except UnreadableRow:
        raise malformed("header", "form") from None
    names = [cell.strip() for cell in cells]
    while names and not names[-1]:
        names.pop()
    faults = [(name, "unknown") for name in names if name not in COLUMNS]
    faults += [(name, "twice") for name in sorted(set(names)) if names.count(name) > 1]
    faults += [(name, "required") for name in REQUIRED if name not in names]
    if faults:
        errors = [{"field": name[:100], "code": code} for name, code in faults]
        raise Malformed(errors, f"1 行目の見出しが正しくありません（{_told(faults)}）")
    return tuple(names)


def encoding_of(telling: int, valid: int) -> str:
    """Tell UTF-8 from Shift_JIS, also when some rows are broken.

    Shift_JIS text is hardly ever valid UTF-8, whereas the reverse happens by chance. So UTF-8 it is
    when at least half of the rows that could tell are valid UTF-8.
    """
    return "utf-8" if valid * 2 >= telling else "cp932"


def rows_of(content: bytes, first_row: int, columns: Sequence[str], encoding: str) -> Rows:
    """Read a piece; each row's number comes before its cells."""
    rows = Rows()
    for row, record in enumerate(records_of([content]), first_row):
        if _is_blank(record):
            continue
        try:
            rows.cells.append([row, *_fitted(_cells(record, encoding), len(columns))])
        except UnreadableRow as why:
            rows.unreadable.append((row, why.reason))
    return rows


def malformed(what: str, code: str, *, row: int | None = None) -> Malformed:
    """Return the refusal of a whole file."""
    error = {"field": what, "code": code} | ({"row": str(row)} if row is not None else {})
    where = "見出し" if row is None else f"{row} 行目"
    return Malformed([error], f"ファイルを読み取れません（{where}: {_FAULTS[code]}）")


_FAULTS: Final = {
    "form": "文字コードまたは引用符が正しくありません",
    "too_long": "行が長すぎるか、引用符が閉じていません",
    "quote_never_closed": "引用符が閉じていません",
    "too_many": f"{ROWS_MAX:,} 件を超えています",
    "unknown": "知らない列",
    "twice": "同じ列が2つ",
    "required": "必要な列がない",
}


def _lines(blocks: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for block in blocks:
        *lines, rest = (rest + block).split(b"\n")
        yield from lines
        if len(rest) > _RECORD_BYTES_MAX:
            raise malformed("row", "too_long", row=1)
    if rest:
        yield rest


def _piece(first_row: int, records: Sequence[bytes]) -> Piece:
    telling = [record for record in records if not record.isascii()]
    return Piece(
        first_row=first_row,
        rows=sum(not _is_blank(record) for record in records),
        content=b"\n".join(records),
        telling=len(telling),
        valid=sum(map(is_utf8, telling)),
    )


def _is_blank(record: bytes) -> bool:
    return not record.strip(_BLANK)


def _cells(record: bytes, encoding: str) -> list[str]:
    if b"\n" in record or b"\0" in record:
        raise UnreadableRow("characters")
    try:
        text = text_of(record, encoding)
    except Unreadable:
        raise UnreadableRow("encoding") from None
    if '"' not in text:
        return text.split(",")
    try:
        return next(csv.reader([text], strict=True))
    except (csv.Error, StopIteration):
        raise UnreadableRow("quotes") from None


def _fitted(cells: list[str], width: int) -> list[str]:
    """Let spreadsheets drop the empty cells at the end of a row, or add some."""
    if any(cells[width:]):
        raise UnreadableRow("columns")
    return cells[:width] + [""] * (width - len(cells))


def _told(faults: Sequence[tuple[str, str]]) -> str:
    return "、".join(f"{_FAULTS[code]}: {name[:40]}" for name, code in faults[:5])
