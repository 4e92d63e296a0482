"""The read-back gate: what the printer is about to print is looked at as a register looks at it.

Each page is rendered as an office printer would set it, and each card's side is read: exactly the
codes its design promises, where they should stand, between white, and no other; its number in
figures, and its member's name. One misread stops an order: a wrong number takes somebody else's
money.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import pypdfium2
import zxingcpp

from cards.numbers import grouped
from cards.page_links import ROOT
from cards.printing.boxes import (
    QR_QUIET_MODULES,
    Area,
    box_of,
    digits_height_of,
    quiet_modules_of,
    turned,
    unturned_box_of,
)
from cards.printing.face import CardFace
from cards.printing.geometry import PT_PER_MM
from cards.printing.layout import (
    AnyElement,
    Barcode,
    Field,
    Layout,
    MemberField,
    Number,
    Qr,
    Side,
    Symbology,
)
from cards.printing.profiles import Place, Profile, back_places_of, page_of, places_of
from cards.printing.qr import qr_path
from cards.printing.render import ONE_AT_A_TIME

READ_DPI: Final = 300

_MM_PER_INCH: Final = 25.4
_PT_PER_INCH: Final = 72
_FORMATS: Final = {
    Symbology.EAN13: zxingcpp.BarcodeFormat.EAN13,
    Symbology.CODE128: zxingcpp.BarcodeFormat.Code128,
    Symbology.NW7: zxingcpp.BarcodeFormat.Codabar,
}
# What a register or a telephone would also read, were it on the card.
ANY_CODE: Final = zxingcpp.BarcodeFormats(
    [
        *_FORMATS.values(),
        zxingcpp.BarcodeFormat.EAN8,
        zxingcpp.BarcodeFormat.UPCA,
        zxingcpp.BarcodeFormat.UPCE,
        zxingcpp.BarcodeFormat.Code39,
        zxingcpp.BarcodeFormat.Code93,
        zxingcpp.BarcodeFormat.ITF,
        zxingcpp.BarcodeFormat.QRCode,
        zxingcpp.BarcodeFormat.DataMatrix,
    ]
)
NUMBER_DIGITS: Final = 13
NUMBER_IN_FIGURES: Final = re.compile(r"(?<!\d)\d{4}-\d{4}-\d{5}(?!\d)")
_BLANKS: Final = re.compile(r"\s+")
_WHITE_FROM: Final = 128  # A grey level; what is darker in a quiet zone, a scanner takes for a bar.
_EDGE_PX: Final = 1.5  # A bar's own edge may reach so far into the zone when it is rendered.


@dataclass(frozen=True, slots=True)
class Misread:
    """One card that does not read as it should; ``index`` is its place among the faces.

    What is promised and found is told without the member's name, for this goes into logs.
    """

    index: int
    page: int
    expected: tuple[str, ...]
    found: tuple[str, ...]

    @property
    def words(self) -> str:
        """Return the sentence a person is told."""
        expected, found = "、".join(self.expected), "、".join(self.found) or "なし"
        card = f"{self.page} ページの {self.index + 1} 枚目"
        return f"{card}：印刷すべき {expected}、読み取り {found}"


@dataclass(frozen=True, slots=True)
class _Wanted:
    index: int
    side: Side
    place: Place


@dataclass(frozen=True, slots=True)
class _Printed:
    """One side of one card as it is printed: a picture, upright, and the text in its box."""

    picture: Any
    text: str
    px_per_mm: float

    def cut(self, box: Area) -> Any:
        sides = (box.x, box.y, box.right, box.foot)
        left, top, right, foot = (round(side * self.px_per_mm) for side in sides)
        return self.picture.crop((left, top, max(right, left + 1), max(foot, top + 1)))


def misreads(
    pdf: bytes,
    faces: Sequence[CardFace],
    layout: Layout,
    profile: Profile,
    *,
    pages: Collection[int] | None = None,
) -> list[Misread]:
    """Return the cards that do not read as they should, of these pages or of all.

    A page that should be there and is not makes each of its cards a misread.
    """
    wanted: dict[int, list[_Wanted]] = defaultdict(list)
    for index in range(len(faces)):
        for page, side, place in _places_of_card(index, layout, profile):
            if pages is None or page in pages:
                wanted[page].append(_Wanted(index, side, place))

    misread: list[Misread] = []
    with ONE_AT_A_TIME:
        document = pypdfium2.PdfDocument(pdf)
    for page, of_page in sorted(wanted.items()):
        places = [it.place for it in of_page]
        printed = _printed_sides(document, page, places, layout.size_mm)
        for one, seen in zip(of_page, printed, strict=True):
            card = Misread(one.index, page, (), ())
            misread += _misread(seen, faces[one.index], one.side, card)
    with ONE_AT_A_TIME:
        document.close()
    return misread


def pages_of_card(index: int, layout: Layout, profile: Profile) -> list[int]:
    """Return the pages on which a card's sides are printed."""
    return [page for page, _, _ in _places_of_card(index, layout, profile)]


def _places_of_card(
    index: int, layout: Layout, profile: Profile
) -> Iterator[tuple[int, Side, Place]]:
    page = page_of(index, profile)
    cell = (index + profile.start - 1) % profile.per_page
    yield page, layout.front, places_of(profile, layout.size_mm)[cell]
    if profile.is_duplex and layout.back is not None:
        yield page + 1, layout.back, back_places_of(profile, layout.size_mm)[cell]


def _printed_sides(
    document: Any, page: int, places: Sequence[Place], size_mm: tuple[float, float]
) -> list[_Printed | None]:
    """Return each side that lies on a page; PDFium is let go of before codes are looked for."""
    boxes = [Area(place.x_mm, place.y_mm, *size_mm) for place in places]
    with ONE_AT_A_TIME:
        if page > len(document):
            return [None] * len(places)
        leaf = document[page - 1]
        picture = leaf.render(scale=READ_DPI / _PT_PER_INCH, grayscale=True).to_pil().copy()
        textpage, height = leaf.get_textpage(), leaf.get_height()
        texts = [_text_in(textpage, box, height) for box in boxes]
    whole = _Printed(picture, "", READ_DPI / _MM_PER_INCH)
    printed: list[_Printed | None] = []
    for place, box, text in zip(places, boxes, texts, strict=True):
        cut = whole.cut(box)
        upright = cut.rotate(180) if place.is_turned else cut
        printed.append(replace(whole, picture=upright, text=text))
    return printed


def _text_in(textpage: Any, box: Area, height_pt: float) -> str:
    """Return the text of a box on a page, its lines parted as PDFium parts them."""
    text: str = textpage.get_text_bounded(
        left=box.x * PT_PER_MM,
        right=box.right * PT_PER_MM,
        top=height_pt - box.y * PT_PER_MM,
        bottom=height_pt - box.foot * PT_PER_MM,
    )
    return text


def _misread(
    printed: _Printed | None, face: CardFace, side: Side, card: Misread
) -> Iterator[Misread]:
    expected = tuple(_expected(face, side))
    found = () if printed is None else tuple(_found(printed, face, side))
    if sorted(expected) != sorted(found):
        yield replace(card, expected=expected, found=found)


def _expected(face: CardFace, side: Side) -> Iterator[str]:
    for element in side.elements:
        if isinstance(element, Barcode) or (isinstance(element, Qr) and face.page_url):
            yield _told(*_code_of(face, element))
    if any(isinstance(element, Number) for element in side.elements):
        yield grouped(face.number)
    yield from (word for word, _ in _words_of(face, side))


def _found(printed: _Printed, face: CardFace, side: Side) -> Iterator[str]:
    """Yield what is read; a code out of place, or without its white, is told as such."""
    promised = [it for it in side.elements if isinstance(it, Barcode | Qr)]
    codes = zxingcpp.read_barcodes(
        printed.picture, formats=ANY_CODE, try_downscale=False, try_invert=False
    )
    for code in codes:
        told = _told(code.format, code.text)
        element = next((it for it in promised if _stands_in(code, printed, it)), None)
        if element is None and (_is_the_designs_own(code) or _is_seen_in_bars(code)):
            continue
        if element is None:
            yield f"{told}（位置違い）"
        elif not _is_between_white(printed, face, element):
            yield f"{told}（余白なし）"
        else:
            yield told
    yield from _numbers_in(printed.text, face, side)
    text = _BLANKS.sub("", printed.text)
    yield from (word for word, value in _words_of(face, side) if value in text)


def _is_the_designs_own(code: Any) -> bool:
    """Tell whether this is a QR code of the artwork, of the owner's site perhaps: no card's page.

    No till reads it, and the design's check has told of it.
    """
    return code.format == zxingcpp.BarcodeFormat.QRCode and ROOT not in code.text


def _is_seen_in_bars(code: Any) -> bool:
    """Tell whether this is a few bars of a longer code: NW-7 has no check digit to know better by.

    It has fewer characters than a card's number has digits, so no till takes it for a card.
    """
    return code.format == zxingcpp.BarcodeFormat.Codabar and len(code.text) < NUMBER_DIGITS


def _numbers_in(text: str, face: CardFace, side: Side) -> Iterator[str]:
    """Yield every number in figures; one that is turned comes in pieces, so it is looked for."""
    yield from dict.fromkeys(NUMBER_IN_FIGURES.findall(text))
    number = grouped(face.number)
    is_turned = any(isinstance(it, Number) and it.rotation for it in side.elements)
    if is_turned and number not in text and number in _BLANKS.sub("", text):
        yield number


def _code_of(face: CardFace, element: Barcode | Qr) -> tuple[Any, str]:
    if isinstance(element, Qr):
        return zxingcpp.BarcodeFormat.QRCode, face.page_url
    if element.symbology is Symbology.NW7:
        return _FORMATS[element.symbology], f"A{face.barcode_number}A"
    return _FORMATS[element.symbology], face.barcode_number


def _told(of_format: Any, text: str) -> str:
    return f"{of_format.name} {text}"


def _words_of(face: CardFace, side: Side) -> Iterator[tuple[str, str]]:
    """Yield which of a member's words stand upright on this side, and what they are."""
    named = {
        MemberField.MEMBER_NAME: ("氏名", face.member_name),
        MemberField.MEMBER_REFERENCE: ("会員番号", face.member_reference),
    }
    fields = [it for it in side.elements if isinstance(it, Field) and it.rotation == 0]
    for element in fields:
        word, value = named.get(element.field, ("", ""))
        if value:
            yield word, _BLANKS.sub("", value)


def _stands_in(code: Any, printed: _Printed, element: AnyElement) -> bool:
    """Tell whether a code was found where this element is."""
    corners = (code.position.top_left, code.position.bottom_right)
    x, y = (
        sum(places) / 2 / printed.px_per_mm
        for places in zip(*((corner.x, corner.y) for corner in corners), strict=True)
    )
    return box_of(element).holds(Area(x, y, 0, 0))


def _is_between_white(printed: _Printed, face: CardFace, element: Barcode | Qr) -> bool:
    for zone in _quiet_zones(element, face):
        darkest, _ = printed.cut(zone.grown(-_EDGE_PX / printed.px_per_mm)).getextrema()
        if darkest < _WHITE_FROM:
            return False
    return True


def _quiet_zones(element: Barcode | Qr, face: CardFace) -> list[Area]:
    """Return the strips that stay white; beside bars, not beside the digits beneath them."""
    whole = unturned_box_of(element)
    if isinstance(element, Qr):
        modules = qr_path(face.page_url)[0] + 2 * QR_QUIET_MODULES
        strip = QR_QUIET_MODULES * element.width / modules
        strips = [
            Area(whole.x, whole.y, whole.width, strip),
            Area(whole.x, whole.foot - strip, whole.width, strip),
            Area(whole.x, whole.y, strip, whole.height),
            Area(whole.right - strip, whole.y, strip, whole.height),
        ]
    else:
        left, right = (modules * element.module_mm for modules in quiet_modules_of(element))
        height = whole.height - digits_height_of(element)
        strips = [
            Area(whole.x, whole.y, left, height),
            Area(whole.right - right, whole.y, right, height),
        ]
    return [turned(element, strip) for strip in strips]
