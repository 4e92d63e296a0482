"""How soon owners' systems are told of payments, and how many of them a second.

The sender is a process of its own, as the worker is; the receiver is another. Payments are booked
by the service that tills reach, at a steady pace. One endpoint hangs all the while: its own
notifications do not count, everybody else's do. The bell is a pipe where the worker's is a broker,
whose polling (0.1 s) comes on top.
"""

import json
import subprocess
from collections.abc import Iterator
from typing import Final

from bench.centre import centre, program
from bench.figure import Figure, Scale
from smartpit.platform.home import CHECKOUT

_SECONDS: Final = {Scale.SMALL: 8, Scale.FULL: 40}


def figures(scale: Scale) -> Iterator[Figure]:
    with centre() as env:
        told = subprocess.run(  # noqa: S603 - our own program
            program("bench.notified", str(_SECONDS[scale])),
            cwd=CHECKOUT, env=env, check=True, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
    measured = json.loads(told.stdout)
    yield Figure("notify_payments_per_second", measured["payments_per_second"], "payments/s")
    yield Figure("notify_first_attempt_p50_ms", measured["p50_ms"], "ms")
    yield Figure("notify_first_attempt_p99_ms", measured["p99_ms"], "ms")
    yield Figure("deliveries_per_second", measured["deliveries_per_second"], "deliveries/s")
