"""What the print-safety check has to say: where, how bad, and what to do."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from cards.artwork.artwork import Artwork
from cards.printing.boxes import Area
from cards.printing.layout import (
    AnyElement,
    Barcode,
    Field,
    Image,
    Layout,
    MemberField,
    Number,
    Postal,
    Qr,
    Shape,
    Side,
    Text,
)


class Severity(StrEnum):
    """An error stops an order, a warning asks a person, a note only tells."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault of a design; ``words`` is the sentence its designer is shown.

    A fault of the whole design names no side, one of a whole side no element.
    """

    side: str
    element_id: str
    code: str
    severity: Severity
    words: str


@dataclass(frozen=True, slots=True)
class Checked:
    """The side at hand, with all that its rules ask about."""

    layout: Layout
    name: str
    side: Side
    artworks: Mapping[UUID, Artwork]
    dpi: int
    page_url: str

    @property
    def card(self) -> Area:
        return Area(0, 0, *self.layout.size_mm)

    def finding(
        self, element: AnyElement | None, code: str, severity: Severity, words: str
    ) -> Finding:
        """Return the finding, its sentence begun with what it is about and where that stands."""
        side = SIDE_WORDS[self.name]
        if element is None:
            return Finding(self.name, "", code, severity, f"{side}：{words}")
        where = f"左から {element.x:.1f} mm、上から {element.y:.1f} mm"
        subject = f"{side}の{name_of(element)}（{where}）"
        return Finding(self.name, element.id, code, severity, f"{subject}：{words}")


SIDE_WORDS: Final = {"front": "表面", "back": "裏面"}
FIELD_WORDS: Final[Mapping[MemberField, str]] = {
    MemberField.OWNER_NAME: "オーナー名",
    MemberField.MEMBER_NAME: "氏名",
    MemberField.MEMBER_REFERENCE: "会員番号",
    MemberField.POSTAL_CODE: "郵便番号",
    MemberField.ADDRESS1: "住所1",
    MemberField.ADDRESS2: "住所2",
}
_KIND_WORDS: Final[Mapping[type[AnyElement], str]] = {
    Number: "番号",
    Barcode: "バーコード",
    Qr: "QRコード",
    Image: "画像",
    Shape: "図形",
    Postal: "郵便の表示",
}
_LETTERS_SHOWN: Final = 10


def name_of(element: AnyElement) -> str:
    """Return what a person calls this element."""
    if isinstance(element, Text):
        words = element.text.replace("\n", " ")
        is_long = len(words) > _LETTERS_SHOWN
        return f"文字「{words[:_LETTERS_SHOWN]}{'…' if is_long else ''}」"
    if isinstance(element, Field):
        return f"項目「{FIELD_WORDS[element.field]}」"
    return _KIND_WORDS[type(element)]
