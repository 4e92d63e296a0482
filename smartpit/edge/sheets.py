"""CSV files that open in a spreadsheet and run nothing there."""

import csv
import io
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Any, Final

from smartpit.kernel.cells import safe_cell

# Spreadsheets need the mark to read UTF-8.
_MARK: Final = "\ufeff"
_ROWS_A_CHUNK: Final = 1_000


def csv_lines(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """Yield the lines of a CSV file, the mark first."""
    yield _MARK
    for row in chain([heads], rows):
        line = io.StringIO()
        csv.writer(line).writerow([safe_cell(value) for value in row])
        yield line.getvalue()


def csv_chunks(
    heads: Sequence[str], rows: Iterable[Sequence[Any]], words: Collection[str]
) -> Iterator[str]:
    """Yield a long CSV file in chunks of many lines.

    ``words`` are the heads of the columns that hold anybody's words. What stands in the others we
    have written ourselves (digits, days, codes of fixed letters), and nothing is looked for there.
    """
    yield _MARK
    yield _lines([heads])
    places = [place for place, head in enumerate(heads) if head in words]
    left = iter(rows)
    while chunk := [list(row) for row in islice(left, _ROWS_A_CHUNK)]:
        for row in chunk:
            for place in places:
                row[place] = safe_cell(row[place])
        yield _lines(chunk)


def _lines(rows: Iterable[Sequence[Any]]) -> str:
    lines = io.StringIO()
    csv.writer(lines).writerows(rows)
    return lines.getvalue()
