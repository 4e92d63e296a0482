"""Cards, member lists and pictures of pages, made by code and the same each time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pypdfium2
import zxingcpp

from cards.member_file import MemberRow, RowFault
from cards.numbers import barcode_number_from, number_from
from cards.printing.face import CardFace

KEY = b"a key for tests only, 32 bytes.."

_FAMILY_NAMES = ("髙橋", "山﨑", "佐藤", "渡邉", "鈴木", "神﨑", "髙島", "五十嵐", "長谷川", "林")
_GIVEN_NAMES = ("花子", "太郎", "さくら", "健一", "美咲", "翔", "ひなた", "陽菜", "蓮", "アリス")

_BLANK_ROWS = (51, 152, 300)
_BLANK_BUT_FOR_COMMAS = 301
_ROWS_OF_DUPLICATES = {100: 42, 400: 399}
_BROKEN_ROW = 250
_ROW_WITHOUT_NAME = 333
_ROW_WITHOUT_REFERENCE = 334
_ROW_OF_A_PRIVATE_CHARACTER = 450
_LAST_ROW = 501


@dataclass(frozen=True)
class MadeMemberFile:
    """A member list and what should be read from it."""

    content: bytes
    members: list[MemberRow]
    errors: list[RowFault]


def member_name(row: int) -> str:
    """Return a name; each tenth row holds 髙, others hold 﨑."""
    family = _FAMILY_NAMES[row % len(_FAMILY_NAMES)]
    return f"{family} {_GIVEN_NAMES[row // len(_FAMILY_NAMES) % len(_GIVEN_NAMES)]}"


def member_file_of_500_rows(encoding: str = "cp932") -> MadeMemberFile:
    """Return a list as a club's spreadsheet exports it, rows 2 to 501.

    It has blank rows, duplicates, a row whose bytes are broken and one whose name holds a
    character of the club's own computer.
    """
    lines = [b"member_reference,member_name,postal_code,address1,address2"]
    members: list[MemberRow] = []
    errors: list[RowFault] = []
    for row in range(2, _LAST_ROW + 1):
        member = MemberRow(
            row, f"M{row:05d}", member_name(row), "101-0062", "東京都千代田区, 1-2", ""
        )
        line, code = _line_of(member, encoding)
        lines.append(line)
        if code is not None:
            errors.append(RowFault(row, code))
        elif line.strip(b","):
            members.append(member)
    return MadeMemberFile(b"\r\n".join(lines) + b"\r\n", members, errors)


def _line_of(member: MemberRow, encoding: str) -> tuple[bytes, str | None]:
    """Return a row's line as it stands in the file, and its fault if it has one."""
    row, reference, name = member.row, member.member_reference, member.member_name
    address = f'{member.postal_code},"{member.address1}",'.encode(encoding)
    if row in _BLANK_ROWS:
        return b"", None
    if row == _BLANK_BUT_FOR_COMMAS:
        return b",,,,", None
    if row in _ROWS_OF_DUPLICATES:
        again = f"M{_ROWS_OF_DUPLICATES[row]:05d}"
        return f"{again},{name},".encode(encoding) + address, "reference_duplicate"
    if row == _BROKEN_ROW:
        return f"{reference},".encode() + b"\x8d\x82\x81\xff," + address, "encoding"
    if row == _ROW_WITHOUT_NAME:
        return f"{reference},,".encode() + address, "name_missing"
    if row == _ROW_WITHOUT_REFERENCE:
        return f",{name},".encode(encoding) + address, "reference_missing"
    if row == _ROW_OF_A_PRIVATE_CHARACTER:
        own = "\ue000".encode(encoding)
        return f"{reference},".encode() + own + b"," + address, "glyph_missing"
    return f"{reference},{name},".encode(encoding) + address, None


def card_faces(count: int, *, specimen: bool = False) -> list[CardFace]:
    """Return faces with numbers of their own and names long and short."""
    long_name = "アレクサンドラ・マリア・フォン・ヴァイツゼッカー"
    return [
        CardFace(
            owner_name="つばさファンクラブ",
            member_name=long_name if counter % 7 == 3 else member_name(counter),
            number=number_from("joint", counter, KEY),
            barcode_number=barcode_number_from(counter, KEY),
            specimen=specimen,
        )
        for counter in range(count)
    ]


def pictures(pdf: bytes, *, dpi: int = 300, pages: Sequence[int] | None = None) -> list[Any]:
    """Return each page, or those at the places named, as an office printer would set it."""
    document = pypdfium2.PdfDocument(pdf)
    places = range(len(document)) if pages is None else pages
    return [document[place].render(scale=dpi / 72).to_pil() for place in places]


def texts(pdf: bytes) -> list[str]:
    """Return each page's text."""
    document = pypdfium2.PdfDocument(pdf)
    return [page.get_textpage().get_text_bounded() for page in document]


def scanned(pages: Sequence[Any]) -> list[list[str]]:
    """Return what a scanner reads from each picture, top left first."""
    found = []
    for page in pages:
        codes = zxingcpp.read_barcodes(
            page, formats=zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.EAN13])
        )
        codes = sorted(codes, key=lambda code: _reading_order(code.position.top_left))
        found.append([code.text for code in codes])
    return found


def _reading_order(corner: Any) -> tuple[int, int]:
    return (corner.y // 100, corner.x)
