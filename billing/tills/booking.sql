-- What a batch of payment notices comes to (contract section 4): one call is one transaction.
--
-- Locks, in this order: the invoices by id, the telling of their owners, the rows that are new (a stream by its owner, a
-- terminal, the till keys in key order, cases), the streams' counters last. The order of the
-- writes below is forced by what each reads of the one before.
--
-- A notice that somebody is in the way of is told "again": an earlier one of the batch has its key
-- or pays its invoice, or another transaction has just written its key. Asked again, it is judged
-- by what is true then. So replays, second payments and races need no rule of their own.
--
-- It must stay VOLATILE: the second statement has to see what those committed whom the first one
-- waited for. Its plan is made once a session and anew when a table has been analysed: left to
-- choose, the server may come to plan each batch for itself, which takes longer than to book it.
-- A plan may be made while a table is small, so what is looked up in a table that grows is looked
-- up row by row (LATERAL with a LIMIT) and by an index; only rows of the batch are hashed.
CREATE OR REPLACE FUNCTION book_payments(batch json)
RETURNS TABLE (verdict text, answer_told text, is_replayed boolean, version_current integer,
               amount_yen_current bigint)
LANGUAGE plpgsql VOLATILE
SET enable_seqscan = off SET enable_mergejoin = off SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
    -- Under the shared lock no endpoint comes or goes: those the second statement sees, which was
    -- begun before it has waited for a stream, are those that stand when the payment is told.
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('telling:' || owner_id, 0))
       FROM unnest((SELECT array_agg(DISTINCT owner_id) FROM (
                SELECT owner_id FROM billing_invoice
                 WHERE id IN (SELECT invoice_id
                                FROM json_to_recordset(batch) AS notice (invoice_id uuid))
                 ORDER BY id FOR NO KEY UPDATE) AS locked)) AS owner_id;

    -- Its own row is not seen by the statement that makes it, so what is missing is made here.
    INSERT INTO billing_stream (owner_id, tenant_id, last, acknowledged)
    SELECT DISTINCT invoice.owner_id, whose.tenant_id, 0, 0
      FROM json_to_recordset(batch) AS notice (invoice_id uuid)
      JOIN billing_invoice AS invoice ON invoice.id = notice.invoice_id
     CROSS JOIN LATERAL (
           SELECT NULL::bigint AS tenant_id
            WHERE NOT EXISTS (SELECT FROM billing_stream AS stream
                               WHERE stream.owner_id = invoice.owner_id AND stream.tenant_id IS NULL)
           UNION ALL
           SELECT invoice.tenant_id
            WHERE NOT EXISTS (SELECT FROM billing_stream AS stream
                               WHERE stream.owner_id = invoice.owner_id
                                 AND stream.tenant_id = invoice.tenant_id)) AS whose
     ORDER BY owner_id, tenant_id NULLS FIRST
        ON CONFLICT DO NOTHING;

    RETURN QUERY
    WITH notice AS MATERIALIZED (
        SELECT told.*, gen_random_uuid() AS payment_id,
               concat_ws('/', chain, store, terminal, business_date, receipt, line) AS till_key
          FROM ROWS FROM (json_to_recordset(batch) AS (
                   chain text, store text, terminal text, business_date date, receipt text,
                   line smallint, invoice text, invoice_id uuid, version integer,
                   amount_yen integer, taken_at timestamptz, taken_at_sent text,
                   taken_at_told text, slip text, advice boolean, content text,
                   arrived_at timestamptz)) WITH ORDINALITY AS told (
                   chain, store, terminal, business_date, receipt,
                   line, invoice, invoice_id, version,
                   amount_yen, taken_at, taken_at_sent,
                   taken_at_told, slip, advice, content,
                   arrived_at, place)
    ), looked_up AS MATERIALIZED (
        SELECT notice.*,
               coalesce(chain.twin_of_id, chain.code) AS chain_told,
               known.id AS known_id, known.status AS known_status, known.answer AS known_answer,
               known.owner_id AS known_owner_id,
               (known.told_invoice, known.told_version, known.amount_yen)
                   IS NOT DISTINCT FROM (notice.invoice, notice.version, notice.amount_yen)
                   AS is_same,
               found.owner_id, found.tenant_id, found.tenant, found.is_test, found.reference,
               found.card_id, found.number, found.repeats, found.status, found.version AS version_now,
               found.amount_yen AS amount_yen_now, found.tax_yen,
               asked.version AS version_asked, asked.tax_yen AS tax_yen_asked,
               -- The first that applies, in the order of the contract; NULL: it may be paid.
               CASE
                 WHEN found.id IS NULL THEN 'unknown_invoice'
                 WHEN notice.slip IS NOT NULL AND slip.code IS NULL THEN 'unknown_slip'
                 WHEN slip.voided_at IS NOT NULL OR notice.arrived_at >= slip.expires_at
                   THEN 'slip_expired'
                 WHEN found.card_status NOT IN ('active', 'replaced') THEN 'card_suspended'
                 WHEN found.card_status = 'replaced' OR slip.card_id <> found.card_id
                   THEN 'card_replaced'
                 WHEN found.status = 'withdrawn' OR found.tenant_status = 'closed'
                   THEN 'invoice_withdrawn'
                 WHEN found.status = 'paid' THEN 'already_paid'
                 -- A live slip may be paid past midnight; whether a sweep has run plays no part.
                 WHEN found.status = 'expired' OR slip.code IS NULL
                   AND found.due_on < (notice.arrived_at AT TIME ZONE 'Asia/Tokyo')::date
                   THEN 'invoice_expired'
                 WHEN found.status = 'suspended' THEN 'invoice_suspended'
                 WHEN found.version <> notice.version THEN 'version_stale'
                 WHEN found.amount_yen <> notice.amount_yen THEN 'amount_differs'
                 WHEN num_nonnulls(found.count_max, found.per_day_yen_max,
                                   found.per_month_count_max, found.gap_seconds_min) > 0
                   AND limit_reached(found.id, notice.amount_yen, notice.business_date,
                                     notice.arrived_at) THEN 'limit_reached'
               END AS refusal
          FROM notice
         CROSS JOIN LATERAL (
               SELECT * FROM billing_chain WHERE code = notice.chain LIMIT 1) AS chain
          LEFT JOIN LATERAL (
               SELECT * FROM billing_payment AS former
                WHERE former.chain_id = notice.chain AND former.store = notice.store
                  AND former.terminal = notice.terminal
                  AND former.business_date = notice.business_date
                  AND former.receipt = notice.receipt AND former.line = notice.line
                LIMIT 1
               ) AS known ON TRUE
          -- A test chain's tills reach test owners only, a live chain's live ones only.
          LEFT JOIN LATERAL (
               SELECT invoice.*, owner.is_test, tenant.code AS tenant,
                      tenant.status AS tenant_status, card.number, card.status AS card_status
                 FROM billing_invoice AS invoice
                 JOIN tenants_owner AS owner ON owner.id = invoice.owner_id
                 JOIN tenants_tenant AS tenant ON tenant.id = invoice.tenant_id
                 JOIN cards_card AS card ON card.id = invoice.card_id
                WHERE invoice.id = notice.invoice_id AND owner.is_test = chain.is_test
                LIMIT 1
               ) AS found ON TRUE
          LEFT JOIN LATERAL (
               SELECT * FROM billing_slip AS shown
                WHERE shown.code = notice.slip AND shown.chain_id = notice.chain
                  AND EXISTS (SELECT FROM billing_slipline AS line
                               WHERE line.slip_id = shown.code AND line.invoice_id = found.id)
                LIMIT 1
               ) AS slip ON TRUE
          -- The version whose amount was taken: the one named, else the newest of that amount.
          LEFT JOIN LATERAL (
               SELECT said.version, said.tax_yen FROM billing_invoiceversion AS said
                WHERE notice.advice AND said.invoice_id = found.id
                  AND said.amount_yen = notice.amount_yen
                ORDER BY said.version = notice.version DESC, said.version DESC LIMIT 1
               ) AS asked ON TRUE
    ), judged AS MATERIALIZED (
        SELECT looked_up.*,
               CASE
                 WHEN known_status IN ('tombstone', 'reversed') AND NOT advice
                   THEN 'reversed_before'
                 WHEN known_status = 'tombstone' OR known_status = 'reversed' AND is_same
                   THEN 'after_reversal'
                 WHEN known_id IS NOT NULL AND is_same THEN 'replayed'
                 WHEN known_id IS NOT NULL THEN 'key_reused'
                 WHEN NOT advice AND (taken_at > arrived_at + interval '10 minutes'
                                      OR taken_at < arrived_at - interval '24 hours') THEN 'clock'
                 WHEN refusal IS NULL THEN 'booked'
                 WHEN NOT advice THEN refusal
                 WHEN status = 'paid' OR version_asked IS NULL THEN 'suspense'
                 ELSE 'late'
               END AS outcome
          FROM looked_up
    ), turns AS MATERIALIZED (
        SELECT judged.*,
               row_number() OVER (PARTITION BY till_key ORDER BY place) > 1
               OR known_id IS NULL AND place > coalesce(
                  min(place) FILTER (WHERE outcome IN ('booked', 'late'))
                      OVER (PARTITION BY invoice_id), place) AS has_to_wait
          FROM judged
    ), answered AS MATERIALIZED (
        SELECT turns.*, former.told ->> 'answer' AS former_answer,
               outcome IN ('booked', 'late', 'suspense') AND NOT has_to_wait AS is_new,
               CASE outcome WHEN 'booked' THEN tax_yen WHEN 'late' THEN tax_yen_asked END
                   AS tax_yen_taken,
               CASE outcome WHEN 'key_reused' THEN 'key_reused' WHEN 'late' THEN 'late_advice'
                   WHEN 'suspense' THEN 'suspense'
                   WHEN 'after_reversal' THEN 'advice_after_reversal' END AS case_kind,
               -- The bytes a till gets; they are kept with the row and never written anew.
               CASE WHEN outcome IN ('booked', 'late', 'suspense', 'after_reversal') THEN
               concat('{"payment": ',
                      CASE WHEN known_status = 'tombstone' THEN 'null'
                           ELSE '"' || coalesce(known_id, turns.payment_id) || '"' END,
                      ', "invoice": ', to_json(invoice), ', "amount_yen": ', amount_yen,
                      ', "status": "',
                      CASE WHEN outcome = 'after_reversal' THEN known_status
                           WHEN outcome = 'suspense' THEN 'suspense' ELSE 'reported' END,
                      '", "business_date": "', business_date,
                      '", "taken_at": "', taken_at_told, '"',
                      CASE WHEN advice AND outcome = 'booked' THEN ', "late": false'
                           WHEN advice THEN ', "late": true' END, '}') END AS answer
          FROM turns
          LEFT JOIN LATERAL (
               SELECT * FROM billing_case
                WHERE outcome = 'after_reversal' AND kind = 'advice_after_reversal'
                  AND key = till_key || ':' || content
                LIMIT 1
               ) AS former ON TRUE
    ), booked AS (
        INSERT INTO billing_payment (
            id, chain_id, store, terminal, business_date, receipt, line,
            told_invoice, told_version, amount_yen, taken_at, booked_at, advice,
            owner_id, tenant_id, invoice_id, version, number, tax_yen, repeats,
            late, possible_duplicate, status, answer)
        SELECT payment_id, chain, store, terminal, business_date, receipt, line,
               invoice, version, amount_yen, taken_at, arrived_at, advice,
               CASE WHEN outcome <> 'suspense' THEN owner_id END,
               CASE WHEN outcome <> 'suspense' THEN tenant_id END,
               CASE WHEN outcome <> 'suspense' THEN invoice_id END,
               CASE outcome WHEN 'booked' THEN version_now WHEN 'late' THEN version_asked END,
               CASE WHEN outcome <> 'suspense' THEN number ELSE '' END,
               tax_yen_taken,
               outcome <> 'suspense' AND repeats,
               outcome <> 'booked',
               outcome <> 'suspense' AND repeats AND EXISTS (
                   SELECT FROM billing_payment AS paid
                    WHERE paid.invoice_id = answered.invoice_id AND paid.repeats
                      AND paid.business_date BETWEEN answered.business_date - 2
                                                 AND answered.business_date + 2
                      AND paid.taken_at BETWEEN answered.taken_at - interval '300 seconds'
                                            AND answered.taken_at + interval '300 seconds'
                      AND paid.chain_id = answered.chain AND paid.store = answered.store
                      AND paid.status IN ('reported', 'confirmed')),
               CASE outcome WHEN 'suspense' THEN 'suspense' ELSE 'reported' END,
               answer
          FROM answered
         WHERE is_new
         ORDER BY chain, store, terminal, business_date, receipt, line
            ON CONFLICT ON CONSTRAINT payment_once_per_till_key DO NOTHING
        RETURNING id AS payment_id, billing_payment.owner_id AS owner_booked,
                  billing_payment.invoice_id AS invoice_booked,
                  billing_payment.repeats AS repeats_booked, possible_duplicate
    ), paid_off AS (
        UPDATE billing_invoice SET status = 'paid'
         WHERE id = ANY (ARRAY(SELECT invoice_booked FROM booked WHERE NOT repeats_booked))
    ), seen AS (
        INSERT INTO billing_terminal (chain_id, store, terminal, seen_first_at)
        SELECT chain, store, terminal, min(arrived_at) FROM notice
         WHERE NOT EXISTS (SELECT FROM billing_terminal AS former
                            WHERE former.chain_id = notice.chain AND former.store = notice.store
                              AND former.terminal = notice.terminal OFFSET 0)
         GROUP BY chain, store, terminal ORDER BY chain, store, terminal
            ON CONFLICT DO NOTHING RETURNING id
    ), opened AS (
        INSERT INTO billing_case (
            id, kind, key, chain_id, owner_id, payment_id, told, status, opened_at, resolution)
        SELECT gen_random_uuid(), case_kind, till_key || ':' || content, chain,
               coalesce(owner_booked, known_owner_id), coalesce(booked.payment_id, known_id),
               jsonb_build_object(
                   'key', till_key, 'invoice', invoice, 'version', version,
                   'amount_yen', amount_yen, 'taken_at', taken_at_sent, 'slip', slip,
                   'advice', advice)
               || CASE case_kind WHEN 'key_reused' THEN '{}'
                       WHEN 'advice_after_reversal' THEN jsonb_build_object('answer', answer)
                       ELSE jsonb_build_object('why', refusal) END,
               'open', arrived_at, ''
          FROM answered LEFT JOIN booked USING (payment_id)
         WHERE case_kind IS NOT NULL AND NOT has_to_wait AND former_answer IS NULL
           AND is_new = (booked.payment_id IS NOT NULL)
         ORDER BY case_kind, till_key, content
            ON CONFLICT DO NOTHING RETURNING kind, key
    ), reported AS MATERIALIZED (
        SELECT payment_id, place, answered.owner_id, tenant_id, invoice_id, arrived_at,
               jsonb_build_object(
                   'payment', payment_id, 'invoice', invoice_id, 'reference', answered.reference,
                   'number', number, 'member_reference', member.reference, 'tenant', tenant,
                   'amount_yen', amount_yen, 'tax_yen', tax_yen_taken, 'chain', chain_told,
                   'store', store, 'business_date', business_date, 'taken_at', taken_at_told,
                   'repeats', repeats, 'late', outcome = 'late',
                   'possible_duplicate', possible_duplicate)
               || CASE WHEN is_test THEN '{"test": true}'::jsonb ELSE '{}' END AS body
          FROM booked JOIN answered USING (payment_id)
          LEFT JOIN LATERAL (
               SELECT reference FROM cards_member
                WHERE owner_id = answered.owner_id AND card_id = answered.card_id LIMIT 1
               ) AS member ON TRUE
         WHERE booked.owner_booked IS NOT NULL
    ), told AS MATERIALIZED (
        SELECT payment_id, stream.stream_id
          FROM reported
         CROSS JOIN LATERAL (
               SELECT id FROM billing_stream
                WHERE owner_id = reported.owner_id AND tenant_id IS NULL
               UNION ALL
               SELECT id FROM billing_stream
                WHERE owner_id = reported.owner_id AND tenant_id = reported.tenant_id
               ) AS stream (stream_id)
    ), held AS MATERIALIZED (
        -- The last of all locks: what is counted here is written before it is waited for. An array
        -- is looked up by the index; a join would read the streams of all owners, and what is left
        -- of their old counts.
        SELECT id FROM billing_stream
         WHERE id = ANY (ARRAY(SELECT DISTINCT stream_id FROM told))
           AND (SELECT count(*) FROM seen) + (SELECT count(*) FROM opened) >= 0
         ORDER BY owner_id, tenant_id NULLS FIRST FOR NO KEY UPDATE
    ), numbered AS (
        UPDATE billing_stream AS stream SET last = last + news.events
          FROM (SELECT id, count(*) AS events FROM told JOIN held ON held.id = told.stream_id
                 GROUP BY held.id) AS news
         WHERE stream.id = news.id AND stream.id = ANY (ARRAY(SELECT id FROM held))
        RETURNING stream.owner_id, stream.tenant_id, last - news.events AS before
    ), events AS (
        INSERT INTO billing_event (
            owner_id, owner_sequence, tenant_id, tenant_sequence, type, occurred_at, invoice_id,
            payment_id, body)
        SELECT reported.owner_id,
               of_owner.before + row_number() OVER (PARTITION BY reported.owner_id ORDER BY place),
               reported.tenant_id,
               of_tenant.before + row_number() OVER (PARTITION BY reported.tenant_id ORDER BY place),
               'payment.reported', arrived_at, invoice_id, payment_id, body
          FROM reported
          JOIN numbered AS of_owner
            ON of_owner.owner_id = reported.owner_id AND of_owner.tenant_id IS NULL
          JOIN numbered AS of_tenant ON of_tenant.tenant_id = reported.tenant_id
         ORDER BY place
        RETURNING id, payment_id, owner_id, invoice_id, occurred_at
    ), sent AS (
        INSERT INTO billing_delivery (
            owner_id, event_id, endpoint_id, invoice_id, status, attempts, next_attempt_at)
        SELECT events.owner_id, events.id, endpoint.id, events.invoice_id, 'pending', 0,
               events.occurred_at
          FROM events JOIN told USING (payment_id)
          JOIN billing_endpoint AS endpoint ON endpoint.stream_id = told.stream_id
         WHERE endpoint.status = 'active'
           AND (endpoint.types = '{}' OR 'payment.reported' = ANY (endpoint.types))
         ORDER BY events.id, endpoint.made_at
    )
    SELECT CASE WHEN has_to_wait OR is_new AND booked.payment_id IS NULL THEN 'again'
                WHEN outcome = 'after_reversal' AND former_answer IS NULL AND opened.key IS NULL
                  THEN 'again'
                ELSE outcome END,
           CASE WHEN outcome = 'replayed' THEN known_answer
                ELSE coalesce(former_answer, answer) END,
           outcome = 'replayed' OR former_answer IS NOT NULL,
           version_now, amount_yen_now
      FROM answered
      LEFT JOIN booked USING (payment_id)
      LEFT JOIN opened ON outcome = 'after_reversal' AND opened.kind = 'advice_after_reversal'
                      AND opened.key = till_key || ':' || content
     ORDER BY place;
END $$;
