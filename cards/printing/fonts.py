"""The one typeface of everything printed: Noto Sans JP, embedded as a subset.

A glyph the font lacks would print as a box without a word of warning, so ``missing_glyphs`` is
asked before a name is accepted.
"""

import unicodedata
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final

from reportlab.pdfbase import pdfmetrics, ttfonts
from reportlab.pdfbase.ttfonts import TTFont

REGULAR: Final = "NotoSansJP-Regular"
BOLD: Final = "NotoSansJP-Bold"

_FOLDER: Final = Path(__file__).resolve().parents[2] / "static" / "fonts" / "noto-sans-jp"


_cmap_of_the_library = ttfonts.makeToUnicodeCMap


@cache
def register_fonts() -> None:
    """Make the typeface known to reportlab, once a process."""
    ttfonts.makeToUnicodeCMap = _to_unicode
    for name in (REGULAR, BOLD):
        pdfmetrics.registerFont(TTFont(name, str(_FOLDER / f"{name}.ttf"), shapable=False))


def missing_glyphs(text: str) -> list[str]:
    """Return the characters of ``text`` that cannot be printed, each once, in order.

    The typeface has some marks that belong on the letter before, but a PDF's text sets them
    beside it; and what picks a variant of a kanji (葛󠄀) is no glyph at all. Neither is printed.
    """
    printable = _printable_letters()
    if printable.issuperset(text):  # As nearly every name of a long list is.
        return []
    return [letter for letter in dict.fromkeys(text) if letter not in printable]


def width_of(text: str, font: str, size_pt: float) -> float:
    """Return how wide ``text`` is set, in points."""
    register_fonts()
    width: float = pdfmetrics.stringWidth(text, font, size_pt)
    return width


@cache
def _printable_letters() -> frozenset[str]:
    """Return what both weights can print: a name may be set in either."""
    register_fonts()
    faces = [pdfmetrics.getFont(name).face for name in (REGULAR, BOLD)]
    letters = map(chr, frozenset.intersection(*(frozenset(face.charToGlyph) for face in faces)))
    return frozenset(it for it in letters if not unicodedata.category(it).startswith("M"))


def _to_unicode(font_name: str, subset: Sequence[int]) -> str:
    """Return the table by which a reader copies text out of a PDF.

    reportlab writes 𠮷, whose code has five digits, as if it were another character: the page is
    right, but a search for the name finds nothing. Such codes are written in UTF-16 as they must.
    """
    table: str = _cmap_of_the_library(font_name, subset)
    for place, code in enumerate(subset):
        if code > 0xFFFF:
            wrong, right = f"<{place:02X}> <{code:04X}>", chr(code).encode("utf-16-be").hex()
            table = table.replace(wrong, f"<{place:02X}> <{right.upper()}>")
    return table
