"""Codes and numbers that a design brings along: a register would take them for the card's own.

A sample that a designer forgot to remove would stop every order at the read-back, after numbers
were spent; so it is looked for before.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import pypdfium2
import zxingcpp

from cards.page_links import ROOT
from cards.printing.face import CardFace
from cards.printing.layout import Image, Layout, Shape, Text
from cards.printing.press import print_cards
from cards.printing.profiles import single
from cards.printing.read_back import ANY_CODE, NUMBER_IN_FIGURES, READ_DPI
from cards.printing.render import ONE_AT_A_TIME, page_image
from cards.printing.safety.finding import Checked, Finding, Severity

_NOBODY: Final = CardFace(owner_name="", member_name="", number="", barcode_number="")


def findings_of_foreign_codes(checked: Checked) -> Iterator[Finding]:
    words = "\n".join(it.text for it in checked.side.elements if isinstance(it, Text))
    pdf = _artwork_alone(checked)
    text = words if pdf is None else f"{words}\n{_text_of(pdf)}"
    yield from _numbers(checked, text)
    if pdf is not None:
        yield from _codes(checked, pdf)


def _artwork_alone(checked: Checked) -> bytes | None:
    """Return the side with only what its owner drew; an artwork that is not there is told of."""
    drawn = tuple(it for it in checked.side.elements if isinstance(it, Image | Shape))
    alone = Layout(checked.layout.medium, replace(checked.side, elements=drawn))
    if not alone.artworks or not alone.artworks <= checked.artworks.keys():
        return None
    return print_cards([_NOBODY], alone, checked.artworks, single(alone.size_mm, 0))


def _text_of(pdf: bytes) -> str:
    with ONE_AT_A_TIME:
        document = pypdfium2.PdfDocument(pdf)
        text: str = document[0].get_textpage().get_text_bounded()
        document.close()
    return text


def _numbers(checked: Checked, text: str) -> Iterator[Finding]:
    for number in dict.fromkeys(NUMBER_IN_FIGURES.findall(text)):
        words = (
            f"番号の形の文字 {number} があります。カードの番号と間違えられるため、"
            "見本の番号などは取り除いてください。"
        )
        yield checked.finding(None, "foreign_number", Severity.ERROR, words)


def _codes(checked: Checked, pdf: bytes) -> Iterator[Finding]:
    picture = page_image(pdf, 1, dpi=READ_DPI).convert("L")
    found = zxingcpp.read_barcodes(picture, formats=ANY_CODE, try_downscale=False, try_invert=False)
    for told in dict.fromkeys((code.format, code.text) for code in found):
        yield _finding(checked, *told)


def _finding(checked: Checked, of_format: zxingcpp.BarcodeFormat, text: str) -> Finding:
    name = f"{of_format.name}（{text[:30]}）"
    if of_format == zxingcpp.BarcodeFormat.QRCode and ROOT not in text:
        words = f"素材に {name} があります。会員が電子カードのものと間違えないか、ご確認ください。"
        return checked.finding(None, "other_qr", Severity.NOTE, words)
    words = (
        f"素材に {name} があります。レジでカードのバーコードと間違えて読み取られるため、"
        "素材から取り除いてください。"
    )
    return checked.finding(None, "foreign_code", Severity.ERROR, words)
