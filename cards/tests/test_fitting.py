"""Words are broken by the Japanese rules and made smaller; nothing of them is lost."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cards.printing import fitting
from cards.printing.fitting import LEADING, Fitted, Room, fitted
from cards.printing.fonts import REGULAR, width_of

ROOM = Room(width=100, height=60, font=REGULAR, size=10, lines_max=4, balanced=False)
PARAGRAPH = "会員の皆さまは、お近くのコンビニ（ローソンなど）でお支払いいただけます。"


def test_a_paragraph_fills_its_lines_at_full_size():
    words = fitted(PARAGRAPH, ROOM)
    assert words.size == 10
    assert len(words.lines) == 4
    assert all(width_of(line, REGULAR, 10) > 70 for line in words.lines[:-1])


def test_a_line_ends_where_it_is_told_to():
    assert fitted("一\n二三\n四", ROOM) == Fitted(("一", "二三", "四"), 10)
    assert fitted("一\n\n四", ROOM).lines == ("一", "", "四")


def test_forced_lines_are_all_kept_even_if_there_should_be_fewer():
    words = fitted("一\n二\n三", replace(ROOM, lines_max=1, height=20))
    assert words.lines == ("一", "二", "三")
    assert words.size * (1 + 2 * LEADING) <= 20


def test_words_shrink_only_as_far_as_they_must():
    longer = fitted(PARAGRAPH * 2, ROOM)
    assert 5 < longer.size < 10
    assert fitted(PARAGRAPH * 30, ROOM).size < 3


@pytest.mark.parametrize("balanced", [False, True])
@pytest.mark.parametrize("lines_max", [2, 4])
def test_an_opening_bracket_never_ends_a_line_and_a_closing_mark_never_begins_one(
    lines_max: int, *, balanced: bool
):
    room = replace(ROOM, lines_max=lines_max, balanced=balanced)
    for before in range(1, 30):
        lines = fitted("あ" * before + "（いい）、" + "う" * 14, room).lines
        assert len(lines) > 1
        assert not any(line.endswith("（") for line in lines)
        assert not any(line.startswith(("、", "）")) for line in lines)


def test_a_latin_word_stays_whole_while_it_leaves_the_words_large_enough():
    lines = fitted("Smart Pit Membership Card", replace(ROOM, width=70)).lines
    assert all(word in " ".join(lines).split() for word in ["Smart", "Pit", "Membership", "Card"])
    torn = fitted("W" * 60, ROOM)
    assert len(torn.lines) > 1
    assert torn.size > 3


def test_a_name_is_on_one_line_until_it_would_be_a_quarter_smaller():
    room = Room(width=100, height=24, font=REGULAR, size=10, lines_max=2)
    assert fitted("あ" * 13, room) == Fitted(("あ" * 13,), 7.69)
    assert len(fitted("あ" * 14, room).lines) == 2


ANY_WORDS = st.text(st.sampled_from("あ漢ー。（）「」Wi -\nABCé"), min_size=1, max_size=120)


@given(ANY_WORDS, st.floats(20, 300), st.floats(5, 100), st.integers(1, 6), st.sampled_from("pn"))
def test_nothing_is_lost_and_nothing_leaves_the_room(
    text: str, width: float, height: float, lines_max: int, kind: str
):
    # A paragraph (p) fills its lines, a name (n) balances them.
    room = Room(width, height, REGULAR, 12, lines_max, balanced=kind == "n")
    words = fitted(text, room)
    assert re.sub(r"\s", "", "".join(words.lines)) == re.sub(r"\s", "", text)
    assert len(words.lines) <= max(lines_max, text.count("\n") + 1)
    assert (
        words.size * (1 + (len(words.lines) - 1) * LEADING) <= height + 0.01 or words.size == 0.01
    )
    for line in words.lines:
        assert width_of(line, REGULAR, words.size) <= width + 0.01


def test_a_paragraph_keeps_its_indent_and_no_other_line_begins_with_a_space():
    lines = fitted("　" + "会員 の " * 12, replace(ROOM, lines_max=6)).lines
    assert lines[0].startswith("　会員")
    assert not any(line[0].isspace() for line in lines[1:])


def test_words_are_measured_once_and_not_anew_for_each_line_they_might_stand_in(
    monkeypatch: pytest.MonkeyPatch,
):
    measured = 0

    class Counting(dict[str, float]):
        def __getitem__(self, letter: str) -> float:
            nonlocal measured
            measured += 1
            return 1000.0

    monkeypatch.setattr(fitting, "widths_of", lambda _font: Counting())
    fitted("あいう(「。" * 150, Room(226, 141, REGULAR, 72.0, 30))
    assert measured < 5_000_000
