"""Facts stay, whoever asks: the application lacks the right, the owner meets the trigger."""

import psycopg
import pytest
from django.db import ProgrammingError, connection, transaction

from billing.models import Payment
from smartpit.kernel.append_only import append_only_models
from tenants.models import Plan


@pytest.mark.django_db
def test_the_application_owns_nothing_and_is_no_superuser():
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == ("smartpit_app",)
        cursor.execute("SELECT count(*) FROM pg_class WHERE relowner = current_user::regrole")
        assert cursor.fetchone() == (0,)
        cursor.execute("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == (False, False)


@pytest.mark.django_db
@pytest.mark.parametrize("change", ["CREATE TABLE mine (id int)", "TRUNCATE tenants_owner CASCADE"])
def test_the_application_may_not_change_the_schema_or_empty_a_table(change: str):
    with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)


@pytest.mark.django_db
def test_the_application_may_neither_change_nor_delete_a_fact():
    with pytest.raises(ProgrammingError), transaction.atomic():
        Plan.objects.update(code="another")
    with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM tenants_plan")


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE tenants_plan SET code = code",
        "DELETE FROM tenants_plan",
        "TRUNCATE tenants_plan CASCADE",
    ],
)
def test_even_the_owner_meets_the_trigger(
    owner_connection: "psycopg.Connection[tuple[object, ...]]", change: str
):
    with pytest.raises(psycopg.errors.RestrictViolation, match="append-only"):
        owner_connection.execute(change)


def test_a_movable_column_moves_and_its_neighbour_does_not(
    owner_connection: "psycopg.Connection[tuple[object, ...]]",
):
    owner_connection.execute("CREATE TABLE fact (status text, amount_yen bigint)")
    owner_connection.execute("INSERT INTO fact VALUES ('proposed', 100)")
    owner_connection.execute(
        "CREATE TRIGGER fact_row BEFORE UPDATE OR DELETE ON fact"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change('status')"
    )
    owner_connection.execute("UPDATE fact SET status = 'approved'")
    with pytest.raises(psycopg.errors.RestrictViolation):
        owner_connection.execute("UPDATE fact SET amount_yen = 101, status = 'paid'")
    assert owner_connection.execute("SELECT * FROM fact").fetchall() == [("approved", 100)]


@pytest.mark.django_db
def test_every_fact_has_both_triggers():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal"
        )
        standing = set(cursor.fetchall())
    wanted = {
        (model._meta.db_table, f"{constraint.name}_{kind}")
        for model, constraint in append_only_models()
        for kind in ("row", "truncate")
    }
    assert wanted
    assert wanted <= standing


@pytest.mark.django_db
def test_a_payments_triggers_look_only_at_what_they_are_about():
    """So that a million confirmations compare nothing; the audit finds a column left out."""
    (constraint,) = (one for model, one in append_only_models() if model is Payment)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.tgname, array_agg(a.attname::text) FROM pg_trigger t "
            "JOIN pg_attribute a ON a.attrelid = t.tgrelid AND a.attnum = ANY (t.tgattr) "
            "WHERE t.tgname LIKE 'payment_append_only%' GROUP BY 1"
        )
        looks_at = {name: set(columns) for name, columns in cursor.fetchall()}
    assert looks_at == {
        "payment_append_only_row": set(constraint.fixed_columns(Payment)),
        "payment_append_only_filled": set(constraint.movable_columns(Payment)) - {"status"},
    }
