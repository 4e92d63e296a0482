"""All payments and refunds of a statement as a CSV file, whose lines the server writes.

They are the rows of ``stated_sheet``, byte for byte as ``csv_lines`` would write them. COPY writes
and quotes a line in a fraction of the time that its eighteen objects take here; what is left to do
is the guard of words that a spreadsheet might run. Few rows have any, and only those are taken
apart.

The file is put down on the disk first and sent from there: a reader may be slow, and a statement of
the database that waited for one would keep old versions of rows alive for everybody.
"""

import csv
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from tempfile import SpooledTemporaryFile
from typing import Final

from django.db import connection
from django.db.models import Case, F, Func, TextField, Value, When
from django.db.models.expressions import Combinable

from settlement.period_rows import Period
from settlement.stated_sheet import HEADS, WORDS, Clock, Kind, heads_of, kinds_of, stamp_of
from smartpit.edge.sheets import csv_line, csv_lines
from smartpit.kernel.cells import safe_cell

_ROWS_A_CHUNK: Final = 1_000
_PIECE: Final = 1 << 18
_KEPT_IN_MEMORY: Final = 1 << 20
_WORD_PLACES: Final = [HEADS.index(head) for head in WORDS]
# Where one of these stands inside a cell, a formula may begin behind it.
_LINE_ENDS: Final = tuple(end.encode() for end in "\r\v\f\x1c\x1d\x1e\x85\u2028\u2029")
# A cell that begins with none of these: digits, letters, the circle, kana, kanji; nor is empty.
_ODD_CELL: Final = re.compile(
    rb',"?+(?![0-9A-Za-z,\n\xe4-\xe9])'
    rb"(?!\xe3[\x81-\x83]|\xe2\x97\x8b|\xef\xbc[\x90-\x99\xa1-\xba]|\xef[\xbd\xbe])"
)


class _Day(Func):
    template = "to_char(%(expressions)s, 'YYYY-MM-DD')"
    output_field = TextField()


def csv_of(period: Period) -> Iterator[bytes]:
    """Yield the file of a statement, or of a tenant's share, in large pieces."""
    with SpooledTemporaryFile(_KEPT_IN_MEMORY) as file:
        for piece in _pieces(period):
            file.write(piece)  # One by one: all at once they would be whole in memory.
        file.seek(0)
        while piece := file.read(_PIECE):
            yield piece


def _pieces(period: Period) -> Iterator[bytes]:
    yield from (line.encode() for line in csv_lines(heads_of(period), []))
    for kind in kinds_of(period):
        yield from guarded(_copied(period, kind))


def guarded(rows: Iterable[bytes]) -> Iterator[bytes]:
    """Yield rows as the server writes them in chunks of many, as a file for spreadsheets has them.

    Its lines end as Windows ends them, and nobody's words are taken for a formula.
    """
    left = iter(rows)
    while chunk := list(islice(left, _ROWS_A_CHUNK)):
        lines = b"".join(chunk)
        if lines.count(b"\n") == len(chunk) and not any(end in lines for end in _LINE_ENDS):
            yield from _guarded_lines(lines)
        else:  # A cell has several lines, and what a row is cannot be seen from here.
            yield from map(_guarded, chunk)


def _guarded_lines(lines: bytes) -> Iterator[bytes]:
    """Yield lines none of whose cells holds the end of one, and look only at odd cells."""
    done = 0
    for odd in _ODD_CELL.finditer(lines):
        if odd.start() < done:
            continue
        begins = lines.rfind(b"\n", done, odd.start()) + 1 or done
        yield lines[done:begins].replace(b"\n", b"\r\n")
        done = lines.index(b"\n", odd.start()) + 1
        yield _guarded(lines[begins:done])
    yield lines[done:].replace(b"\n", b"\r\n")


def _guarded(row: bytes) -> bytes:
    (cells,) = csv.reader([bytes(row).decode()])
    for place in _WORD_PLACES:
        cells[place] = safe_cell(cells[place])
    return csv_line(cells).encode()


def _copied(period: Period, kind: Kind) -> Iterator[bytes]:
    """Yield the rows as the server writes them, each with its end."""
    cells = _cells(period, kind)
    asked = kind.rows.values_list(*(cells[head] for head in heads_of(period)))
    sql, words = asked.query.sql_with_params()
    copy = f"COPY ({sql}) TO STDOUT (FORMAT csv)"
    with connection.cursor() as cursor, cursor.copy(copy, words) as rows:
        yield from rows


def _cells(period: Period, kind: Kind) -> dict[str, Combinable]:
    """Return each column, as the server is to write it."""
    amount, tax = F("payment__amount_yen"), F("payment__tax_yen")
    return {
        "区分": Value(kind.word),
        "収納ID": F("payment_id"),
        "営業日": _Day("payment__business_date"),
        "収納日時": Clock(F("payment__taken_at")),
        "確報・訂正日時": Clock(F(kind.at)),
        "テナントコード": _word("tenant__code"),
        "テナント": _word("tenant__name"),
        "請求番号": _word("invoice__reference"),
        "件名": _word("invoice__title"),
        "番号": _word("number"),
        "金額": amount if kind.sign > 0 else amount * kind.sign,
        "うち消費税": tax if kind.sign > 0 else tax * kind.sign,
        "チェーン": _word("chain__name"),
        "店舗": _word("store"),
        "端末": _word("terminal"),
        "レシート番号": _word("receipt"),
        "行": F("payment__line"),
        "遅延": Case(When(payment__late=True, then=Value("○")), output_field=TextField()),
        "収入印紙相当額": stamp_of(period) * kind.sign,
    }


def _word(name: str) -> Combinable:
    return F(f"payment__{name}")
