"""A club's member list as its spreadsheet wrote it: bytes in, rows and faults out.

UTF-8 (with or without a mark) or Shift_JIS as Windows writes it. The bytes are cut into records
before they are decoded, so one broken row costs only itself. That is safe in both encodings: no
second byte of a character looks like a quote, a comma or a line's end.

Rows count as a spreadsheet counts them: the header is 1 and a blank row counts, though it is
skipped; a line break inside quotes begins no row. ``encoding`` means that a row's text cannot be
trusted: undecodable bytes, control or direction characters, values beyond the header's columns,
a quote never closed, or a value longer than a card or a list can hold.
"""

import csv
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from cards.printing.fonts import missing_glyphs
from smartpit.kernel.errors import Malformed

COLUMNS_REQUIRED: Final = ("member_reference", "member_name")
COLUMNS_OPTIONAL: Final = ("postal_code", "address1", "address2")
LENGTH_MAX: Final = {
    "member_reference": 64,
    "member_name": 100,
    "postal_code": 16,
    "address1": 200,
    "address2": 200,
}

_UTF8_MARK: Final = b"\xef\xbb\xbf"
_LINES_OF_A_RECORD_MAX: Final = 20
# A record is complete when every quote that opens a value also closes it. The quantifiers are
# possessive, so that no content can make the match slow.
_COMPLETE: Final = re.compile(
    rb'(?:"(?:[^"]|"")*+"[^,"]*+|[^",][^,]*+|)(?:,(?:"(?:[^"]|"")*+"[^,"]*+|[^",][^,]*+|))*+'
)
# Windows maps four bytes that are no characters to these.
_NO_CHARACTERS: Final = frozenset("\uf8f0\uf8f1\uf8f2\uf8f3\ufffd")
_UNTRUSTED_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_WITH_MARKS: Final = re.compile("[^\u0300-\u036f\u3099\u309a][\u0300-\u036f\u3099\u309a]+")
# What Japanese text looks like in UTF-8: U+3000 to U+9FFF and the full-width forms.
_JAPANESE_IN_UTF8: Final = re.compile(rb"[\xe3-\xe9\xef][\x80-\xbf]{2}")


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A member to make a card for, with the row it stands in."""

    row: int
    member_reference: str
    member_name: str
    postal_code: str = ""
    address1: str = ""
    address2: str = ""


@dataclass(frozen=True, slots=True)
class RowFault:
    """Why a row makes no card; the codes are those of the ``cards`` command."""

    row: int
    code: str


@dataclass(slots=True)
class MemberFile:
    """What a file holds: the rows that land and the faults of those that do not."""

    rows: list[MemberRow] = field(default_factory=list)
    errors: list[RowFault] = field(default_factory=list)


class _Unreadable(Exception):
    """This record's text cannot be trusted."""


def read_member_file(content: bytes) -> MemberFile:
    """Read a member list; a wrong header refuses the whole file, a wrong row only itself.

    Of rows with the same reference the first good one lands, the others are duplicates.
    """
    records = list(_records(content.removeprefix(_UTF8_MARK)))
    encoding = "utf-8" if content.startswith(_UTF8_MARK) else _encoding_of(records)
    columns, body = _header(records, encoding)
    found = MemberFile()
    landed: set[str] = set()
    for row, record in body:
        try:
            values = _values(record, encoding)
            if not any(values):
                continue
            member = _member(row, values, columns)
        except _Unreadable:
            found.errors.append(RowFault(row, "encoding"))
            continue
        code = _fault(member, landed)
        if code is None:
            landed.add(member.member_reference)
            found.rows.append(member)
        else:
            found.errors.append(RowFault(row, code))
    return found


def _fault(member: MemberRow, landed: set[str]) -> str | None:
    """Return why this member gets no card, the first reason that holds."""
    if not member.member_reference:
        return "reference_missing"
    if member.member_reference in landed:
        return "reference_duplicate"
    if not member.member_name:
        return "name_missing"
    if missing_glyphs(member.member_name):
        return "glyph_missing"
    return None


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
    valid = sum(_is_utf8(record) for record in telling)
    return "utf-8" if valid * 2 >= len(telling) else "cp932"


def _is_utf8(record: bytes) -> bool:
    try:
        record.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _header(
    records: Sequence[tuple[int, bytes]], encoding: str
) -> tuple[tuple[str, ...], Sequence[tuple[int, bytes]]]:
    """Return the columns and the records below them."""
    for place, (row, record) in enumerate(records):
        try:
            values = _values(record, encoding)
        except _Unreadable:
            raise _wrong_header(row, "unreadable", "文字を読み取れません") from None
        if not any(values):
            continue
        return _columns(row, values), records[place + 1 :]
    raise _wrong_header(1, "the file is empty", "ファイルが空です")


def _columns(row: int, values: Sequence[str]) -> tuple[str, ...]:
    while not values[-1]:
        values = values[:-1]
    columns = tuple(values)
    known = {*COLUMNS_REQUIRED, *COLUMNS_OPTIONAL}
    is_in_order = columns[:2] == COLUMNS_REQUIRED and len(set(columns)) == len(columns)
    if not is_in_order or not known.issuperset(columns):
        shown = ",".join(columns)[:200]
        raise _wrong_header(row, f"found {shown}", f"いまは {shown}")
    return columns


def _wrong_header(row: int, reason: str, words: str) -> Malformed:
    expected = f"{','.join(COLUMNS_REQUIRED)}[,{','.join(COLUMNS_OPTIONAL)}]"
    return Malformed(
        [{"field": "header", "row": str(row), "reason": reason}],
        f"1 行目の見出しは {expected} としてください（{words}）",
    )


def _values(record: bytes, encoding: str) -> list[str]:
    """Return a record's values as people typed them, without the space around them."""
    if encoding == "cp932" and _is_stray_utf8(record):
        raise _Unreadable
    try:
        text = record.decode(encoding)
    except UnicodeDecodeError:
        raise _Unreadable from None
    if not _COMPLETE.fullmatch(record) or not _NO_CHARACTERS.isdisjoint(text):
        raise _Unreadable
    try:
        cells = next(csv.reader([text]), [])
    except csv.Error:
        raise _Unreadable from None
    return [_composed(cell.strip()) for cell in cells]


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


def _member(row: int, values: Sequence[str], columns: Sequence[str]) -> MemberRow:
    if any(values[len(columns) :]):
        raise _Unreadable
    named = dict(zip(columns, values, strict=False))
    for column in ("address1", "address2"):
        if column in named:
            named[column] = " ".join(named[column].splitlines())
    for column, value in named.items():
        if len(value) > LENGTH_MAX[column] or not _is_trusted(value):
            raise _Unreadable
    return MemberRow(
        row=row,
        member_reference=named["member_reference"],
        member_name=named.get("member_name", ""),
        postal_code=named.get("postal_code", ""),
        address1=named.get("address1", ""),
        address2=named.get("address2", ""),
    )


def _is_trusted(value: str) -> bool:
    """Tell whether a value shows what it holds: nothing that controls or turns text around."""
    return _UNTRUSTED_CATEGORIES.isdisjoint(map(unicodedata.category, value))
