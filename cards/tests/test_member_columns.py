"""Which column is what, and the name that is printed."""

import csv
import io
from collections.abc import Mapping

import pytest

from cards.member_columns import columns_of
from cards.member_file import MemberRow, RowFault, read_member_file
from cards.member_file_errors import REASONS, errors_csv
from smartpit.kernel.cells import safe_cell
from smartpit.kernel.errors import Malformed

CLUB = (
    "No.,お名前（漢字）,フリガナ,会員番号（必須）,〒,ご住所,建物名,印刷用氏名\r\n"
    "1,髙橋 花子,タカハシ,M1,101-0062,東京都千代田区,メゾン 2,\r\n"
    "2,佐藤😀,サトウ,M2,,,,サトウ\r\n"
    "3,鈴木😀,スズキ,M3,,,,\r\n"
)
CLUB_MAPPING = {
    "member_reference": 3, "member_name": 1, "postal_code": 4, "address1": 5, "address2": 6,
    "print_name": 7,
}  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_clubs_own_headings_are_guessed_and_its_first_rows_shown(encoding: str) -> None:
    found = columns_of(CLUB.encode(encoding))
    assert found.guess == CLUB_MAPPING
    assert found.header[3] == "会員番号（必須）"
    assert [row[1] for row in found.sample] == ["髙橋 花子", "佐藤😀", "鈴木😀"]
    assert {len(row) for row in found.sample} == {len(found.header)}


@pytest.mark.parametrize(
    ("header", "guess"),
    [
        ("member_reference,member_name,address1", (0, 1, None, 2, None, None)),
        ("会員コード,氏名,郵便番号,住所1,住所2", (0, 1, 2, 3, 4, None)),
        ("会員ＩＤ,名前,住所２,住所１", (0, 1, None, 3, 2, None)),
        ("氏名,会員番号,住所", (1, 0, None, 2, None, None)),
        ("番号,会員番号,会員名,券面氏名", (1, 2, None, None, None, 3)),
        ("電話,性別", (None,) * 6),
    ],
)
def test_headings_are_guessed_by_what_they_mean(header: str, guess: tuple[int | None, ...]) -> None:
    names = ("member_reference", "member_name", "postal_code", "address1", "address2", "print_name")
    wanted = {name: place for name, place in zip(names, guess, strict=False) if place is not None}
    if header.startswith("番号"):
        wanted = {"member_reference": 1, "member_name": 2, "print_name": 3}
    assert columns_of(f"{header}\r\n".encode()).guess == wanted


def test_a_heading_may_have_two_lines_but_must_be_text() -> None:
    found = columns_of('"会員\n番号",氏名\nM1,A\n'.encode())
    assert (found.header, found.guess) == (
        ("会員 番号", "氏名"), {"member_reference": 0, "member_name": 1},
    )  # fmt: skip
    for content in (b"\x00\x01\x02", "会員\u202e番号,氏名\n".encode()):
        with pytest.raises(Malformed):
            columns_of(content)


def test_the_sample_holds_five_rows_and_nothing_that_turns_the_page_around() -> None:
    lines = ["会員番号,氏名", "M0,佐\u202e藤", *[f"M{place},A" for place in range(1, 9)]]
    sample = columns_of("\n".join(lines).encode()).sample
    assert sample[0] == ("M0", "佐 藤")
    assert len(sample) == 5


def test_a_mapped_list_lands_and_only_its_mapped_columns_must_be_good() -> None:
    found = read_member_file(CLUB.encode(), CLUB_MAPPING)
    assert found.rows == [
        MemberRow(2, "M1", "髙橋 花子", "101-0062", "東京都千代田区", "メゾン 2"),
        MemberRow(3, "M2", "佐藤😀", print_name="サトウ"),
    ]
    assert found.errors == [RowFault(4, "glyph_missing")]
    unseen = "会員番号,氏名,備考\nM1,佐藤,\u202e" + "長" * 500 + "\n"
    mapping = {"member_reference": 0, "member_name": 1}
    assert read_member_file(unseen.encode(), mapping).rows == [MemberRow(2, "M1", "佐藤")]


def test_a_fault_names_the_member_and_the_letters_that_cannot_be_printed() -> None:
    content = "member_reference,member_name\nM1,佐😀藤🎌😀\nM2,\n,林\n".encode()
    faults = read_member_file(content).errors
    assert [fault.letters for fault in faults] == ["😀🎌", "", ""]
    assert [fault.member_reference for fault in faults] == ["M1", "M2", ""]
    assert [fault.member_name for fault in faults] == ["佐😀藤🎌😀", "", "林"]


def test_a_name_for_print_is_printed_only_where_the_own_name_cannot_be() -> None:
    assert MemberRow(2, "M1", "佐藤", print_name="サトウ").printed_name == "佐藤"
    assert MemberRow(2, "M1", "佐藤😀", print_name="サトウ").printed_name == "サトウ"


@pytest.mark.parametrize(
    ("fallbacks", "codes"),
    [
        ({"M1": "サトウ"}, []),
        ({"M1": " サトウ "}, []),
        ({"M2": "サトウ"}, ["glyph_missing"]),
        ({"M1": "サ🎌"}, ["glyph_missing"]),
        ({"M1": "サ\u202eトウ"}, ["glyph_missing"]),
        ({"M1": "サ" * 101}, ["glyph_missing"]),
        ({"M1": " "}, ["glyph_missing"]),
    ],
)
def test_staff_may_type_the_name_for_print_of_one_member(
    fallbacks: Mapping[str, str], codes: list[str]
) -> None:
    content = "member_reference,member_name\nM1,佐藤😀\n".encode()
    found = read_member_file(content, fallbacks=fallbacks)
    assert [fault.code for fault in found.errors] == codes
    assert [member.printed_name for member in found.rows] == (["サトウ"] if not codes else [])
    if fallbacks.get("M1") == "サ🎌":
        assert found.errors[0].letters == "🎌"


@pytest.mark.parametrize(
    "mapping",
    [
        {},
        {"member_reference": 0},
        {"member_reference": 0, "member_name": 0},
        {"member_reference": 0, "member_name": 9},
        {"member_reference": -1, "member_name": 1},
        {"member_reference": 0, "member_name": 1, "age": 2},
    ],
)
def test_a_mapping_that_cannot_be_is_refused(mapping: Mapping[str, int]) -> None:
    with pytest.raises(Malformed) as refusal:
        read_member_file(CLUB.encode(), mapping)
    assert refusal.value.extra["errors"][0]["field"] == "mapping"


def test_the_documented_header_knows_no_name_for_print() -> None:
    with pytest.raises(Malformed):
        read_member_file(b"member_reference,member_name,print_name\nM1,A,B\n")


def test_the_faults_of_a_list_are_a_file_to_mend_it_by() -> None:
    content = "member_reference,member_name\nM1,佐😀\nM2,\n,林\nM3,A\nM3,B\nM4,\x01\n".encode()
    written = errors_csv(read_member_file(content).errors)
    assert written.startswith(b"\xef\xbb\xbf")
    heads, *rows = csv.reader(io.StringIO(written.decode("utf-8-sig")))
    assert heads == ["行", "会員番号", "氏名", "理由", "文字"]
    assert rows == [
        ["2", "M1", "佐😀", REASONS["glyph_missing"], "😀"],
        ["3", "M2", "", REASONS["name_missing"], ""],
        ["4", "", "林", REASONS["reference_missing"], ""],
        ["6", "M3", "B", REASONS["reference_duplicate"], ""],
        ["7", "", "", REASONS["encoding"], ""],
    ]


FORMULAS = [
    "=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠1", " =1",
    "\u3000=1", "\u00a0=1", "\u200b=1", "\ufeff=1", " \u200b =1", "\t", "\v=1",
    "名前\n=1+1", "名前\r\n =1", "a\u2028@x",
]  # fmt: skip


@pytest.mark.parametrize("cell", FORMULAS)
def test_h08_no_cell_of_a_file_is_taken_for_a_formula(cell: str) -> None:
    fault = RowFault(2, "glyph_missing", letters=cell, member_reference=cell, member_name=cell)
    text = errors_csv([fault]).decode("utf-8-sig")
    _, row = csv.reader(io.StringIO(text, newline=""))
    for told in (row[1], row[2], row[4]):
        assert told == f"'{cell}"


@pytest.mark.parametrize("cell", ["佐藤", "M-1", "a=b", "1+1", " 佐藤", "ー", 'a"b', "", -5, 1.5])
def test_h08_plain_words_and_numbers_stay_as_they_are(cell: object) -> None:
    assert safe_cell(cell) == cell
