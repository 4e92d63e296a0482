"""Money that came in: payments against the invoices they paid and the facts that followed."""

from smartpit.web.audit.finding import Claims, claims_check

PAYMENT_AMOUNTS = claims_check(
    "payment_amounts",
    "収納の金額は、請求の版・店舗への回答と一致する",
    Claims(
        rows="""billing_payment p
            LEFT JOIN billing_invoiceversion v
                ON v.invoice_id = p.invoice_id AND v.version = p.version
            LEFT JOIN billing_invoice i ON i.id = p.invoice_id
            LEFT JOIN cards_card c ON c.number = p.number
            WHERE p.amount_yen IS NOT NULL""",
        key="p.id",
        hold={
            "金額が請求の版と違う": "p.invoice_id IS NULL OR p.amount_yen = v.amount_yen",
            "税額が請求の版と違う": """p.invoice_id IS NULL
                OR v.id IS NOT NULL AND p.tax_yen IS NOT DISTINCT FROM v.tax_yen""",
            "店舗への回答と違う": "(p.answer::jsonb ->> 'amount_yen')::bigint = p.amount_yen",
            "リピートの別が請求と違う": "p.invoice_id IS NULL OR p.repeats = i.repeats",
            "番号のカードがない": "p.invoice_id IS NULL OR c.id IS NOT NULL",
        },
    ),
    there_are="billing_payment WHERE status <> 'tombstone'",
)

PAYMENT_STATES = claims_check(
    "payment_states",
    "収納の状態は、取消・確報・訂正の記録と一致する",
    Claims(
        rows="""billing_payment p
            LEFT JOIN billing_reversal r ON r.payment_id = p.id
            LEFT JOIN billing_confirmation c ON c.payment_id = p.id
            LEFT JOIN billing_refund f ON f.payment_id = p.id
            LEFT JOIN billing_assignment a ON a.payment_id = p.id""",
        key="p.id",
        hold={
            "割当の記録と合わない": """a.id IS NULL
                OR p.late AND p.owner_id = a.owner_id AND p.status <> 'suspense'""",
            "取消の記録と合わない": "(p.status IN ('reversed', 'tombstone')) = (r.id IS NOT NULL)",
            "確報の記録と合わない": "(p.status IN ('confirmed', 'refunded')) = (c.id IS NOT NULL)",
            "訂正の記録と合わない": "(p.status = 'refunded') = (f.id IS NOT NULL)",
            "記録の順序が逆": """COALESCE(r.reversed_at >= p.booked_at, TRUE)
                AND COALESCE(c.confirmed_at >= p.booked_at, TRUE)
                AND COALESCE(a.assigned_at >= p.booked_at, TRUE)
                AND COALESCE(f.approved_at >= c.confirmed_at, TRUE)""",
        },
    ),
    there_are="billing_payment",
)

SINGLE_INVOICES = claims_check(
    "single_invoices",
    "単発の請求に有効な収納は1件まで",
    Claims(
        rows="""billing_invoice i
            LEFT JOIN LATERAL (
                SELECT count(*) FILTER (WHERE status IN ('reported', 'confirmed')) AS standing,
                       count(*) FILTER (WHERE status = 'refunded') AS refunded
                FROM billing_payment WHERE invoice_id = i.id) n ON TRUE
            WHERE NOT i.repeats""",
        key="i.id",
        hold={
            "有効な収納が2件以上ある": "n.standing <= 1",
            "状態が収納と合わない": "(i.status = 'paid') = (n.standing + n.refunded > 0)",
        },
    ),
    there_are="billing_invoice WHERE repeats IS FALSE",
)

INVOICE_VERSIONS = claims_check(
    "invoice_versions",
    "請求の内容は最新の版と一致し、版は1から続く",
    Claims(
        rows="""billing_invoice i
            LEFT JOIN billing_invoiceversion v ON v.invoice_id = i.id AND v.version = i.version
            LEFT JOIN LATERAL (
                SELECT count(*) AS versions, max(version) AS newest
                FROM billing_invoiceversion WHERE invoice_id = i.id) n ON TRUE""",
        key="i.id",
        hold={
            "最新の版と違う": """v.title = i.title AND v.amount_yen = i.amount_yen
                AND v.tax_yen IS NOT DISTINCT FROM i.tax_yen
                AND v.due_on IS NOT DISTINCT FROM i.due_on""",
            "版が欠けている": "n.versions = i.version AND n.newest = i.version",
        },
    ),
    there_are="billing_invoice",
)

EXPIRIES = claims_check(
    "expiries",
    "期限切れ処理が済んだ日までに、支払えるままの請求はない",
    Claims(
        rows="billing_invoice i CROSS JOIN (SELECT max(due_on) FROM billing_dayexpired) d (last)",
        key="i.id",
        hold={
            "期限が過ぎたままである": """i.status NOT IN ('open', 'suspended')
                OR COALESCE(i.due_on > d.last, TRUE)""",
        },
    ),
    there_are="billing_invoice",
)

CASES = claims_check(
    "cases",
    "仮受金と遅延した収納には要確認案件がある",
    Claims(
        rows="""billing_payment p
            LEFT JOIN LATERAL (
                SELECT count(*) FILTER (WHERE kind IN ('suspense', 'late_advice')) AS told,
                       count(*) FILTER (WHERE kind = 'suspense' AND status = 'open') AS open
                FROM billing_case WHERE payment_id = p.id) k ON TRUE
            WHERE p.late OR p.status = 'suspense'""",
        key="p.id",
        hold={
            "案件がない": "k.told > 0",
            "仮受金の案件が処理済になっている": "p.status <> 'suspense' OR k.open > 0",
        },
    ),
    there_are="billing_payment WHERE late OR status = 'suspense'",
)

REFUNDS = claims_check(
    "refunds",
    "訂正はセンターの2名が行い（一人が依頼し、別の人が承認）、承認日の期間に入る",
    Claims(
        rows="""billing_refund f
            FULL JOIN (SELECT * FROM settlement_refundrequest WHERE status = 'approved') r
                ON r.payment_id = f.payment_id
            LEFT JOIN tenants_staff a ON a.id = f.asked_by_id
            LEFT JOIN tenants_staff b ON b.id = f.approved_by_id""",
        key="coalesce(f.payment_id, r.payment_id)",
        hold={
            "承認した依頼と合わない": """f.asked_by_id = r.asked_by_id
                AND f.approved_by_id = r.decided_by_id AND f.owner_id = r.owner_id""",
            "2名でない": "a.id <> b.id AND a.owner_id IS NULL AND b.owner_id IS NULL",
            "締日が承認日より前": (
                "f.closes_on >= (f.approved_at AT TIME ZONE 'Asia/Tokyo')::date"
            ),
        },
    ),
    there_are="billing_refund",
)

SIDES = claims_check(
    "sides",
    "テストの端末はテスト環境だけ、本番の端末は本番だけを収納する",
    Claims(
        rows="""billing_payment p
            JOIN billing_chain c ON c.code = p.chain_id
            JOIN tenants_owner o ON o.id = p.owner_id
            LEFT JOIN billing_event e ON e.payment_id = p.id
                AND (e.body ? 'test') <> o.is_test""",
        key="p.id",
        hold={
            "端末とオーナーの環境が違う": "c.is_test = o.is_test",
            "イベントのテストの印が環境と合わない": "e.id IS NULL",
        },
    ),
    there_are="billing_payment WHERE owner_id IS NOT NULL",
)

TEST_SIDE = claims_check(
    "test_side",
    "テスト環境は精算に入らない",
    Claims(
        rows="tenants_owner o WHERE o.is_test",
        key="o.code",
        hold={
            "精算がある": """NOT EXISTS (SELECT FROM settlement_closing WHERE owner_id = o.id)
                AND NOT EXISTS (SELECT FROM settlement_statement WHERE owner_id = o.id)
                AND NOT EXISTS (SELECT FROM settlement_payout WHERE owner_id = o.id)""",
        },
    ),
    there_are="tenants_owner WHERE is_test",
)
