"""The books' view against the facts, account by account, each reckoned another way.

What the centre owes an owner is reckoned from the far end: what is not stated yet, the last
balance carried out, and payouts that have not left. That meets the view only if every payment,
fee, tax, stamp, carry and payout between is right to the yen.
"""

from smartpit.web.audit.finding import Claims, claims_check

_BALANCES = """(
    SELECT account, sum(yen)::bigint AS yen FROM (
        SELECT debit AS account, amount_yen AS yen FROM books
        UNION ALL SELECT credit, -amount_yen FROM books) side GROUP BY account
)"""
_LIVE = """(p.owner_id IN (SELECT id FROM tenants_owner WHERE NOT is_test)
    OR p.owner_id IS NULL
    AND p.chain_id IN (SELECT code FROM billing_chain WHERE NOT is_test))"""
# A line of the bank's statement that no payout tells of.
_TOLD_BY_ITSELF = """NOT EXISTS (
    SELECT FROM settlement_entryruling t WHERE t.entry_id = e.id AND t.at_once
    AND t.kind IN ('transfers', 'returned'))"""

POSTINGS = claims_check(
    "postings",
    "仕訳はどれも、2つの勘定の間の正の金額",
    Claims(
        rows="books b",
        key="b.fact || ' ' || b.fact_id",
        hold={
            "金額が正でない": "b.amount_yen > 0",
            "同じ勘定の間": "b.debit <> b.credit",
            "日付がない": "b.day IS NOT NULL",
        },
    ),
    there_are=f"""(
        SELECT FROM billing_payment p WHERE p.amount_yen IS NOT NULL AND {_LIVE}
        UNION ALL SELECT FROM billing_reversal r JOIN billing_payment p ON p.id = r.payment_id
            WHERE p.amount_yen IS NOT NULL AND {_LIVE}
        UNION ALL SELECT FROM billing_refund f JOIN billing_payment p ON p.id = f.payment_id
            WHERE {_LIVE}
        UNION ALL SELECT FROM billing_assignment a JOIN billing_payment p ON p.id = a.payment_id
            WHERE {_LIVE}
        UNION ALL SELECT FROM settlement_statementline
        UNION ALL SELECT FROM settlement_statement WHERE tax_yen <> 0
        UNION ALL SELECT FROM settlement_statement WHERE stamp_yen <> 0
        UNION ALL SELECT FROM settlement_payoutmove
        UNION ALL SELECT FROM settlement_bankopening WHERE amount_yen <> 0
        UNION ALL SELECT FROM settlement_bankentry e WHERE {_TOLD_BY_ITSELF}
        UNION ALL SELECT FROM settlement_entryruling WHERE NOT at_once
        UNION ALL SELECT FROM settlement_remittancereceipt c
            JOIN settlement_remittance r ON r.id = c.remittance_id WHERE r.fee_yen <> 0) facts""",
)

_SIGNED = "(CASE e.direction WHEN 'in' THEN e.amount_yen ELSE -e.amount_yen END)"

# What each account must stand at, debits less credits, by the rows' present states.
_EXPECTED = f"""(
    SELECT account, sum(yen)::bigint AS yen FROM (
        SELECT 'store_receivable:' || p.chain_id AS account, p.amount_yen AS yen
            FROM billing_payment p WHERE p.status NOT IN ('reversed', 'tombstone') AND {_LIVE}
        UNION ALL SELECT 'suspense:' || p.chain_id, -p.amount_yen
            FROM billing_payment p WHERE p.status = 'suspense' AND {_LIVE}
        UNION ALL SELECT 'refund_clearing:' || p.owner_id, -p.amount_yen
            FROM billing_payment p WHERE p.status = 'refunded' AND {_LIVE}
        UNION ALL SELECT 'fee_income:' || kind, -amount_yen FROM settlement_statementline
        UNION ALL SELECT 'consumption_tax_payable', -tax_yen FROM settlement_statement
        UNION ALL SELECT 'stamp_reimbursement', -stamp_yen FROM settlement_statement
        UNION ALL SELECT 'payout_in_transit', -amount_yen FROM settlement_payout
            WHERE status = 'exported'
        UNION ALL SELECT 'bank', -amount_yen FROM settlement_payout WHERE status = 'paid'
        UNION ALL SELECT 'bank', amount_yen FROM settlement_bankopening
        UNION ALL SELECT 'own_funds', -amount_yen FROM settlement_bankopening
        UNION ALL SELECT 'bank', {_SIGNED} FROM settlement_bankentry e
            LEFT JOIN settlement_entryruling t ON t.entry_id = e.id
            WHERE t.kind IS NULL OR t.kind IN ('remittance', 'own')
        UNION ALL SELECT CASE t.kind WHEN 'own' THEN 'own_funds'
                WHEN 'remittance' THEN 'store_receivable:' || t.chain_id
                ELSE 'suspense:bank' END, -{_SIGNED}
            FROM settlement_bankentry e LEFT JOIN settlement_entryruling t ON t.entry_id = e.id
            WHERE t.kind IS NULL OR t.kind IN ('remittance', 'own')
        UNION ALL SELECT side.account || r.chain_id, side.sign * r.fee_yen
            FROM settlement_remittancereceipt c
            JOIN settlement_remittance r ON r.id = c.remittance_id
            CROSS JOIN (VALUES ('chain_fee:', 1), ('store_receivable:', -1)) side (account, sign)
    ) fact GROUP BY account
)"""

TRIAL_BALANCE = claims_check(
    "trial_balance",
    "試算表の各勘定は、記録から計算した残高と一致する",
    Claims(
        rows=f"""(SELECT * FROM {_BALANCES} view WHERE account NOT LIKE 'owner_payable:%') b
            FULL JOIN {_EXPECTED} e ON e.account = b.account""",
        key="COALESCE(b.account, e.account)",
        hold={"残高が違う": "COALESCE(b.yen, 0) = COALESCE(e.yen, 0)"},
    ),
    there_are=f"{_EXPECTED} e WHERE yen <> 0",
)

OWNER_BALANCES = claims_check(
    "owner_balances",
    "オーナーへの未払残高は、未精算の収納・繰越・未送金の合計",
    Claims(
        rows=f"""tenants_owner o
            LEFT JOIN {_BALANCES} b ON b.account = 'owner_payable:' || o.id
            LEFT JOIN LATERAL (
                SELECT COALESCE(max(closes_on), '-infinity') AS upto
                FROM settlement_closing WHERE owner_id = o.id) k ON TRUE
            LEFT JOIN LATERAL (
                SELECT COALESCE(sum(p.amount_yen), 0) AS yen
                FROM billing_payment p LEFT JOIN billing_confirmation c ON c.payment_id = p.id
                WHERE p.owner_id = o.id AND p.status <> 'reversed'
                AND (c.id IS NULL OR c.closes_on > k.upto)) coming ON TRUE
            LEFT JOIN LATERAL (
                SELECT COALESCE(sum(p.amount_yen), 0) AS yen
                FROM billing_refund f JOIN billing_payment p ON p.id = f.payment_id
                WHERE f.owner_id = o.id AND f.closes_on > k.upto) going ON TRUE
            LEFT JOIN LATERAL (
                SELECT COALESCE((array_agg(carried_out_yen ORDER BY closes_on DESC))[1], 0)
                    AS carried_yen, COALESCE(sum(payout_yen), 0) AS payout_yen
                FROM settlement_statement WHERE owner_id = o.id) s ON TRUE
            LEFT JOIN LATERAL (
                SELECT COALESCE(sum(amount_yen), 0) AS yen
                FROM settlement_payout WHERE owner_id = o.id
                AND status IN ('exported', 'paid')) sent ON TRUE
            WHERE NOT o.is_test""",
        key="o.code",
        hold={
            "残高が違う": """-COALESCE(b.yen, 0) = coming.yen - going.yen
                + s.carried_yen + s.payout_yen - sent.yen""",
        },
    ),
    there_are="tenants_owner WHERE is_test IS FALSE",
)
