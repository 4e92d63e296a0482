"""The child that opens one workbook: ``python -m cards.workbook_child``, see ``workbook``."""

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from typing import Any, Final

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from cards.workbook import (
    ROWS_MAX,
    MemberFileBroken,
    MemberFileRefused,
    MemberFileTooHeavy,
    MemberFileTooLong,
)
from smartpit.platform.bounded import Answer, serve

_UNPACKED_BYTES_MAX: Final = 300 * 1024 * 1024
_PARTS_MAX: Final = 2_000
_COLUMNS_MAX: Final = 64
_SHEET_ROWS_MAX: Final = 1_048_576
_LINES_OF_A_ROW_MAX: Final = 15
# A cell or row with this in it is one whose text cannot be trusted.
_UNREADABLE: Final = "\ufffd"
# Conditions, languages, quotes and escapes of a number format.
_DRESS: Final = re.compile(r"\[[^\]]*\]|[\\\"]")
_FILLED: Final = re.compile(r"0[0-]*0")
_FAULTS: Final = (
    zipfile.BadZipFile, zlib.error, SyntaxError, InvalidFileException, OSError, EOFError,
    AttributeError, KeyError, IndexError, TypeError, ValueError, ArithmeticError,
    NotImplementedError, RuntimeError,
)  # fmt: skip


def read(content: bytes) -> Answer:
    """Return the first visible sheet as CSV, or the name of the refusal."""
    try:
        return Answer({}, [_csv_of(content)])
    except MemberFileRefused as refused:
        return Answer({"refused": refused.code})
    except (MemoryError, RecursionError):
        return Answer({"refused": MemberFileTooHeavy.code})
    except _FAULTS:
        # openpyxl tells of broken workbooks by all of these.
        return Answer({"refused": MemberFileBroken.code})


def _csv_of(content: bytes) -> bytes:
    _refuse_bomb(content)
    book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    if not sheets:
        raise MemberFileBroken
    sheets[0].reset_dimensions()  # What a workbook says of its size need not be so.
    written = io.StringIO()
    csv.writer(written, quoting=csv.QUOTE_ALL).writerows(_rows(sheets[0].iter_rows()))
    return "\ufeff".encode() + written.getvalue().encode("utf-8", "replace")


def _refuse_bomb(content: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = archive.infolist()
        if len(parts) > _PARTS_MAX or sum(part.file_size for part in parts) > _UNPACKED_BYTES_MAX:
            raise MemberFileTooHeavy


def _rows(rows: Iterable[Any]) -> Iterator[list[str]]:
    """Yield each row's texts at its own place; blank rows at the end are none."""
    blank = told = 0
    for place, row in enumerate(rows):
        if place >= _SHEET_ROWS_MAX:
            raise MemberFileTooLong
        texts = [_text_of(cell) for cell in row[:_COLUMNS_MAX]]
        if not any(texts):
            blank += 1
            continue
        told += 1
        if told > ROWS_MAX + 1:
            raise MemberFileTooLong
        yield from ([] for _ in range(blank))
        blank = 0
        lines = sum(len(text.splitlines()) for text in texts)
        yield texts if lines < len(texts) + _LINES_OF_A_ROW_MAX else [_UNREADABLE]


def _text_of(cell: Any) -> str:
    """Return a cell as a person sees it; a formula is what it came to."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, str):
        return _UNREADABLE if cell.data_type == "e" else value
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        return _number(value, cell.number_format)
    if isinstance(value, datetime) and value.time() == time():
        value = value.date()
    return value.isoformat(" ") if isinstance(value, datetime) else _plain(value)


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, date | time) else str(value)


def _number(value: int | float, number_format: str) -> str:
    """Return a number as its cell shows it: 1001.0 as 1001, and with the zeros its format fills.

    Member numbers and postcodes are often numbers that only look as they should by a format such
    as ``00000000`` or ``000-0000``.
    """
    if isinstance(value, float) and not value.is_integer():
        return repr(value)
    digits = str(int(value))
    shown = _DRESS.sub("", number_format.rsplit(";", maxsplit=1)[-1])
    if not digits.isdecimal() or not _FILLED.fullmatch(shown):
        return digits
    digits = digits.rjust(shown.count("0"), "0")
    for place in [place for place, sign in enumerate(reversed(shown)) if sign == "-"]:
        digits = f"{digits[: len(digits) - place]}-{digits[len(digits) - place :]}"
    return digits


if __name__ == "__main__":
    serve(read)
