"""Which column of a club's list is what: guessed from its headings, settled by a person.

A list whose header is the documented one needs none of this.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from cards.member_table import (
    COLUMNS_OPTIONAL,
    COLUMNS_REQUIRED,
    Table,
    Unreadable,
    table_of,
    wrong_header,
)
from smartpit.kernel.errors import Malformed

# What a person may map; the name for print stands in no documented header.
COLUMNS: Final = (*COLUMNS_REQUIRED, *COLUMNS_OPTIONAL, "print_name")

_SAMPLE_ROWS: Final = 5
_SAMPLE_LETTERS: Final = 60
# Headings as clubs write them, the likeliest first.
_HEADINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "member_reference": (
        "member_reference", "会員番号", "会員コード", "会員id", "会員no", "会員ナンバー", "会員cd",
        "顧客番号", "顧客コード", "顧客id", "お客様番号", "お客さま番号", "学籍番号", "番号",
        "id", "no",
    ),
    "member_name": (
        "member_name", "氏名", "会員氏名", "会員名", "お名前", "名前", "漢字氏名", "氏名漢字",
        "お名前漢字", "顧客名", "お客様名", "name",
    ),
    "postal_code": ("postal_code", "郵便番号", "会員郵便番号", "〒", "郵便no", "zip", "zipcode"),
    "address1": ("address1", "住所1", "住所", "ご住所", "会員住所", "住所上段", "address"),
    "address2": ("address2", "住所2", "建物名", "建物", "マンション名", "住所下段", "番地建物名"),
    "print_name": (
        "print_name", "印刷用氏名", "印字用氏名", "印刷氏名", "印字氏名", "印刷名", "印字名",
        "券面氏名", "カード氏名", "カード印字名",
    ),
}  # fmt: skip
# What stands around a heading's words: marks of what is required, brackets, points.
_AROUND: Final = re.compile(r"必須|任意|[\W_]+")


@dataclass(frozen=True, slots=True)
class MemberColumns:
    """A list's headings, its first rows as text, and which column seems to be what."""

    header: tuple[str, ...]
    sample: tuple[tuple[str, ...], ...]
    guess: Mapping[str, int]


def columns_of(content: bytes) -> MemberColumns:
    """Return what a person needs to see to say which column is what."""
    table = table_of(content)
    header = tuple(" ".join(heading.split()) for heading in table.header)
    if any(map(_hides_something, header)):
        raise wrong_header(table.header_row, "unreadable", "文字を読み取れません")
    return MemberColumns(header, _sample(table), MappingProxyType(_guess(header)))


def places_of(table: Table, mapping: Mapping[str, int] | None) -> Mapping[str, int]:
    """Return which column each of a member's words stands in, or refuse the file."""
    if mapping is None:
        return _documented(table)
    width = len(table.header)
    faults = [
        {"field": "mapping", "column": column, "code": "required"}
        for column in COLUMNS_REQUIRED
        if column not in mapping
    ]
    for column, place in mapping.items():
        if column not in COLUMNS or list(mapping.values()).count(place) > 1:
            faults.append({"field": "mapping", "column": column, "code": "form"})
        elif not 0 <= place < width:
            faults.append({"field": "mapping", "column": column, "code": "range"})
    if faults:
        raise Malformed(faults, "会員番号と氏名の列を、ほかの項目と重ならないように選んでください")
    return mapping


def _documented(table: Table) -> Mapping[str, int]:
    columns = table.header
    known = {*COLUMNS_REQUIRED, *COLUMNS_OPTIONAL}
    is_in_order = columns[:2] == COLUMNS_REQUIRED and len(set(columns)) == len(columns)
    if not is_in_order or not known.issuperset(columns):
        shown = ",".join(columns)[:200]
        raise wrong_header(table.header_row, f"found {shown}", f"いまは {shown}")
    return {column: place for place, column in enumerate(columns)}


def _sample(table: Table) -> tuple[tuple[str, ...], ...]:
    """Return the first rows that can be read, each as wide as the header."""
    rows: list[tuple[str, ...]] = []
    for _, record in table.body:
        try:
            values = table.values(record)
        except Unreadable:
            continue
        if any(values):
            padded = [*values, *[""] * len(table.header)][: len(table.header)]
            rows.append(tuple(map(_shown, padded)))
        if len(rows) == _SAMPLE_ROWS:
            break
    return tuple(rows)


def _hides_something(heading: str) -> bool:
    """Tell whether this is no text at all; a line break in a heading is usual."""
    return any(unicodedata.category(letter) in ("Cc", "Cf", "Cs") for letter in heading)


def _shown(value: str) -> str:
    """Return a value as it may stand on a page: one line, and nothing that turns text around."""
    plain = "".join(letter if unicodedata.category(letter)[0] != "C" else " " for letter in value)
    return plain[:_SAMPLE_LETTERS]


def _guess(header: tuple[str, ...]) -> dict[str, int]:
    """Return the column of each heading that is known; no column is guessed twice."""
    found: dict[str, int] = {}
    words = [_bare(heading) for heading in header]
    for column, headings in _HEADINGS.items():
        for heading in map(_bare, headings):
            if heading in words and words.index(heading) not in found.values():
                found[column] = words.index(heading)
                break
    return found


def _bare(heading: str) -> str:
    """Return a heading's words alone: （必須）会員 ＩＤ* is 会員id."""
    bare = _AROUND.sub("", unicodedata.normalize("NFKC", heading).lower())
    return bare or heading.strip()
