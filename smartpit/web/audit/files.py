"""What chains sent: each file against its records, its days, its cases and what it confirmed."""

from smartpit.web.audit.finding import Claims, claims_check

CHAIN_FILES = claims_check(
    "chain_files",
    "確報ファイルの件数・金額・相違は、レコード・日計・案件・収納と一致する",
    Claims(
        rows="""billing_chainfile f
            LEFT JOIN LATERAL (
                SELECT count(*) AS records, COALESCE(sum(r.amount_yen), 0) AS yen,
                       count(*) FILTER (WHERE r.kind = '02' AND r.reason = '') AS confirmed,
                       count(*) FILTER (WHERE r.kind = '03' AND r.reason = '') AS reversed,
                       count(*) FILTER (WHERE r.reason <> '') AS cases,
                       count(*) FILTER (WHERE r.reason <> '' AND k.id IS NULL) AS caseless,
                       count(*) FILTER (WHERE r.kind = '02' AND r.reason = ''
                           AND (p.status IN ('confirmed', 'refunded')
                               AND p.amount_yen = r.amount_yen
                               AND p.chain_id = f.chain_id) IS NOT TRUE) AS unheeded
                FROM billing_chainfilerecord r
                LEFT JOIN billing_case k ON k.id = r.case_id
                LEFT JOIN billing_payment p ON p.id = r.payment_id
                WHERE r.file_id = f.id) n ON TRUE
            LEFT JOIN LATERAL (
                SELECT COALESCE(sum(count), 0) AS records, COALESCE(sum(amount_yen), 0) AS yen,
                       COALESCE(sum(differences_count), 0) AS cases
                FROM billing_chainfileday WHERE file_id = f.id) d ON TRUE""",
        key="f.name",
        hold={
            "レコードと合わない": """(n.records, n.yen, n.confirmed, n.reversed, n.cases)
                = (f.records_count, f.amount_yen, f.confirmed_count, f.reversed_count,
                   f.cases_count)""",
            "日計と合わない": "(d.records, d.yen, d.cases) = (n.records, n.yen, n.cases)",
            "相違に案件がない": "n.caseless = 0",
            "確報になっていない収納がある": "n.unheeded = 0",
        },
    ),
    there_are="billing_chainfile",
)
