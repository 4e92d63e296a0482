"""The database has a standby: what a till was told stands there when the primary is lost."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import LazySettings
from django.db import connections

from billing.models import Payment
from smartpit.kernel import schema
from smartpit.platform import backups, embedded
from smartpit.platform.connections import connections as addresses
from smartpit.platform.connections import limited
from smartpit.settings import environment
from smartpit.web.audit.checks import audit
from smartpit.web.backups import take_backup
from tests.cast import Cast, make_cast, payment_body, register, till

Session = psycopg.Connection[tuple[Any, ...]]
Answer = tuple[int, bytes]

_PATIENCE_SECONDS = 60
_LIMITS = {"statement_timeout": "500ms"}


@pytest.fixture
def cast(committed_db: str, settings: LazySettings, tmp_path: Path) -> Cast:
    settings.SEAL_ANCHOR = tmp_path / "anchor.txt"
    return make_cast()


@pytest.fixture
def primary(cast: Cast, tmp_path: Path) -> Iterator[Path]:
    """Give a server that keeps what it says, with the cast's centre in it."""
    home = tmp_path / "a"
    embedded.ensure_running(home)
    try:
        backups.undump(embedded.urls(home).owner, take_backup(tmp_path / "backups"))
        yield home
    finally:
        backups.discard(home)


@pytest.fixture
def standby(primary: Path, tmp_path: Path) -> Iterator[Path]:
    """Give a standby, as docs/operations.md says, without which the primary says nothing."""
    home = tmp_path / "b"
    home.mkdir()
    server = embedded._server(home, durable=True)
    try:
        copied = server.account.run([
            str(server.binaries / "pg_basebackup"), "-D", str(server.cluster), "-R", "-c", "fast",
            "-h", embedded.urls(primary).app["host"], "-p", "5432", "-U", embedded.SUPERUSER,
        ])  # fmt: skip
        assert copied.returncode == 0, copied.stderr
        embedded._start(server)
        with superuser(primary) as session:
            session.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
            session.execute("SELECT pg_reload_conf()")
            is_sync = "SELECT EXISTS (SELECT FROM pg_stat_replication WHERE sync_state = 'sync')"
            _until(lambda: session.execute(is_sync).fetchone() == (True,))
        yield home
    finally:
        backups.discard(home)


@contextmanager
def superuser(home: Path) -> Iterator[Session]:
    with embedded._connect(embedded._address(home, embedded.SUPERUSER, "postgres")) as session:
        yield session


@contextmanager
def reaching(*homes: Path) -> Iterator[None]:
    """Let this process speak to whichever server of an address with several hosts can be written.

    ``DATABASE_URL`` says it as docs/operations.md does.
    """
    hosts = ",".join(embedded.urls(home).app["host"] for home in homes)
    ports = ",".join("5432" for _ in homes)
    words = f"host={hosts}&port={ports}&target_session_attrs=read-write"
    with pytest.MonkeyPatch.context() as told:
        for name, role in (
            ("DATABASE_URL", embedded.APP_ROLE),
            ("MIGRATION_DATABASE_URL", embedded.OWNER_ROLE),
        ):
            told.setenv(name, f"postgresql://{role}@/{embedded.DATABASE}?{words}")
        both = addresses(homes[0])
    before = {alias: dict(connections.settings[alias]) for alias in ("default", schema.OWNER)}
    for alias, address in (("default", limited(both.app, _LIMITS)), (schema.OWNER, both.owner)):
        connections[alias].close()
        connections.settings[alias].update(environment.database(address))
    try:
        yield
    finally:
        for alias, former in before.items():
            connections[alias].close()
            connections.settings[alias].update(former)


def _pay(cast: Cast, body: dict[str, Any]) -> Answer:
    try:
        answer = till(cast.lawson).post("payments", body)
        return answer.status_code, answer.content
    finally:
        connections.close_all()


def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _kill_whole(home: Path) -> None:
    """Lose the machine: every process of the server ends at once, without a word."""
    cluster = embedded._root(home) / "cluster"
    for pid in embedded._pids_in(cluster):
        os.kill(pid, signal.SIGKILL)
    _until(lambda: not embedded._pids_in(cluster))


@pytest.mark.fault("D06")
def test_what_a_till_was_told_stands_on_the_standby_when_the_primary_is_killed(
    cast: Cast, primary: Path, standby: Path, settings: LazySettings
):
    with reaching(primary, standby), ThreadPoolExecutor(1) as pool:
        schema.grant_rights()
        bodies = [payment_body(register(cast.sakura)) for _ in range(6)]
        answers = [_pay(cast, body) for body in bodies]
        assert {status for status, _ in answers} == {201}

        in_doubt = payment_body(register(cast.sakura))
        with superuser(standby) as there, superuser(primary) as here:
            row = there.execute("SELECT pid FROM pg_stat_wal_receiver").fetchone()
            assert row is not None
            os.kill(int(row[0]), signal.SIGSTOP)
            # What the standby does not have is not told, also when the time for it is over.
            paying = pool.submit(_pay, cast, in_doubt)
            waits = (
                "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
                " AND clock_timestamp() > query_start + interval '1 s')"
            )
            _until(lambda: paying.done() or here.execute(waits).fetchone() == (True,))
            assert not paying.done()
        _kill_whole(primary)
        assert paying.result(_PATIENCE_SECONDS)[0] == 503
        os.kill(int(row[0]), signal.SIGCONT)
        assert _pay(cast, in_doubt)[0] == 503

        with superuser(standby) as there:
            assert there.execute("SELECT pg_promote()").fetchone() == (True,)
        for body, (_, told) in zip(bodies, answers, strict=True):
            assert _pay(cast, body) == (200, told)
        assert _pay(cast, in_doubt)[0] in (200, 201)
        assert _pay(cast, in_doubt)[0] == 200
        assert Payment.objects.count() == len(bodies) + 1
        _require_the_audit_to_ask_for_the_next_standby(settings)


def _require_the_audit_to_ask_for_the_next_standby(settings: LazySettings) -> None:
    settings.DATABASE_IS_DURABLE = True
    settings.DATABASE_STANDBY = False
    assert _red() == set()
    settings.DATABASE_STANDBY = True
    assert _red() == {"durability"}


def _red() -> set[str]:
    return {verdict.check.name for verdict in audit() if not verdict.is_ok}
