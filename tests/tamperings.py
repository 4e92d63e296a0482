"""What is done to the rows of the books, and which checks of the audit must turn red for it."""

# What is done -> the checks that must turn red, and no other may.
Tamperings = dict[str, tuple[list[str], set[str]]]


def change(table: str, what: str) -> list[str]:
    """Change a table whose triggers look away for the moment."""
    return [
        f"ALTER TABLE {table} DISABLE TRIGGER USER",
        what.replace("$", table),
        f"ALTER TABLE {table} ENABLE TRIGGER USER",
    ]


def loosened(constraint: str, *, of: str) -> list[str]:
    return [f"ALTER TABLE {of} DROP CONSTRAINT {constraint} CASCADE"]


A_PAYMENT = "(SELECT id FROM billing_payment WHERE amount_yen = 54999)"
A_CARD_OF_AOBA = """(SELECT c.id FROM cards_card c JOIN tenants_owner o ON o.id = c.owner_id
    WHERE o.code = 'aoba' AND NOT o.is_test LIMIT 1)"""
FLIPPED = "UPDATE $ SET amount_yen = 54998 WHERE amount_yen = 54999"

OF_ROWS: Tamperings = {
    "a flipped yen in a payment": (
        [
            *loosened("payment_of_an_amount_that_was_asked", of="billing_payment"),
            *change("billing_payment", FLIPPED),
        ],
        {
            "owner_balances",
            "payment_amounts",
            "payment_events",
            "remittances",
            "statement_facts",
            "one_owner",
            "constraints",
        },
    ),
    "a flipped yen in payment and version": (
        [
            *loosened("payment_of_an_amount_that_was_asked", of="billing_payment"),
            *change("billing_payment", FLIPPED),
            *change("billing_invoiceversion", FLIPPED),
        ],
        {
            "owner_balances",
            "payment_amounts",
            "invoice_versions",
            "payment_events",
            "remittances",
            "statement_facts",
            "constraints",
        },
    ),
    "a flipped yen in an event": (
        change(
            "billing_event",
            "UPDATE $ SET body = jsonb_set(body, '{amount_yen}', '54998') "
            "WHERE body ->> 'amount_yen' = '54999' AND type = 'payment.reported'",
        ),
        {"payment_events"},
    ),
    "an invoice that says another amount than its version": (
        ["UPDATE billing_invoice SET amount_yen = 54998 WHERE amount_yen = 54999"],
        {"invoice_versions"},
    ),
    "a payment moved to another state": (
        ["UPDATE billing_payment SET status = 'reported' WHERE amount_yen = 54999"],
        {"payment_states", "event_facts", "waiting"},
    ),
    "a single invoice paid and open": (
        ["UPDATE billing_invoice SET status = 'open' WHERE amount_yen = 54999"],
        {"single_invoices"},
    ),
    "a day noted as done with before its invoices were": (
        ["INSERT INTO billing_dayexpired (due_on, noted_at) VALUES ('2099-12-31', now())"],
        {"expiries"},
    ),
    "a suspense that nobody looks at": (
        ["DELETE FROM billing_case WHERE kind = 'suspense'"],
        {"cases"},
    ),
    "a chain's file of other yen": (
        change("billing_chainfile", "UPDATE $ SET amount_yen = amount_yen + 1"),
        {"chain_files"},
    ),
    "books that post within one account": (
        [
            "ALTER VIEW books RENAME TO true_books",
            (
                "CREATE VIEW books AS SELECT fact, fact_id, day, debit, debit AS credit, "
                "amount_yen FROM true_books"
            ),
            "GRANT SELECT ON books TO smartpit_app",
        ],
        {"postings", "trial_balance", "owner_balances", "chain_days"},
    ),
    "books that forget cash of no known invoice": (
        [
            "ALTER VIEW books RENAME TO true_books",
            "CREATE VIEW books AS SELECT * FROM true_books WHERE fact <> 'suspense'",
            "GRANT SELECT ON books TO smartpit_app",
        ],
        {"postings", "trial_balance", "chain_days"},
    ),
    "a payment confirmed into a closed period": (
        [
            (
                "INSERT INTO billing_confirmation "
                "(payment_id, owner_id, tenant_id, closes_on, confirmed_at) "
                "SELECT id, owner_id, tenant_id, '2026-11-05', '2026-12-02' FROM billing_payment "
                "WHERE status = 'reported' AND late"
            ),
            "UPDATE billing_payment SET status = 'confirmed' WHERE status = 'reported' AND late",
        ],
        {"owner_balances", "payments_stated", "statement_facts", "payment_events"},
    ),
    "a payment in no statement": (
        [
            *change(
                "billing_confirmation",
                f"UPDATE $ SET closes_on = '2026-11-25' WHERE payment_id = {A_PAYMENT}",
            ),
            *change(
                "settlement_closing",
                "INSERT INTO $ (owner_id, closes_on, closed_at) "
                "SELECT owner_id, '2026-11-25', '2026-12-03' FROM billing_payment "
                f"WHERE id = {A_PAYMENT}",
            ),
        ],
        {"payments_stated", "statement_facts"},
    ),
    "a statement of other yen that adds up": (
        change(
            "settlement_statement",
            "UPDATE $ SET gross_yen = gross_yen + 1, carried_out_yen = carried_out_yen + 1 "
            "WHERE payout_yen = 0",
        ),
        {"statement_facts", "statement_sums", "statement_events", "carries"},
    ),
    "a statement that does not add up": (
        [
            *loosened("statement_sums", of="settlement_statement"),
            *change(
                "settlement_statement",
                "UPDATE $ SET tax_yen = tax_yen + 1 WHERE closes_on = '2026-11-05'",
            ),
        ],
        {"owner_balances", "statement_sums", "statement_facts", "constraints"},
    ),
    "an edited statement line": (
        change(
            "settlement_statementline",
            "UPDATE $ SET count = count + 1, amount_yen = amount_yen + unit_yen WHERE kind = 'fax'",
        ),
        {"owner_balances", "statement_sums", "statement_facts"},
    ),
    "a line of an unknown kind": (
        change("settlement_statementline", "UPDATE $ SET kind = 'gift' WHERE kind = 'fax'"),
        {"statement_lines", "statement_facts"},
    ),
    "a tenant's share of other yen": (
        [
            *loosened("sub_statement_sums", of="settlement_substatement"),
            *change(
                "settlement_substatement",
                "UPDATE $ SET passed_yen = passed_yen + 1 WHERE gross_yen = 100000",
            ),
        ],
        {"sub_statements", "constraints"},
    ),
    "a commission that its terms do not make": (
        [
            *loosened("sub_statement_commission_is_agreed", of="settlement_substatement"),
            *change(
                "settlement_substatement",
                "UPDATE $ SET commission_each_yen = commission_each_yen + 1 "
                "WHERE gross_yen = 100000",
            ),
        ],
        {"sub_statements", "constraints"},
    ),
    "a pay day that is not the calendar's": (
        change(
            "settlement_statement",
            "UPDATE $ SET stated_on = stated_on + 1 WHERE closes_on = '2026-11-20'",
        ),
        {"statement_days"},
    ),
    "a statement without its closing": (
        change("settlement_closing", "DELETE FROM $ WHERE closes_on = '2026-11-20'"),
        {"owner_balances", "closings"},
    ),
    "a carry that was lost": (
        change(
            "settlement_statement",
            "UPDATE $ SET carried_in_yen = 0, "
            "payout_yen = payout_yen - carried_in_yen WHERE carried_in_yen <> 0",
        ),
        {
            "owner_balances",
            "carries",
            "statement_facts",
            "statement_sums",
            "payouts",
            "statement_events",
        },
    ),
    "a payout of other yen": (
        change(
            "settlement_payout",
            "UPDATE $ SET amount_yen = amount_yen + 1 WHERE status = 'proposed'",
        ),
        {"payouts"},
    ),
    "a statement's second first payout": (
        [
            "DROP INDEX payout_once_per_statement",
            (
                "INSERT INTO settlement_payout (id, owner_id, statement_id, amount_yen, pays_on, "
                "status, proposed_at, approved_sha256) SELECT gen_random_uuid(), owner_id, "
                "statement_id, 1, pays_on, 'proposed', now(), '' FROM settlement_payout "
                "WHERE status = 'paid'"
            ),
        ],
        {"payouts", "constraints"},
    ),
    "a payout put off by a month": (
        change(
            "settlement_payout",
            "UPDATE $ SET pays_on = pays_on + 30 WHERE status = 'proposed' AND reissues_id IS NULL",
        ),
        {"payout_states"},
    ),
    "a payout that nobody holds": (
        change(
            "settlement_payout",
            "UPDATE $ SET status = 'held' WHERE status = 'proposed' AND reissues_id IS NULL",
        ),
        {"payout_states"},
    ),
    "a payout that is paid without a move": (
        change("settlement_payoutmove", "DELETE FROM $ WHERE kind = 'paid'"),
        {"trial_balance", "payout_states"},
    ),
    "a payout sent by who changed the account": (
        [
            (
                "UPDATE settlement_payout p SET exported_by_id = y.changed_by_id "
                "FROM settlement_payee y WHERE y.id = p.payee_id AND p.status = 'paid'"
            ),
        ],
        {"payout_people"},
    ),
    "a change of an account that did not wait": (
        change("settlement_payee", "UPDATE $ SET holds_from = holds_from - 1 WHERE number = 2"),
        {"payees"},
    ),
    "a change of an account nobody was told of": (
        change("settlement_payeenotice", "DELETE FROM $"),
        {"payees"},
    ),
    "an account made and approved by one": (
        [
            "ALTER TABLE settlement_payee DROP CONSTRAINT payee_takes_two_people",
            *change("settlement_payee", "UPDATE $ SET checked_by_id = changed_by_id"),
        ],
        {"payees", "constraints"},
    ),
    "a payout sent by somebody nobody knows": (
        change(
            "tenants_vouch",
            "DELETE FROM $ WHERE staff_id IN (SELECT exported_by_id FROM settlement_payout)",
        ),
        {"payout_people"},
    ),
    "an account changed under an approval": (
        change("settlement_payee", "UPDATE $ SET changed_at = changed_at - interval '1 day'"),
        {"approvals"},
    ),
    "an account changed under a sent payout": (
        change("settlement_payee", "UPDATE $ SET account_number = '1111111'"),
        {"approvals", "bank_files"},
    ),
    "a changed bank file": (
        change(
            "settlement_bankfile",
            "UPDATE $ SET content = set_byte(content, 200, get_byte(content, 200) # 1) "
            "WHERE name = 'furikomi-20261120-01.txt'",
        ),
        {"bank_files"},
    ),
    "a bank file exchanged with its hash": (
        change(
            "settlement_bankfile",
            "UPDATE $ f SET content = o.content, sha256 = o.sha256 FROM settlement_bankfile o "
            "WHERE o.id <> f.id",
        ),
        {"bank_files"},
    ),
    "a FAX charged that did not go through": (
        ["UPDATE billing_notice SET status = 'failed', sent_at = NULL WHERE status = 'sent'"],
        {"faxes"},
    ),
    "a number with a wrong check digit": (
        change(
            "cards_card",
            "UPDATE $ SET number = left(number, 12) || (right(number, 1)::int + 1) % 10 "
            "WHERE number = (SELECT number FROM billing_payment WHERE amount_yen = 54999)",
        ),
        {"card_numbers", "card_draws", "payment_amounts"},
    ),
    "a renumbered card": (
        change(
            "cards_card",
            "UPDATE $ SET number = '2000000000008' "
            "WHERE id = (SELECT card_id FROM billing_invoice WHERE status = 'expired')",
        ),
        {"card_draws"},
    ),
    "a barcode number that no card was given": (
        change(
            "cards_card",
            "UPDATE $ SET barcode_number = '2900000000001' WHERE id = (SELECT max(id) FROM $)",
        ),
        {"card_draws"},
    ),
    "blocks that overlap": (
        ["UPDATE cards_block SET size = 1000000 WHERE first = 0 AND kind = 'joint'"],
        {"blocks"},
    ),
    "a member with a card of another owner": (
        [
            (
                f"UPDATE cards_member SET card_id = {A_CARD_OF_AOBA} "
                "WHERE id = (SELECT min(id) FROM cards_member)"
            ),
        ],
        {"card_holders"},
    ),
    "a printed file that was exchanged": (
        change("cards_batchfile", "UPDATE $ SET pdf = set_byte(pdf, 9, get_byte(pdf, 9) # 1)"),
        {"printed_files"},
    ),
    "a printed file that is gone": (
        change("cards_batchfile", "DELETE FROM $"),
        {"printed_orders"},
    ),
    "a row of another owner": (
        [
            *loosened("line_of_the_same_owner", of="settlement_statementline"),
            *change(
                "settlement_statementline",
                "UPDATE $ SET owner_id = (SELECT id FROM tenants_owner WHERE code = 'aoba' "
                "AND NOT is_test)",
            ),
        ],
        {"owner_balances", "one_owner", "constraints"},
    ),
}
