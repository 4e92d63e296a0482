"""A backup is restored: the books are right there, and tills and chains tell what came after it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import LazySettings
from django.core.management import call_command
from django.db import connection, connections

from billing.models import Case, Payment
from settlement.services.seals import seal_days
from settlement.tests.chain_file_cast import file_bytes, row, send
from settlement.tests.scene import at, cast_of, close, settled
from smartpit.kernel.schema import OWNER
from smartpit.platform import backups, embedded
from smartpit.platform.home import CHECKOUT
from smartpit.web.audit.checks import audit
from smartpit.web.backups import take_backup
from tests.cast import Cast, payment_body, register, till

Session = psycopg.Connection[tuple[Any, ...]]


@pytest.fixture
def cast(
    committed_db: str, settings: LazySettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Cast:
    """Give a centre with a statement and sealed days; what it starts is told no test's settings."""
    settings.SEAL_ANCHOR = tmp_path / "seals" / "anchor.txt"
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "smartpit.settings.dev")
    cast = cast_of()
    settled(cast.sakura, "11-03", 60_000, tenant="engineering")
    close("11-18")
    with at("11-19"):
        assert seal_days()
    return cast


def _drill(backup: Path) -> tuple[int, str]:
    said = StringIO()
    try:
        call_command("restore_drill", str(backup), stdout=said)
    except SystemExit as ended:
        return int(str(ended.code)), said.getvalue()
    return 0, said.getvalue()


@contextmanager
def restored(backup: Path, home: Path) -> Iterator[None]:
    """Restore into a new data folder by the command, and let this process speak to it."""
    subprocess.run(
        [sys.executable, str(CHECKOUT / "manage.py"), "restore", str(backup)],
        env={word: value for word, value in os.environ.items() if word != "DATABASE_URL"}
        | {"SMARTPIT_HOME": str(home)},
        check=True,
    )
    address = embedded.urls(home).app
    before = {alias: dict(connections.settings[alias]) for alias in ("default", OWNER)}
    for alias in before:
        connections[alias].close()
        connections.settings[alias] |= {"HOST": address["host"], "PORT": address["port"]}
        connections.settings[alias] |= {"NAME": address["dbname"], "PASSWORD": ""}
    connections.settings["default"] |= {"USER": address["user"], "OPTIONS": {}}
    try:
        yield
    finally:
        for alias, words in before.items():
            connections[alias].close()
            connections.settings[alias].update(words)
        backups.discard(home)


@pytest.mark.fault("D14")
def test_the_drill_restores_a_backup_and_finds_its_books_right(
    cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("DATABASE_STANDBY", "required")  # The drill's own server has none.
    backup = take_backup(tmp_path)
    assert backups.newest(tmp_path) == backup
    code, said = _drill(backup)
    assert (code, [line[:10] for line in said.splitlines()[1:]]) == (
        0,
        ["ok restore", "ok audit: ", "ok seal: o"],
    ), said
    assert "payments 1  events" in said


@pytest.mark.fault("D14")
def test_the_drill_says_no_where_the_books_of_the_backup_are_wrong(
    cast: Cast, owner_connection: Session, tmp_path: Path
):
    owner_connection.execute("ALTER TABLE billing_confirmation DISABLE TRIGGER USER")
    owner_connection.execute("UPDATE billing_confirmation SET confirmed_at = confirmed_at + '1 s'")
    owner_connection.execute("ALTER TABLE billing_confirmation ENABLE TRIGGER USER")
    code, said = _drill(take_backup(tmp_path))
    assert code == 1
    assert "ok restore" in said
    assert "NG audit: NG seals" in said
    assert "NG seal: NG 2026-11-" in said


@pytest.mark.fault("D14")
def test_after_a_restore_a_till_asks_again_and_the_chains_file_tells_what_is_missing(
    cast: Cast, tmp_path: Path, settings: LazySettings
):
    kept, lost = (payment_body(register(cast.sakura)) for _ in range(2))
    asks_again = payment_body(register(cast.sakura))
    answer = till(cast.lawson).post("payments", kept)
    backup = take_backup(tmp_path)
    for body in (lost, asks_again):
        assert till(cast.lawson).post("payments", body).status_code == 201
    in_file = file_bytes(*map(row, Payment.objects.filter(status="reported")))
    connection.close()
    settings.DATABASE_IS_DURABLE = True
    with restored(backup, tmp_path / "home"):
        again = till(cast.lawson).post("payments", kept)
        assert (again.status_code, again.content) == (200, answer.content)
        assert till(cast.lawson).post("payments", asks_again).status_code == 201
        send(in_file)
        standing = dict(Payment.objects.values_list("receipt", "status"))
        assert {standing.get(body["receipt"]) for body in (kept, asks_again)} == {"confirmed"}
        assert lost["receipt"] not in standing
        case = Case.objects.get(told__receipt=lost["receipt"])
        assert case.kind == "file_unknown"
        red = [verdict for verdict in audit() if not verdict.is_ok]
        assert [(verdict.check.name, verdict.finding.faults) for verdict in red] == []


def test_a_backup_with_a_byte_changed_and_a_database_in_use_are_refused(
    cast: Cast, tmp_path: Path, committed_db: str
):
    backup = take_backup(tmp_path)
    with pytest.raises(Exception, match="not empty"):
        call_command("restore", str(backup))
    raw = bytearray((backup / backups.DUMP).read_bytes())
    raw[len(raw) // 2] ^= 1
    (backup / backups.DUMP).write_bytes(bytes(raw))
    with pytest.raises(backups.BackupFailed, match="not those"):
        backups.read(backup)
    assert (backup / backups.SECRETS).stat().st_mode & 0o777 == 0o700
