"""Till keys, amounts, days: each key once for ever, each amount in its bounds, each day whole."""

from smartpit.web.audit.finding import Claims, claims_check

TILL_KEYS = claims_check(
    "till_keys",
    "レシートの鍵は1回だけ使われ、先行取消に収納の記録はない",
    Claims(
        rows="""(SELECT *, count(*) OVER (PARTITION BY chain_id, store, terminal, business_date,
                receipt, line) AS of_the_key FROM billing_payment) p
            LEFT JOIN billing_confirmation c ON c.payment_id = p.id
            LEFT JOIN billing_assignment a ON a.payment_id = p.id""",
        key="p.id",
        hold={
            "同じ鍵の行が2つある": "p.of_the_key = 1",
            "回答がない": "p.answer <> ''",
            "先行取消に金額・確報・割当がある": """p.status <> 'tombstone'
                OR p.amount_yen IS NULL AND p.owner_id IS NULL AND c.id IS NULL AND a.id IS NULL""",
        },
    ),
    there_are="billing_payment",
)

_AMOUNTS = """(
    SELECT '収納 ' || id AS key, amount_yen AS yen, 1 AS least, 300000 AS most
        FROM billing_payment WHERE status <> 'tombstone'
    UNION ALL SELECT '請求 ' || invoice_id || ' ' || version, amount_yen, 1, 300000
        FROM billing_invoiceversion
    UNION ALL SELECT '精算入金 ' || id, amount_yen, 1, 9999999999 FROM settlement_payout
    UNION ALL SELECT '振込 ' || id, amount_yen, 1, 9999999999 FROM settlement_payoutmove
    UNION ALL SELECT '振込ファイル ' || name, total_yen, 1, 999999999999 FROM settlement_bankfile
    UNION ALL SELECT '明細単価 ' || id, unit_yen, 0, 9999999999 FROM settlement_statementline
    UNION ALL SELECT '手数料 ' || id, fees_yen, 0, 9999999999 FROM settlement_statement
)"""

AMOUNTS = claims_check(
    "amounts",
    "金額は1円から上限まで、手数料は負でない",
    Claims(
        rows=f"{_AMOUNTS} a",
        key="a.key",
        hold={"範囲の外": "a.yen BETWEEN a.least AND a.most"},
    ),
    there_are="""(
        SELECT FROM billing_payment WHERE amount_yen IS NOT NULL
        UNION ALL SELECT FROM billing_invoiceversion
        UNION ALL SELECT FROM settlement_payout
        UNION ALL SELECT FROM settlement_payoutmove
        UNION ALL SELECT FROM settlement_bankfile
        UNION ALL SELECT FROM settlement_statementline
        UNION ALL SELECT FROM settlement_statement) amounts""",
)

_LIVE = "chain_id IN (SELECT code FROM billing_chain WHERE NOT is_test)"

# What tills took and did not undo, and what the books say the chain owes for it. A reversal's
# posting names its payment, on another day; both belong to the payment's business date.
CHAIN_DAYS = claims_check(
    "chain_days",
    "店舗の収納と帳簿は、チェーン・営業日ごとに一致する",
    Claims(
        rows=f"""(
            SELECT chain_id, business_date, COALESCE(sum(amount_yen) FILTER (
                WHERE status NOT IN ('reversed', 'tombstone')), 0) AS yen
            FROM billing_payment WHERE {_LIVE} GROUP BY 1, 2) t
            LEFT JOIN (
                SELECT p.chain_id, p.business_date, sum(CASE
                    WHEN b.debit = 'store_receivable:' || p.chain_id THEN b.amount_yen
                    WHEN b.credit = 'store_receivable:' || p.chain_id THEN -b.amount_yen
                    ELSE 0 END) AS yen
                FROM billing_payment p JOIN books b ON b.fact_id = p.id::text
                WHERE p.{_LIVE} GROUP BY 1, 2) b USING (chain_id, business_date)""",
        key="chain_id || ' ' || business_date",
        hold={"帳簿と違う": "t.yen = COALESCE(b.yen, 0)"},
    ),
    there_are=f"""(SELECT DISTINCT chain_id, business_date FROM billing_payment
        WHERE {_LIVE}) days""",
)
