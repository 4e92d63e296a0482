"""What is done to the schema that holds the books, and which checks must turn red for it."""

from tests.tamperings import Tamperings, loosened

OF_THE_SCHEMA: Tamperings = {
    "a disabled trigger": (
        ["ALTER TABLE settlement_statementline DISABLE TRIGGER line_append_only_row"],
        {"append_only"},
    ),
    "a dropped trigger": (
        ["DROP TRIGGER line_append_only_truncate ON settlement_statementline"],
        {"append_only"},
    ),
    "a trigger that lets more through": (
        [
            "DROP TRIGGER payment_append_only_row ON billing_payment",
            (
                "CREATE TRIGGER payment_append_only_row BEFORE UPDATE OR DELETE ON billing_payment "
                "FOR EACH ROW EXECUTE FUNCTION refuse_change('status', 'amount_yen')"
            ),
        ],
        {"append_only"},
    ),
    "a trigger that looks at one column only": (
        [
            "DROP TRIGGER payment_append_only_row ON billing_payment",
            (
                "CREATE TRIGGER payment_append_only_row BEFORE UPDATE OF receipt OR DELETE "
                "ON billing_payment FOR EACH ROW EXECUTE FUNCTION refuse_change("
                "'status', 'owner_id', 'tenant_id', 'invoice_id', 'version', 'number', 'tax_yen', "
                "'repeats')"
            ),
        ],
        {"append_only"},
    ),
    "a trigger that would let an owner be changed is gone": (
        ["DROP TRIGGER payment_append_only_filled ON billing_payment"],
        {"append_only"},
    ),
    "a trigger's function without teeth": (
        [
            (
                "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql "
                "AS 'BEGIN RETURN NEW; END'"
            ),
        ],
        {"append_only"},
    ),
    "a constraint that is gone": (
        loosened("statement_pays_or_carries", of="settlement_statement"),
        {"constraints"},
    ),
    "a constraint that was never validated": (
        [
            "ALTER TABLE billing_payment ADD CONSTRAINT later CHECK (line < 5) NOT VALID",
        ],
        {"constraints"},
    ),
    "a key of sets that is gone": (
        ["DROP TRIGGER event_payment_of_the_same_owner ON billing_event"],
        {"constraints"},
    ),
    "a key of sets that asks nothing": (
        [
            (
                "CREATE OR REPLACE FUNCTION confirmation_of_the_same_tenant() RETURNS trigger "
                "LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'"
            ),
        ],
        {"constraints"},
    ),
    "a key of sets whose target may go": (
        ["ALTER TABLE tenants_tenant DISABLE TRIGGER event_tenant_of_the_same_owner_stays"],
        {"constraints"},
    ),
    "a foreign key that is gone": (
        [
            (
                "DO $$ DECLARE name text; BEGIN SELECT conname INTO name FROM pg_constraint "
                "WHERE conrelid = 'billing_payment'::regclass AND contype = 'f' "
                "AND confrelid = 'billing_chain'::regclass; "
                "EXECUTE format('ALTER TABLE billing_payment DROP CONSTRAINT %I', name); END $$"
            ),
        ],
        {"constraints"},
    ),
    "an application that may change a fact": (
        ["GRANT UPDATE (amount_yen) ON billing_payment TO smartpit_app"],
        {"app_role"},
    ),
    "an application that may delete a fact": (
        ["GRANT DELETE ON billing_payment TO smartpit_app"],
        {"app_role"},
    ),
    "an application that may empty a table": (
        ["GRANT TRUNCATE ON tenants_owner TO smartpit_app"],
        {"app_role"},
    ),
    "an application that may make tables": (
        ["GRANT CREATE ON SCHEMA public TO smartpit_app"],
        {"app_role"},
    ),
}
