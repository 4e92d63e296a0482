"""The pages and files of a statement of many payments, over HTTP: see ``statements_run``."""

from collections.abc import Iterator
from typing import Final

from bench.apart import figures_of
from bench.figure import Figure, Scale

_PAYMENTS: Final = {Scale.SMALL: 100_000, Scale.FULL: 1_000_000}


def figures(scale: Scale) -> Iterator[Figure]:
    yield from figures_of("bench.statements_run", str(_PAYMENTS[scale]))
