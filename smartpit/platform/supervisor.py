"""The supervisor of ``make run``: four programs, each brought back when it dies.

It starts PostgreSQL, lets its caller make the schema and the demo world, and then keeps web,
worker and beat running beside it. Every child has a session of its own, so that Ctrl-C reaches
only the supervisor, which ends them in order, and each asks the kernel to be told when the
supervisor itself is killed.
"""

import fcntl
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import TextIO

from smartpit.platform import embedded
from smartpit.platform.connections import is_embedded
from smartpit.platform.home import CHECKOUT
from smartpit.platform.processes import Child

_LOOK_SECONDS = 0.1
_FAREWELL_SECONDS = 3.0
_WEB_PATIENCE_SECONDS = 90


class Stopped(Exception):
    """Somebody asked the supervisor to end."""


class CannotStart(Exception):
    """The supervisor cannot begin; the words say why and what to do."""


@dataclass
class Supervisor:
    """Keeps one data folder's programs running; ``make_ready`` runs once the database is up."""

    home: Path
    port: int
    make_ready: Callable[[], None]
    welcome: Callable[[], None]
    children: list[Child] = field(default_factory=list)
    lock: TextIO | None = None

    def run(self) -> int:
        """Run until somebody says stop; return the exit code."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _stop)
        try:
            self._take_over()
            self._start_all()
            self._watch()
        except Stopped:
            say("終了しています / stopping")
        except (CannotStart, embedded.DatabaseUnavailable) as why:
            say(str(why))
            return 1
        finally:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN)
            for child in reversed(self.children):
                child.end(seconds=_FAREWELL_SECONDS)
        return 0

    def _take_over(self) -> None:
        """Be the only supervisor of the data folder, on a free port, with no leftovers."""
        self.lock = embedded.supervision(self.home).open("a")
        if not _within(2, self._locks):
            raise CannotStart(f"Already running with the data folder {self.home}.")
        for name in ("beat", "worker", "web"):
            Child(name, self.home, command=list).end_leftover()
        if not _within(3, lambda: _is_free(self.port)):
            raise CannotStart(f"Port {self.port} is in use: end what uses it, or set PORT.")

    def _locks(self) -> bool:
        assert self.lock is not None
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _start_all(self) -> None:
        if is_embedded():
            say(f"Starting the database in {self.home}; the first time takes a moment.")
            with embedded.locked(self.home):
                embedded.stop(self.home)
                self._add(_postgres(self.home))
                embedded.wait_until_ready(self.home)
        self.make_ready()
        for child in _programs(self.home, self.port):
            self._add(child)
        self._await_web()
        self.welcome()

    def _add(self, child: Child) -> None:
        self.children.append(child)
        child.start()

    def _await_web(self) -> None:
        deadline = time.monotonic() + _WEB_PATIENCE_SECONDS
        while not _answers(self.port):
            if time.monotonic() > deadline:
                raise CannotStart(f"The web does not answer; see {self.home / 'log' / 'web.log'}.")
            self._look()
            time.sleep(_LOOK_SECONDS)

    def _watch(self) -> None:
        while True:
            self._look()
            time.sleep(_LOOK_SECONDS)

    def _look(self) -> None:
        for child in self.children:
            for line in child.alarms():
                say(f"[{child.name}] {line}")
            if child.died():
                again = "again and again; next try" if child.deaths > 3 else "starting it again"
                wait = max(child.start_again_at - time.monotonic(), 0)
                say(f"[{child.name}] ended; {again} in {wait:.1f} s ({child.log})")
            if child.is_due():
                child.start()


def say(words: str) -> None:
    """Tell the terminal at once, also through a pipe."""
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise Stopped


def _postgres(home: Path) -> Child:
    server = embedded.prepare(home)

    def command() -> list[str]:
        return embedded.prepare(home).command(dies_with_parent=True)

    return Child(
        name="postgres",
        home=home,
        command=command,
        spawn=server.account.spawn,
        farewell=signal.SIGINT,
        cwd=Path("/"),
        after=lambda: embedded.stop(home),
    )


def commands(port: int) -> dict[str, list[str]]:
    """Return how web, worker and beat are started; their words name the checkout."""
    here = Path(sys.executable).parent
    celery = [str(here / "celery"), f"--workdir={CHECKOUT}"]
    return {
        "web": [
            str(here / "granian"), "--interface=rsgi", "--host=127.0.0.1", f"--port={port}",
            "--workers=2", "--loop=uvloop", "--backlog=4096", "--respawn-failed-workers", "--no-ws",
            f"--working-dir={CHECKOUT}", "smartpit.rsgi:application",
        ],
        "worker": [
            *celery, "--app=smartpit.celery", "worker", "--pool=threads", "--concurrency=4",
            "--loglevel=INFO", "--without-gossip", "--without-mingle", "--without-heartbeat",
        ],
        "beat": [*celery, "--app=smartpit.beat", "beat", "--loglevel=INFO", "--pidfile="],
    }  # fmt: skip


def _programs(home: Path, port: int) -> list[Child]:
    web, worker, beat = commands(port).values()
    return [
        Child("web", home, command=lambda: web),
        Child("worker", home, command=lambda: worker, orphaned=signal.SIGKILL),
        Child("beat", home, command=lambda: beat, orphaned=signal.SIGKILL),
    ]


def _within(seconds: float, holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(_LOOK_SECONDS)
    return True


def _is_free(port: int) -> bool:
    with socket.socket() as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
