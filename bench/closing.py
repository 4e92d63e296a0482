"""Closing a month of many owners beside the bare GROUP BY of its payments: see ``closing_run``."""

from collections.abc import Iterator

from bench.apart import figures_of
from bench.figure import Figure, Scale


def figures(scale: Scale) -> Iterator[Figure]:
    yield from figures_of("bench.closing_run", scale)
