"""One tampering for each single claim of a check that the larger ones leave untried."""

from tests.tamperings import change

AOBA = "(SELECT id FROM tenants_owner WHERE code = 'aoba' AND NOT is_test)"

# The check, the words of its claim -> what is done. All are done to one database, in this order.
OF_CLAIMS: dict[tuple[str, str], list[str]] = {
    ("payment_amounts", "税額が請求の版と違う"): change(
        "billing_payment", "UPDATE $ SET tax_yen = 4999 WHERE amount_yen = 54999"
    ),
    ("payment_amounts", "リピートの別が請求と違う"): change(
        "billing_payment", "UPDATE $ SET repeats = NOT repeats WHERE amount_yen = 1500"
    ),
    ("payment_states", "取消の記録と合わない"): change(
        "billing_reversal", "DELETE FROM $ WHERE owner_id IS NOT NULL"
    ),
    ("payment_states", "割当の記録と合わない"): change(
        "billing_payment", "UPDATE $ SET late = FALSE WHERE amount_yen = 8000"
    ),
    ("payment_states", "訂正の記録と合わない"): [
        "UPDATE billing_payment SET status = 'confirmed' WHERE status = 'refunded'"
    ],
    ("payment_states", "記録の順序が逆"): change(
        "billing_confirmation", "UPDATE $ SET confirmed_at = '2020-01-01'"
    ),
    ("single_invoices", "有効な収納が2件以上ある"): [
        "DROP INDEX payment_of_a_single_invoice_once",
        "CREATE TABLE twin AS SELECT * FROM billing_payment WHERE amount_yen = 54999",
        "UPDATE twin SET id = gen_random_uuid(), receipt = 'TWIN'",
        "ALTER TABLE twin DROP COLUMN stands",  # The database generates it, the last one.
        "INSERT INTO billing_payment SELECT * FROM twin",
    ],
    ("invoice_versions", "版が欠けている"): change(
        "billing_invoiceversion", "DELETE FROM $ WHERE version = 1 AND amount_yen = 9000"
    ),
    ("chain_files", "日計と合わない"): change(
        "billing_chainfileday", "UPDATE $ SET count = count + 1"
    ),
    ("chain_files", "相違に案件がない"): change(
        "billing_chainfilerecord", "UPDATE $ SET case_id = gen_random_uuid() WHERE reason <> ''"
    ),
    ("chain_files", "確報になっていない収納がある"): change(
        "billing_chainfilerecord", "UPDATE $ SET payment_id = gen_random_uuid() WHERE reason = ''"
    ),
    ("refunds", "承認した依頼と合わない"): change("settlement_refundrequest", "DELETE FROM $"),
    ("refunds", "締日が承認日より前"): change(
        "billing_refund", "UPDATE $ SET closes_on = '2026-11-05'"
    ),
    ("event_streams", "系列がない"): change(
        "billing_stream",
        "DELETE FROM $ s WHERE NOT EXISTS "
        "(SELECT FROM billing_endpoint e WHERE e.stream_id = s.id)",
    ),
    ("payment_events", "オーナーに伝えていない"): change(
        "billing_event", "UPDATE $ SET owner_sequence = NULL WHERE type = 'payment.refunded'"
    ),
    ("payment_events", "テナントに伝えていない"): [
        "ALTER TABLE billing_event DROP CONSTRAINT event_has_its_numbers",
        *change(
            "billing_event", "UPDATE $ SET tenant_sequence = NULL WHERE type = 'payment.refunded'"
        ),
    ],
    ("statement_events", "イベントがない"): change(
        "billing_event", "DELETE FROM $ WHERE type = 'statement.closed'"
    ),
    ("payout_events", "イベントがない"): change(
        "billing_event", "DELETE FROM $ WHERE type = 'payout.returned'"
    ),
    ("statement_sums", "入金と繰越の両方がある"): [
        "ALTER TABLE settlement_statement DROP CONSTRAINT statement_pays_or_carries",
        *change(
            "settlement_statement",
            "UPDATE $ SET gross_yen = gross_yen + 1, carried_out_yen = 1 WHERE payout_yen > 0",
        ),
    ],
    ("statement_sums", "精算入金手数料が入金と合わない"): change(
        "settlement_statementline", "DELETE FROM $ WHERE kind = 'transfer'"
    ),
    ("statement_lines", "件数×単価でない"): [
        "ALTER TABLE settlement_statementline DROP CONSTRAINT line_multiplies",
        *change("settlement_statementline", "UPDATE $ SET amount_yen = amount_yen + 1"),
    ],
    ("sub_statements", "負担が負"): [
        "ALTER TABLE settlement_substatement DROP CONSTRAINT sub_statement_commission_is_agreed",
        *change(
            "settlement_substatement",
            "UPDATE $ SET commission_yen = -1, net_yen = gross_yen + 1 - passed_yen",
        ),
    ],
    ("payouts", "別のオーナーのもの"): [
        "ALTER TABLE settlement_payout DROP CONSTRAINT payout_of_the_same_owner",
        *change("settlement_payout", f"UPDATE $ SET owner_id = {AOBA} WHERE status = 'proposed'"),
    ],
    ("payout_states", "記録の金額が違う"): change(
        "settlement_payoutmove", "UPDATE $ SET amount_yen = amount_yen + 1 WHERE kind = 'paid'"
    ),
    ("payout_states", "振込ファイルと合わない"): [
        "UPDATE settlement_payout SET pays_on = pays_on + 1 WHERE status = 'paid'"
    ],
    ("payout_states", "振込不能でないものの再発行"): [
        "UPDATE settlement_payout SET status = 'paid' WHERE status = 'returned'"
    ],
    ("payout_people", "承認がない"): [
        "UPDATE settlement_payout SET approved_at = NULL WHERE status = 'approved'"
    ],
    ("payout_people", "振込依頼者がない、または承認者と同じ"): [
        "ALTER TABLE settlement_payout DROP CONSTRAINT payout_takes_two_people",
        "UPDATE settlement_payout SET exported_by_id = approved_by_id WHERE status = 'paid'",
    ],
    ("payout_people", "口座の承認者が関わっている"): change(
        "settlement_payee",
        "UPDATE $ y SET checked_by_id = p.approved_by_id FROM settlement_payout p "
        "WHERE p.payee_id = y.id AND p.status = 'approved'",
    ),
    ("payout_people", "センターの人でない"): [
        (
            f"UPDATE tenants_staff SET owner_id = {AOBA}, role = 'administrator' "
            "WHERE id IN (SELECT approved_by_id FROM settlement_payout)"
        )
    ],
    ("card_numbers", "バーコード番号のチェックディジットが違う"): change(
        "cards_card",
        "UPDATE $ SET barcode_number = left(barcode_number, 12) "
        "|| (right(barcode_number, 1)::int + 1) % 10 WHERE id = (SELECT max(id) FROM $)",
    ),
    ("card_numbers", "種類が違う"): change(
        "cards_card", "UPDATE $ SET kind = 'sheet' WHERE id = (SELECT min(id) FROM $)"
    ),
    ("card_numbers", "テストと本番の別が違う"): change(
        "cards_card", "UPDATE $ SET is_test = NOT is_test WHERE id = (SELECT min(id) FROM $)"
    ),
    ("card_numbers", "ブロックの使用済範囲にない"): ["UPDATE cards_block SET used = 0"],
    ("postings", "金額が正でない"): [
        "ALTER VIEW books RENAME TO true_books",
        (
            "CREATE VIEW books AS SELECT fact, fact_id, NULL::date AS day, debit, credit, "
            "-amount_yen AS amount_yen FROM true_books"
        ),
        "GRANT SELECT ON books TO smartpit_app",
    ],
    ("postings", "日付がない"): [],  # The view above has lost the days too.
    ("card_holders", "テストと本番のカードが混じる"): [
        (
            "UPDATE cards_member SET card_id = (SELECT id FROM cards_card WHERE is_test LIMIT 1) "
            "WHERE id = (SELECT min(id) FROM cards_member)"
        )
    ],
    ("printed_files", "枚数が印刷の記録と違う"): change(
        "cards_batchcard", "DELETE FROM $ WHERE row = 2"
    ),
    ("printed_orders", "印刷の記録が足りない"): [],  # The row above is missing there too.
    ("printed_files", "読取検査の枚数がおかしい"): change(
        "cards_batchfile", "UPDATE $ SET cards_read = cards + 1"
    ),
    ("printed_files", "別のオーナーのカードがある"): change(
        "cards_batchcard",
        f"UPDATE $ SET card_id = (SELECT id FROM cards_card WHERE owner_id = {AOBA} LIMIT 1)"
        " WHERE row = 3",
    ),
    ("printed_files", "発行依頼のオーナーが違う"): [
        "ALTER TABLE cards_batchfile DROP CONSTRAINT batch_file_of_the_same_owner",
        *change("cards_batchfile", f"UPDATE $ SET owner_id = {AOBA}"),
    ],
    ("faxes", "送信していないFAXが料金になっている"): [
        "UPDATE billing_notice SET status = 'dropped', sent_at = NULL WHERE status = 'sent'"
    ],
    ("faxes", "送信済のFAXに料金の記録がない"): [
        "UPDATE billing_notice SET status = 'sent', sent_at = now() WHERE status = 'failed'"
    ],
    ("bank_statements", "明細の数が違う"): change(
        "settlement_bankstatement", "UPDATE $ SET new_count = new_count + 1"
    ),
    ("bank_statements", "残高が明細と違う"): change(
        "settlement_bankstatement", "UPDATE $ SET closing_yen = closing_yen + 1"
    ),
    ("bank_entries", "消込も案件もない"): [
        "DELETE FROM billing_case WHERE kind = 'bank_entry_unknown'"
    ],
    ("bank_entries", "差額の案件がない"): [
        "DELETE FROM billing_case WHERE kind = 'remittance_differs'"
    ],
    ("bank_entries", "入払と合わない"): change(
        "settlement_bankentry", "UPDATE $ SET direction = 'out' WHERE amount_yen = 3000"
    )
    + change(
        "settlement_bankentry",
        "UPDATE $ SET direction = 'in' WHERE id IN "
        "(SELECT entry_id FROM settlement_entryruling WHERE kind = 'transfers')",
    ),
    ("bank_entries", "入金済でない振込がある"): [
        "UPDATE settlement_payout SET status = 'exported' WHERE status = 'paid'"
    ],
    ("bank_entries", "振込不能の精算入金と合わない"): [
        (
            "UPDATE settlement_payout SET status = 'paid' WHERE id IN "
            "(SELECT payout_id FROM settlement_entryruling WHERE kind = 'returned')"
        )
    ],
    ("remittances", "手数料が違う"): [
        *["ALTER TABLE settlement_remittance DROP CONSTRAINT remittance_adds_up"],
        *change("settlement_remittance", "UPDATE $ SET fee_yen = fee_yen + 1"),
    ],
    ("remittances", "テスト環境のチェーン"): [
        "ALTER TABLE settlement_remittance DROP CONSTRAINT remittance_by_terms_of_the_same_chain",
        "ALTER TABLE settlement_remittancereceipt DROP CONSTRAINT receipt_of_the_same_chain",
        *change("settlement_remittance", "UPDATE $ SET chain_id = 'lawson-test'"),
    ],
}
