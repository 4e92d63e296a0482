"""Payments over HTTP with keys and every check, durable, beside pgbench on the same server.

64 tills, each with a connection of its own, pay single invoices that nobody else pays. Runs of
ours and of the peer take turns, so that both meet the same machine; what is printed is a median.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

from bench.figure import Figure, Scale
from bench.load import Answers, load
from bench.payments_peer import Places, pgbench
from bench.payments_world import World, superuser, world
from smartpit.kernel import clock
from smartpit.platform.supervisor import commands

PORT: Final = int(os.environ.get("PORT") or "8177")
TILLS: Final = 64
ROUNDS: Final = 3


@dataclass(frozen=True)
class _Size:
    invoices: int
    seconds: float


_SIZES: Final = {Scale.SMALL: _Size(200_000, 2), Scale.FULL: _Size(1_000_000, 8)}


def _measure(scale: Scale) -> list[Figure]:
    size = _SIZES[scale]
    with world(size.invoices) as made, _running(made):
        many = _rounds(made, 0, made.invoices, size.seconds)
        one = _rounds(made, made.invoices, made.of_one_owner, size.seconds)
        held_mb = _rss_mb(made)
    ours = median(run.per_second for run, _ in many)
    ours_of_one = median(run.per_second for run, _ in one)
    return [
        Figure("payments_ratio_pgbench", _ratio(many), "times"),
        Figure("payments_per_second", ours, "payments/s"),
        Figure("payments_pgbench_per_second", median(peer for _, peer in many), "payments/s"),
        Figure("payments_p99_ms", median(run.ms(99) for run, _ in many), "ms"),
        Figure("payments_p50_ms", median(run.ms(50) for run, _ in many), "ms"),
        Figure("payments_one_owner_per_second", ours_of_one, "payments/s"),
        Figure("payments_one_owner_ratio", ours_of_one / ours, "times"),
        Figure("payments_one_owner_ratio_pgbench", _ratio(one), "times"),
        Figure("rss_total_mb", held_mb, "MB"),
    ]


_Rounds = list[tuple[Answers, float]]


def _ratio(rounds: _Rounds) -> float:
    return median(run.per_second / peer for run, peer in rounds)


def _rounds(made: World, first: int, count: int, seconds: float) -> _Rounds:
    """Let ours and the peer take turns; ours pay the odd places, the peer the even ones."""
    half = count // 2
    share = half // (ROUNDS + 1)
    odd = random.Random(first).sample(range(half), half)  # noqa: S311
    _pay(made, [first + 2 * place + 1 for place in odd[:share]], 1)  # The plans are made now.
    done: _Rounds = []
    for turn in range(1, ROUNDS + 1):
        mine = [first + 2 * place + 1 for place in odd[turn * share : (turn + 1) * share]]
        run = _pay(made, mine, seconds)
        assert set(run.statuses) == {b"201"}, (run.statuses, run.odd)
        peer = pgbench(
            Places(first, half, (turn - 1) * share, share), seconds=seconds, clients=TILLS
        )
        done.append((run, peer))
    return done


def _pay(made: World, places: Sequence[int], seconds: float) -> Answers:
    return load(PORT, _requests(made, places), seconds=seconds)


def _requests(made: World, places: Sequence[int]) -> list[list[bytes]]:
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
    asked: list[list[bytes]] = [[] for _ in range(TILLS)]
    for at, (place, invoice) in enumerate(rows):
        till = at % TILLS
        own = {"store": f"{till:06d}", "receipt": f"{place:012d}", "invoice": invoice}
        asked[till].append(_request(made.chain_key, words | own))
    return asked


def _request(key: str, words: dict[str, object]) -> bytes:
    body = json.dumps(words).encode()
    head = (
        f"POST /api/till/v1/payments HTTP/1.1\r\nHost: 127.0.0.1:{PORT}\r\n"
        f"Authorization: Bearer {key}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


@contextmanager
def _running(made: World) -> Iterator[None]:
    """Run web, worker and beat as ``make run`` does, until the block ends."""
    programs = []
    environment = os.environ | {"PORT": str(PORT)}
    try:
        for name, words in commands(PORT).items():
            with (made.home / f"{name}.log").open("wb") as log:
                programs.append(
                    subprocess.Popen(  # noqa: S603  Our own programs.
                        words, env=environment, stdout=log, stderr=log, start_new_session=True
                    )
                )
        _await_web()
        yield
    finally:
        for program in programs:
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


def _rss_mb(made: World) -> float:
    """Return what web, worker and beat hold now: every process that has the bench's folder."""
    mark = f"SMARTPIT_HOME={made.home}".encode()
    total = 0
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if mark not in (place / "environ").read_bytes().split(b"\0"):
                continue
            words = (place / "cmdline").read_bytes()
            if b"granian" in words or b"celery" in words:
                told = (place / "status").read_text()
                total += int(told.split("VmRSS:", 1)[1].split()[0])
        except (OSError, IndexError):
            continue  # It ended, or is none of ours.
    return total / 1024


if __name__ == "__main__":
    for figure in _measure(Scale(sys.argv[1])):
        sys.stdout.write(f"{figure}\n")
