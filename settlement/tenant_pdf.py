"""テナント精算書 on paper: an owner's account with a tenant, issued by the owner.

Whose invoice it is says whose number stands on it. The commission is the owner's sale to the
tenant: the owner's name and number, and the title of an invoice only where there is a number. What
the tenant bears of the centre's fees the owner has paid for it (立替金): there the centre is named
as who charged it, with its own number.
"""

from collections.abc import Sequence

from reportlab.platypus import Flowable

from cards.printing.paper import HEADING, SMALL, WIDTH_MM, space
from settlement.models import Issuer, SubStatement
from settlement.paper import Column, amount_box, day, fall, figures, sample_mark, sheets, told, yen
from settlement.period_rows import DaySum, period_of, require_rows
from settlement.qualified_invoice import sum_with_tax
from settlement.selectors import issuer_of
from settlement.statement_pdf import days_table, letterhead
from settlement.waterfall import Bar, DoesNotSum
from settlement.waterfall import fall as bars_of
from tenants.models import Centre
from tenants.selectors import centre

_TITLE = "テナント精算書"


def tenant_pdf(share: SubStatement) -> bytes:
    """Return a tenant's statement as PDF; nothing of the owner's own account is on it."""
    if share.net_yen != share.gross_yen - share.commission_yen - share.passed_yen:
        raise DoesNotSum("payout")
    issuer = issuer_of(share.owner_id, share.statement.closed_at)
    name = issuer.name if issuer else share.owner.name
    period = period_of(share.statement, share.tenant_id)
    days = require_rows(period, share)

    def story() -> Sequence[Flowable]:
        return [
            *_head(share, issuer, name),
            amount_box("差引額", share.net_yen, [("締日", day(share.statement.closes_on))]),
            told("精算の内訳", HEADING),
            fall(_bars(share)),
            *_commission(share, issuer, f"{day(period.starts_on)} から"),
            *_advanced(share, centre()),
            *_days(share, days),
        ]

    title = f"{_TITLE} {share.statement.closes_on:%Y-%m-%d}"
    return sheets(title, story, foot=f"{name}　{_TITLE}　{share.pk}")


def _bars(share: SubStatement) -> list[Bar]:
    moves = [
        ("gross", share.gross_yen),
        ("commission", -share.commission_yen),
        ("passed", -share.passed_yen),
    ]
    return bars_of([move for move in moves if move[1] or move[0] == "gross"], "net")


def _head(share: SubStatement, issuer: Issuer | None, name: str) -> list[Flowable]:
    founded = centre()
    mark = sample_mark(is_demo=founded is not None and founded.is_demo)
    number = issuer.registration_number if issuer else ""
    kind = " 兼 適格請求書" if number and share.commission_yen else ""
    lines = [
        f"発行日　{day(share.statement.stated_on)}",
        f"精算書番号　{str(share.pk)[:8].upper()}",
        name,
        f"登録番号　{number}" if number else "登録番号　なし",
    ]
    return letterhead(
        f"{_TITLE}{kind}{mark}", [share.tenant.name, "下記のとおり精算いたします。"], lines
    )


def _commission(share: SubStatement, issuer: Issuer | None, since: str) -> list[Flowable]:
    """Return the owner's commission by its rate, tax within it told once."""
    statement = share.statement
    heading = [
        told("手数料", HEADING),
        told(f"取引年月日　{since} {day(statement.closes_on)} まで", SMALL),
        space(1.5),
    ]
    if not share.commission_yen:
        return [*heading, told("この期間の手数料はありません。", SMALL)]
    if issuer is None or not issuer.registration_number:
        note = "発行者の登録番号がないため、この精算書は適格請求書ではありません。"
        row = [["収納手数料（税込）", yen(share.commission_yen)]]
        columns = [Column("項目", WIDTH_MM - 42), Column("金額（円）", 42, is_figure=True)]
        return [*heading, figures(columns, row), space(1), told(note, SMALL)]
    at_rate = sum_with_tax(share.commission_yen, percent=statement.tax_percent)
    columns = [
        Column("項目", WIDTH_MM - 134),
        Column("税率", 20, is_figure=True),
        Column("税抜（円）", 38, is_figure=True),
        Column("消費税（円）", 38, is_figure=True),
        Column("税込（円）", 38, is_figure=True),
    ]
    sums = [yen(at_rate.net_yen), yen(at_rate.tax_yen), yen(at_rate.total_yen)]
    rate = f"{at_rate.percent} %"
    rows = [["収納手数料", rate, *sums], [f"{rate} 対象の合計", "", *sums]]
    note = (
        "手数料は税込の約定です。消費税は税率ごとの合計額から一度だけ計算し、1円未満を切り捨てて"
        "います。軽減税率（8 %）の対象はありません。"
    )
    return [*heading, figures(columns, rows, feet=1), space(1), told(note, SMALL)]


def _advanced(share: SubStatement, founded: Centre | None) -> list[Flowable]:
    """Return what the owner has paid for the tenant: the centre's sale, under its number."""
    if not share.passed_yen or founded is None:
        return []
    statement = share.statement
    columns = [
        Column("立替先", WIDTH_MM - 92),
        Column("登録番号", 50),
        Column("金額（税込・円）", 42, is_figure=True),
    ]
    rows = [[founded.name, founded.registration_number or "なし", yen(share.passed_yen)]]
    stamp = "収入印紙相当額（不課税）の負担分を含みます。" if statement.stamp_yen else ""
    note = (
        f"センターが {day(statement.stated_on)} に発行者へ交付した適格請求書の収納手数料"
        f"（税率 {statement.tax_percent} %）のうち、ご負担分を立て替えたものです。{stamp}"
    )
    return [
        told("立替金の精算（センター手数料）", HEADING),
        figures(columns, rows),
        space(1),
        told(note, SMALL),
    ]


def _days(share: SubStatement, days: Sequence[DaySum]) -> list[Flowable]:
    if not days:
        return []
    return [told("営業日ごとの収納", HEADING), days_table(days, share.gross_yen)]
