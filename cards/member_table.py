"""A member list's bytes, cut into records and read as text: a header and the rows below it.

UTF-8 (with or without a mark) or Shift_JIS as Windows writes it. The bytes are cut into records
before they are decoded, so one broken row costs only itself. That is safe in both encodings: no
second byte of a character looks like a quote, a comma or a line's end.

Rows count as a spreadsheet counts them: the header is 1 and a blank row counts, though it is
skipped; a line break inside quotes begins no row. A workbook is read as the CSV that it would be
saved as.
"""

import csv
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from cards.workbook import as_csv
from smartpit.kernel.errors import Malformed

# The columns of the header that needs no mapping, in this order.
COLUMNS_REQUIRED: Final = ("member_reference", "member_name")
COLUMNS_OPTIONAL: Final = ("postal_code", "address1", "address2")

_UTF8_MARK: Final = b"\xef\xbb\xbf"
_LINES_OF_A_RECORD_MAX: Final = 20
# A record is complete when every quote that opens a value also closes it. The quantifiers are
# possessive, so that no content can make the match slow.
_COMPLETE: Final = re.compile(
    rb'(?:"(?:[^"]|"")*+"[^,"]*+|[^",][^,]*+|)(?:,(?:"(?:[^"]|"")*+"[^,"]*+|[^",][^,]*+|))*+'
)
# Windows maps four bytes that are no characters to these.
_NO_CHARACTERS: Final = frozenset("\uf8f0\uf8f1\uf8f2\uf8f3\ufffd")
_WITH_MARKS: Final = re.compile("[^\u0300-\u036f\u3099\u309a][\u0300-\u036f\u3099\u309a]+")
# What Japanese text looks like in UTF-8: U+3000 to U+9FFF and the full-width forms.
_JAPANESE_IN_UTF8: Final = re.compile(rb"[\xe3-\xe9\xef][\x80-\xbf]{2}")


class Unreadable(Exception):
    """This record's text cannot be trusted."""


@dataclass(frozen=True, slots=True)
class Table:
    """A list's first row that is not blank, and the records below, not yet read."""

    header_row: int
    header: tuple[str, ...]
    body: Sequence[tuple[int, bytes]]
    encoding: str

    def values(self, record: bytes) -> list[str]:
        """Return a record's values as people typed them, without the space around them."""
        return _values(record, self.encoding)


def table_of(content: bytes) -> Table:
    """Return the table a file holds; one whose first row cannot be read is none."""
    content = as_csv(content)
    records = list(_records(content.removeprefix(_UTF8_MARK)))
    encoding = "utf-8" if content.startswith(_UTF8_MARK) else _encoding_of(records)
    for place, (row, record) in enumerate(records):
        try:
            values = _values(record, encoding)
        except Unreadable:
            raise wrong_header(row, "unreadable", "文字を読み取れません") from None
        if any(values):
            return Table(row, _without_empty_end(values), records[place + 1 :], encoding)
    raise wrong_header(1, "the file is empty", "ファイルが空です")


def wrong_header(row: int, reason: str, words: str) -> Malformed:
    """Return the refusal of a whole file, for its first row is not what it must be."""
    expected = f"{','.join(COLUMNS_REQUIRED)}[,{','.join(COLUMNS_OPTIONAL)}]"
    return Malformed(
        [{"field": "header", "row": str(row), "reason": reason}],
        f"1 行目の見出しは {expected} としてください（{words}）",
    )


def _without_empty_end(values: Sequence[str]) -> tuple[str, ...]:
    while not values[-1]:
        values = values[:-1]
    return tuple(values)


def _records(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield each record with its row.

    A quote that is never closed must not swallow the members below it: after some lines it is
    taken for a fault of its own line, and reading goes on with the next.
    """
    lines = content.splitlines()
    first = row = 0
    while first < len(lines):
        row += 1
        end = _end_of_record(lines, first) or first + 1
        yield row, b"\n".join(lines[first:end])
        first = end


def _end_of_record(lines: Sequence[bytes], first: int) -> int | None:
    """Return the line after the record that begins at ``first``, if it ends at all."""
    record = b""
    for end in range(first, min(first + _LINES_OF_A_RECORD_MAX, len(lines))):
        record = lines[end] if end == first else record + b"\n" + lines[end]
        if _COMPLETE.fullmatch(record):
            return end + 1
    return None


def _encoding_of(records: Sequence[tuple[int, bytes]]) -> str:
    """Tell UTF-8 from Shift_JIS, also when a row is broken.

    Shift_JIS text is hardly ever valid UTF-8, whereas the reverse happens by chance. So UTF-8 it
    is when at least half of the rows that could tell are valid UTF-8.
    """
    telling = [record for _, record in records if not record.isascii()]
    valid = sum(is_utf8(record) for record in telling)
    return "utf-8" if valid * 2 >= len(telling) else "cp932"


def is_utf8(record: bytes) -> bool:
    try:
        record.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def as_read(typed: str) -> str:
    """Return a value as a list holds it: without the space around it, its marks joined."""
    return _composed(typed.strip())


def text_of(record: bytes, encoding: str) -> str:
    """Return a record's text, unless it cannot be trusted."""
    if encoding == "cp932" and _is_stray_utf8(record):
        raise Unreadable
    try:
        text = record.decode(encoding)
    except UnicodeDecodeError:
        raise Unreadable from None
    if not _NO_CHARACTERS.isdisjoint(text):
        raise Unreadable
    return text


def _values(record: bytes, encoding: str) -> list[str]:
    text = text_of(record, encoding)
    if not _COMPLETE.fullmatch(record):
        raise Unreadable
    try:
        cells = next(csv.reader([text]), [])
    except csv.Error:
        raise Unreadable from None
    return [as_read(cell) for cell in cells]


def _is_stray_utf8(record: bytes) -> bool:
    """Tell whether a row of a Shift_JIS file was pasted in UTF-8.

    It would decode without complaint, to a card full of nonsense. Of true Shift_JIS names fewer
    than one in 20,000 look the same by chance; that row is refused, which its owner sees, whereas
    nonsense on a card is seen by its member.
    """
    others, japanese = _JAPANESE_IN_UTF8.subn(b"", record)
    return japanese > 1 and others.isascii()


def _composed(text: str) -> str:
    """Join a letter and the marks typed after it, as some systems store が in two.

    The whole text is not normalised: that would turn a name's rare variants into the common ones.
    """
    return _WITH_MARKS.sub(lambda pair: unicodedata.normalize("NFC", pair[0]), text)
