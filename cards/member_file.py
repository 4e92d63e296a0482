"""A club's member list as its spreadsheet wrote it: bytes in, rows and faults out.

``encoding`` means that a row's text cannot be trusted: undecodable bytes, control or direction
characters, values beyond the header's columns, a quote never closed, a formula's error, or a
value longer than a card or a list can hold. How bytes become text is ``member_table``'s.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from cards.member_columns import places_of
from cards.member_table import Unreadable, table_of
from cards.printing.fonts import missing_glyphs
from cards.workbook import ROWS_MAX, MemberFileTooLong

LENGTH_MAX: Final = {
    "member_reference": 64,
    "member_name": 100,
    "postal_code": 16,
    "address1": 200,
    "address2": 200,
    "print_name": 100,
}

_UNTRUSTED_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A member to make a card for, with the row it stands in."""

    row: int
    member_reference: str
    member_name: str
    postal_code: str = ""
    address1: str = ""
    address2: str = ""
    print_name: str = ""  # For a name that holds a character the typeface lacks.

    @property
    def printed_name(self) -> str:
        """Return the name that goes on the card: the member's own, wherever it can be printed."""
        return self.print_name if missing_glyphs(self.member_name) else self.member_name


@dataclass(frozen=True, slots=True)
class RowFault:
    """Why a row makes no card; the codes are those of the ``cards`` command.

    Row and code are the fault; the rest helps a person to mend it. ``letters`` are the characters
    that cannot be printed. A row whose text cannot be trusted shows none of it.
    """

    row: int
    code: str
    letters: str = field(default="", compare=False)
    member_reference: str = field(default="", compare=False)
    member_name: str = field(default="", compare=False)


@dataclass(slots=True)
class MemberFile:
    """What a file holds: the rows that land and the faults of those that do not."""

    rows: list[MemberRow] = field(default_factory=list)
    errors: list[RowFault] = field(default_factory=list)


def read_member_file(
    content: bytes,
    mapping: Mapping[str, int] | None = None,
    fallbacks: Mapping[str, str] | None = None,
) -> MemberFile:
    """Read a member list; a wrong header refuses the whole file, a wrong row only itself.

    Of rows with the same reference the first good one lands, the others are duplicates.
    ``mapping`` says which column holds what; without it the header must be the documented one.
    ``fallbacks`` are names for print that staff typed, by member reference.
    """
    table = table_of(content)
    places, width = places_of(table, mapping), len(table.header)
    names = fallbacks or {}
    found = MemberFile()
    landed: set[str] = set()
    for row, record in table.body:
        try:
            values = table.values(record)
            if not any(values):
                continue
            member = _member(row, _within(values, width), places, names)
        except Unreadable:
            found.errors.append(RowFault(row, "encoding"))
            continue
        _land(found, member, landed)
        if len(found.rows) + len(found.errors) > ROWS_MAX:
            raise MemberFileTooLong
    return found


def _land(found: MemberFile, member: MemberRow, landed: set[str]) -> None:
    code, letters = _fault(member, landed)
    if code:
        reference, name = member.member_reference, member.member_name
        found.errors.append(RowFault(member.row, code, letters, reference, name))
    else:
        landed.add(member.member_reference)
        found.rows.append(member)


def _fault(member: MemberRow, landed: set[str]) -> tuple[str, str]:
    """Return why this member gets no card, the first reason that holds, and the letters."""
    if not member.member_reference:
        return "reference_missing", ""
    if member.member_reference in landed:
        return "reference_duplicate", ""
    if not member.member_name:
        return "name_missing", ""
    letters = "".join(missing_glyphs(member.printed_name or member.member_name))
    return ("glyph_missing", letters) if letters else ("", "")


def _within(values: Sequence[str], width: int) -> Sequence[str]:
    """Return the values of a row that says nothing beyond the header's columns."""
    if any(values[width:]):
        raise Unreadable
    return values[:width]


def _member(
    row: int, values: Sequence[str], places: Mapping[str, int], fallbacks: Mapping[str, str]
) -> MemberRow:
    named = {column: values[place] for column, place in places.items() if place < len(values)}
    for column in ("address1", "address2"):
        if column in named:
            named[column] = " ".join(named[column].splitlines())
    for column, value in named.items():
        if not is_trusted(value, LENGTH_MAX[column]):
            raise Unreadable
    reference = named.get("member_reference", "")
    typed = fallbacks.get(reference, "")
    if is_trusted(typed, LENGTH_MAX["print_name"]) and typed.strip():
        named["print_name"] = typed.strip()
    return MemberRow(row, **{"member_reference": "", "member_name": "", **named})


def is_fallback(reference: str, typed: str) -> bool:
    """Tell whether a name typed for print is one that could be, for a member that could be."""
    return is_trusted(reference, LENGTH_MAX["member_reference"]) and is_trusted(
        typed, LENGTH_MAX["print_name"]
    )


def is_trusted(value: str, letters_max: int) -> bool:
    """Tell whether a value shows what it holds: nothing that controls or turns text around."""
    return len(value) <= letters_max and _UNTRUSTED_CATEGORIES.isdisjoint(
        map(unicodedata.category, value)
    )
