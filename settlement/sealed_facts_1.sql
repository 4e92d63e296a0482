-- What a seal of version 1 holds: kind, name, stamp and text of every fact of money. Frozen: a
-- seal is reckoned anew by the text it was made with. Another text is another file and version.
-- Held is what a row is born with and keeps. What an assignment fills into a payment is held by
-- the assignment; what moves (a payment's or a payout's state) follows from other facts.
SELECT 'payment' AS kind, p.id::text AS fact_id, p.booked_at AS at, jsonb_build_array(
    p.id, p.chain_id, p.store, p.terminal, p.business_date, p.receipt, p.line, p.told_invoice,
    p.told_version, p.amount_yen, p.taken_at AT TIME ZONE 'UTC', p.booked_at AT TIME ZONE 'UTC',
    p.advice, p.late, p.possible_duplicate, p.answer,
    CASE WHEN a.id IS NULL AND p.owner_id IS NOT NULL THEN jsonb_build_array(
        p.owner_id, p.tenant_id, p.invoice_id, p.version, p.number, p.tax_yen, p.repeats) END
    ) AS words
    FROM billing_payment p LEFT JOIN billing_assignment a ON a.payment_id = p.id
UNION ALL SELECT 'assignment', a.id::text, a.assigned_at, jsonb_build_array(
    a.id, a.payment_id, a.owner_id, a.tenant_id, a.assigned_by_id, a.assigned_at AT TIME ZONE 'UTC',
    a.reason, p.invoice_id, p.version, p.number, p.tax_yen, p.repeats)
    FROM billing_assignment a LEFT JOIN billing_payment p ON p.id = a.payment_id
UNION ALL SELECT 'reversal', id::text, reversed_at, jsonb_build_array(
    id, payment_id, owner_id, tenant_id, reason, reversed_at AT TIME ZONE 'UTC', answer)
    FROM billing_reversal
UNION ALL SELECT 'confirmation', id::text, confirmed_at, jsonb_build_array(
    id, payment_id, owner_id, tenant_id, closes_on, confirmed_at AT TIME ZONE 'UTC')
    FROM billing_confirmation
UNION ALL SELECT 'refund', id::text, approved_at, jsonb_build_array(
    id, payment_id, owner_id, tenant_id, closes_on, asked_by_id, approved_by_id,
    approved_at AT TIME ZONE 'UTC')
    FROM billing_refund
UNION ALL SELECT 'chain_file', id::text, received_at, jsonb_build_array(
    id, chain_id, name, sha256, day, received_at AT TIME ZONE 'UTC', records_count, amount_yen,
    confirmed_count, reversed_count, cases_count, answer)
    FROM billing_chainfile
UNION ALL SELECT 'fax', id::text, completed_at, jsonb_build_array(
    id, owner_id, completed_on, completed_at AT TIME ZONE 'UTC', notice_id)
    FROM billing_fax
UNION ALL SELECT 'closing', id::text, closed_at, jsonb_build_array(
    id, owner_id, closes_on, statement_id, closed_at AT TIME ZONE 'UTC')
    FROM settlement_closing
UNION ALL SELECT 'statement', s.id::text, s.closed_at, jsonb_build_array(
    s.id, s.owner_id, s.closes_on, s.stated_on, s.pays_on, s.payments_count, s.gross_yen,
    s.fees_yen, s.tax_yen, s.tax_percent, s.stamp_yen, s.carried_in_yen, s.payout_yen,
    s.carried_out_yen, s.owner_margin_yen, s.closed_at AT TIME ZONE 'UTC',
    (SELECT jsonb_agg(jsonb_build_array(
        l.owner_id, l.place, l.kind, l.count, l.unit_yen, l.amount_yen) ORDER BY l.place)
        FROM settlement_statementline l WHERE l.statement_id = s.id),
    (SELECT jsonb_agg(jsonb_build_array(
        t.id, t.owner_id, t.tenant_id, t.payments_count, t.gross_yen, t.commission_yen,
        t.passed_yen, t.net_yen) ORDER BY t.id)
        FROM settlement_substatement t WHERE t.statement_id = s.id))
    FROM settlement_statement s
UNION ALL SELECT 'payee', id::text, changed_at, jsonb_build_array(
    id, owner_id, number, bank_code, bank_kana, branch_code, branch_kana, account_kind,
    account_number, holder_kana, changed_by_id, changed_at AT TIME ZONE 'UTC')
    FROM settlement_payee
UNION ALL SELECT 'payout', id::text, proposed_at, jsonb_build_array(
    id, owner_id, statement_id, reissues_id, amount_yen, proposed_at AT TIME ZONE 'UTC')
    FROM settlement_payout
UNION ALL SELECT 'payout_move', id::text, moved_at, jsonb_build_array(
    id, payout_id, owner_id, kind, amount_yen, day, moved_at AT TIME ZONE 'UTC', moved_by_id)
    FROM settlement_payoutmove
UNION ALL SELECT 'bank_file', id::text, exported_at, jsonb_build_array(
    id, pays_on, name, sha256, count, total_yen, exported_by_id, exported_at AT TIME ZONE 'UTC',
    encode(sha256(content), 'hex'))
    FROM settlement_bankfile
UNION ALL SELECT 'remittance', id::text, drawn_at, jsonb_build_array(
    id, chain_id, terms_id, cut_off, remits_on, payments_count, gross_yen, fee_yen, amount_yen,
    drawn_at AT TIME ZONE 'UTC')
    FROM settlement_remittance
UNION ALL SELECT 'bank_statement', s.id::text, s.taken_at, jsonb_build_array(
    s.id, s.name, s.sha256, s.part, encode(sha256(s.content), 'hex'), s.account, s.first_day,
    s.last_day, s.entries_count, s.new_count, s.taken_by_id, s.taken_at AT TIME ZONE 'UTC',
    (SELECT jsonb_agg(jsonb_build_array(
        e.id, e.account, e.day, e.own_key, e.value_day, e.direction, e.trade, e.amount_yen,
        e.sender_code, e.sender_kana) ORDER BY e.id)
        FROM settlement_bankentry e WHERE e.statement_id = s.id))
    FROM settlement_bankstatement s
UNION ALL SELECT 'ruling', r.id::text, r.ruled_at, jsonb_build_array(
    r.id, r.entry_id, r.kind, r.chain_id, r.bank_file_id, r.payout_id, r.ruled_on, r.ruled_by_id,
    r.ruled_at AT TIME ZONE 'UTC', r.reason,
    (SELECT jsonb_agg(c.remittance_id ORDER BY c.remittance_id)
        FROM settlement_remittancereceipt c WHERE c.ruling_id = r.id))
    FROM settlement_entryruling r
