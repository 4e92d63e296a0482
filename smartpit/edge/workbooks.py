"""XLSX as a stream: row after row into the zip that is already on its way to the reader.

The library that reads workbooks here also writes them, but all to disk first, and more slowly
than this; the reader of a long one would give up before its first byte. A workbook of plain cells
is a few lines of XML.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from html import escape
from itertools import chain, islice
from typing import Any, Final
from zipfile import ZIP_DEFLATED, ZipFile

from smartpit.kernel.cells import safe_cell

_ROWS_A_SHEET: Final = 1_000_000  # A sheet ends at 1,048,576.
_ROWS_A_CHUNK: Final = 1_000
_QUICKLY: Final = 1  # Of zlib's nine levels: the smaller ones cost more time than they save way.
_NO_XML: Final = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_HEAD: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_SHEET_BEGINS: Final = (
    f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
    '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
    "</sheetView></sheetViews><sheetData>"
)
_SHEET_ENDS: Final = "</sheetData></worksheet>"


class _Way:
    """Where the zip writes to: what has come so far is taken away and sent."""

    def __init__(self) -> None:
        self.waiting: list[bytes] = []

    def write(self, chunk: bytes) -> int:
        self.waiting.append(bytes(chunk))
        return len(chunk)

    def flush(self) -> None:
        """Nothing is kept back."""

    def taken(self) -> bytes:
        chunk = b"".join(self.waiting)
        self.waiting.clear()
        return chunk


def xlsx_chunks(title: str, heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """Yield a workbook of text and whole numbers; a long one has several sheets."""
    way = _Way()
    left = iter(rows)
    sheets = 0
    with ZipFile(way, "w", ZIP_DEFLATED, compresslevel=_QUICKLY) as book:  # type: ignore[call-overload]
        first = list(islice(left, 1))
        while first or not sheets:
            sheets += 1
            of_sheet = chain([heads], first, islice(left, _ROWS_A_SHEET - 1))
            with book.open(f"xl/worksheets/sheet{sheets}.xml", "w", force_zip64=True) as sheet:
                sheet.write(_SHEET_BEGINS.encode())
                while chunk := list(islice(of_sheet, _ROWS_A_CHUNK)):
                    sheet.write("".join(map(_row, chunk)).encode())
                    yield way.taken()
                sheet.write(_SHEET_ENDS.encode())
            first = list(islice(left, 1))
        for name, content in _frame(title, sheets).items():
            book.writestr(name, f"{_HEAD}{content}")
    yield way.taken()


def _row(row: Sequence[Any]) -> str:
    return f"<row>{''.join(map(_cell, row))}</row>"


def _cell(value: Any) -> str:
    """Return a value as a cell; a letter no XML knows is left out."""
    if value is None:
        return "<c/>"
    if isinstance(value, int):
        return f"<c><v>{value}</v></c>"
    if isinstance(value, date):
        return f'<c t="inlineStr"><is><t>{value.isoformat()}</t></is></c>'
    text = str(safe_cell(value))
    if not text.isalnum():
        text = escape(_NO_XML.sub("", text), quote=False)
    return f'<c t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


def _frame(title: str, sheets: int) -> dict[str, str]:
    """Return the parts that say which sheets there are."""
    numbers = range(1, sheets + 1)
    named = {number: title if number == 1 else f"{title} ({number})" for number in numbers}
    tabs = "".join(
        f'<sheet name="{escape(name)}" sheetId="{number}" r:id="rId{number}"/>'
        for number, name in named.items()
    )
    links = "".join(
        f'<Relationship Id="rId{number}" Type="{_OFFICE}/worksheet" '
        f'Target="worksheets/sheet{number}.xml"/>'
        for number in numbers
    )
    parts = "".join(
        f'<Override PartName="/xl/worksheets/sheet{number}.xml" '
        f'ContentType="{_TYPE}.worksheet+xml"/>'
        for number in numbers
    )
    return {
        "xl/workbook.xml": (
            f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{tabs}</sheets></workbook>'
        ),
        "xl/_rels/workbook.xml.rels": _links(links),
        "_rels/.rels": _links(
            f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
        ),
        "[Content_Types].xml": (
            f'<Types xmlns="{_PACKAGE}/content-types">'
            '<Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Default Extension="xml" ContentType="application/xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
            f"{parts}</Types>"
        ),
    }


def _links(links: str) -> str:
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{links}</Relationships>'
