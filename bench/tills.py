"""The tills of a bench: the programs that they reach, and what they send."""

import json
import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from bench.payments_world import World, superuser
from smartpit.kernel import clock
from smartpit.platform.supervisor import commands

PORT: Final = int(os.environ.get("PORT") or "8177")


def payments(made: World, places: Sequence[int], *, tills: int) -> list[list[bytes]]:
    """Return for each till the requests that pay its share of the invoices."""
    with superuser() as server:
        rows = server.execute(
            "SELECT place, md5(place::text)::uuid::text FROM unnest(%s::int[]) AS place",
            [list(places)],
        ).fetchall()
    now = clock.now().astimezone(clock.JST)
    words = {
        "terminal": "01",
        "business_date": clock.business_date(now).isoformat(),
        "version": 1,
        "amount_yen": 10_000,
        "taken_at": now.isoformat(timespec="seconds"),
    }
    asked: list[list[bytes]] = [[] for _ in range(tills)]
    for at, (place, invoice) in enumerate(rows):
        till = at % tills
        own = {"store": f"{till:06d}", "receipt": f"{place:012d}", "invoice": invoice}
        asked[till].append(_request("payments", made.chain_key, words | own))
    return asked


def inquiries(made: World, places: Sequence[int], *, tills: int) -> list[list[bytes]]:
    """Return for each till the requests that ask what its share of the cards can pay."""
    with superuser() as server:
        numbers = server.execute(
            "SELECT number FROM bench_card JOIN cards_card ON id = card_id WHERE at = ANY(%s)"
            " ORDER BY random()",
            [list(places)],
        ).fetchall()
    asked: list[list[bytes]] = [[] for _ in range(tills)]
    for at, (number,) in enumerate(numbers):
        own = {"store": f"{at % tills:06d}", "terminal": "K1", "number": number}
        asked[at % tills].append(_request("inquiries", made.chain_key, own))
    return asked


def _request(call: str, key: str, words: Mapping[str, Any]) -> bytes:
    body = json.dumps(words).encode()
    head = (
        f"POST /api/till/v1/{call} HTTP/1.1\r\nHost: 127.0.0.1:{PORT}\r\n"
        f"Authorization: Bearer {key}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


@contextmanager
def running(home: Path, names: Collection[str] = ("web", "worker", "beat")) -> Iterator[None]:
    """Run web, worker and beat as ``make run`` does, until the block ends."""
    with socket.socket() as line:  # Two webs would share the port, and the calls between them.
        assert line.connect_ex(("127.0.0.1", PORT)), f"somebody answers at {PORT} already"
    programs = []
    environment = os.environ | {"PORT": str(PORT)}
    told = commands(PORT)
    try:
        for name in names:
            words = told[name]
            with (home / f"{name}.log").open("wb") as log:
                programs.append(
                    subprocess.Popen(  # noqa: S603  Our own programs.
                        words, env=environment, stdout=log, stderr=log, start_new_session=True
                    )
                )
        _await_web()
        yield
        # One that died was no part of what was measured.
        assert [program.poll() for program in programs] == [None] * len(programs)
    finally:
        for program in programs:
            if program.poll() is None:
                os.killpg(program.pid, signal.SIGTERM)
        for program in programs:
            try:
                program.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(program.pid, signal.SIGKILL)
                program.wait()


def _await_web() -> None:
    for _ in range(600):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/healthz", timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the web does not answer")
