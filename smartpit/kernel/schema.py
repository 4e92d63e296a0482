"""Whether the schema is the one on disk, and who may do what with its tables.

The fingerprint of all migrations is kept in the database beside them, so that a command pays one
SELECT when nothing is new. Rights are given anew after each migration: the application's role
reads and writes rows, adds facts but never changes them, and owns nothing.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from django.apps import apps
from django.core.management import call_command
from django.db import connections, transaction
from django.db.models import Model

from smartpit.kernel.append_only import append_only_models
from smartpit.platform.embedded import APP_ROLE

OWNER = "owner"  # The migrating role's connection in settings.DATABASES.

_migrating: ContextVar[bool] = ContextVar("migrating", default=False)
_LOCK = 0x534D5054  # Any number, as long as it is always this one.


def ensure_current() -> None:
    """Migrate unless the database already carries the fingerprint of what is on disk."""
    wanted = fingerprint()
    if _kept_fingerprint() == wanted:
        return
    with _alone():
        if _kept_fingerprint() != wanted:
            call_command("migrate", interactive=False, verbosity=0)


class MigratingRouter:
    """Send the queries of a data migration to the role that made the tables."""

    def db_for_read(self, _model: type[Model], **_hints: object) -> str | None:
        return OWNER if _migrating.get() else None

    db_for_write = db_for_read


@contextmanager
def migrating() -> Iterator[None]:
    """Let models speak as the migrating role inside the block."""
    token = _migrating.set(True)
    try:
        yield
    finally:
        _migrating.reset(token)


def fingerprint() -> str:
    """Return one word that changes whenever a migration, an app's SQL file or the kernel does.

    What a migration makes of a constraint, and who gets which rights, the kernel says.
    """
    mark = hashlib.sha256()
    for app in sorted(apps.get_app_configs(), key=lambda app: app.label):
        root = Path(app.path)
        for source in sorted([*root.glob("migrations/*.py"), *root.rglob("*.sql")]):
            mark.update(f"{app.label}/{source.name}".encode() + source.read_bytes())
    for source in sorted(Path(__file__).parent.glob("*.py")):
        mark.update(source.name.encode() + source.read_bytes())
    return mark.hexdigest()


def make_app_role() -> None:
    """Make the application's role where nobody did, and let who signs in become it."""
    signs_in = {str(connections[name].settings_dict["USER"]) for name in ("default", OWNER)}
    # From PostgreSQL 16 on, who makes a role is its member but may not become it unasked.
    becoming = "SET" if connections[OWNER].pg_version >= 160000 else "MEMBER"  # type: ignore[attr-defined]
    with connections[OWNER].cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [APP_ROLE])
        if cursor.fetchone() is None:
            cursor.execute(f"CREATE ROLE {APP_ROLE} NOLOGIN")
        for role in sorted(signs_in - {APP_ROLE}):
            cursor.execute("SELECT pg_has_role(%s, %s, %s)", [role, APP_ROLE, becoming])
            if cursor.fetchone() != (True,):
                cursor.execute(f'GRANT {APP_ROLE} TO "{role}"')


def grant_rights() -> None:
    """Give the application's role what it needs on every table, and no more."""
    with transaction.atomic(using=OWNER), connections[OWNER].cursor() as cursor:
        for statement in _rights():
            cursor.execute(statement)


def record_fingerprint() -> None:
    """Note that all that is on disk has been applied."""
    with transaction.atomic(using=OWNER), connections[OWNER].cursor() as cursor:
        cursor.execute("DELETE FROM smartpit_schema")
        cursor.execute("INSERT INTO smartpit_schema VALUES (%s)", [fingerprint()])


def _kept_fingerprint() -> str | None:
    with connections[OWNER].cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", ["smartpit_schema"])
        if cursor.fetchone() != (True,):
            return None
        cursor.execute("SELECT fingerprint FROM smartpit_schema")
        row = cursor.fetchone()
    return row[0] if row else None


@contextmanager
def _alone() -> Iterator[None]:
    """Let one process at a time migrate; the others wait and then find nothing to do."""
    with connections[OWNER].cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def _rights() -> Iterator[str]:
    role = APP_ROLE
    yield "CREATE TABLE IF NOT EXISTS smartpit_schema (fingerprint text NOT NULL)"
    yield "REVOKE CREATE ON SCHEMA public FROM PUBLIC"
    yield f"GRANT USAGE ON SCHEMA public TO {role}"
    yield f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}"
    yield f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}"
    yield f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}"
    for table in ("django_migrations", "smartpit_schema"):
        yield f"REVOKE INSERT, UPDATE, DELETE ON {table} FROM {role}"
    for model, constraint in append_only_models():
        table = f'"{model._meta.db_table}"'
        yield f"REVOKE UPDATE, DELETE ON {table} FROM {role}"
        columns = ", ".join(f'"{column}"' for column in constraint.movable_columns(model))
        if columns:
            yield f"GRANT UPDATE ({columns}) ON {table} TO {role}"
