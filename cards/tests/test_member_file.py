import pytest

from cards.member_file import MemberRow, RowFault, read_member_file
from cards.tests.factories import member_file_of_500_rows
from smartpit.kernel.errors import Malformed

HEADER = b"member_reference,member_name\r\n"


def errors_of(content: bytes) -> list[tuple[int, str]]:
    return [(fault.row, fault.code) for fault in read_member_file(content).errors]


def names_of(content: bytes) -> list[str]:
    return [member.member_name for member in read_member_file(content).rows]


def test_a_clubs_500_rows_in_shift_jis_land_but_for_the_broken_ones() -> None:
    made = member_file_of_500_rows()
    found = read_member_file(made.content)
    assert found.rows == made.members
    assert found.errors == made.errors
    assert [fault.code for fault in found.errors] == [
        "reference_duplicate", "encoding", "name_missing", "reference_missing",
        "reference_duplicate", "glyph_missing",
    ]  # fmt: skip
    assert len(found.rows) == 490
    assert any("髙" in member.member_name for member in found.rows)
    assert any("﨑" in member.member_name for member in found.rows)


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_the_same_500_rows_in_utf_8_give_the_same_members(mark: bytes) -> None:
    made = member_file_of_500_rows("utf-8")
    found = read_member_file(mark + made.content)
    assert found.rows == made.members
    assert found.errors == made.errors


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_utf_8_holds_names_that_windows_cannot_write(mark: bytes) -> None:
    content = mark + HEADER + "M1,𠮷田 太郎\r\nM2,髙﨑 葛子\r\n".encode()
    assert names_of(content) == ["𠮷田 太郎", "髙﨑 葛子"]


def test_both_codes_windows_has_for_one_character_are_the_same_name() -> None:
    assert names_of(HEADER + b"M1,\xee\xe0\r\nM2,\xfb\xfc\r\n") == ["髙", "髙"]


def test_blank_rows_are_skipped_but_counted_as_a_spreadsheet_counts_them() -> None:
    content = HEADER + "\r\n,\r\n  ,　\r\nM1,佐藤\r\n\r\nM2,\r\n\r\n".encode()
    found = read_member_file(content)
    assert found.rows == [MemberRow(5, "M1", "佐藤")]
    assert found.errors == [RowFault(7, "name_missing")]


@pytest.mark.parametrize("line_end", ["\r\n", "\n", "\r"])
def test_any_line_end_will_do(line_end: str) -> None:
    content = line_end.join(["member_reference,member_name", "M1,佐藤", "", "M2,鈴木"]).encode()
    assert [member.row for member in read_member_file(content).rows] == [2, 4]


def test_the_first_of_duplicates_lands_and_the_later_ones_are_errors() -> None:
    content = HEADER + "M1,佐藤\r\n M1 ,鈴木\r\nM2,林\r\nM1,佐藤\r\n".encode()
    assert names_of(content) == ["佐藤", "林"]
    assert errors_of(content) == [(3, "reference_duplicate"), (5, "reference_duplicate")]


def test_a_row_that_did_not_land_leaves_its_reference_to_a_later_one() -> None:
    content = HEADER + "M1,\r\nM1,鈴木\r\n".encode()
    assert names_of(content) == ["鈴木"]
    assert errors_of(content) == [(2, "name_missing")]


def test_a_name_with_a_character_that_cannot_be_printed_is_refused() -> None:
    content = HEADER + "M1,佐藤😀\r\nM2,葛\U000e0100城\r\nM3,鈴木\r\n".encode()
    assert names_of(content) == ["鈴木"]
    assert errors_of(content) == [(2, "glyph_missing"), (3, "glyph_missing")]


@pytest.mark.parametrize(
    "broken",
    [
        b"M2,\x8d\x82\x81\xff",  # a character cut in half
        b"M2,\x81",
        b"M2,\xff\xfe",
        b"M2,\xa0",
        "M2,山田".encode(),  # pasted in UTF-8
        b"M2,\x00\x93\x63",
        b"M2,\x93\x63\x07",
        b'M2,"\x93\x63\r\n\x93\x63"',  # a name on two lines
        b"M2,\x93\x63,\x93\x63",  # more values than columns
        b'M2,"\x93\x63"x"',
        b"M2," + b"\x93\x63" * 101,
        b"M" * 65 + b",\x93\x63",
        b"M2," + b"\x93\x63" * 140_000,
    ],
)
def test_a_row_that_cannot_be_trusted_costs_only_itself(broken: bytes) -> None:
    around = "M1,髙橋 花子\r\n".encode("cp932"), "\r\nM3,山﨑 太郎\r\n".encode("cp932")
    content = HEADER + around[0] + broken + around[1]
    assert names_of(content) == ["髙橋 花子", "山﨑 太郎"]
    assert errors_of(content) == [(3, "encoding")]
    assert read_member_file(content).rows[1].row == 4


@pytest.mark.parametrize("broken", [b"\xff", b"\x93\x63", b"\xe5\xb1", b"\xed\xa0\x80"])
def test_a_broken_row_does_not_turn_a_utf_8_file_into_nonsense(broken: bytes) -> None:
    content = HEADER + "M1,山田\r\nM2,".encode() + broken + "\r\nM3,𠮷田\r\n".encode()
    assert names_of(content) == ["山田", "𠮷田"]
    assert errors_of(content) == [(3, "encoding")]


@pytest.mark.parametrize("hidden", ["\u202e", "\u200b", "\u2066", "\ufeff", "\u2028", "\ufffd"])
def test_a_name_that_hides_something_is_refused(hidden: str) -> None:
    content = HEADER + f"M1,佐{hidden}藤\r\nM{hidden}2,林\r\n".encode()
    assert errors_of(content) == [(2, "encoding"), (3, "encoding")]


def test_a_quote_never_closed_does_not_swallow_the_members_below() -> None:
    below = "".join(f"M{place},林\r\n" for place in range(3, 60)).encode()
    content = HEADER + 'M1,佐藤\r\nM2,"鈴木\r\n'.encode() + below
    assert errors_of(content) == [(3, "encoding")]
    assert len(names_of(content)) == 58


def test_quotes_hold_commas_quotes_and_line_breaks_of_an_address() -> None:
    content = (
        b"member_reference,member_name,postal_code,address1,address2\r\n"
        + 'M1,"佐藤, ""花"" 子",101-0062,"東京都\r\n千代田区",\r\nM2,5" 林\r\n'.encode()
    )
    assert read_member_file(content).rows == [
        MemberRow(2, "M1", '佐藤, "花" 子', "101-0062", "東京都 千代田区", ""),
        MemberRow(3, "M2", '5" 林'),
    ]


def test_a_row_with_empty_values_to_spare_is_as_good_as_one_without() -> None:
    assert names_of(HEADER + "M1,佐藤,,,\r\n".encode()) == ["佐藤"]
    assert errors_of(HEADER + b"M1\r\n") == [(2, "name_missing")]


def test_names_are_kept_as_typed_but_for_the_space_around_them() -> None:
    typed = HEADER + "M1,　髙橋　花子 \r\nM2,\ufa19\ufa10\r\nM3,か\u3099く\r\n".encode()
    # The rare forms of 神 and 塚 stay; が typed in two parts becomes one.
    assert names_of(typed) == ["髙橋　花子", "\ufa19\ufa10", "\u304cく"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\r\n\r\n",
        "M1,佐藤\r\n".encode(),
        b"reference,name\r\nM1,A\r\n",
        b"member_name,member_reference\r\nA,M1\r\n",
        b"member_reference\r\nM1\r\n",
        b"member_reference,member_name,member_name\r\n",
        b"member_reference,member_name,age\r\n",
        b"member_reference,,member_name\r\n",
        b'"member_reference,member_name\r\nM1,A\r\n',
        "member_reference,member_name\r\nM1,佐藤\r\n".encode("utf-16"),
        b"\xff\xff\xff,\r\n",
        b"\x00" * 10,
    ],
)
def test_a_wrong_header_refuses_the_file(content: bytes) -> None:
    with pytest.raises(Malformed) as refusal:
        read_member_file(content)
    assert refusal.value.code == "malformed"
    assert refusal.value.extra["errors"][0]["field"] == "header"


def test_a_header_may_stop_early_or_have_columns_left_empty() -> None:
    content = b" member_reference ,member_name,address1,,\r\nM1,A,B,,\r\n"
    assert read_member_file(content).rows == [MemberRow(2, "M1", "A", address1="B")]


def test_whoever_wants_the_first_member_does_not_wait_for_the_others():
    content = "member_reference,member_name\n,無し\nM1,髙橋\nM2,林\n,無し\n".encode()
    found = read_member_file(content, enough=1)
    assert [row.member_reference for row in found.rows] == ["M1"]
    assert [fault.row for fault in found.errors] == [2]
