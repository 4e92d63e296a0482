-- The books: every fact as postings, each of which moves one positive amount from one account to
-- another, so that no posting can be out of balance. docs/books.md says what each account is.
--
-- A view keeps nothing, so the books cannot drift from the facts. A change of this file needs a
-- migration that runs it again. Test twins are owners and chains of their own and stay out of every
-- branch: a test payment belongs to a test owner, and cash of no known invoice to its till's side.
CREATE OR REPLACE VIEW books AS
WITH
live_owner AS (
    SELECT id FROM tenants_owner WHERE NOT is_test
),
live_chain AS (
    SELECT code FROM billing_chain WHERE NOT is_test
),
-- Cash a store took: for an owner, or, its invoice unknown, for nobody yet. What staff assigned
-- began in suspense and has an owner now.
taking AS (
    SELECT payment.id,
           payment.business_date,
           payment.amount_yen,
           assignment.assigned_at,
           'store_receivable:' || payment.chain_id AS store_account,
           'suspense:' || payment.chain_id AS suspense_account,
           CASE WHEN payment.owner_id IS NULL
                THEN 'suspense:' || payment.chain_id
                ELSE 'owner_payable:' || payment.owner_id
           END AS owed_account,
           CASE WHEN payment.owner_id IS NULL THEN 'suspense' ELSE 'payment' END AS fact
      FROM billing_payment AS payment
      LEFT JOIN billing_assignment AS assignment ON assignment.payment_id = payment.id
     WHERE payment.amount_yen IS NOT NULL  -- A tombstone holds a key and no money.
       AND (payment.owner_id IN (SELECT id FROM live_owner)
            OR payment.owner_id IS NULL AND payment.chain_id IN (SELECT code FROM live_chain))
),
-- What a statement takes off an owner's balance. The stamps of refunds are given back, so the
-- sum of a period's stamps may be negative.
deduction AS (
    SELECT 'statement_fee' AS fact, line.id::text AS fact_id, statement.stated_on, line.owner_id,
           'fee_income:' || line.kind AS account, line.amount_yen
      FROM settlement_statementline AS line
      JOIN settlement_statement AS statement ON statement.id = line.statement_id
    UNION ALL
    SELECT 'statement_tax', id::text, stated_on, owner_id, 'consumption_tax_payable', tax_yen
      FROM settlement_statement
    UNION ALL
    SELECT 'statement_stamp', id::text, stated_on, owner_id, 'stamp_reimbursement', stamp_yen
      FROM settlement_statement
),
-- A returned transfer mirrors what stood: if the bank had paid, the money is back in the bank.
payout_move AS (
    SELECT move.id, move.kind, move.day, move.owner_id, move.amount_yen,
           'owner_payable:' || move.owner_id AS owed_account,
           EXISTS (SELECT 1 FROM settlement_payoutmove AS paid
                    WHERE paid.payout_id = move.payout_id AND paid.kind = 'paid') AS was_paid
      FROM settlement_payoutmove AS move
),
-- A line of the bank's statement: what was certain when it came never lay in suspense. Transfers
-- and their returns are told by the payouts themselves.
bank_line AS (
    SELECT entry.id, entry.day, entry.direction, entry.amount_yen,
           ruling.id AS ruling_id, ruling.kind, ruling.ruled_on,
           coalesce(ruling.at_once, FALSE) AS at_once,
           'store_receivable:' || ruling.chain_id AS store_account
      FROM settlement_bankentry AS entry
      LEFT JOIN settlement_entryruling AS ruling ON ruling.entry_id = entry.id
)
SELECT CASE WHEN assigned_at IS NULL THEN fact ELSE 'suspense' END AS fact,
       id::text AS fact_id, business_date AS day, store_account AS debit,
       CASE WHEN assigned_at IS NULL THEN owed_account ELSE suspense_account END AS credit,
       amount_yen
  FROM taking
UNION ALL
SELECT 'assignment', id::text, (assigned_at AT TIME ZONE 'Asia/Tokyo')::date,
       suspense_account, owed_account, amount_yen
  FROM taking
 WHERE assigned_at IS NOT NULL
UNION ALL
SELECT taking.fact || '_reversal', taking.id::text,
       (reversal.reversed_at AT TIME ZONE 'Asia/Tokyo')::date,
       taking.owed_account, taking.store_account, taking.amount_yen
  FROM billing_reversal AS reversal
  JOIN taking ON taking.id = reversal.payment_id
UNION ALL
SELECT 'refund', refund.id::text, (refund.approved_at AT TIME ZONE 'Asia/Tokyo')::date,
       taking.owed_account, 'refund_clearing:' || refund.owner_id, taking.amount_yen
  FROM billing_refund AS refund
  JOIN taking ON taking.id = refund.payment_id
UNION ALL
SELECT fact, fact_id, stated_on,
       CASE WHEN amount_yen > 0 THEN 'owner_payable:' || owner_id ELSE account END,
       CASE WHEN amount_yen > 0 THEN account ELSE 'owner_payable:' || owner_id END,
       abs(amount_yen)
  FROM deduction
 WHERE amount_yen <> 0
UNION ALL
SELECT 'payout_' || kind, id::text, day,
       CASE kind WHEN 'exported' THEN owed_account
                 WHEN 'paid' THEN 'payout_in_transit'
                 ELSE CASE WHEN was_paid THEN 'bank' ELSE 'payout_in_transit' END
       END,
       CASE kind WHEN 'exported' THEN 'payout_in_transit'
                 WHEN 'paid' THEN 'bank'
                 ELSE owed_account
       END,
       amount_yen
  FROM payout_move
UNION ALL
SELECT 'bank_opening', id::text, day,
       CASE WHEN amount_yen > 0 THEN 'bank' ELSE 'own_funds' END,
       CASE WHEN amount_yen > 0 THEN 'own_funds' ELSE 'bank' END,
       abs(amount_yen)
  FROM settlement_bankopening
 WHERE amount_yen <> 0
UNION ALL
SELECT 'bank_deposit', id::text, day, 'bank',
       CASE WHEN at_once THEN store_account ELSE 'suspense:bank' END, amount_yen
  FROM bank_line
 WHERE direction = 'in' AND NOT (at_once AND kind = 'returned')
UNION ALL
SELECT 'bank_withdrawal', id::text, day, 'suspense:bank', 'bank', amount_yen
  FROM bank_line
 WHERE direction = 'out' AND NOT at_once
UNION ALL
SELECT 'bank_ruling', ruling_id::text, ruled_on,
       CASE WHEN direction = 'in' THEN 'suspense:bank' ELSE ruled_account END,
       CASE WHEN direction = 'in' THEN ruled_account ELSE 'suspense:bank' END,
       amount_yen
  FROM bank_line
 CROSS JOIN LATERAL (SELECT CASE kind WHEN 'remittance' THEN store_account
                                      WHEN 'own' THEN 'own_funds'
                                      ELSE 'bank' END AS ruled_account) AS was
 WHERE ruling_id IS NOT NULL AND NOT at_once
UNION ALL
SELECT 'chain_fee', receipt.id::text, ruling.ruled_on,
       'chain_fee:' || remittance.chain_id, 'store_receivable:' || remittance.chain_id,
       remittance.fee_yen
  FROM settlement_remittancereceipt AS receipt
  JOIN settlement_remittance AS remittance ON remittance.id = receipt.remittance_id
  JOIN settlement_entryruling AS ruling ON ruling.id = receipt.ruling_id
 WHERE remittance.fee_yen <> 0;
