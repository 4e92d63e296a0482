"""CSV files that open in a spreadsheet and run nothing there."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, Final

# Spreadsheets need the mark to read UTF-8.
MARK: Final = "\ufeff"
# A spreadsheet takes a cell for a formula by its first letter. Some look behind blanks, some take
# the full-width form for the plain one, and a careless reader takes a line for a cell.
_FORMULA: Final = re.compile(
    r"(?:\A(?=[\t\r\n])|(?:\A|(?<=[\r\n\v\f\x85\u2028\u2029]))"
    r"(?=[^\S\r\n]*+[\u200b-\u200f\u2060\ufeff\x00]*+[^\S\r\n]*+[=+\-@＝＋－＠﹢﹣﹦﹫−]))"
)


def csv_lines(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """Yield the lines of a CSV file, the mark first."""
    yield MARK
    for row in chain([heads], rows):
        line = io.StringIO()
        csv.writer(line).writerow([safe_cell(value) for value in row])
        yield line.getvalue()


def safe_cell(value: Any) -> Any:
    """Return ``value`` so that no spreadsheet takes a payer's or owner's words for a formula.

    An apostrophe before it makes it text; numbers are no words and stay numbers.
    """
    return _FORMULA.sub("'", value) if isinstance(value, str) else value
