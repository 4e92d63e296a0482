"""CSV files that open in a spreadsheet and run nothing there."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, Final

from smartpit.kernel.cells import safe_cell

# Spreadsheets need the mark to read UTF-8.
_MARK: Final = "\ufeff"


def csv_lines(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """Yield the lines of a CSV file, the mark first."""
    yield _MARK
    for row in chain([heads], rows):
        yield csv_line([safe_cell(value) for value in row])


def csv_line(cells: Sequence[Any]) -> str:
    """Return cells that are safe already as a line."""
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()
