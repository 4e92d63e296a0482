"""What was told: each fact once, with a number in each stream it belongs to, none missing."""

from smartpit.web.audit.finding import Claims, claims_check

# Every payment and what came of it, as the owner and the tenant must have been told of it.
# Cash of no known invoice is told when staff have found its invoice, not when it came.
_TOLD = """(
    SELECT p.id AS payment_id, p.owner_id, p.tenant_id, 'payment.reported' AS type,
           COALESCE(a.assigned_at, p.booked_at) AS at
        FROM billing_payment p LEFT JOIN billing_assignment a ON a.payment_id = p.id
        WHERE p.owner_id IS NOT NULL
    UNION ALL SELECT payment_id, owner_id, tenant_id, 'payment.reversed', reversed_at
        FROM billing_reversal WHERE owner_id IS NOT NULL
    UNION ALL SELECT payment_id, owner_id, tenant_id, 'payment.confirmed', confirmed_at
        FROM billing_confirmation
    UNION ALL SELECT payment_id, owner_id, tenant_id, 'payment.refunded', approved_at
        FROM billing_refund
)"""


def _near(at: str) -> str:
    """Claim that an event is of its fact's hour: both are of one transaction, however long."""
    return f"e.occurred_at BETWEEN {at} - interval '1 hour' AND {at} + interval '1 hour'"


_HOUR = "イベントの日時が事実と離れている"

EVENT_STREAMS = claims_check(
    "event_streams",
    "イベント番号は1から最新まで欠番がない",
    Claims(
        rows="""billing_stream s
            FULL JOIN (
                SELECT owner_id, 0 AS tenant_id, count(*) AS events, min(owner_sequence) AS first,
                       max(owner_sequence) AS newest
                  FROM billing_event WHERE owner_sequence IS NOT NULL GROUP BY owner_id
                UNION ALL
                SELECT owner_id, tenant_id, count(*), min(tenant_sequence), max(tenant_sequence)
                  FROM billing_event WHERE tenant_sequence IS NOT NULL
                 GROUP BY owner_id, tenant_id) e
              ON e.owner_id = s.owner_id AND e.tenant_id = COALESCE(s.tenant_id, 0)""",
        key="COALESCE(s.id::text, e.owner_id || '-' || e.tenant_id)",
        hold={
            "系列がない": "s.id IS NOT NULL",
            "欠番がある": """s.id IS NULL OR COALESCE(e.events, 0) = s.last
                AND (s.last = 0 OR e.first = 1 AND e.newest = s.last)""",
            "受領番号が最新より先": "s.id IS NULL OR s.acknowledged BETWEEN 0 AND s.last",
        },
    ),
    there_are="billing_stream",
)

PAYMENT_EVENTS = claims_check(
    "payment_events",
    "収納・取消・確報・訂正は、オーナーとテナントへ同じ内容で伝えてある",
    Claims(
        rows=f"""{_TOLD} t
            LEFT JOIN billing_payment p ON p.id = t.payment_id
            LEFT JOIN billing_chain h ON h.code = p.chain_id
            LEFT JOIN billing_invoice i ON i.id = p.invoice_id
            LEFT JOIN tenants_tenant n ON n.id = p.tenant_id
            LEFT JOIN billing_event e ON e.payment_id = t.payment_id AND e.type = t.type""",
        key="t.payment_id || ' ' || t.type",
        hold={
            "イベントがない": "e.id IS NOT NULL",
            "オーナーに伝えていない": """e.id IS NULL
                OR e.owner_sequence IS NOT NULL AND e.owner_id = t.owner_id""",
            "テナントに伝えていない": """e.id IS NULL
                OR e.tenant_sequence IS NOT NULL AND COALESCE(e.tenant_id = t.tenant_id, FALSE)""",
            _HOUR: f"e.id IS NULL OR {_near('t.at')}",
            "別の請求のイベント": "e.id IS NULL OR e.invoice_id = p.invoice_id",
            "イベントの内容が収納と違う": """e.id IS NULL
                OR e.body IS NULL AND e.type = 'payment.confirmed'  -- It is told as reported.
                OR (e.body ->> 'amount_yen')::bigint = p.amount_yen
                AND (e.body ->> 'tax_yen')::bigint IS NOT DISTINCT FROM p.tax_yen
                AND e.body ->> 'payment' = p.id::text
                AND e.body ->> 'invoice' = p.invoice_id::text
                AND e.body ->> 'reference' = i.reference
                AND e.body ->> 'tenant' = n.code
                AND e.body ->> 'number' = p.number
                AND e.body ->> 'chain' = COALESCE(h.twin_of_id, p.chain_id)
                AND e.body ->> 'store' = p.store
                AND (e.body ->> 'late')::boolean = p.late
                AND (e.body ->> 'repeats')::boolean = p.repeats
                AND (e.body ->> 'possible_duplicate')::boolean = p.possible_duplicate
                AND (e.body ->> 'taken_at')::timestamptz = p.taken_at
                AND e.body ->> 'business_date' = p.business_date::text""",
        },
    ),
    there_are=f"{_TOLD} t",
)

EVENT_FACTS = claims_check(
    "event_facts",
    "伝えたイベントには、その事実がある",
    Claims(
        rows="""billing_event e
            LEFT JOIN billing_payment p ON p.id = e.payment_id
            LEFT JOIN billing_invoice i ON i.id = e.invoice_id""",
        key="e.id",
        hold={
            "事実がない": """CASE e.type
                WHEN 'payment.reported' THEN p.owner_id = e.owner_id
                WHEN 'payment.reversed' THEN p.status = 'reversed'
                WHEN 'payment.confirmed' THEN p.status IN ('confirmed', 'refunded')
                WHEN 'payment.refunded' THEN p.status = 'refunded'
                WHEN 'invoice.expired' THEN i.expired_at IS NOT NULL
                    AND e.tenant_id = i.tenant_id AND e.owner_sequence IS NOT NULL
                WHEN 'invoice.withdrawn' THEN i.withdrawn_at IS NOT NULL
                    AND e.tenant_id = i.tenant_id AND e.owner_sequence IS NOT NULL
                WHEN 'statement.closed' THEN (e.owner_id, e.body ->> 'statement')
                    IN (SELECT owner_id, id::text FROM settlement_statement)
                WHEN 'payout.sent' THEN (e.owner_id, e.body ->> 'payout')
                    IN (SELECT owner_id, payout_id::text FROM settlement_payoutmove
                        WHERE kind = 'exported')
                WHEN 'payout.returned' THEN (e.owner_id, e.body ->> 'payout')
                    IN (SELECT owner_id, payout_id::text FROM settlement_payoutmove
                        WHERE kind = 'returned')
                ELSE TRUE END""",
            # An invoice that expires once more, after a reversal, is not told of again.
            _HOUR: f"""CASE e.type
                WHEN 'invoice.withdrawn' THEN i.withdrawn_at IS NULL OR {_near("i.withdrawn_at")}
                WHEN 'invoice.expired' THEN i.expired_at IS NULL
                    OR e.occurred_at <= i.expired_at + interval '1 hour'
                ELSE TRUE END""",
        },
    ),
    there_are="billing_event",
)

# A statement is told to its owner, each tenant's share to that tenant alone.
_STATED = """(
    SELECT id AS statement_id, owner_id, NULL::bigint AS tenant_id, gross_yen,
           payout_yen AS out_yen, closed_at AS at
        FROM settlement_statement
    UNION ALL SELECT t.statement_id, t.owner_id, t.tenant_id, t.gross_yen, t.net_yen, s.closed_at
        FROM settlement_substatement t LEFT JOIN settlement_statement s ON s.id = t.statement_id
)"""

STATEMENT_EVENTS = claims_check(
    "statement_events",
    "精算書はオーナーへ、テナント精算書はテナントへ伝えてある",
    Claims(
        rows=f"""{_STATED} t
            LEFT JOIN billing_event e ON e.type = 'statement.closed' AND e.owner_id = t.owner_id
                AND e.tenant_id IS NOT DISTINCT FROM t.tenant_id
                AND (e.owner_sequence IS NULL) = (t.tenant_id IS NOT NULL)
                AND e.body ->> 'statement' = t.statement_id::text""",
        key="t.statement_id || COALESCE(' ' || t.tenant_id, '')",
        hold={
            "イベントがない": "e.id IS NOT NULL",
            _HOUR: f"e.id IS NULL OR {_near('t.at')}",
            "イベントの内容が精算書と違う": """e.id IS NULL
                OR (e.body ->> 'gross_yen')::bigint = t.gross_yen
                AND COALESCE(e.body ->> 'net_yen', e.body ->> 'payout_yen')::bigint = t.out_yen""",
        },
    ),
    there_are=f"{_STATED} t",
)

PAYOUT_EVENTS = claims_check(
    "payout_events",
    "振込依頼と振込不能はオーナーへ伝えてある",
    Claims(
        rows="""settlement_payoutmove m
            LEFT JOIN billing_event e ON e.owner_id = m.owner_id AND e.tenant_id IS NULL
                AND e.body ->> 'payout' = m.payout_id::text
                AND e.type = CASE m.kind WHEN 'exported' THEN 'payout.sent'
                    ELSE 'payout.returned' END
            WHERE m.kind IN ('exported', 'returned')""",
        key="m.payout_id || ' ' || m.kind",
        hold={
            "イベントがない": "e.id IS NOT NULL",
            _HOUR: f"e.id IS NULL OR {_near('m.moved_at')}",
            "イベントの金額が違う": (
                "e.id IS NULL OR (e.body ->> 'amount_yen')::bigint = m.amount_yen"
            ),
        },
    ),
    there_are="settlement_payoutmove WHERE kind <> 'paid'",
)

DELIVERIES = claims_check(
    "deliveries",
    "通知は、2xxの応答を得た送信済・送信待ち・打切りのどれかで、そのイベントと通知先のもの",
    Claims(
        rows="""billing_delivery d
            LEFT JOIN billing_event e ON e.id = d.event_id
            LEFT JOIN billing_endpoint n ON n.id = d.endpoint_id
            LEFT JOIN (SELECT DISTINCT delivery_id FROM billing_attempt
                WHERE answer_status BETWEEN 200 AND 299) t ON t.delivery_id = d.id""",
        key="d.id",
        hold={
            "通知先のイベントでない": """e.owner_id = d.owner_id AND n.owner_id = d.owner_id
                AND (SELECT s.tenant_id FROM billing_stream s WHERE s.id = n.stream_id)
                    IS NOT DISTINCT FROM n.tenant_id
                AND CASE WHEN n.tenant_id IS NULL THEN e.owner_sequence IS NOT NULL
                    ELSE COALESCE(e.tenant_id = n.tenant_id, FALSE) END""",
            "状態が分からない": """CASE d.status
                WHEN 'pending' THEN d.next_attempt_at IS NOT NULL AND n.status <> 'deleted'
                WHEN 'delivered' THEN d.delivered_at IS NOT NULL
                ELSE d.status = 'exhausted' END""",
            "2xxの応答がないのに送信済": "d.status <> 'delivered' OR t.delivery_id IS NOT NULL",
        },
    ),
    there_are="billing_delivery",
)

# What an endpoint was told while it was in use all along, and has no delivery of. A delivery is
# written with its event, for each endpoint that is active then. Since when one is out of use, and
# until when, is not kept; so one that was removed, or ever answered 410, is not asked for any. A
# minute after it was made no event can be of before.
_UNTOLD = """(
    SELECT n.id AS endpoint_id, count(*) AS events, min(e.id) AS first
      FROM (SELECT * FROM billing_endpoint asked WHERE status = 'active' AND NOT EXISTS (
                SELECT FROM billing_attempt a JOIN billing_delivery d ON d.id = a.delivery_id
                 WHERE a.answer_status = 410 AND d.endpoint_id = asked.id)) n
      JOIN (SELECT id, owner_id, 0 AS tenant_id, type, occurred_at FROM billing_event
             WHERE owner_sequence IS NOT NULL
            UNION ALL SELECT id, owner_id, tenant_id, type, occurred_at FROM billing_event
             WHERE tenant_sequence IS NOT NULL) e
        ON e.owner_id = n.owner_id AND e.tenant_id = COALESCE(n.tenant_id, 0)
       AND e.occurred_at > n.made_at + interval '1 minute'
       AND (n.types = '{}' OR e.type = ANY (n.types))
     WHERE NOT EXISTS (
           SELECT FROM billing_delivery d WHERE d.event_id = e.id AND d.endpoint_id = n.id)
     GROUP BY n.id
)"""

ENDPOINTS_TOLD = claims_check(
    "endpoints_told",
    "使われている通知先には、登録後のイベントの通知がすべてある",
    Claims(
        rows=f"billing_endpoint n LEFT JOIN {_UNTOLD} u ON u.endpoint_id = n.id",
        key="n.id || COALESCE(' イベント ' || u.first || ' から ' || u.events || ' 件', '')",
        hold={"通知がない": "u.endpoint_id IS NULL"},
    ),
    there_are="billing_endpoint",
)

FAXES = claims_check(
    "faxes",
    "FAXは、送信が完了したものだけが1回ずつ料金になる",
    Claims(
        rows="""billing_notice n LEFT JOIN billing_fax f ON f.notice_id = n.id
            WHERE n.rung = 'fax'""",
        key="n.id",
        hold={
            "送信済のFAXに料金の記録がない": "n.status <> 'sent' OR f.id IS NOT NULL",
            "送信していないFAXが料金になっている": "f.id IS NULL OR n.status = 'sent'",
        },
    ),
    there_are="billing_notice WHERE rung = 'fax'",
)
