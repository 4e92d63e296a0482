"""Inquiries over HTTP while payments are paid, in a small and in a large centre: ``inquiries_run``.

Growth is what an inquiry takes in the large one to what it takes in the small one. Small and large
are others at the small scale, so its growth has another name.
"""

from collections.abc import Iterator
from typing import Final

from bench.apart import figures_of
from bench.figure import Figure, Scale

_INVOICES: Final = {Scale.SMALL: (20_000, 400_000), Scale.FULL: (100_000, 10_000_000)}
_SECONDS: Final = {Scale.SMALL: 3, Scale.FULL: 10}
_GROWTH: Final = {
    Scale.SMALL: "inquiry_growth_small",
    Scale.FULL: "inquiry_growth_100k_10m",
}


def figures(scale: Scale) -> Iterator[Figure]:
    few, many = (_told(invoices, _SECONDS[scale]) for invoices in _INVOICES[scale])
    for name in many:
        yield Figure(name, many[name].value, many[name].unit)
        yield Figure(f"{name}_of_few", few[name].value, few[name].unit)
    for mark, name in (("", "inquiry_p99_ms"), ("_p50", "inquiry_p50_ms")):
        growth = many[name].value / few[name].value
        yield Figure(f"{_GROWTH[scale]}{mark}", growth, "times")


def _told(invoices: int, seconds: float) -> dict[str, Figure]:
    told = figures_of("bench.inquiries_run", str(invoices), str(seconds))
    return {figure.name: figure for figure in told}
