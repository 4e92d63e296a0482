"""Test databases: one template a schema, migrated as in production, and quick copies of it.

The application's connection signs in as the role that owns nothing, so a test sees the rights
that a request has.
"""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from psycopg import sql
from psycopg.conninfo import make_conninfo

from smartpit.kernel import schema
from smartpit.kernel.scratch import drop_database
from smartpit.platform.connections import connections as addresses
from smartpit.platform.connections import is_embedded
from smartpit.platform.embedded import ensure_running

_LOCK = 0x54455354
_TEMPLATE = "smartpit_template_"


def template() -> str:
    """Return the name of a migrated database, made once for all workers."""
    if is_embedded():
        ensure_running(settings.HOME, durable=False)
    name = _TEMPLATE + schema.fingerprint()[:16]
    with owner_at() as owner:
        owner.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        if name not in _names(owner, _TEMPLATE):
            _migrate_into(owner, name)
    return name


def worker_database(name: str) -> str:
    """Return this worker's own database, copied afresh from the template."""
    copy = f"test_smartpit_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    with owner_at() as owner:
        drop_database(owner, copy)
        _copy(owner, name, copy)
    return copy


@contextmanager
def scratch_copy(name: str) -> Iterator[str]:
    """Lend a copy of the template in which everything is really committed."""
    copy = f"scratch_smartpit_{secrets.token_hex(6)}"
    with owner_at() as owner:
        _copy(owner, name, copy)
        try:
            with pointed_at(copy):
                yield copy
        finally:
            drop_database(owner, copy)


@contextmanager
def pointed_at(name: str) -> Iterator[None]:
    """Let Django's connections, in every thread that opens one, reach the database ``name``."""
    before = _point(name)
    try:
        yield
    finally:
        _point(before)


@contextmanager
def owner_at(database: str | None = None) -> Iterator["psycopg.Connection[tuple[object, ...]]"]:
    """Lend a connection of the migrating role, each statement committed at once."""
    address = dict(addresses(settings.HOME).owner)
    if database:
        address["dbname"] = database
    with psycopg.connect(make_conninfo(**address), autocommit=True) as connection:
        yield connection


def _point(name: str) -> str:
    before = str(connections.settings["default"]["NAME"])
    for alias in ("default", schema.OWNER):
        connections[alias].close()
        connections.settings[alias]["NAME"] = name
    return before


def _migrate_into(owner: "psycopg.Connection[tuple[object, ...]]", name: str) -> None:
    for old in _names(owner, _TEMPLATE):
        drop_database(owner, old)
    draft = f"{_TEMPLATE}draft"
    owner.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(draft)))
    with pointed_at(draft):
        call_command("migrate", interactive=False, verbosity=0)
    rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
    owner.execute(rename.format(sql.Identifier(draft), sql.Identifier(name)))


def _names(owner: "psycopg.Connection[tuple[object, ...]]", prefix: str) -> list[str]:
    rows = owner.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [prefix])
    return [str(row[0]) for row in rows]


def _copy(owner: "psycopg.Connection[tuple[object, ...]]", name: str, copy: str) -> None:
    create = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
    owner.execute(create.format(sql.Identifier(copy), sql.Identifier(name)))
