"""Payments over HTTP beside pgbench on the same server: see ``payments_run``.

A centre of its own is made in a folder aside and taken away again; it is measured by a process of
its own, which reads the settings of that folder.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from tempfile import TemporaryDirectory
from typing import Final

from bench.figure import Figure, Scale

_SETTINGS: Final = "smartpit.settings.dev"


def figures(scale: Scale) -> Iterator[Figure]:
    with TemporaryDirectory(prefix="smartpit-bench-") as folder:
        told = {"SMARTPIT_HOME": folder, "DJANGO_SETTINGS_MODULE": _SETTINGS}
        kept = {name: word for name, word in os.environ.items() if name != "DATABASE_URL"}
        done = subprocess.run(  # noqa: S603  Our own program.
            [sys.executable, "-m", "bench.payments_run", scale],
            env=kept | told,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
    for line in done.stdout.splitlines():
        _, name, value, *unit = line.split()
        yield Figure(name, float(value), " ".join(unit))
