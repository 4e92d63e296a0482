"""A backup: a folder that is whole or not there at all, with the hash of each file in a manifest.

The database is written by ``pg_dump`` as it stood at one instant, which makes nobody wait, and is
read back by ``pg_restore`` into any server from PostgreSQL 15 on.
"""

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

from psycopg.conninfo import make_conninfo

from smartpit.platform.embedded import binaries, stop
from smartpit.platform.home import folder

DUMP = "database.dump"
SECRETS = "secrets"
_MANIFEST = "manifest.json"
_CHUNK_BYTES = 1 << 20


class BackupFailed(Exception):
    """A backup could not be written or read back; the words say why."""


def write(root: Path, name: str, fill: Callable[[Path], Mapping[str, object]]) -> Path:
    """Let ``fill`` write a backup's files, then say in its manifest what they are and what it told.

    A backup that broke off keeps another name, so it is never taken for one.
    """
    draft = folder(root, f".{name}.{os.getpid()}")
    told = fill(draft)
    words = {"told": dict(told), "sha256": _hashes(draft)}
    (draft / _MANIFEST).write_text(json.dumps(words, indent=2, ensure_ascii=False) + "\n")
    return draft.rename(root / name)


def read(backup: Path) -> dict[str, object]:
    """Return what the backup told of itself, having seen that each of its bytes is there."""
    try:
        words = json.loads((backup / _MANIFEST).read_text())
    except (OSError, ValueError) as unread:
        raise BackupFailed(f"{backup}: {unread}") from None
    if _hashes(backup) != words["sha256"]:
        raise BackupFailed(f"{backup}: its files are not those that were written")
    told: dict[str, object] = words["told"]
    return told


def newest(root: Path) -> Path | None:
    """Return the newest whole backup; their names begin with the instant."""
    whole = [path.parent for path in root.glob(f"[0-9]*/{_MANIFEST}")]
    return max(whole, default=None)


def dump(address: Mapping[str, str], backup: Path, snapshot: str) -> None:
    """Write the database as ``snapshot`` sees it."""
    _run(
        "pg_dump", address, ["--format=custom", f"--snapshot={snapshot}", f"--file={backup / DUMP}"]
    )


def undump(address: Mapping[str, str], backup: Path) -> None:
    """Read the database back, all of it or nothing; rights are given anew by ``migrate``."""
    how = ["--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction"]
    _run("pg_restore", address, [*how, str(backup / DUMP)])


def keep_secrets(home: Path, backup: Path) -> None:
    """Put the data folder's secrets beside the database that they open."""
    for path in sorted((home / SECRETS).glob("*")):
        place = folder(backup, SECRETS) / path.name
        place.touch(mode=0o600)
        place.write_bytes(path.read_bytes())


def discard(home: Path) -> None:
    """End the server of a data folder that was made to be thrown away, and remove both."""
    cluster = (home / "postgres").resolve()
    stop(home)
    shutil.rmtree(cluster, ignore_errors=True)
    shutil.rmtree(home, ignore_errors=True)


def _run(program: str, address: Mapping[str, str], words: list[str]) -> None:
    """Run a client program; a password goes where no list of processes shows it."""
    rest = {name: word for name, word in address.items() if name != "password"}
    password = {"PGPASSWORD": address["password"]} if address.get("password") else {}
    try:
        done = subprocess.run(  # noqa: S603 - PostgreSQL's own program, no shell
            [str(binaries() / program), f"--dbname={make_conninfo(**rest)}", *words],
            env=os.environ | password,
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError as missing:
        raise BackupFailed(f"{program}: {missing.strerror}") from None
    if done.returncode != 0:
        raise BackupFailed(f"{program}: {done.stderr.strip()}")


def _hashes(backup: Path) -> dict[str, str]:
    found = sorted(path for path in backup.rglob("*") if path.is_file() and path.name != _MANIFEST)
    return {str(path.relative_to(backup)): _hash(path) for path in found}


def _hash(path: Path) -> str:
    mark = hashlib.sha256()
    with path.open("rb") as paper:
        while block := paper.read(_CHUNK_BYTES):
            mark.update(block)
    return mark.hexdigest()
