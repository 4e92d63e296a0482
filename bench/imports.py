"""How fast a file of invoices is entered, beside raw COPY into the same table with its indexes.

The run has a data folder of its own, with a durable server, that goes when it ends.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from typing import Final

from bench.figure import Figure, Scale
from smartpit.platform.home import CHECKOUT

_ROWS: Final = {Scale.SMALL: 10_000, Scale.FULL: 100_000}


def figures(scale: Scale) -> Iterator[Figure]:
    rows = _ROWS[scale]
    with tempfile.TemporaryDirectory(prefix="smartpit-bench-") as home:
        seconds = _seconds(home, rows)
    yield Figure("import_rows_per_second", rows / seconds["import"], "rows/s")
    # The same rows, already checked, given their keys, into billing_invoice alone.
    yield Figure("import_copy_rows_per_second", rows / seconds["copy"], "rows/s")
    yield Figure("import_ratio_copy", seconds["copy"] / seconds["import"], "times")
    yield Figure("import_again_seconds", seconds["again"], "s")


def _seconds(home: str, rows: int) -> dict[str, float]:
    settings = {"SMARTPIT_HOME": home, "DJANGO_SETTINGS_MODULE": "smartpit.settings.dev"}
    command = [sys.executable, "-m", "bench.import_run", str(rows)]
    ran = subprocess.run(  # noqa: S603 - our own module
        command, env=os.environ | settings, cwd=CHECKOUT, stdout=subprocess.PIPE, check=True
    )
    told: dict[str, float] = json.loads(ran.stdout)
    return told
