"""How a new design can begin: empty, or with everything a medium needs where it usually stands."""

from dataclasses import dataclass, replace
from typing import Final

from cards.printing.designs import DEFAULT
from cards.printing.layout import (
    Barcode,
    Field,
    Layout,
    Medium,
    MemberField,
    Number,
    Postal,
    PostalMark,
    Qr,
    Shape,
    Side,
    Text,
)

_INDIGO: Final = (100, 80, 28, 30)
_GREY: Final = (0, 0, 0, 60)
_FIVE_DOTS_MM: Final = 0.424  # At 300 dpi, the nearest whole number of dots to the usual width.


@dataclass(frozen=True, slots=True)
class Beginning:
    code: str
    name: str
    words: str


BEGINNINGS: Final = (
    Beginning("empty", "空のデザイン", "何も置かれていません。背景から自由に作ります。"),
    Beginning(
        "standard",
        "標準の配置",
        "カードは番号・バーコード・氏名、はがきは表に郵便番号枠と宛名、裏に番号とバーコードを"
        "置いてあります。",
    ),
)


def beginning(code: str, medium: Medium) -> Layout:
    """Return the layout a new design of this medium begins with."""
    if code != "standard":
        return Layout(medium=medium, front=Side())
    if medium is Medium.POSTCARD:
        return _POSTCARD
    return replace(DEFAULT, medium=medium)


_ADDRESS_SIDE: Final = Side(
    elements=(
        Postal(id="title", x=39, y=3.5, width=22, height=3.6, mark=PostalMark.TITLE),
        Postal(id="boxes", x=44.3, y=12, width=47.7, height=8, mark=PostalMark.BOXES),
        Postal(id="paid", x=6, y=6, width=20, height=20, mark=PostalMark.PAID),
        Field(
            id="address1",
            field=MemberField.ADDRESS1,
            x=16,
            y=44,
            width=72,
            height=12,
            size_pt=11,
            lines_max=2,
        ),
        Field(
            id="address2",
            field=MemberField.ADDRESS2,
            x=16,
            y=57,
            width=72,
            height=11,
            size_pt=11,
            lines_max=2,
        ),
        Field(
            id="name",
            field=MemberField.MEMBER_NAME,
            x=16,
            y=71,
            width=72,
            height=14,
            font="bold",
            size_pt=16,
            lines_max=2,
            suffix=" 様",
        ),
        Field(
            id="sender",
            field=MemberField.OWNER_NAME,
            x=16,
            y=132,
            width=72,
            height=6,
            size_pt=9,
            align="right",
        ),
    )
)
_PAYMENT_SIDE: Final = Side(
    elements=(
        Shape(id="band", x=-3, y=-3, width=106, height=27, fill=_INDIGO),
        Text(
            id="heading",
            text="お支払いのご案内",
            x=8,
            y=8,
            width=84,
            height=10,
            font="bold",
            size_pt=18,
            colour=(0, 0, 0, 0),
        ),
        Text(
            id="lead",
            text="コンビニの端末で番号を入力するか、\nレジでバーコードをお見せください。",
            x=8,
            y=32,
            width=84,
            height=12,
            size_pt=10,
            lines_max=2,
        ),
        Text(
            id="number-word",
            text="スマートピット番号",
            x=8,
            y=58,
            width=60,
            height=4.5,
            font="bold",
            size_pt=8,
            colour=_INDIGO,
        ),
        Number(id="number", x=8, y=63, width=84, height=9, size_pt=20),
        Barcode(id="barcode", x=8, y=80, height=20, module_mm=_FIVE_DOTS_MM),
        Qr(id="qr", x=70, y=80, width=20),
        Text(
            id="foot",
            text="この番号は何度でもお使いいただけます。",
            x=8,
            y=134,
            width=84,
            height=5,
            size_pt=8,
            colour=_GREY,
        ),
    )
)
_POSTCARD: Final = Layout(medium=Medium.POSTCARD, front=_ADDRESS_SIDE, back=_PAYMENT_SIDE)
