"""A bench's run in a process of its own, with a data folder to throw away."""

import os
import subprocess
import sys
from collections.abc import Iterator
from tempfile import TemporaryDirectory
from typing import Final

from bench.figure import Figure

_SETTINGS: Final = "smartpit.settings.dev"


def figures_of(module: str, *words: str) -> Iterator[Figure]:
    """Yield what a module of the bench prints; it reads the settings of a new, empty folder."""
    with TemporaryDirectory(prefix="smartpit-bench-") as folder:
        told = {"SMARTPIT_HOME": folder, "DJANGO_SETTINGS_MODULE": _SETTINGS}
        kept = {name: word for name, word in os.environ.items() if name != "DATABASE_URL"}
        done = subprocess.run(  # noqa: S603  Our own program.
            [sys.executable, "-m", module, *words],
            env=kept | told,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
    for line in done.stdout.splitlines():
        _, name, value, *unit = line.split()
        yield Figure(name, float(value), " ".join(unit))
