"""精算書 on paper, and with it the 適格請求書 of the centre's fees.

What is collected is the owner's own sale; the centre sells its fees. So the invoice of this paper
is of the fees alone, and the centre's name and number stand on it. It is not drawn without the
number, nor of figures that do not sum.
"""

from collections.abc import Sequence

from reportlab.platypus import Flowable, KeepTogether

from cards.printing.paper import HEADING, SMALL, TITLE, WIDTH_MM, space
from settlement.line_words import line_words
from settlement.models import Payee, Statement
from settlement.paper import (
    RECIPIENT,
    RIGHT,
    Column,
    amount_box,
    columns_of,
    day,
    fall,
    figures,
    sample_mark,
    sheets,
    told,
    yen,
)
from settlement.period_rows import DaySum, Period, period_of, require_rows
from settlement.qualified_invoice import sum_before_tax
from settlement.whole import Whole, whole_of
from smartpit.kernel.errors import DomainError
from tenants.models import Centre
from tenants.registration_number import require_registration_number
from tenants.selectors import centre

_TITLE = "精算書"


class IssuerUnknown(DomainError):
    """No invoice can be issued before it is known by whom, and under which number."""

    code = "issuer_unknown"
    title = "センターの登録番号が登録されていないため、適格請求書を発行できません"


def statement_pdf(statement: Statement) -> bytes:
    """Return the statement as PDF; the same statement gives the same bytes."""
    issuer = issuer_of_fees()
    whole = whole_of(statement)
    period = period_of(statement)
    days = require_rows(period)

    def story() -> Sequence[Flowable]:
        return [
            *_letterhead(whole, issuer),
            _amount(whole),
            told("精算の内訳", HEADING),
            fall(whole.bars),
            *_invoice(whole, period),
            *_tenants(whole),
            *_days(statement, days),
        ]

    title = f"{_TITLE} {statement.closes_on:%Y-%m-%d}"
    return sheets(title, story, foot=f"{issuer.name}　{_TITLE}　{statement.pk}")


def issuer_of_fees() -> Centre:
    """Return the centre with its number, whose check digit is looked at once more."""
    founded = centre()
    if founded is None or not founded.registration_number:
        raise IssuerUnknown
    require_registration_number(founded.registration_number)
    return founded


def letterhead(title: str, left: Sequence[str], right: Sequence[str]) -> list[Flowable]:
    """Return the head of a paper: to whom on the left, by whom and when on the right."""
    recipient, *lines = left
    return [
        told(title, TITLE),
        space(2),
        columns_of(
            [told(f"{recipient}　御中", RECIPIENT), *(told(line) for line in lines)],
            [told(line, RIGHT) for line in right],
            96,
        ),
        space(4),
    ]


def _letterhead(whole: Whole, issuer: Centre) -> list[Flowable]:
    statement = whole.statement
    mark = sample_mark(is_demo=issuer.is_demo)
    kind = " 兼 適格請求書" if statement.fees_yen else ""
    contact = [issuer.contact_email]
    if issuer.contact_phone:
        contact.append(f"電話 {issuer.contact_phone}")
    return letterhead(
        f"{_TITLE}{kind}{mark}",
        [statement.owner.name, "下記のとおり精算いたします。"],
        [
            f"発行日　{day(statement.stated_on)}",
            f"精算書番号　{str(statement.pk)[:8].upper()}",
            issuer.name,
            f"登録番号　{issuer.registration_number}",
            *contact,
        ],
    )


def _amount(whole: Whole) -> Flowable:
    statement = whole.statement
    rows = [("締日", day(statement.closes_on))]
    if statement.payout_yen:
        rows.append(("入金予定日", day(statement.pays_on)))
        payee = next((one.payee for one in whole.payouts if one.payee), None)
        if payee is not None:
            rows.append(("振込先", _masked(payee)))
    else:
        rows.append(("入金", "今回のお振り込みはありません。次回に繰り越します。"))
    return amount_box("精算入金額", statement.payout_yen, rows)


def _masked(payee: Payee) -> str:
    kind = payee.get_account_kind_display()
    return f"{payee.bank_kana} {payee.branch_kana} {kind} ****{payee.account_number[-3:]}"


def _invoice(whole: Whole, period: Period) -> list[Flowable]:
    """Return the fees line by line and by rate: contents, rate, sums, tax once for each rate."""
    statement = whole.statement
    columns = [
        Column("項目", WIDTH_MM - 114),
        Column("件数", 24, is_figure=True),
        Column("単価（円）", 28, is_figure=True),
        Column("税率", 20, is_figure=True),
        Column("金額（税抜・円）", 42, is_figure=True),
    ]
    rate = f"{statement.tax_percent} %"
    rows = [
        [line_words(line.kind), f"{line.count:,}", yen(line.unit_yen), rate, yen(line.amount_yen)]
        for line in whole.lines
    ]
    days = f"取引年月日　{day(period.starts_on)} から {day(statement.closes_on)} まで"
    rows.append(["手数料の合計", "", "", "", yen(statement.fees_yen)])
    return [
        told("手数料の明細", HEADING),
        told(days, SMALL),
        space(1.5),
        figures(columns, rows, feet=1),
        space(4),
        KeepTogether([_by_rate(statement), space(1), *_notes(statement)]),
    ]


def _by_rate(statement: Statement) -> Flowable:
    columns = [
        Column("税率ごとの合計", WIDTH_MM - 114),
        Column("税抜（円）", 38, is_figure=True),
        Column("消費税（円）", 38, is_figure=True),
        Column("税込（円）", 38, is_figure=True),
    ]
    at_rate = sum_before_tax(statement.fees_yen, percent=statement.tax_percent)
    outside_yen = statement.stamp_yen
    rows = [
        [
            f"{at_rate.percent} % 対象",
            yen(at_rate.net_yen),
            yen(at_rate.tax_yen),
            yen(at_rate.total_yen),
        ],
        ["不課税（収入印紙相当額）", yen(outside_yen), "—", yen(outside_yen)],
        [
            "合計",
            yen(at_rate.net_yen + outside_yen),
            yen(at_rate.tax_yen),
            yen(at_rate.total_yen + outside_yen),
        ],
    ]
    return figures(columns, rows, feet=1)


def _notes(statement: Statement) -> list[Flowable]:
    notes = [
        "消費税は、税率ごとの合計額に対して精算書ごとに一度だけ計算し、1円未満を切り捨てています。",
        "軽減税率（8 %）の対象はありません。手数料と消費税は収納額から差し引いて精算します。",
    ]
    if not statement.payout_yen:
        notes.append("精算入金額がない精算書には、精算入金手数料はかかりません。")
    return [told(note, SMALL) for note in notes]


def _tenants(whole: Whole) -> list[Flowable]:
    if not whole.shares:
        return []
    columns = [
        Column("テナント", WIDTH_MM - 130),
        Column("件数", 18, is_figure=True),
        Column("収納額（円）", 30, is_figure=True),
        Column("手数料（円）", 26, is_figure=True),
        Column("センター負担（円）", 28, is_figure=True),
        Column("差引額（円）", 28, is_figure=True),
    ]
    rows = [
        [
            share.tenant.name,
            f"{share.payments_count:,}",
            yen(share.gross_yen),
            yen(-share.commission_yen),
            yen(-share.passed_yen),
            yen(share.net_yen),
        ]
        for share in whole.shares
    ]
    statement = whole.statement
    rows += [
        [
            "合計",
            f"{statement.payments_count:,}",
            yen(statement.gross_yen),
            yen(-sum(share.commission_yen for share in whole.shares)),
            yen(-sum(share.passed_yen for share in whole.shares)),
            yen(sum(share.net_yen for share in whole.shares)),
        ],
        ["オーナー取り分", "", "", "", "", yen(statement.owner_margin_yen)],
    ]
    return [told("テナントごとの内訳", HEADING), figures(columns, rows, feet=2)]


def _days(statement: Statement, days: Sequence[DaySum]) -> list[Flowable]:
    if not days:
        return []
    return [told("営業日ごとの収納", HEADING), days_table(days, statement.gross_yen)]


def days_table(days: Sequence[DaySum], gross_yen: int) -> Flowable:
    """Return the rows summed by business date, with their sum below."""
    columns = [
        Column("営業日", WIDTH_MM - 110),
        Column("収納（件）", 34, is_figure=True),
        Column("訂正（件）", 34, is_figure=True),
        Column("収納額（円）", 42, is_figure=True),
    ]
    rows = [
        [day(one.day), f"{one.payments_count:,}", f"{one.refunds_count:,}", yen(one.gross_yen)]
        for one in days
    ]
    counts = [sum(one.payments_count for one in days), sum(one.refunds_count for one in days)]
    rows.append(["合計", *(f"{count:,}" for count in counts), yen(gross_yen)])
    return figures(columns, rows, feet=1)
