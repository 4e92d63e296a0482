"""A story played for a page: the ``scenario`` command as a child, in its own scratch database.

The web process only starts it, waits and reads. One story at a time, with an end to its time, its
memory and its answer; a child that takes too long is asked to clean up first, then ended with all
it started. What it leaves behind nevertheless, the next run sweeps.
"""

import fcntl
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

from django.conf import settings

from smartpit.kernel.errors import DomainError
from smartpit.platform.home import CHECKOUT, folder

STORY_BYTES_MAX: Final = 1_000_000
_BAD_FILE: Final = 2
_FAULT_BYTES_MAX: Final = 4_000
_GOODBYE_SECONDS: Final = 10


class StoryTooLarge(DomainError):
    code = "story_too_large"
    title = "物語は1MBまでです"
    status = 413


class StoryRunning(DomainError):
    """One at a time: a story takes a processor and a database for itself."""

    code = "story_running"
    title = "ほかの物語を演じています。終わってからやり直してください"


class StoryTooSlow(DomainError):
    code = "story_too_slow"
    title = "時間内に終わりませんでした。出来事を減らすか、期間を短くしてください"


class StoryTooLong(DomainError):
    code = "story_answer_too_large"
    title = "結果が大きすぎて表示できません。出来事を減らすか、期間を短くしてください"


class StoryFaulty(DomainError):
    """The file is no story; ``detail`` is the command's own line."""

    code = "story_faulty"
    title = "物語の形式が正しくありません"
    status = 422


class StoryBroke(DomainError):
    """The child ended without an answer: not the file's fault."""

    code = "story_broke"
    title = "物語を演じられませんでした。センターの技術担当に連絡してください"
    status = 500


@dataclass(frozen=True)
class Limits:
    """What one story may take; the first after an upgrade migrates its database anew as well."""

    seconds: int = 120
    answer_bytes: int = 4_000_000
    memory_bytes: int = 2_000_000_000


def played(
    body: bytes, limits: Limits = Limits(), environment: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Return what ``scenario`` prints for a story; ``environment`` adds to the child's."""
    if len(body) > STORY_BYTES_MAX:
        raise StoryTooLarge
    with _alone(), tempfile.TemporaryDirectory(prefix="smartpit-story-") as room:
        file = Path(room) / "story.json"
        file.write_bytes(body)
        status, printed, fault = _run(file, limits, environment or {})
    if status == _BAD_FILE:
        raise StoryFaulty(fault.removeprefix(f"{file}: ").strip())
    if status != 0:
        raise StoryBroke
    answer: dict[str, Any] = json.loads(printed)
    return answer


@contextmanager
def _alone() -> Iterator[None]:
    """Hold the one place there is; the kernel lets it go with the process that holds it."""
    with (folder(settings.HOME, "run") / "story.lock").open("w") as place:
        try:
            fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise StoryRunning from None
        yield


def _run(file: Path, limits: Limits, environment: Mapping[str, str]) -> tuple[int, bytes, str]:
    with tempfile.TemporaryFile() as told:
        child = subprocess.Popen(  # noqa: S603 - our own command, no shell
            [sys.executable, "manage.py", "scenario", str(file)],
            cwd=CHECKOUT,
            env=os.environ | environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=told,
            start_new_session=True,
        )
        resource.prlimit(child.pid, resource.RLIMIT_AS, (limits.memory_bytes,) * 2)
        is_late = threading.Event()
        clock = threading.Timer(limits.seconds, _interrupt, (child, is_late))
        clock.start()
        try:
            assert child.stdout is not None
            printed = _read(child.stdout, limits)
        finally:
            clock.cancel()
            status = _ended(child)
        told.seek(0)
        fault = told.read(_FAULT_BYTES_MAX).decode(errors="replace")
    if is_late.is_set():
        raise StoryTooSlow
    if len(printed) > limits.answer_bytes:
        raise StoryTooLong
    return status, printed, fault


def _read(printed: IO[bytes], limits: Limits) -> bytes:
    """Return what the child printed, and at most one byte more than is allowed."""
    with printed:
        return printed.read(limits.answer_bytes + 1)


def _interrupt(child: "subprocess.Popen[bytes]", is_late: threading.Event) -> None:
    """Ask the child to drop its database and go; whoever does not is ended."""
    is_late.set()
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGINT)
    with suppress(subprocess.TimeoutExpired):
        child.wait(_GOODBYE_SECONDS)
        return
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)


def _ended(child: "subprocess.Popen[bytes]") -> int:
    """Return how the child ended; one that still lives has nothing more to say."""
    try:
        return child.wait(_GOODBYE_SECONDS)
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        return child.wait()
