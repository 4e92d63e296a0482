"""How long a chain's file takes that confirms all it names, and how long it keeps owners waiting.

The run has a data folder of its own, with a durable server, that goes when it ends. What is
confirmed lies with fifty owners; each payment is told in two streams.
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

# A trailer counts with six digits, so that no file can hold one more.
_RECORDS: Final = {Scale.SMALL: 20_000, Scale.FULL: 999_999}
_MILLION: Final = 1_000_000


def figures(scale: Scale) -> Iterator[Figure]:
    records = _RECORDS[scale]
    with tempfile.TemporaryDirectory(prefix="smartpit-bench-") as home:
        told = _measured(home, records)
    scaled = told["taken"] * _MILLION / records
    yield Figure("confirm_1m_seconds", scaled, f"s (reckoned from {records:,} records)")
    yield Figure("chain_file_records_per_second", records / told["taken"], "records/s")
    yield Figure("chain_file_read_seconds", told["read"], "s")
    yield Figure("chain_file_streams_held_seconds", told["held"], "s")
    yield Figure("chain_file_again_seconds", told["again"], "s")
    yield Figure("chain_file_rss_mb", told["rss"], "MB")


def _measured(home: str, records: int) -> dict[str, float]:
    settings = {"SMARTPIT_HOME": home, "DJANGO_SETTINGS_MODULE": "smartpit.settings.dev"}
    command = [sys.executable, "-m", "bench.chain_file_run", str(records)]
    ran = subprocess.run(  # noqa: S603 - our own module
        command, env=os.environ | settings, cwd=CHECKOUT, stdout=subprocess.PIPE, check=True
    )
    told: dict[str, float] = json.loads(ran.stdout)
    return told
