"""Payments over HTTP with keys and every check, durable, beside pgbench on the same server.

64 tills, each with a connection of its own, pay single invoices that nobody else pays. Many owners,
the peer, one owner and the peer again take turns, so that all meet the same machine and tables that
have grown alike; what is printed is a median. Many owners' payments are measured once more while
an audit runs, as one does every six hours.
"""

import random
import subprocess
import sys
import time
from dataclasses import dataclass
from statistics import median
from typing import Final

from bench.figure import Figure, Scale
from bench.load import Answers, load
from bench.payments_orm import paid_per_second
from bench.payments_peer import Places, pgbench
from bench.payments_world import World, world
from bench.processes import held_mb
from bench.tills import PORT, payments, running
from smartpit.platform.home import CHECKOUT

TILLS: Final = 64
ROUNDS: Final = 3
OF_ONE_OWNER: Final = 5  # Of so many invoices one more is the first owner's.


@dataclass(frozen=True)
class _Size:
    invoices: int
    seconds: float


_SIZES: Final = {Scale.SMALL: _Size(200_000, 2), Scale.FULL: _Size(1_000_000, 8)}


def _measure(scale: Scale) -> list[Figure]:
    size = _SIZES[scale]
    with world(size.invoices, size.invoices // OF_ONE_OWNER) as made, running(made.home):
        many = _Share(made, 0, made.invoices, size.seconds)
        one = _Share(made, made.invoices, made.of_one_owner, size.seconds)
        pairs = [(many.turn(turn), one.turn(turn)) for turn in range(1, ROUNDS + 1)]
        audited, audit_seconds = _beside_an_audit(many)
        orm = paid_per_second(size.seconds)
        total_mb = sum(held_mb(made.home, "VmRSS"))
    of_many, of_one = zip(*pairs, strict=True)
    peer = median(turn.peer for turn in of_many)
    return [
        Figure("payments_ratio_pgbench", median(turn.ratio for turn in of_many), "times"),
        Figure("payments_per_second", median(turn.per_second for turn in of_many), "payments/s"),
        Figure("payments_pgbench_per_second", peer, "payments/s"),
        Figure("payments_orm_per_second", orm, "payments/s"),
        Figure("payments_orm_ratio_pgbench", orm / peer, "times"),
        Figure("payments_p99_ms", median(turn.ours.ms(99) for turn in of_many), "ms"),
        Figure("payments_p50_ms", median(turn.ours.ms(50) for turn in of_many), "ms"),
        Figure(
            "payments_one_owner_per_second",
            median(turn.per_second for turn in of_one),
            "payments/s",
        ),
        Figure(
            "payments_one_owner_ratio",
            median(one.per_second / many.per_second for many, one in pairs),
            "times",
        ),
        Figure("payments_one_owner_ratio_pgbench", median(turn.ratio for turn in of_one), "times"),
        Figure("payments_beside_audit_per_second", audited.per_second, "payments/s"),
        Figure("payments_beside_audit_p99_ms", audited.ms(99), "ms"),
        Figure("payments_audit_seconds", audit_seconds, "s"),
        Figure("rss_total_mb", total_mb, "MB"),
    ]


def _beside_an_audit(share: "_Share") -> tuple[Answers, float]:
    """Pay while an audit runs, and return how long it took, too.

    It finds faults: the peer's payments and the many cards were made by plain statements.
    """
    began = time.monotonic()
    audit = subprocess.Popen(
        [sys.executable, "manage.py", "audit"], cwd=CHECKOUT, stdout=subprocess.PIPE, text=True
    )
    run = share.alone()
    assert audit.poll() is None, "the audit ended before the payments did"
    told, _ = audit.communicate()
    assert "durability" in told, "the audit did not come to its last check"
    return run, time.monotonic() - began


@dataclass(frozen=True)
class _Turn:
    """What ours did in some seconds, and the peer's transactions a second right after it."""

    ours: Answers
    peer: float

    @property
    def per_second(self) -> float:
        return self.ours.per_second

    @property
    def ratio(self) -> float:
        return self.per_second / self.peer


class _Share:
    """Invoices that ours and the peer pay in turns: ours the odd places, the peer the even."""

    def __init__(self, made: World, first: int, count: int, seconds: float) -> None:
        self._made = made
        self._first = first
        self._seconds = seconds
        self._half = count // 2
        self._each = self._half // (ROUNDS + 2)
        self._odd = random.Random(first).sample(range(self._half), self._half)  # noqa: S311
        self._pay(0, 1)  # The plans are made now.

    def alone(self) -> Answers:
        """Pay once more, with no peer after it."""
        return self._pay(ROUNDS + 1, self._seconds)

    def turn(self, turn: int) -> _Turn:
        run = self._pay(turn, self._seconds)
        places = Places(self._first, self._half, (turn - 1) * self._each, self._each)
        return _Turn(run, pgbench(places, seconds=self._seconds, clients=TILLS))

    def _pay(self, turn: int, seconds: float) -> Answers:
        mine = self._odd[turn * self._each : (turn + 1) * self._each]
        places = [self._first + 2 * place + 1 for place in mine]
        run = load(PORT, payments(self._made, places, tills=TILLS), seconds=seconds)
        assert set(run.statuses) == {b"201"}, (run.statuses, run.odd)
        return run


if __name__ == "__main__":
    for figure in _measure(Scale(sys.argv[1])):
        sys.stdout.write(f"{figure}\n")
