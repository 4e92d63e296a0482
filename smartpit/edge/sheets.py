"""CSV and XLSX files that open in a spreadsheet and run nothing there, of any length."""

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from smartpit.kernel.cells import safe_cell

# Spreadsheets need the mark to read UTF-8.
_MARK: Final = "\ufeff"
_ROWS_A_CHUNK: Final = 1_000
_ROWS_A_SHEET: Final = 1_000_000  # A sheet ends at 1,048,576.
_BYTES_A_CHUNK: Final = 1 << 18


def csv_lines(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """Yield the lines of a CSV file, the mark first."""
    yield _MARK
    for row in chain([heads], rows):
        line = io.StringIO()
        csv.writer(line).writerow([safe_cell(value) for value in row])
        yield line.getvalue()


def csv_chunks(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """Yield a long CSV file in chunks of many lines; as ``csv_lines``, only faster."""
    yield _MARK
    written = chain([heads], rows)
    while chunk := list(islice(written, _ROWS_A_CHUNK)):
        lines = io.StringIO()
        csv.writer(lines).writerows([safe_cell(value) for value in row] for row in chunk)
        yield lines.getvalue()


def xlsx_chunks(title: str, heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """Yield a workbook; it is written row by row to disk, and its end begins it (a zip's list)."""
    book = Workbook(write_only=True)
    left = iter(rows)
    first = list(islice(left, 1))
    while first or not book.worksheets:
        number = len(book.worksheets) + 1
        sheet = book.create_sheet(title if number == 1 else f"{title} ({number})")
        sheet.freeze_panes = "A2"
        sheet.append(heads)
        for row in chain(first, islice(left, _ROWS_A_SHEET - 1)):
            sheet.append([_cell(value) for value in row])
        first = list(islice(left, 1))
    with tempfile.TemporaryFile() as written:
        book.save(written)
        written.seek(0)
        while chunk := written.read(_BYTES_A_CHUNK):
            yield chunk


def _cell(value: Any) -> Any:
    """Return a value as a workbook can hold it: a letter no XML knows is left out."""
    if isinstance(value, str):
        return safe_cell(ILLEGAL_CHARACTERS_RE.sub("", value))
    return value
