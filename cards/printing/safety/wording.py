"""Words: every letter there is, and large enough to read on the longest name."""

from collections.abc import Iterator

from cards.printing.fonts import missing_glyphs
from cards.printing.layout import Field, Number, Text
from cards.printing.safety.finding import Checked, Finding, Severity
from cards.printing.safety.ink import Words, fitted_words, longest_words
from cards.printing.safety.thresholds import FITS_PERCENT_MIN

_LETTERS_NAMED = 10


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
        named = missing[:_LETTERS_NAMED]
        letters = "、".join(f"「{letter}」（U+{ord(letter):04X}）" for letter in named)
        words = f"印刷できない文字があります：{letters}。別の文字に置き換えてください。"
        yield checked.finding(element, "glyph_missing", Severity.ERROR, words)


def _fit(checked: Checked, element: Words) -> Iterator[Finding]:
    """Letters that are missing are told of already, and have no width to measure."""
    words_set = fitted_words(element)
    if words_set is None:
        return
    percent = int(words_set.size / element.size_pt * 100)
    if percent < FITS_PERCENT_MIN:
        letters = len(longest_words(element))
        subject = f"{letters} 文字のとき" if isinstance(element, Field) else "枠に入れると"
        words = (
            f"{subject}、文字が {percent}% の大きさになり読みにくくなります"
            f"（最小 {FITS_PERCENT_MIN}%）。枠を広げるか、行数を増やすか、"
            "文字を小さくしてください。"
        )
        yield checked.finding(element, "words_small", Severity.WARNING, words)
