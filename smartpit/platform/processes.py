"""One child of the supervisor: started in a session of its own, and ended with all it started."""

import contextlib
import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from smartpit.platform.home import CHECKOUT, folder

_LIBC = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG = 1
_BACKOFF_MAX_SECONDS = 3.0
_STEADY_SECONDS = 5.0
_LOG_BYTES_MAX = 10_000_000
_ALARMS = ("ERROR", "CRITICAL", "FATAL", "PANIC", "Traceback")
_NO_ALARM = "FATAL:  the database system is"  # It is starting or stopping: asked for, and brief.


@dataclass
class Child:
    """A program that is to run for as long as its supervisor does.

    ``before`` makes ready what a start needs, ``after`` ends what a death leaves behind.
    """

    name: str
    home: Path
    command: Callable[[], Sequence[str]]
    spawn: dict[str, Any] = field(default_factory=dict)
    farewell: signal.Signals = signal.SIGTERM
    orphaned: signal.Signals = (
        signal.SIGTERM
    )  # What the kernel sends when the supervisor is killed.
    cwd: Path = CHECKOUT
    after: Callable[[], None] = lambda: None
    running: "subprocess.Popen[bytes] | None" = None
    started_at: float = 0.0
    start_again_at: float = 0.0
    deaths: int = 0
    log_read: int = 0

    @property
    def log(self) -> Path:
        return folder(self.home, "log") / f"{self.name}.log"

    @property
    def pid_file(self) -> Path:
        return folder(self.home, "run") / f"{self.name}.pid"

    def start(self) -> None:
        self._turn_log()
        with self.log.open("ab") as log:
            self.running = subprocess.Popen(  # noqa: S603 - our own programs
                list(self.command()),
                cwd=self.cwd,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=self._die_with_parent,
                **self.spawn,
            )
        self.pid_file.write_text(str(self.running.pid))
        self.started_at = time.monotonic()

    def died(self) -> bool:
        """Notice the child's end once; see that its orphans end too and when to start again."""
        if self.running is None or self.running.poll() is None:
            return False
        end_group(self.running.pid)
        self.after()
        self.running = None
        lived = time.monotonic() - self.started_at
        self.deaths = 1 if lived > _STEADY_SECONDS else self.deaths + 1
        wait = min(0.1 * 2 ** (self.deaths - 1), _BACKOFF_MAX_SECONDS)
        self.start_again_at = time.monotonic() + wait
        return True

    def is_due(self) -> bool:
        return self.running is None and time.monotonic() >= self.start_again_at

    def end(self, *, seconds: float) -> None:
        """Say farewell, wait, and then end whatever is left of the group."""
        if self.running is not None:
            with contextlib.suppress(ProcessLookupError):
                self.running.send_signal(self.farewell)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.running.wait(seconds)
            end_group(self.running.pid)
            self.running.wait()
            self.running = None
        self.after()
        self.pid_file.unlink(missing_ok=True)

    def end_leftover(self) -> None:
        """End what an earlier supervisor, killed without farewell, may have left running."""
        try:
            group = int(self.pid_file.read_text())
        except (FileNotFoundError, ValueError):
            return
        if any(_is_ours(pid) for pid in _members(group)):
            end_group(group)
        self.pid_file.unlink(missing_ok=True)

    def alarms(self) -> list[str]:
        """Return the lines of alarm that the log has got since the last look."""
        with contextlib.suppress(FileNotFoundError), self.log.open("rb") as log:
            log.seek(self.log_read)
            fresh = log.read()
            whole = fresh.rpartition(b"\n")[0]
            self.log_read += len(whole) + 1 if whole else 0
            lines = whole.decode(errors="replace").splitlines()
            return [
                line
                for line in lines
                if _NO_ALARM not in line and any(word in line for word in _ALARMS)
            ]
        return []

    def _turn_log(self) -> None:
        if self.log.exists() and self.log.stat().st_size > _LOG_BYTES_MAX:
            self.log.rename(self.log.with_suffix(".log.1"))
        self.log_read = self.log.stat().st_size if self.log.exists() else 0

    def _die_with_parent(self) -> None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, int(self.orphaned))


def end_group(group: int) -> None:
    """Kill every process of a group; there may be none."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


def _members(group: int) -> list[int]:
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (place / "stat").read_text().rpartition(")")[2].split()
            if int(words[2]) == group:
                found.append(int(place.name))
    return found


def _is_ours(pid: int) -> bool:
    """Tell a process of this checkout from a stranger that got the same number."""
    with contextlib.suppress(OSError):
        words = Path(f"/proc/{pid}/cmdline").read_bytes()
        return os.fsencode(CHECKOUT) in words or Path(f"/proc/{pid}/cwd").readlink() == CHECKOUT
    return False
