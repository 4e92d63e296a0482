"""A figure, and how it is measured: in a process of its own, which nothing has warmed up."""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

Result = TypeVar("Result")


class Scale(StrEnum):
    """How much is measured: ``small`` takes less than a minute."""

    SMALL = "small"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Figure:
    name: str
    value: float
    unit: str

    def __str__(self) -> str:
        value = f"{self.value:.0f}" if self.value >= 100 else f"{self.value:.3g}"
        return f"FIGURE {self.name} {value} {self.unit}"


def in_a_fresh_process(measure: Callable[..., Result], *words: object) -> Result:
    """Return what a function at the top of a module measures in a new process."""
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as pool:
        return pool.submit(measure, *words).result()


def peak_memory_mb() -> float:
    """Return the most memory this process has held so far."""
    # What getrusage tells would count the parent's memory too, from before this program began.
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(status["VmHWM"].split()[0]) / 1024
