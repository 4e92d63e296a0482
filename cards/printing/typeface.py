"""A font inside a PDF: each character gets a code when it is first set.

The codes of a file count from 1 and are written as four hexadecimal digits. When the last card is
set, the glyphs that were used are embedded. Two characters may look the same (⼾ and 戸); they keep
codes of their own, so that a name copied out of the file is the name that was printed.
"""

from functools import cache
from typing import Any, Final

from reportlab.pdfbase import pdfmetrics

from cards.printing.fonts import register_fonts
from cards.printing.pdf_file import PdfFile, number, numbers

_SYMBOLIC: Final = 4
_ROWS_OF_A_TABLE: Final = 100  # No more may stand in one block of a code table.


class _Codes(dict[str, str]):
    """The code of each character; a new character gets the next one."""

    def __init__(self, glyphs: Any) -> None:
        super().__init__()
        self._glyphs = glyphs

    def __missing__(self, letter: str) -> str:
        # A character the font lacks would be printed as an empty box: it is asked for before.
        assert ord(letter) in self._glyphs, f"no glyph for {letter!r}"
        code = self[letter] = f"{len(self) + 1:04X}"
        return code


class _Widths(dict[str, float]):
    """The width of each character in thousandths of the font's size."""

    def __init__(self, face: Any) -> None:
        super().__init__()
        self._face = face

    def __missing__(self, letter: str) -> float:
        width: float = self._face.getCharWidth(ord(letter))
        self[letter] = width
        return width


@cache
def widths_of(font: str) -> dict[str, float]:
    """Return the width of any character asked for, in thousandths of the font's size."""
    register_fonts()
    return _Widths(pdfmetrics.getFont(font).face)


class Typeface:
    """One font of one file."""

    def __init__(self, font: str, resource: str) -> None:
        register_fonts()
        self.font = font
        self.resource = resource
        self._face: Any = pdfmetrics.getFont(font).face
        self.codes: dict[str, str] = _Codes(self._face.charToGlyph)
        self.widths = widths_of(font)

    def set(self, text: str) -> str:
        """Return the text as a string of codes, and keep its glyphs for the file."""
        return f"<{''.join(map(self.codes.__getitem__, text))}>"

    def width(self, text: str) -> float:
        """Return how wide the text is at a size of one."""
        return sum(map(self.widths.__getitem__, text)) / 1000

    def write(self, pdf: PdfFile, at: int) -> None:
        """Write the font with the glyphs that were set."""
        letters = list(self.codes)
        points = [ord(letter) for letter in letters]
        name = f"{_prefix(points)}+{self.font}"
        program = self._face.makeSubset(points)
        embedded = pdf.write_shared(f"/Length1 {len(program)}", program)
        descriptor = self._write_descriptor(pdf, name, embedded)
        glyphs = pdf.write_shared("", self._glyph_map(points))
        widths = " ".join(number(self.widths[letter]) for letter in letters)
        descendant = pdf.write(
            f"<</Type/Font/Subtype/CIDFontType2/BaseFont/{name}/FontDescriptor {descriptor} 0 R"
            "/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>"
            f"/DW 1000/W[1[{widths}]]/CIDToGIDMap {glyphs} 0 R>>"
        )
        table = pdf.write_shared("", _unicode_table(letters).encode())
        pdf.write(
            f"<</Type/Font/Subtype/Type0/BaseFont/{name}/Encoding/Identity-H"
            f"/DescendantFonts[{descendant} 0 R]/ToUnicode {table} 0 R>>",
            at,
        )

    def _write_descriptor(self, pdf: PdfFile, name: str, embedded: int) -> int:
        face = self._face
        return pdf.write(
            f"<</Type/FontDescriptor/FontName/{name}/Flags {_SYMBOLIC}"
            f"/FontBBox[{numbers(*face.bbox)}]/ItalicAngle {number(face.italicAngle)}"
            f"/Ascent {number(face.ascent)}/Descent {number(face.descent)}"
            f"/CapHeight {number(face.capHeight)}/StemV {number(face.stemV)}"
            f"/FontFile2 {embedded} 0 R>>"
        )

    def _glyph_map(self, points: list[int]) -> bytes:
        """Return which glyph of the subset each code draws: numbered by first use."""
        places: dict[int, int] = {0: 0}
        for point in points:
            places.setdefault(self._face.charToGlyph[point], len(places))
        glyphs = [0, *(places[self._face.charToGlyph[point]] for point in points)]
        return b"".join(glyph.to_bytes(2, "big") for glyph in glyphs)


def _prefix(points: list[int]) -> str:
    """Return the six letters that tell one subset of a font from another."""
    seed = sum((place + 1) * point for place, point in enumerate(points))
    return "".join(chr(ord("A") + seed // 26**place % 26) for place in range(6))


def _unicode_table(letters: list[str]) -> str:
    """Return the table by which a reader copies text out; 𠮷 takes two units of UTF-16."""
    rows = [
        f"<{code:04X}> <{letter.encode('utf-16-be').hex().upper()}>"
        for code, letter in enumerate(letters, start=1)
    ]
    blocks = []
    for first in range(0, len(rows), _ROWS_OF_A_TABLE):
        block = rows[first : first + _ROWS_OF_A_TABLE]
        blocks.append(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar\n")
    return (
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
        "/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def\n"
        "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
        "1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n"
        + "".join(blocks)
        + "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"
    )
