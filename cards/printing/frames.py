"""What a page says around its one card: 宛名台紙 for the post, and a leaflet for stores.

They are elements like those of a card, in millimetres from the upper left corner of the page.
"""

from typing import Any, Final

from cards.printing.layout import Colour, Field, MemberField, Shape, Side, Text
from cards.printing.profiles import Frame

_INDIGO: Final[Colour] = (100, 80, 28, 30)
_GOLD: Final[Colour] = (10, 26, 62, 12)
_GREY: Final[Colour] = (0, 0, 0, 66)
_WHITE: Final[Colour] = (0, 0, 0, 0)
_PALE: Final[Colour] = (0, 0, 0, 20)

_AT_LAWSON: Final = (
    "店内の端末「Loppi」で「各種番号をお持ちの方」を選び、13桁の番号を入力します。"
    "「スマートピットお支払い」を選んで内容を確認し、申込券をレジへお持ちください。"
)
_AT_FAMILYMART: Final = (
    "店内のマルチコピー機で「スマートピット」を選び、13桁の番号を入力します。"
    "内容を確認し、申込券をレジへお持ちください。"
)
_STEPS: Final = (("ローソン・ミニストップ", _AT_LAWSON), ("ファミリーマート", _AT_FAMILYMART))
_NOTES: Final = (
    "申込券の有効期限は30分です。期限が過ぎたときは、もう一度端末で発行してください。\n"
    "お支払いは現金でお願いします。領収書は大切に保管してください。"
)


def frame_of(frame: Frame) -> Side:
    """Return what stands around the card."""
    return _CARRIER if frame is Frame.CARRIER else _LEAFLET


def _text(name: str, at: tuple[float, float, float, float], text: str, **style: Any) -> Text:
    x, y, width, height = at
    return Text(id=name, x=x, y=y, width=width, height=height, text=text, **style)


def _field(
    name: str, at: tuple[float, float, float, float], of: MemberField, **style: Any
) -> Field:
    x, y, width, height = at
    return Field(id=name, x=x, y=y, width=width, height=height, field=of, **style)


def _shape(name: str, at: tuple[float, float, float, float], fill: Colour) -> Shape:
    x, y, width, height = at
    return Shape(id=name, x=x, y=y, width=width, height=height, fill=fill)


def _steps(left: float, top: float, width: float, lines: tuple[int, int]) -> list[Text | Shape]:
    """Return the way to pay at each chain, one below the other, in so many lines each."""
    elements: list[Text | Shape] = []
    for place, ((chain, words), lines_max) in enumerate(zip(_STEPS, lines, strict=True)):
        height = 3.3 + 4.15 * (lines_max - 1)
        elements += [
            _shape(f"rule-{place}", (left, top, 0.7, height + 7), _GOLD),
            _text(f"chain-{place}", (left + 3, top, width - 3, 5), chain, font="bold", size_pt=10),
            _text(
                f"steps-{place}",
                (left + 3, top + 6.6, width - 3, height),
                words,
                size_pt=9,
                lines_max=lines_max,
            ),
        ]
        top += height + 13
    return elements


# A long envelope (長形3号) shows the upper left of a sheet folded in three.
_CARRIER: Final = Side(
    elements=(
        _field("postcode", (24, 18, 76, 5), MemberField.POSTAL_CODE, prefix="〒", size_pt=10.5),
        _field("address1", (24, 24, 76, 5.5), MemberField.ADDRESS1, size_pt=10.5),
        _field("address2", (24, 29.5, 76, 5.5), MemberField.ADDRESS2, size_pt=10.5),
        _field(
            "name",
            (24, 37, 76, 9),
            MemberField.MEMBER_NAME,
            suffix=" 様",
            size_pt=14.0,
            lines_max=2,
        ),
        _field(
            "reference",
            (115, 34, 71, 4),
            MemberField.MEMBER_REFERENCE,
            prefix="会員番号 ",
            size_pt=7.5,
            align="right",
            colour=_GREY,
        ),
        _field(
            "sender",
            (115, 24, 71, 9),
            MemberField.OWNER_NAME,
            font="bold",
            size_pt=13.0,
            align="right",
            lines_max=2,
        ),
        _text(
            "subject",
            (24, 104, 162, 9),
            "会員カードをお届けします",
            font="bold",
            size_pt=16.0,
            colour=_INDIGO,
        ),
        _shape("thread", (24, 115, 162, 0.5), _GOLD),
        _text(
            "greeting",
            (24, 119, 162, 13),
            "いつもご利用いただきありがとうございます。下のカードの番号で、お近くのコンビニで"
            "お支払いいただけます。カードは切り取ってお持ちください。",
            size_pt=10.0,
            lines_max=3,
        ),
        *_steps(24, 138, 162, (2, 2)),
        _text("notes", (24, 180, 162, 9), _NOTES, size_pt=8.0, lines_max=2, colour=_GREY),
        _text(
            "cut",
            (62.2, 214, 85.6, 4),
            "線に沿って切り取ってください",
            size_pt=7.0,
            align="center",
            colour=_GREY,
        ),
    )
)

_LEAFLET: Final = Side(
    elements=(
        _shape("band", (0, 0, 148, 34), _INDIGO),
        _shape("thread", (0, 34, 148, 0.8), _GOLD),
        _text(
            "title",
            (14, 8, 120, 10),
            "コンビニで、番号ひとつでお支払い",
            font="bold",
            size_pt=19.0,
            colour=_WHITE,
        ),
        _text(
            "kind",
            (14, 20, 120, 6),
            "スマートピット スタンダードカード",
            size_pt=10.0,
            colour=_GOLD,
        ),
        _text(
            "start",
            (14, 40, 120, 17),
            "このカードの番号をお申し込み先の会社に登録すると、同じ番号でくり返しお支払い"
            "いただけます。登録の方法は、お申し込み先の会社にお問い合わせください。",
            size_pt=10.0,
            lines_max=4,
        ),
        *_steps(14, 62, 120, (3, 2)),
        _shape("line", (14, 107, 120, 0.2), _PALE),
        _text("notes", (14, 109, 120, 12), _NOTES, size_pt=8.0, lines_max=4, colour=_GREY),
        _text(
            "cut",
            (31.2, 135.5, 85.6, 4),
            "線に沿って切り取ってお持ちください",
            size_pt=7.0,
            align="center",
            colour=_GREY,
        ),
    )
)
