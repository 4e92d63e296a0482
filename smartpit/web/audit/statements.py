"""Statements: that they add up, and that they say what the facts say.

Each statement is reckoned anew from payments, refunds, FAXes and charges by the same pure code,
under the terms of each fact's day. What may rightly have changed since is taken as stated: which
invoices were never paid when the period closed, on which terms tenants stood, and who bore fees.
"""

from dataclasses import replace
from datetime import date

from settlement.account import PeriodFacts, period_sums, takings_by_tenant
from settlement.agreed import spans_of
from settlement.calendar import first_closing_on_or_after, pay_day, statement_day
from settlement.facts import Window, facts_of
from settlement.fees import LINE_KINDS, Line, PeriodSums, settle_period, tax_percent
from settlement.models import Closing, Statement
from smartpit.web.audit.finding import Check, Claims, Finding, claims_check, count_of, found
from tenants.selectors import terms_of
from tenants.terms import Terms, priced_by

STATEMENT_SUMS = claims_check(
    "statement_sums",
    "精算書は合計が合い、消費税は1回だけ",
    Claims(
        rows="""settlement_statement s
            LEFT JOIN LATERAL (
                SELECT COALESCE(sum(amount_yen), 0) AS yen,
                       count(*) FILTER (WHERE kind = 'transfer') AS transfers
                FROM settlement_statementline WHERE statement_id = s.id) l ON TRUE
            LEFT JOIN LATERAL (
                SELECT COALESCE(sum(net_yen), 0) AS net_yen,
                       COALESCE(sum(gross_yen), 0) AS gross_yen,
                       COALESCE(sum(payments_count), 0) AS payments_count
                FROM settlement_substatement WHERE statement_id = s.id) t ON TRUE""",
        key="s.id",
        hold={
            "明細の合計が手数料と違う": "l.yen = s.fees_yen",
            "消費税が手数料の合計から1回で計算されていない": (
                "s.tax_yen = s.fees_yen * s.tax_percent / 100"
            ),
            "差引が合わない": """s.gross_yen - s.fees_yen - s.tax_yen - s.stamp_yen
                + s.carried_in_yen = s.payout_yen + s.carried_out_yen""",
            "入金と繰越の両方がある": """s.payout_yen >= 0
                AND (s.payout_yen = 0 OR s.carried_out_yen = 0)""",
            "精算入金手数料が入金と合わない": "l.transfers = (s.payout_yen > 0)::int",
            "テナントの合計が違う": """t.gross_yen = s.gross_yen
                AND t.payments_count = s.payments_count
                AND s.owner_margin_yen = s.payout_yen - t.net_yen""",
        },
    ),
    there_are="settlement_statement",
)

STATEMENT_LINES = claims_check(
    "statement_lines",
    "明細は件数×単価",
    Claims(
        rows="settlement_statementline l",
        key="l.statement_id || ' ' || l.place",
        hold={
            "件数×単価でない": "l.amount_yen = l.count * l.unit_yen AND l.amount_yen > 0",
            "知らない種類": f"l.kind IN ({', '.join(repr(kind) for kind in LINE_KINDS)})",
        },
    ),
    there_are="settlement_statementline",
)

SUB_STATEMENTS = claims_check(
    "sub_statements",
    "テナント精算書は差引が合い、手数料は取り決めた料率のとおり",
    Claims(
        rows="settlement_substatement t",
        key="t.id",
        hold={
            "差引が合わない": "t.net_yen = t.gross_yen - t.commission_yen - t.passed_yen",
            "手数料が取り決めた料率と違う": """num_nonnulls(
                    t.commission_each_yen, t.commission_basis_points) = 0
                OR t.commission_yen = t.commission_each_yen * t.payments_count
                    + greatest(t.gross_yen, 0) * t.commission_basis_points / 10000""",
            "負担が負": "t.commission_yen >= 0 AND t.passed_yen >= 0",
        },
    ),
    there_are="settlement_substatement",
)

CLOSINGS = claims_check(
    "closings",
    "精算書はそれぞれ1つの締めに属する",
    Claims(
        rows="settlement_closing k FULL JOIN settlement_statement s ON s.id = k.statement_id",
        key="COALESCE(s.id::text, k.id::text)",
        hold={
            "締めがない、または違う": """k.id IS NOT NULL AND (s.id IS NULL
                OR s.owner_id = k.owner_id AND s.closes_on = k.closes_on)""",
        },
    ),
    there_are="settlement_closing",
)

CARRIES = claims_check(
    "carries",
    "前回繰越は前の精算書の次回繰越",
    Claims(
        rows="""(SELECT id, carried_in_yen, COALESCE(lag(carried_out_yen)
            OVER (PARTITION BY owner_id ORDER BY closes_on), 0) AS former_yen
            FROM settlement_statement) s""",
        key="s.id",
        hold={"前の精算書と違う": "s.carried_in_yen = s.former_yen"},
    ),
    there_are="settlement_statement",
)

# A payment or refund is stated by the first closing on or after its closing date.
_STATED = """(
    SELECT payment_id, owner_id, closes_on, confirmed_at AS at FROM billing_confirmation
    UNION ALL SELECT payment_id, owner_id, closes_on, approved_at FROM billing_refund
)"""

PAYMENTS_STATED = claims_check(
    "payments_stated",
    "確報・訂正は、締めた期間の精算書に1回ずつ入っている",
    Claims(
        rows=f"""{_STATED} t
            LEFT JOIN LATERAL (
                SELECT * FROM settlement_closing
                WHERE owner_id = t.owner_id AND closes_on >= t.closes_on
                ORDER BY closes_on LIMIT 1) k ON TRUE""",
        key="t.payment_id",
        hold={
            "締めた期間に精算書がない": "k.id IS NULL OR k.statement_id IS NOT NULL",
            "締めた後に記録されている": "k.id IS NULL OR t.at <= k.closed_at",
        },
    ),
    there_are=f"{_STATED} t",
)


def _look_at_facts() -> Finding:
    looked_at = 0
    faults = []
    for owner_id in (
        Closing.objects.order_by("owner_id").values_list("owner_id", flat=True).distinct()
    ):
        terms = terms_of(owner_id)
        after, carried_yen = date.min, 0
        closings = Closing.objects.filter(owner_id=owner_id).select_related("statement")
        for closing in closings.order_by("closes_on"):
            looked_at += 1
            facts = facts_of(Window(owner_id, after, closing.closes_on), terms)
            facts = replace(facts, carried_in_yen=carried_yen)
            wrong = _wrong(closing.statement, facts, terms, closing.closes_on)
            faults += [f"{owner_id} {closing.closes_on}: {words}" for words in wrong]
            after = closing.closes_on
            if closing.statement is not None:
                carried_yen = closing.statement.carried_out_yen
    return found(looked_at, faults)


def _wrong(
    statement: Statement | None, facts: PeriodFacts, terms: list[Terms], closes_on: date
) -> list[str]:
    if statement is None:
        sums = period_sums(replace(facts, uncollected=()), terms)
        return [] if sums.is_empty else ["精算書がない"]
    return [*_wrong_sums(statement, facts, terms, closes_on), *_wrong_shares(statement, facts)]


def _wrong_sums(
    statement: Statement, facts: PeriodFacts, terms: list[Terms], closes_on: date
) -> list[str]:
    stated = [Line(line.kind, line.count, line.unit_yen) for line in statement.lines.all()]  # type: ignore[arg-type]
    sums = period_sums(replace(facts, uncollected=()), terms)
    never_paid = [line for line in stated if line.kind == "uncollected"]
    sums = replace(sums, lines=(*sums.lines, *never_paid))
    account = settle_period(
        sums,
        transfer_yen=priced_by(terms, closes_on).transfer_yen,
        tax_percent=tax_percent(closes_on),
    )
    named = _figures(statement, sums, sum(takings.count for takings in facts.payments)) | {
        "手数料": (statement.fees_yen, account.fees_yen),
        "消費税": (statement.tax_yen, account.tax_yen),
        "精算入金額": (statement.payout_yen, account.payout_yen),
        "次回繰越": (statement.carried_out_yen, account.carried_out_yen),
    }
    wrong = [
        f"{name} {said:,} は {true:,} のはず"
        for name, (said, true) in named.items()
        if said != true
    ]
    if sorted(map(repr, stated)) != sorted(map(repr, account.lines)):
        wrong.append("明細が事実と違う")
    return wrong


def _figures(
    statement: Statement, sums: PeriodSums, payments_count: int
) -> dict[str, tuple[int, int]]:
    return {
        "件数": (statement.payments_count, payments_count),
        "収納額": (statement.gross_yen, sums.gross_yen),
        "収入印紙相当額": (statement.stamp_yen, sums.stamp_yen),
        "前回繰越": (statement.carried_in_yen, sums.carried_in_yen),
    }


def _wrong_shares(statement: Statement, facts: PeriodFacts) -> list[str]:
    """Compare each tenant's count and gross; its commission is what was agreed at the time."""
    taken = takings_by_tenant(facts)
    shares = {share.tenant_id: share for share in statement.sub_statements.all()}
    if set(shares) != set(taken):
        return ["テナントの顔ぶれが違う"]
    wrong = []
    for tenant_id, share in shares.items():
        payments_count, _, gross_yen = taken[tenant_id]
        if (share.payments_count, share.gross_yen) != (payments_count, gross_yen):
            wrong.append(f"テナント {tenant_id} の件数・収納額が違う")
    return wrong


STATEMENT_FACTS = Check(
    "statement_facts",
    "精算書は、収納・訂正・FAX・料金の記録から計算し直しても同じ",
    _look_at_facts,
    lambda: count_of("settlement_closing"),
)


def _look_at_days() -> Finding:
    faults = []
    statements = list(Statement.objects.order_by("owner_id", "closes_on"))
    spans = {owner: spans_of(terms_of(owner)) for owner in {row.owner_id for row in statements}}
    for row in statements:
        if first_closing_on_or_after(spans[row.owner_id], row.closes_on) != row.closes_on:
            faults.append(f"{row.pk}: {row.closes_on} は締日でない")
        if row.stated_on != statement_day(row.closes_on) or row.pays_on != pay_day(row.stated_on):
            faults.append(f"{row.pk}: 精算書作成日または入金予定日が違う")
    return found(len(statements), faults)


STATEMENT_DAYS = Check(
    "statement_days",
    "締日・精算書作成日・入金予定日は暦のとおり",
    _look_at_days,
    lambda: count_of("settlement_statement"),
)
