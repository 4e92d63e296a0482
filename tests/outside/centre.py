"""A whole centre of its own, as a person starts it, and what programs outside it need."""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pypdfium2
import zxingcpp

from smartpit.platform.home import CHECKOUT

_PATIENCE_SECONDS = 240


@dataclass(frozen=True)
class Running:
    """A running centre: its address, its environment, and the demo's credentials."""

    url: str
    environment: dict[str, str]
    supervisor: subprocess.Popen[bytes]
    demo: dict[str, Any]

    def manage(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *words], cwd=CHECKOUT, env=self.environment, text=True,
            capture_output=True, check=False,
        )  # fmt: skip

    def call(self, method: str, path: str, key: str, body: Any = None) -> tuple[int, Any]:
        request = urllib.request.Request(
            self.url + path,
            data=None if body is None else json.dumps(body).encode(),
            method=method,
            headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as refused:
            return refused.code, json.loads(refused.read())


@contextmanager
def running_centre(home: Path) -> Iterator[Running]:
    """Start a supervised centre with its demo world in an empty folder; end it afterwards."""
    port = free_port()
    environment = {
        name: word for name, word in os.environ.items() if not name.startswith(("DJANGO", "PYTEST"))
    } | {"SMARTPIT_HOME": str(home), "PORT": str(port)}
    with (home / "run.out").open("wb") as out:
        supervisor = subprocess.Popen(
            [sys.executable, "manage.py", "run"], cwd=CHECKOUT, env=environment, stdout=out,
            stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    try:
        until(lambda: is_up(url) or supervisor.poll() is not None)
        assert supervisor.poll() is None, (home / "run.out").read_text()
        told = subprocess.run(
            [sys.executable, "manage.py", "demo", "--json"], cwd=CHECKOUT, env=environment,
            capture_output=True, check=True,
        )  # fmt: skip
        yield Running(url, environment, supervisor, json.loads(told.stdout))
    finally:
        supervisor.send_signal(signal.SIGINT)
        supervisor.wait(60)
        assert not pids("granian", str(home)), "a process outlived its supervisor"


def scanned(pdf: Path) -> Iterator[str]:
    for page in pypdfium2.PdfDocument(pdf):
        picture = page.render(scale=300 / 72).to_pil()
        yield from (code.text for code in zxingcpp.read_barcodes(picture))


def pids(name: str, home: str) -> set[int]:
    """Return the processes of this centre whose command line names ``name``."""
    found = set()
    for place in Path("/proc").glob("[0-9]*"):
        try:
            words = (place / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            theirs = (place / "environ").read_bytes().decode()
        except OSError:
            continue
        if name in words and (home in words or f"SMARTPIT_HOME={home}" in theirs):
            found.add(int(place.name))
    return found


def free_port() -> int:
    """Return a port below those that outgoing connections take, drawn so that runs do not meet."""
    for port in random.SystemRandom().sample(range(18_000, 28_000), 100):
        with socket.socket() as trial:
            if trial.connect_ex(("127.0.0.1", port)) != 0:
                return port
    raise AssertionError("no free port")


def is_up(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.2)
