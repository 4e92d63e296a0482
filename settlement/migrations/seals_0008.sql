-- A fact that is stamped in a day which is sealed already, or just being sealed, is put on a list:
-- it is sealed with the first day after. So no till waits for a seal and no fact escapes one.
-- Arguments: the fact's kind, the column of its stamp, the column that names it.
CREATE FUNCTION note_late_facts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    sealed_upto date;
BEGIN
    SELECT max(upto) INTO sealed_upto FROM settlement_sealmark;
    IF sealed_upto IS NOT NULL THEN
        EXECUTE format(
            'INSERT INTO settlement_latefact (kind, fact_id, day) '
            'SELECT %L, (%I)::text, $1 + 1 FROM added '
            'WHERE (%I AT TIME ZONE ''Asia/Tokyo'')::date <= $1',
            TG_ARGV[0], TG_ARGV[2], TG_ARGV[1]) USING sealed_upto;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER payment_late AFTER INSERT ON billing_payment REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION note_late_facts('payment', 'booked_at', 'id');
CREATE TRIGGER assignment_late AFTER INSERT ON billing_assignment REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION note_late_facts('assignment', 'assigned_at', 'id');
CREATE TRIGGER reversal_late AFTER INSERT ON billing_reversal REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION note_late_facts('reversal', 'reversed_at', 'id');
CREATE TRIGGER confirmation_late AFTER INSERT ON billing_confirmation REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION note_late_facts('confirmation', 'confirmed_at', 'id');
CREATE TRIGGER refund_late AFTER INSERT ON billing_refund REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION note_late_facts('refund', 'approved_at', 'id');
CREATE TRIGGER chain_file_late AFTER INSERT ON billing_chainfile REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION note_late_facts('chain_file', 'received_at', 'id');
CREATE TRIGGER fax_late AFTER INSERT ON billing_fax REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION note_late_facts('fax', 'completed_at', 'id');
CREATE TRIGGER closing_late AFTER INSERT ON settlement_closing REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION note_late_facts('closing', 'closed_at', 'id');
CREATE TRIGGER statement_late AFTER INSERT ON settlement_statement REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION note_late_facts('statement', 'closed_at', 'id');
CREATE TRIGGER payee_late AFTER INSERT ON settlement_payee REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION note_late_facts('payee', 'changed_at', 'id');
CREATE TRIGGER payout_late AFTER INSERT ON settlement_payout REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION note_late_facts('payout', 'proposed_at', 'id');
CREATE TRIGGER payout_move_late AFTER INSERT ON settlement_payoutmove REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION note_late_facts('payout_move', 'moved_at', 'id');
CREATE TRIGGER bank_file_late AFTER INSERT ON settlement_bankfile REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION note_late_facts('bank_file', 'exported_at', 'id');
CREATE TRIGGER remittance_late AFTER INSERT ON settlement_remittance REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION note_late_facts('remittance', 'drawn_at', 'id');
CREATE TRIGGER bank_statement_late AFTER INSERT ON settlement_bankstatement REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION note_late_facts('bank_statement', 'taken_at', 'id');
CREATE TRIGGER ruling_late AFTER INSERT ON settlement_entryruling REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION note_late_facts('ruling', 'ruled_at', 'id');
