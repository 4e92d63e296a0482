"""Closing a month of many owners beside the bare GROUP BY of its payments: see ``closing_run``."""

from collections.abc import Iterator
from typing import Final

from bench.apart import figures_of
from bench.figure import Figure, Scale

_SIZES: Final = {Scale.SMALL: (20_000, 50), Scale.FULL: (1_000_000, 1_000)}
_TENFOLD: Final = {Scale.SMALL: "closing_growth_small", Scale.FULL: "closing_growth_1m_10m"}


def figures(scale: Scale) -> Iterator[Figure]:
    yield from _closed(*_SIZES[scale])


def growth(scale: Scale) -> Iterator[Figure]:
    """Close ten times the payments of as many owners; it takes long and is only done if asked."""
    payments, owners = _SIZES[scale]
    once, tenfold = (
        next(one.value for one in _closed(count, owners) if one.name == "closing_seconds")
        for count in (payments, 10 * payments)
    )
    yield Figure(_TENFOLD[scale], tenfold / once, "times")


def _closed(payments: int, owners: int) -> Iterator[Figure]:
    yield from figures_of("bench.closing_run", str(payments), str(owners))
