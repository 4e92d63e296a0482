"""The books themselves: every fact posted once, and an owner's account what its rows say.

That they are in balance needs no check: a posting has one amount and two accounts.
"""

from smartpit.web.audit.finding import Claims, claims_check

# What must be posted, counted from the facts and not from the view.
_FACTS = """(
    SELECT p.id::text FROM billing_payment p LEFT JOIN tenants_owner o ON o.id = p.owner_id
        WHERE p.status <> 'tombstone' AND o.is_test IS NOT TRUE
    UNION ALL
    SELECT r.id::text FROM billing_reversal r JOIN billing_payment p ON p.id = r.payment_id
        LEFT JOIN tenants_owner o ON o.id = p.owner_id
        WHERE p.status <> 'tombstone' AND o.is_test IS NOT TRUE
    UNION ALL
    SELECT f.id::text FROM billing_refund f JOIN tenants_owner o ON o.id = f.owner_id
        WHERE NOT o.is_test
    UNION ALL SELECT id::text FROM settlement_statementline WHERE amount_yen <> 0
    UNION ALL SELECT id::text FROM settlement_statement WHERE tax_yen <> 0
    UNION ALL SELECT id::text FROM settlement_statement WHERE stamp_yen <> 0
    UNION ALL SELECT id::text FROM settlement_payoutmove) AS facts"""

POSTINGS = claims_check(
    "postings",
    "帳簿は、すべての記録を1回ずつ、正の金額で仕訳している",
    Claims(
        rows="books LEFT JOIN (SELECT fact, fact_id, count(*) AS times FROM books GROUP BY 1, 2) n "
        "USING (fact, fact_id)",
        key="fact || ' ' || fact_id",
        hold={
            "金額が正でない": "amount_yen > 0",
            "借方と貸方が同じ、またはない": "debit <> credit",
            "2回仕訳されている": "n.times = 1",
        },
    ),
    there_are=_FACTS,
)

OWNER_PAYABLES = claims_check(
    "owner_payables",
    "オーナーへの未払は、未精算の収納・繰越・未振込の精算入金の合計と一致する",
    Claims(
        rows="""tenants_owner o
            LEFT JOIN (
                SELECT account, sum(yen) AS yen
                FROM (SELECT credit AS account, amount_yen AS yen FROM books
                      UNION ALL SELECT debit, -amount_yen FROM books) AS side
                GROUP BY account) booked ON booked.account = 'owner_payable:' || o.id
            LEFT JOIN LATERAL (
                SELECT max(closes_on) AS upto FROM settlement_closing WHERE owner_id = o.id
            ) closed ON TRUE
            LEFT JOIN LATERAL (
                SELECT sum(p.amount_yen) AS yen FROM billing_payment p
                LEFT JOIN billing_confirmation c ON c.payment_id = p.id
                WHERE p.owner_id = o.id AND p.status <> 'reversed'
                    AND (c.closes_on <= closed.upto) IS NOT TRUE) unstated ON TRUE
            LEFT JOIN LATERAL (
                SELECT sum(p.amount_yen) AS yen FROM billing_refund f
                JOIN billing_payment p ON p.id = f.payment_id
                WHERE f.owner_id = o.id AND (f.closes_on <= closed.upto) IS NOT TRUE
            ) taken_back ON TRUE
            LEFT JOIN LATERAL (
                SELECT carried_out_yen AS yen FROM settlement_statement WHERE owner_id = o.id
                ORDER BY closes_on DESC LIMIT 1) carried ON TRUE
            LEFT JOIN LATERAL (
                SELECT sum(t.amount_yen) AS yen FROM settlement_payout t WHERE t.owner_id = o.id
                    AND (NOT EXISTS (SELECT FROM settlement_payoutmove m
                                      WHERE m.payout_id = t.id AND m.kind = 'exported')
                         OR EXISTS (SELECT FROM settlement_payoutmove m
                                     WHERE m.payout_id = t.id AND m.kind = 'returned')
                        AND NOT EXISTS (SELECT FROM settlement_payout again
                                         WHERE again.reissues_id = t.id))) waiting ON TRUE
            WHERE NOT o.is_test""",
        key="o.code",
        hold={
            "帳簿の未払と一致しない": """COALESCE(booked.yen, 0) = COALESCE(unstated.yen, 0)
                - COALESCE(taken_back.yen, 0) + COALESCE(carried.yen, 0)
                + COALESCE(waiting.yen, 0)""",
        },
    ),
    there_are="tenants_owner WHERE NOT is_test",
)
