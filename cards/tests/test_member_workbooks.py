"""Member lists as workbooks: a person sees the same cells here as there."""

import io
import zipfile
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

import pytest
from openpyxl import Workbook

from cards.member_columns import columns_of
from cards.member_file import MemberRow, RowFault, read_member_file
from cards.workbook import (
    MemberFileBroken,
    MemberFileLocked,
    MemberFileRefused,
    MemberFileTooHeavy,
    MemberFileTooLong,
    as_csv,
)
from cards.workbook_child import read
from smartpit.platform.bounded import Died

HEADER = ("member_reference", "member_name", "postal_code", "address1", "address2")


def workbook(rows: Sequence[Sequence[Any]], **formats: str) -> bytes:
    """Return a workbook of these rows; a cell named in ``formats`` is shown by its format."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    for cell, number_format in formats.items():
        sheet[cell].number_format = number_format
    return saved(book)


def saved(book: Workbook) -> bytes:
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def rewritten(content: bytes, change: Callable[[str, bytes], bytes]) -> bytes:
    """Return a workbook whose parts ``change`` has had its way with."""
    written = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as archive,
        zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as again,
    ):
        for name in archive.namelist():
            again.writestr(name, change(name, archive.read(name)))
    return written.getvalue()


def references_of(rows: Sequence[Sequence[Any]], **formats: str) -> list[str]:
    content = workbook([("member_reference", "member_name"), *rows], **formats)
    return [member.member_reference for member in read_member_file(content).rows]


def test_a_workbook_is_read_as_the_csv_it_would_be_saved_as() -> None:
    content = workbook(
        [
            HEADER,
            ("M1", "髙橋 花子", "101-0062", "東京都\n千代田区", None),
            (),
            ("M2", "𠮷田 太郎"),
            ("M3", None),
            ("M1", "林"),
        ]
    )
    found = read_member_file(content)
    assert found.rows == [
        MemberRow(2, "M1", "髙橋 花子", "101-0062", "東京都 千代田区"),
        MemberRow(4, "M2", "𠮷田 太郎"),
    ]
    assert found.errors == [RowFault(5, "name_missing"), RowFault(6, "reference_duplicate")]
    assert read_member_file(as_csv(content)) == found


def test_numbers_are_what_their_cells_show() -> None:
    rows = [
        (1001.0, "A"), ("000123", "B"), (7, "C"), (1234567890123, "D"), (12.5, "E"), (True, "F"),
        (date(2026, 11, 24), "G"), (datetime.fromisoformat("2026-11-24T09:05"), "H"),
        (1010062, "I"),
    ]  # fmt: skip
    assert references_of(rows, A4="00000000", A10="[<=999]000;[<=9999]000-00;000\\-0000") == [
        "1001", "000123", "00000007", "1234567890123", "12.5", "TRUE",
        "2026-11-24", "2026-11-24 09:05:00", "101-0062",
    ]  # fmt: skip


def test_a_formula_is_what_it_came_to_and_an_error_of_one_is_no_name() -> None:
    content = workbook([("member_reference", "member_name"), ("M1", "A"), ("M2", "B")])

    def calculate(name: str, part: bytes) -> bytes:
        if not name.endswith("sheet1.xml"):
            return part
        done = b'<c r="B2" t="str"><f>A1&amp;A2</f><v>' + "佐藤".encode() + b"</v></c>"
        failed = b'<c r="B3" t="e"><f>1/0</f><v>#DIV/0!</v></c>'
        for cell, value in ((b'<c r="B2"', done), (b'<c r="B3"', failed)):
            start = part.index(cell)
            end = part.index(b"</c>", start) + 4
            part = part[:start] + value + part[end:]
        return part

    found = read_member_file(rewritten(content, calculate))
    assert [member.member_name for member in found.rows] == ["佐藤"]
    assert found.errors == [RowFault(3, "encoding")]


@pytest.mark.parametrize("start", ["=1+1", "+81", "-5", "@x", "＝1"])
def test_text_that_looks_like_a_formula_stays_text(start: str) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(("member_reference", "member_name"))
    sheet.append(("M1", "A"))
    sheet["A2"].value = start
    sheet["A2"].data_type = "s"
    assert [member.member_reference for member in read_member_file(saved(book)).rows] == [start]


def test_the_first_sheet_that_is_seen_is_read() -> None:
    book = Workbook()
    hidden, seen = book.active, book.create_sheet("会員")
    assert hidden is not None
    hidden.append(("secret", "list"))
    hidden.sheet_state = "hidden"
    seen.append(("会員番号", "氏名"))
    seen.append(("M1", "A"))
    assert columns_of(saved(book)).header == ("会員番号", "氏名")


def test_a_row_of_many_lines_costs_only_itself_and_moves_no_other() -> None:
    rows = [("member_reference", "member_name"), ("M1", "A\n" * 40), ("M2", "B")]
    found = read_member_file(workbook(rows))
    assert found.errors == [RowFault(2, "encoding")]
    assert found.rows == [MemberRow(3, "M2", "B")]


def test_rows_that_are_only_formatted_are_none() -> None:
    content = workbook([("member_reference", "member_name"), ("M1", "A")])

    def stretch(name: str, part: bytes) -> bytes:
        empty = b"".join(b'<row r="%d"/>' % row for row in range(3, 200_000, 7))
        return part.replace(b"</sheetData>", empty + b"</sheetData>")

    assert len(as_csv(rewritten(content, stretch)).splitlines()) == 2


def test_what_a_workbook_says_of_its_size_is_not_believed() -> None:
    content = workbook([("member_reference", "member_name"), ("M1", "A"), ("M2", "B")])

    def lie(name: str, part: bytes) -> bytes:
        return part.replace(b'ref="A1:B3"', b'ref="A1:A1"')

    assert len(read_member_file(rewritten(content, lie)).rows) == 2


def test_100_000_members_are_read_and_one_more_is_refused() -> None:
    lines = [b"member_reference,member_name"] + [b"M%d,A" % place for place in range(100_000)]
    assert len(read_member_file(b"\n".join(lines)).rows) == 100_000
    with pytest.raises(MemberFileTooLong):
        read_member_file(b"\n".join([*lines, b"N,A"]))


def test_a_workbook_of_more_rows_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cards.workbook_child.ROWS_MAX", 2)
    rows = [("member_reference", "member_name"), *[(f"M{place}", "A") for place in range(3)]]
    assert read(workbook(rows)).head == {"refused": "member_file_too_long"}
    assert read(workbook(rows[:-1])).head == {}


def bomb() -> bytes:
    """Return a workbook whose sheet unfolds to 400 MB."""

    def swell(name: str, part: bytes) -> bytes:
        return part + b" " * 400_000_000 if name.endswith("sheet1.xml") else part

    return rewritten(workbook([("a", "b")]), swell)


def laughing() -> bytes:
    """Return a workbook whose XML multiplies entities."""
    names = "abcdefghij"
    entities = "".join(
        f'<!ENTITY {name} "{f"&{names[place - 1]};" * 10 if place else "ha"}">'
        for place, name in enumerate(names)
    )
    head = f"<?xml version='1.0'?><!DOCTYPE x [{entities}]>".encode()

    def laugh(name: str, part: bytes) -> bytes:
        if not name.endswith("sheet1.xml"):
            return part
        return head + part.replace(b"</sheetData>", b"<row><c><v>&j;</v></c></row></sheetData>")

    return rewritten(workbook([("a", "b")]), laugh)


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (lambda: workbook([("a", "b")])[:-200], MemberFileBroken),
        (lambda: b"PK\x03\x04" + bytes(5_000), MemberFileBroken),
        (lambda: rewritten(workbook([("a",)]), lambda name, part: part[:-9]), MemberFileBroken),
        (lambda: rewritten(workbook([("a",)]), lambda name, part: b"<x/>"), MemberFileBroken),
        (laughing, MemberFileTooHeavy),
        (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(5_000), MemberFileLocked),
        (bomb, MemberFileTooHeavy),
    ],
)
def test_h01_a_workbook_that_is_none_is_refused_by_name(
    content: Callable[[], bytes], refusal: type[MemberFileRefused]
) -> None:
    with pytest.raises(refusal) as told:
        read_member_file(content())
    assert told.value.code == refusal.code
    assert told.value.status == 422


def test_h01_a_child_that_dies_refuses_the_workbook(monkeypatch: pytest.MonkeyPatch) -> None:
    def died(*_: object) -> None:
        raise Died

    monkeypatch.setattr("cards.workbook.ask_child", died)
    with pytest.raises(MemberFileTooHeavy):
        as_csv(workbook([("a", "b")]))


def test_an_outside_entity_is_never_fetched() -> None:
    head = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/hostname">]>'

    def reach(name: str, part: bytes) -> bytes:
        if not name.endswith("sheet1.xml"):
            return part
        cell = b'<row><c t="str"><v>&f;</v></c></row></sheetData>'
        return head + part.replace(b"</sheetData>", cell)

    with pytest.raises(MemberFileBroken):
        as_csv(rewritten(workbook([("a", "b")]), reach))
