"""Payments over HTTP with keys and every check, durable, beside pgbench on the same server.

64 tills, each with a connection of its own, pay single invoices that nobody else pays. Runs of
ours and of the peer take turns, so that both meet the same machine; what is printed is a median.
"""

import random
import sys
from collections.abc import Sequence
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
        many = _rounds(made, 0, made.invoices, size.seconds)
        orm = paid_per_second(size.seconds)
        one = _rounds(made, made.invoices, made.of_one_owner, size.seconds)
        total_mb = sum(held_mb(made.home, "VmRSS"))
    ours = median(run.per_second for run, _ in many)
    peer = median(peer for _, peer in many)
    ours_of_one = median(run.per_second for run, _ in one)
    return [
        Figure("payments_ratio_pgbench", _ratio(many), "times"),
        Figure("payments_per_second", ours, "payments/s"),
        Figure("payments_pgbench_per_second", peer, "payments/s"),
        Figure("payments_orm_per_second", orm, "payments/s"),
        Figure("payments_orm_ratio_pgbench", orm / peer, "times"),
        Figure("payments_p99_ms", median(run.ms(99) for run, _ in many), "ms"),
        Figure("payments_p50_ms", median(run.ms(50) for run, _ in many), "ms"),
        Figure("payments_one_owner_per_second", ours_of_one, "payments/s"),
        Figure("payments_one_owner_ratio", ours_of_one / ours, "times"),
        Figure("payments_one_owner_ratio_pgbench", _ratio(one), "times"),
        Figure("rss_total_mb", total_mb, "MB"),
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
    return load(PORT, payments(made, places, tills=TILLS), seconds=seconds)


if __name__ == "__main__":
    for figure in _measure(Scale(sys.argv[1])):
        sys.stdout.write(f"{figure}\n")
