"""The seals' anchor: a line a day in a file outside the database, ``2026-11-26 <hash>``.

Whoever may change the database alone cannot change what was sealed and its seal together.
"""

import os
from datetime import date
from pathlib import Path

from django.conf import settings

from smartpit.platform.home import folder


class AnchorDiffers(Exception):
    """The anchor is not what the database's seals say: nothing is sealed on top of that."""


def anchored() -> list[tuple[str, str]]:
    """Return the days and hashes of the anchor's whole lines, as they stand there."""
    lines = _content().decode("utf-8", "replace").split("\n")[:-1]
    parts = [line.partition(" ") for line in lines]
    return [(day, sha256) for day, _, sha256 in parts]


def anchor(day: date, sha256: str, former: list[tuple[str, str]]) -> None:
    """Write a day's line after the ``former`` ones, and have it on the disk before returning.

    A line that stands already is the trace of a run that was killed before it committed: it must
    say the same. So must the beginning of one.
    """
    line = f"{day} {sha256}\n".encode()
    before = "".join(f"{at} {its}\n" for at, its in former).encode()
    content = _content()
    if not content.startswith(before) or not line.startswith(content[len(before) :]):
        raise AnchorDiffers
    path = _path()
    folder(path.parent)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "wb") as paper:
        paper.write((before + line)[len(content) :])
        paper.flush()
        os.fsync(paper.fileno())
    _sync(path.parent)


def _sync(path: Path) -> None:
    place = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(place)
    finally:
        os.close(place)


def _content() -> bytes:
    try:
        return _path().read_bytes()
    except FileNotFoundError:
        return b""


def _path() -> Path:
    return Path(settings.SEAL_ANCHOR)
