"""Backups of the centre, and the drill that shows that one can be restored.

A backup holds the database as it stood at one instant, the secrets that open what is encrypted in
it, and the seals' anchor up to the last day that is sealed in it.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from psycopg.conninfo import make_conninfo

from settlement.seal_anchor import anchored
from smartpit.kernel import clock
from smartpit.kernel.schema import OWNER
from smartpit.platform import backups
from smartpit.platform.connections import connections as addresses
from smartpit.platform.home import CHECKOUT, folder

_ANCHOR = "anchor.txt"
_TOLD = """
SELECT (SELECT count(*) FROM billing_payment), (SELECT count(*) FROM billing_event),
       (SELECT count(*) FROM settlement_statement), (SELECT count(*) FROM settlement_dayseal)
"""
_COUNTED = ("payments", "events", "statements", "seals")
_OUR_OWN = ("DATABASE_URL", "MIGRATION_DATABASE_URL", "DATABASE_STANDBY", "SECRET_KEY", "PORT")

Session = psycopg.Connection[tuple[object, ...]]


@dataclass(frozen=True)
class Step:
    """What one step of a drill said, and whether it went well."""

    name: str
    words: str
    is_ok: bool


def take_backup(root: Path | None = None) -> Path:
    """Write a backup below ``root`` (the data folder's ``backups``); nobody waits for it."""
    at = clock.now()

    def fill(backup: Path) -> dict[str, object]:
        with _session() as session, session.transaction():
            session.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            row = session.execute("SELECT pg_export_snapshot()").fetchone()
            assert row is not None
            counts = _counts(session)
            backups.dump(_address(), backup, str(row[0]))
        _keep_anchor(backup, int(counts["seals"]))
        backups.keep_secrets(settings.HOME, backup)
        return {"at": at.isoformat(), **counts}

    return backups.write(root or folder(settings.HOME, "backups"), f"{at:%Y%m%dT%H%M%S%fZ}", fill)


def restore_backup(backup: Path) -> dict[str, int]:
    """Bring a backup into the empty database that the settings name; return what came with it."""
    told = backups.read(backup)
    with _session() as session:
        row = session.execute("SELECT to_regclass('django_migrations') IS NULL").fetchone()
        if row != (True,):
            raise backups.BackupFailed("the database is not empty: restore into a new data folder")
        backups.undump(_address(), backup)
        counts = _counts(session)
    if any(counts[name] != told[name] for name in _COUNTED):
        raise backups.BackupFailed(f"restored {counts}, backed up {told}")
    for path in (backup / backups.SECRETS).glob("*"):
        _put(path, settings.HOME / backups.SECRETS / path.name)
    _put(backup / _ANCHOR, Path(settings.SEAL_ANCHOR))
    call_command("migrate", interactive=False, verbosity=0)
    return counts


def drill(backup: Path) -> Iterator[Step]:
    """Restore into a server of its own, look through the books there, and throw it away."""
    scratch = Path(tempfile.mkdtemp(prefix="smartpit-drill-"))
    try:
        for name, words in (
            ("restore", ["restore", str(backup.absolute())]),
            ("audit", ["audit"]),
            ("seal", ["seal", "--verify"]),
        ):
            step = _step(name, scratch, words)
            yield step
            if not step.is_ok and name == "restore":
                return
    finally:
        backups.discard(scratch)


def _step(name: str, home: Path, words: list[str]) -> Step:
    """Run a command as a person would, in the data folder of the drill."""
    rest = {word: value for word, value in os.environ.items() if word not in _OUR_OWN}
    done = subprocess.run(  # noqa: S603 - our own command, no shell
        [sys.executable, str(CHECKOUT / "manage.py"), *words],
        env=rest | {"SMARTPIT_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [*done.stdout.splitlines(), *done.stderr.splitlines()]
    if done.returncode == 0 and name == "audit":
        lines = [f"{sum(line.startswith('ok ') for line in lines)} の検査に問題なし"]
    elif done.returncode != 0:
        lines = [line for line in lines if not line.startswith("ok ")]
    return Step(name, "\n".join(lines), done.returncode == 0)


def _address() -> dict[str, str]:
    """Return where the migrating role's connection leads now."""
    return addresses(settings.HOME).owner | {"dbname": connections[OWNER].settings_dict["NAME"]}


def _session() -> Session:
    return psycopg.connect(make_conninfo(**_address()), autocommit=True)


def _counts(session: Session) -> dict[str, int]:
    row = session.execute(_TOLD).fetchone()
    assert row is not None
    return {name: int(str(count)) for name, count in zip(_COUNTED, row, strict=True)}


def _keep_anchor(backup: Path, seals_count: int) -> None:
    """Keep the lines of the days that are sealed in the dump: a line is written before its seal."""
    lines = anchored()[:seals_count]
    (backup / _ANCHOR).write_text("".join(f"{day} {sha256}\n" for day, sha256 in lines))


def _put(path: Path, place: Path) -> None:
    folder(place.parent)
    place.touch(mode=0o600)
    place.write_bytes(path.read_bytes())
