"""Money that came in: the bank's statements, what their lines were, what chains shall remit."""

from smartpit.web.audit.finding import Claims, claims_check

BANK_STATEMENTS = claims_check(
    "bank_statements",
    "銀行の入出金明細ファイルは取込時のままで、残高は明細の合計と一致する",
    Claims(
        rows="""settlement_bankstatement s
            JOIN settlement_bankopening o ON o.account = s.account
            JOIN settlement_bankstatement b ON b.id = o.statement_id
            LEFT JOIN LATERAL (
                SELECT COALESCE(sum(CASE e.direction WHEN 'in' THEN e.amount_yen
                                    ELSE -e.amount_yen END), 0) AS yen
                FROM settlement_bankentry e JOIN settlement_bankstatement f ON f.id = e.statement_id
                WHERE e.account = s.account AND e.day <= s.last_day
                AND f.taken_at <= s.taken_at) moved ON TRUE
            LEFT JOIN LATERAL (
                SELECT count(*) AS entries FROM settlement_bankentry
                WHERE statement_id = s.id) own ON TRUE""",
        key="s.name || ' ' || s.part",
        hold={
            "内容のハッシュが違う": "encode(sha256(s.content), 'hex') = s.sha256",
            "残高が明細と違う": "s.new_count = 0 OR b.opening_yen + moved.yen = s.closing_yen",
            "明細の数が違う": "own.entries = s.new_count",
        },
    ),
    there_are="settlement_bankstatement",
)

BANK_ENTRIES = claims_check(
    "bank_entries",
    "銀行の明細は、消込の内容と一致し、消込のないものには案件がある",
    Claims(
        rows="""settlement_bankentry e
            LEFT JOIN settlement_entryruling t ON t.entry_id = e.id
            LEFT JOIN settlement_payout p ON p.id = t.payout_id
            LEFT JOIN LATERAL (
                SELECT count(*) AS receipts, COALESCE(sum(r.amount_yen), 0) AS yen
                FROM settlement_remittancereceipt c
                JOIN settlement_remittance r ON r.id = c.remittance_id
                WHERE c.ruling_id = t.id) came ON TRUE
            LEFT JOIN LATERAL (
                SELECT count(*) AS waiting FROM settlement_payout
                WHERE bank_file_id = t.bank_file_id AND status = 'exported') sent ON TRUE
            LEFT JOIN LATERAL (
                SELECT count(*) FILTER (WHERE kind = 'bank_entry_unknown') AS unknown,
                       count(*) FILTER (WHERE kind = 'remittance_differs') AS differs
                FROM billing_case WHERE key = 'entry/' || e.id) k ON TRUE""",
        key="e.id",
        hold={
            "消込も案件もない": "t.id IS NOT NULL OR k.unknown = 1",
            "入払と合わない": """t.id IS NULL OR t.kind = 'own'
                OR (e.direction = 'out') = (t.kind = 'transfers')""",
            "入金予定と差額に合わない": """t.id IS NULL OR came.receipts = 0
                OR e.amount_yen = came.yen + t.difference_yen""",
            "差額の案件がない": "t.id IS NULL OR t.difference_yen = 0 OR k.differs = 1",
            "入金済でない振込がある": "sent.waiting = 0",
            "振込不能の精算入金と合わない": """p.id IS NULL
                OR p.status = 'returned' AND p.amount_yen = e.amount_yen""",
        },
    ),
    there_are="settlement_bankentry",
)

_DAY_BEGINS = "({}.remits_on::timestamp AT TIME ZONE 'Asia/Tokyo')"

REMITTANCES = claims_check(
    "remittances",
    "チェーンの入金予定は、確報から計算し直しても同じ",
    Claims(
        rows=f"""settlement_remittance r
            LEFT JOIN settlement_remittanceterms m ON m.id = r.terms_id
            LEFT JOIN LATERAL (
                SELECT cut_off, remits_on FROM settlement_remittance
                WHERE chain_id = r.chain_id AND cut_off < r.cut_off
                ORDER BY cut_off DESC LIMIT 1) f ON TRUE
            LEFT JOIN LATERAL (
                SELECT count(*) AS payments, COALESCE(sum(p.amount_yen), 0) AS yen
                FROM billing_confirmation c JOIN billing_payment p ON p.id = c.payment_id
                WHERE p.chain_id = r.chain_id AND p.business_date <= r.cut_off
                AND c.confirmed_at < {_DAY_BEGINS.format("r")}
                AND (f.cut_off IS NULL OR p.business_date > f.cut_off
                     OR c.confirmed_at >= {_DAY_BEGINS.format("f")})) was ON TRUE""",
        key="r.chain_id || ' ' || r.cut_off",
        hold={
            "件数または合計が違う": "(was.payments, was.yen) = (r.payments_count, r.gross_yen)",
            "手数料が違う": """r.fee_yen = CASE WHEN r.payments_count = 0 THEN 0 ELSE
                LEAST(m.payment_fee_yen * r.payments_count + m.transfer_fee_yen, r.gross_yen) END
                AND r.amount_yen = r.gross_yen - r.fee_yen""",
            "テスト環境のチェーン": """r.chain_id IN
                (SELECT code FROM billing_chain WHERE NOT is_test)""",
        },
    ),
    there_are="settlement_remittance",
)
