"""Databases to throw away: quick copies of a migrated template, for a story that must not stay.

The template is made once for each fingerprint of the schema and kept. A copy is alive for as long
as its maker's session holds the lock of its name; what a killed run left behind holds none, so the
next run sweeps it. Names carry the mark of the database in whose sessions the locks live, so that
two centres on one server never sweep each other's.
"""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from psycopg import errors, sql
from psycopg.conninfo import make_conninfo

from smartpit.kernel import schema
from smartpit.platform.connections import connections as addresses

_TEMPLATE = "smartpit_blank_"
_COPY = "smartpit_scratch_"

Session = psycopg.Connection[tuple[object, ...]]


class MayNotCreate(Exception):
    """The migrating role may not create databases on this server."""


@contextmanager
def scratch_database() -> Iterator[str]:
    """Let Django speak to a fresh, migrated database inside the block, and drop it afterwards."""
    with _owner_session() as owner:
        mark = _mark(owner)
        name = f"{_COPY}{mark}{os.getpid()}_{secrets.token_hex(6)}"
        try:
            _copy(owner, mark, name)
            with _pointed_at(name):
                yield name
        finally:
            drop_database(owner, name)


def _copy(owner: Session, mark: str, name: str) -> None:
    """Copy the template while nobody else makes, replaces or sweeps databases of ours."""
    with _locked(owner, f"{_COPY}{mark}"):
        _sweep(owner, f"{_COPY}{mark}")
        template = _template(owner, f"{_TEMPLATE}{mark}")
        owner.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [name])
        _create(owner, name, template)
        # What is thrown away need not reach the disk before each commit is answered.
        hurry = sql.SQL("ALTER DATABASE {} SET synchronous_commit = off")
        owner.execute(hurry.format(sql.Identifier(name)))


def _template(owner: Session, prefix: str) -> str:
    """Return the migrated template of this schema, made where it is not there yet."""
    name = prefix + schema.fingerprint()[:16]
    standing = _names(owner, prefix)
    if name in standing:
        return name
    for former in standing:
        drop_database(owner, former)
    draft = f"{prefix}draft"
    _create(owner, draft)
    with _pointed_at(draft):
        call_command("migrate", interactive=False, verbosity=0)
    rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
    owner.execute(rename.format(sql.Identifier(draft), sql.Identifier(name)))
    return name


def _create(owner: Session, name: str, template: str = "template1") -> None:
    create = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
    try:
        owner.execute(create.format(sql.Identifier(name), sql.Identifier(template)))
    except errors.InsufficientPrivilege as refused:
        raise MayNotCreate(str(refused)) from None


def _sweep(owner: Session, prefix: str) -> None:
    """Drop the copies whose makers are gone."""
    for name in _names(owner, prefix):
        held = owner.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [name])
        if held.fetchone() == (True,):
            drop_database(owner, name)
            owner.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [name])


def _mark(owner: Session) -> str:
    row = owner.execute("SELECT oid FROM pg_database WHERE datname = current_database()").fetchone()
    assert row is not None
    return f"{row[0]}_"


@contextmanager
def _owner_session() -> Iterator[Session]:
    """Lend a session of the migrating role in the centre's own database."""
    address = addresses(settings.HOME).owner
    with psycopg.connect(make_conninfo(**address), autocommit=True) as session:
        yield session


@contextmanager
def _locked(owner: Session, name: str) -> Iterator[None]:
    owner.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [name])
    try:
        yield
    finally:
        owner.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [name])


@contextmanager
def _pointed_at(name: str) -> Iterator[None]:
    """Let both of Django's connections, in every thread, reach the database ``name``."""
    before = {alias: str(connections.settings[alias]["NAME"]) for alias in _ALIASES}
    try:
        _point(dict.fromkeys(_ALIASES, name))
        yield
    finally:
        _point(before)


_ALIASES = ("default", schema.OWNER)


def _point(names: dict[str, str]) -> None:
    for alias, name in names.items():
        connection = connections[alias]
        connection.close()
        if hasattr(connection, "close_pool"):
            connection.close_pool()  # Its connections still lead to the former database.
        connections.settings[alias]["NAME"] = name


def _names(owner: Session, prefix: str) -> list[str]:
    rows = owner.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [prefix])
    return [str(row[0]) for row in rows]


def drop_database(owner: Session, name: str) -> None:
    """Drop a database; sessions that were left in it are ended, only where there are any.

    FORCE would be refused to us while the server's own vacuum is in there, which a plain drop
    sends off by itself: so the sessions of roles are ended one by one, and the drop tried again.
    """
    drop = sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name))
    for _ in range(_DROPS):
        try:
            owner.execute(drop)
        except errors.ObjectInUse:
            owner.execute(_END_SESSIONS, [name])
        else:
            return
    owner.execute(drop)


_DROPS = 3
"""Attempts before the last one's refusal is told: a session that was ended takes a moment to go,
for which a drop waits 5 s."""

_END_SESSIONS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = %s AND usename IS NOT NULL AND pid <> pg_backend_pid()
"""
