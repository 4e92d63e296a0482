"""A few tills ask what a number can pay while others pay 500 invoices a second.

    python -m bench.inquiries_run 100000 10

Both keep a pace, as people do, and are not slowed by a slow answer. No card is asked for twice,
so that in a large centre most of what is read was not read before.
"""

import random
import sys
from concurrent.futures import ThreadPoolExecutor
from statistics import median
from typing import Final

from bench.figure import Figure
from bench.load import Answers, load
from bench.payments_world import World, world
from bench.tills import PORT, inquiries, payments, running

ROUNDS: Final = 3
PAYING: Final = 64
PAYMENTS_PER_SECOND: Final = 500
INQUIRING: Final = 8
INQUIRIES_PER_SECOND: Final = 50

_Round = tuple[Answers, Answers]


def _measure(invoices: int, seconds: float) -> list[Figure]:
    places = random.Random(invoices).sample(range(1, invoices + 1), invoices)  # noqa: S311
    with world(invoices) as made, running(made.home):
        _round(made, places, 2)  # The plans are made now.
        rounds = [_round(made, places, seconds) for _ in range(ROUNDS)]
    asked, paid = zip(*rounds, strict=True)
    return [
        Figure("inquiry_p99_ms", median(run.ms(99) for run in asked), "ms"),
        Figure("inquiry_p50_ms", median(run.ms(50) for run in asked), "ms"),
        Figure("inquiries_per_second", median(run.per_second for run in asked), "inquiries/s"),
        Figure("inquiry_payments_per_second", median(run.per_second for run in paid), "payments/s"),
    ]


def _round(made: World, places: list[int], seconds: float) -> _Round:
    """Let some pay and some ask; each takes places that nobody had before."""
    asked = inquiries(made, _taken(places, INQUIRIES_PER_SECOND * seconds), tills=INQUIRING)
    paid = payments(made, _taken(places, PAYMENTS_PER_SECOND * seconds), tills=PAYING)
    with ThreadPoolExecutor(1) as other:
        paying = other.submit(load, PORT, paid, seconds=seconds, per_second=PAYMENTS_PER_SECOND)
        told = load(PORT, asked, seconds=seconds, good=b"200", per_second=INQUIRIES_PER_SECOND)
        done = paying.result()
    assert set(told.statuses) == {b"200"}, (told.statuses, told.odd)
    assert set(done.statuses) == {b"201"}, (done.statuses, done.odd)
    return told, done


def _taken(places: list[int], count: float) -> list[int]:
    taken = places[-int(count) :]
    del places[-int(count) :]
    return taken


if __name__ == "__main__":
    for figure in _measure(int(sys.argv[1]), float(sys.argv[2])):
        sys.stdout.write(f"{figure}\n")
