"""Words: every letter there is, and large enough to read on the longest name."""

from collections.abc import Iterator, Mapping
from typing import Final

from cards.numbers import grouped
from cards.printing.fitting import Room, fitted
from cards.printing.fonts import BOLD, REGULAR, missing_glyphs
from cards.printing.geometry import PT_PER_MM
from cards.printing.layout import Field, MemberField, Number, Text
from cards.printing.safety.finding import Checked, Finding, Severity
from cards.printing.safety.thresholds import ADDRESS_LETTERS, FITS_PERCENT_MIN, NAME_LETTERS

_LONGEST: Final[Mapping[MemberField, str]] = {
    MemberField.OWNER_NAME: "名" * NAME_LETTERS,
    MemberField.MEMBER_NAME: "名" * NAME_LETTERS,
    MemberField.MEMBER_REFERENCE: "0" * 16,
    MemberField.POSTAL_CODE: "000-0000",
    MemberField.ADDRESS1: "住" * ADDRESS_LETTERS,
    MemberField.ADDRESS2: "住" * ADDRESS_LETTERS,
}


def findings_of_wording(checked: Checked) -> Iterator[Finding]:
    for element in checked.side.elements:
        if isinstance(element, Text | Field):
            yield from _letters(checked, element)
        if isinstance(element, Text | Field | Number):
            yield from _fit(checked, element)


def _letters(checked: Checked, element: Text | Field) -> Iterator[Finding]:
    constant = element.text if isinstance(element, Text) else element.prefix + element.suffix
    missing = missing_glyphs("".join(constant.splitlines()))
    if missing:
        letters = "、".join(f"「{letter}」（U+{ord(letter):04X}）" for letter in missing[:10])
        words = f"印刷できない文字があります：{letters}。別の文字に置き換えてください。"
        yield checked.finding(element, "glyph_missing", Severity.ERROR, words)


def _fit(checked: Checked, element: Text | Field | Number) -> Iterator[Finding]:
    text = _longest(element)
    if missing_glyphs("".join(text.splitlines())):
        return  # That is said already, and such letters have no width.
    room = Room(
        width=element.width * PT_PER_MM,
        height=element.height * PT_PER_MM,
        font=BOLD if element.font == "bold" else REGULAR,
        size=element.size_pt,
        lines_max=1 if isinstance(element, Number) else element.lines_max,
        kept_last=len(element.suffix) if isinstance(element, Field) else 0,
    )
    percent = int(fitted(text, room).size / element.size_pt * 100)
    if percent < FITS_PERCENT_MIN:
        subject = f"{len(text)} 文字のとき" if isinstance(element, Field) else "枠に入れると"
        words = (
            f"{subject}、文字が {percent}% の大きさになり読みにくくなります"
            f"（最小 {FITS_PERCENT_MIN}%）。枠を広げるか、行数を増やすか、"
            "文字を小さくしてください。"
        )
        yield checked.finding(element, "words_small", Severity.WARNING, words)


def _longest(element: Text | Field | Number) -> str:
    if isinstance(element, Number):
        return grouped("0" * 13)
    if isinstance(element, Field):
        return f"{element.prefix}{_LONGEST[element.field]}{element.suffix}"
    return element.text
