"""残高確認書: an owner's balance on paper, with the books beside it and room for its seal."""

from datetime import date
from typing import Final

from django.utils.formats import date_format
from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import Flowable, Table

from cards.printing.geometry import pt
from cards.printing.paper import (
    BODY,
    CELL,
    FIGURE_CELL,
    HAIRLINE,
    HEAD_CELL,
    HEADING,
    INDIGO,
    LEAD,
    PALE,
    SMALL,
    TITLE,
    WIDTH_MM,
    document,
    space,
    table,
    words,
)
from settlement.paper import sample_mark
from settlement.standing import Standing
from smartpit.kernel import clock
from tenants.models import Centre, Owner

NAME: Final = "残高確認書"
_FIGURE_HEAD: Final = ParagraphStyle("figure head", parent=HEAD_CELL, alignment=2)
_WIDTHS_MM: Final = (52.0, 72.0, 18.0, WIDTH_MM - 142.0)
_REPLY: Final = (
    ("残高", "□ 相違ありません"),
    ("", "□ 相違があります（貴社の残高と内容）"),
    ("", ""),
    ("ご回答日", ""),
    ("貴社名・印", "\n\n"),
)
Row = tuple[str, str, int | None, int]


def parts_of(standing: Standing) -> list[Row]:
    """Return the parts of a balance: word, what it means, how many, yen. They sum to the total."""
    rows: list[Row] = [
        (
            "収納済・確報前", "店舗で収納され、チェーンの確報を待つもの",
            standing.unconfirmed_count, standing.unconfirmed_yen,
        ),
        (
            "確報済・精算前", "入金が確定し、精算書にまだ載らないもの",
            standing.confirmed_count, standing.confirmed_yen,
        ),
    ]  # fmt: skip
    if standing.refunds_count:
        count, yen = standing.refunds_count, -standing.refunds_yen
        rows.append(("訂正・精算前", "返金により、次の精算書で差し引くもの", count, yen))
    rows.append(
        (
            "精算済・振込前",
            "精算書で確定し、振込をまだ依頼していないもの",
            None,
            standing.stated_yen,
        )
    )
    rows.append(
        (
            "振込依頼済・入金前",
            "銀行に振込を依頼し、入金の確認前のもの",
            None,
            standing.in_transit_yen,
        )
    )
    rows.append(("繰越", "直近の精算書から次回へ繰り越すもの", None, standing.carried_yen))
    assert sum(row[3] for row in rows) == standing.total_yen
    return rows


def books_of(standing: Standing) -> list[tuple[str, int]]:
    """Return what the books hold for it, account by account."""
    return [
        ("オーナー預り金（owner_payable）", standing.books_payable_yen),
        ("振込中の精算入金（payout_in_transit）", standing.books_in_transit_yen),
    ]


def balance_pdf(owner: Owner, day: date, standing: Standing, centre: Centre) -> bytes:
    """Return the certificate as PDF; the same balance gives the same bytes on the same day."""
    mark = sample_mark(is_demo=centre.is_demo)
    story: list[Flowable] = [
        words(f"{NAME}{mark}", TITLE),
        words(f"{owner.name}　御中", LEAD),
        words(
            f"{_long(day)}の業務終了時点で、当センターが貴社にお支払いすべき残高は次のとおりです。",
            BODY,
        ),
        words(f"残高　{standing.total_yen:,} 円", HEADING),
        _parts(standing),
        words("当センターの帳簿との一致", HEADING),
        _figures([(word, yen) for word, yen in books_of(standing)], "帳簿の合計"),
        space(2),
        words(
            "各収納は営業日、取消・訂正・確報・振込はそれぞれの日付で数えています。手数料、消費税、"
            "収入印紙相当額は精算書の作成日に差し引きます。確認後に届いた事後通知により、過去の日の"
            "残高が変わることがあります。",
            SMALL,
        ),
        *_clearing(standing),
        space(4),
        _issuer(centre),
        words("ご回答欄", HEADING),
        words(f"{_long(day)}現在の上記残高について、次のとおり回答します。", BODY),
        table(_REPLY, (40, WIDTH_MM - 40), head=False),
    ]
    return document(NAME, story, foot=f"{centre.name}　{NAME}　{owner.code}　{day:%Y/%m/%d}")


def _parts(standing: Standing) -> Table:
    cells = [_heads("区分", "内容", ">件数", ">金額（円）")]
    for word, told, count, yen in parts_of(standing):
        number = "" if count is None else f"{count:,}"
        cells.append(_cells(word, told, f">{number}", f">{yen:,}"))
    cells.append(_heads("合計", "", "", f">{standing.total_yen:,}"))
    return _ruled(cells, _WIDTHS_MM)


def _figures(rows: list[tuple[str, int]], total: str) -> Table:
    cells = [_heads("勘定", ">金額（円）")]
    cells += [_cells(word, f">{yen:,}") for word, yen in rows]
    cells.append(_heads(total, f">{sum(yen for _, yen in rows):,}"))
    return _ruled(cells, (124.0, WIDTH_MM - 124.0))


def _clearing(standing: Standing) -> list[Flowable]:
    if not standing.refund_clearing_yen:
        return []
    told = "訂正により残高から除き、センターが未処理として預かる金額（残高に含みません）"
    return [words(f"参考：{told}　{standing.refund_clearing_yen:,} 円", SMALL)]


def _issuer(centre: Centre) -> Table:
    rows = [["発行", centre.name], ["発行日", _long(clock.business_date())]]
    if centre.registration_number:
        rows.insert(1, ["登録番号", centre.registration_number])
    rows.append(["お問い合わせ", centre.contact_email])
    return table(rows, (40, WIDTH_MM - 40), head=False)


def _ruled(cells: list[list[Flowable]], widths_mm: tuple[float, ...]) -> Table:
    last = len(cells) - 1
    rules = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LINEBELOW", (0, 0), (-1, -1), 0.25, HAIRLINE),
        ("LINEBELOW", (0, 0), (-1, 0), 0.8, INDIGO),
        ("LINEABOVE", (0, last), (-1, last), 0.8, INDIGO),
        ("BACKGROUND", (0, 0), (-1, 0), PALE),
        ("TOPPADDING", (0, 0), (-1, -1), 2.5),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 3.5),
        ("LEFTPADDING", (0, 0), (-1, -1), 3),
        ("FONT", (0, 0), (-1, -1), CELL.fontName, 8),
    ]
    return Table(cells, [pt(width) for width in widths_mm], style=rules, hAlign="LEFT")


def _cells(*texts: str) -> list[Flowable]:
    return [words(text.lstrip(">"), FIGURE_CELL if text[:1] == ">" else CELL) for text in texts]


def _heads(*texts: str) -> list[Flowable]:
    return [words(one.lstrip(">"), _FIGURE_HEAD if one[:1] == ">" else HEAD_CELL) for one in texts]


def _long(day: date) -> str:
    return date_format(day, "Y年n月j日")
