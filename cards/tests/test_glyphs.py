"""What cannot be printed is refused by member and by name, never printed as something else."""

import pytest

from cards.member_file import read_member_file
from cards.printing.fonts import missing_glyphs


def codes_of(name: str) -> list[str]:
    rows = f"member_reference,member_name\nM1,{name}\nM2,山田 太郎\n".encode()
    found = read_member_file(b"\xef\xbb\xbf" + rows)
    assert [member.member_name for member in found.rows][-1] == "山田 太郎"
    return [fault.code for fault in found.errors if fault.row == 2]


@pytest.mark.parametrize(
    "name",
    [
        "山田👍太郎",  # an emoji
        "葛\U000e0100城 一郎",  # a variant of 葛 that the typeface cannot choose
        "渡邊\ufe00",
        "שלום",
        "محمد",
        "สมชาย",
        "x\u0304y",  # a mark that joins no letter: there is no such letter in one piece
        "あ\u3099い",
        "①\u20dd",  # a circle around another
        "\ue000田",  # a character of one computer only
    ],
)
def test_a_name_that_would_not_print_right_is_refused(name: str) -> None:
    assert codes_of(name) == ["glyph_missing"]


@pytest.mark.parametrize("name", ["山\u202e田", "山\u200d田", "👨\u200d👩", "山\u00ad田"])
def test_a_name_that_hides_what_it_holds_is_not_read(name: str) -> None:
    assert codes_of(name) == ["encoding"]


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("か\u3099", "が"),  # as some systems store it, in two
        ("Rene\u0301", "René"),
        ("髙\u3000﨑", "髙\u3000﨑"),
        ("𠮷田", "𠮷田"),
        ("ｱｲﾞ", "ｱｲﾞ"),
    ],
)
def test_a_name_in_another_form_is_printed_whole(name: str, printed: str) -> None:
    rows = f"member_reference,member_name\nM1,{name}\n".encode()
    assert [it.member_name for it in read_member_file(rows).rows] == [printed]


def test_each_letter_that_is_missing_is_named_once() -> None:
    assert missing_glyphs("葛\U000e0100と葛\U000e0100と👍") == ["\U000e0100", "👍"]
