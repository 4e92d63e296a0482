"""Payments over HTTP beside pgbench on the same server: see ``payments_run``."""

from collections.abc import Iterator

from bench.apart import figures_of
from bench.figure import Figure, Scale


def figures(scale: Scale) -> Iterator[Figure]:
    yield from figures_of("bench.payments_run", scale)
