"""A migration comes while somebody reads for long and tills pay: no till waits behind it."""

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from io import StringIO
from typing import Any

import psycopg
import pytest
from django.apps import apps
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.db import connections
from django.db.migrations.loader import MigrationLoader

from smartpit.kernel import migrating, schema
from tests import databases
from tests.cast import Cast, make_cast, payment_body, register, till

Session = psycopg.Connection[tuple[Any, ...]]

_PATIENCE_SECONDS = 60
_WAITS = (
    "SELECT count(*) FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock'"
    " AND relation = 'billing_payment'::regclass"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)
_COLUMN = (
    "SELECT count(*) FROM information_schema.columns"
    " WHERE table_name = 'billing_payment' AND column_name = 'later_note'"
)


@pytest.fixture
def cast(committed_db: str, settings: LazySettings) -> Cast:
    settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, "tests.faults.later"]
    return make_cast()


@contextmanager
def reading(database: str) -> Iterator[Session]:
    """Be somebody who looks at payments for as long as the block lasts."""
    with databases.owner_at(database) as reader, reader.transaction():
        reader.execute("SELECT count(*) FROM billing_payment")
        yield reader


def _migrate(**options: Any) -> str:
    said = StringIO()
    try:
        call_command("migrate", "later", verbosity=0, stderr=said, **options)
    finally:
        connections.close_all()
    return said.getvalue()


def _pay(cast: Cast, body: dict[str, Any]) -> int:
    try:
        return till(cast.lawson).post("payments", body).status_code
    finally:
        connections.close_all()


def _count(session: Session, query: str) -> int:
    row = session.execute(query).fetchone()
    assert row is not None
    return int(row[0])


def _until_it_waits(session: Session, migration: "Future[str]") -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while _count(session, _WAITS) == 0:
        assert not migration.done(), migration.result()
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.fault("D13")
def test_tills_pay_while_a_migration_waits_for_a_long_reader(
    cast: Cast, committed_db: str, owner_connection: Session
):
    bodies = [payment_body(register(cast.sakura)) for _ in range(3)]
    with ThreadPoolExecutor(2) as pool:
        with reading(committed_db):
            migration = pool.submit(_migrate)
            for body in bodies:
                _until_it_waits(owner_connection, migration)
                # The reader reads on all the while: only that the migration steps back lets it in.
                assert pool.submit(_pay, cast, body).result(_PATIENCE_SECONDS) == 201
            assert not migration.done()
            assert _count(owner_connection, _COLUMN) == 0
        assert "続きから" in migration.result(_PATIENCE_SECONDS)
    assert _count(owner_connection, _COLUMN) == 1
    assert _pay(cast, payment_body(register(cast.sakura))) == 201


@pytest.mark.fault("D13")
def test_a_migration_whose_patience_ends_changes_nothing_and_holds_nobody_up(
    cast: Cast, committed_db: str, owner_connection: Session
):
    with reading(committed_db), pytest.raises(CommandError, match="もう一度"):
        _migrate(patience=0)
    assert _count(owner_connection, _COLUMN) == 0
    with connections[schema.OWNER].cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("0",)
    _migrate(patience=0)
    assert _count(owner_connection, _COLUMN) == 1


@pytest.mark.fault("D13")
def test_each_migration_can_be_tried_again_because_it_is_one_transaction(db: None):
    """One that is not (an index built beside the tills) holds a single step, so no half stays."""
    ours = {
        app.label for app in apps.get_app_configs() if not app.name.startswith(("django", "axes"))
    }
    loader = MigrationLoader(None)
    for (app, name), migration in loader.disk_migrations.items():
        if app in ours:
            assert migration.atomic or len(migration.operations) == 1, f"{app}.{name}"


def test_a_fault_of_the_migration_itself_is_raised_at_once(committed_db: str):
    def broken() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        migrating.step_by_step(broken, patience_seconds=60, say=print)
