-- Does a limit of a kept invoice stand in the way of a payment of this amount, by this business
-- date, at this instant (contract section 4)? The one place that says so: `booking.sql` refuses by
-- it, `inquiry.sql` and `selectors.limited` leave out by it.
--
-- It reads the invoice and no more of its payments than its limits ask for; a till asks only where
-- a limit stands. It must stay STABLE: it then sees what the statement sees that asks, in a batch
-- what is true under its locks.
-- Its plan is made once a session and reads no table whole: see the words of both callers.
CREATE OR REPLACE FUNCTION limit_reached(
    of_invoice uuid, amount_told bigint, by_date date, at_instant timestamptz)
RETURNS boolean
LANGUAGE plpgsql STABLE COST 1000
SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN (
        SELECT CASE
                 WHEN kept.count_max <= (
                      SELECT count(*) FROM (
                          SELECT FROM billing_payment AS paid
                           WHERE paid.invoice_id = of_invoice AND paid.repeats
                             AND paid.status IN ('reported', 'confirmed', 'refunded')
                           LIMIT coalesce(kept.count_max, 0)) AS standing) THEN TRUE
                 WHEN kept.per_day_yen_max IS NOT NULL AND kept.per_day_yen_max < amount_told + (
                      SELECT coalesce(sum(paid.amount_yen), 0) FROM billing_payment AS paid
                       WHERE paid.invoice_id = of_invoice AND paid.repeats
                         AND paid.business_date = by_date
                         AND paid.status IN ('reported', 'confirmed', 'refunded')) THEN TRUE
                 WHEN kept.per_month_count_max <= (
                      SELECT count(*) FROM (
                          SELECT FROM billing_payment AS paid
                           WHERE paid.invoice_id = of_invoice AND paid.repeats
                             AND paid.business_date >= month.first
                             AND paid.business_date < (month.first + interval '1 month')::date
                             AND paid.status IN ('reported', 'confirmed', 'refunded')
                           LIMIT coalesce(kept.per_month_count_max, 0)) AS standing) THEN TRUE
                 WHEN kept.gap_seconds_min IS NOT NULL
                   AND at_instant < make_interval(secs => kept.gap_seconds_min) + (
                      SELECT paid.booked_at FROM billing_payment AS paid
                       WHERE paid.invoice_id = of_invoice
                         AND paid.status IN ('reported', 'confirmed', 'refunded')
                       ORDER BY paid.booked_at DESC LIMIT 1) THEN TRUE
                 ELSE FALSE
               END
          FROM billing_invoice AS kept
         CROSS JOIN LATERAL (SELECT date_trunc('month', by_date::timestamp)::date AS first) AS month
         WHERE kept.id = of_invoice);
END $$;
