-- What a till is shown of a number, of a card's bars or of a slip's (contract section 4): one row
-- an invoice that may be paid, and one row without an invoice where there is none. Each row says
-- which terminal asks, what card and slip were found; what they are refused for, `inquiry.py` says.
--
-- It is a function so that its plan is made once a session, not once an inquiry. A plan may be made
-- while a table is small, so none is read whole; it is made anew when the table has been analysed.
--
-- What may be paid is what `selectors.payable_invoices` and `payable_invoices_of` say; a test asks
-- both.
CREATE OR REPLACE FUNCTION find_payable(
    of_chain text, of_store text, of_terminal text, on_test_side boolean,
    number_keyed text, bars_of_card text, bars_of_slip text, at_instant timestamptz)
RETURNS TABLE (
    terminal_id bigint, inquiries_from timestamptz,
    slip text, expires_at timestamptz, voided_at timestamptz,
    card_status text, number text,
    id uuid, owner_id bigint, version integer, payee text, tenant text, display_name text,
    contact_name text, contact_phone text, contact_hours text, title text,
    amount_yen bigint, tax_yen bigint, due_on date, repeats boolean)
LANGUAGE plpgsql STABLE ROWS 3
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    today CONSTANT date := (at_instant AT TIME ZONE 'Asia/Tokyo')::date;
BEGIN
    RETURN QUERY
    SELECT place.id, place.inquiries_from, paper.code::text, paper.expires_at, paper.voided_at,
           card.status::text, card.number::text,
           payable.id, payable.owner_id, payable.version, payable.payee::text,
           payable.tenant::text, payable.display_name::text, payable.contact_name::text,
           payable.contact_phone::text, payable.contact_hours::text, payable.title::text,
           payable.amount_yen, payable.tax_yen, payable.due_on, payable.repeats
      FROM (VALUES (TRUE)) AS asked
      LEFT JOIN LATERAL (
           SELECT * FROM billing_terminal AS seen
            WHERE seen.chain_id = of_chain AND seen.store = of_store
              AND seen.terminal = of_terminal LIMIT 1
           ) AS place ON TRUE
      -- A slip is its chain's own.
      LEFT JOIN LATERAL (
           SELECT * FROM billing_slip AS printed
            WHERE printed.barcode = bars_of_slip AND printed.chain_id = of_chain LIMIT 1
           ) AS paper ON TRUE
      LEFT JOIN LATERAL (
           SELECT * FROM cards_card AS keyed
            WHERE keyed.number = number_keyed AND keyed.is_test = on_test_side
           UNION ALL
           SELECT * FROM cards_card AS scanned
            WHERE scanned.barcode_number = bars_of_card AND scanned.is_test = on_test_side
           UNION ALL
           SELECT * FROM cards_card AS printed WHERE printed.id = paper.card_id
           LIMIT 1
           ) AS card ON TRUE
      LEFT JOIN LATERAL (
           SELECT invoice.*, owner.name AS payee, seller.code AS tenant, seller.display_name,
                  seller.contact_name, seller.contact_phone, seller.contact_hours, line.place
             FROM billing_invoice AS invoice
             JOIN tenants_owner AS owner ON owner.id = invoice.owner_id
             JOIN tenants_tenant AS seller ON seller.id = invoice.tenant_id
             LEFT JOIN billing_slipline AS line
               ON line.slip_id = paper.code AND line.invoice_id = invoice.id
            WHERE card.status = 'active' AND invoice.card_id = card.id
              AND invoice.status = 'open' AND seller.status <> 'closed'
              -- A live slip may be paid past midnight; a card's invoices end with their day.
              AND CASE WHEN bars_of_slip IS NOT NULL THEN line.place IS NOT NULL
                       ELSE coalesce(invoice.due_on >= today, TRUE) END
              -- Few have limits; only of those are payments read.
              AND (num_nonnulls(invoice.count_max, invoice.per_day_yen_max,
                                invoice.per_month_count_max, invoice.gap_seconds_min) = 0
                   OR NOT limit_reached(invoice.id, invoice.amount_yen, today, at_instant))
           ) AS payable ON TRUE
     ORDER BY payable.place, payable.due_on, payable.amount_yen, payable.id;
END $$;
