"""A centre of its own for a bench: a folder to throw away, its database as durable as in use."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from smartpit.platform.embedded import ensure_running, stop
from smartpit.platform.home import CHECKOUT

# A module that speaks of rows can only be imported when Django is set up.
_PROGRAM: Final = (
    "import runpy, sys; import django; django.setup();"
    "sys.argv = sys.argv[1:]; runpy.run_module(sys.argv[0], run_name='__main__')"
)


@contextmanager
def centre() -> Iterator[dict[str, str]]:
    """Lend the environment of an empty centre with its schema."""
    with tempfile.TemporaryDirectory(prefix="smartpit-bench-") as folder:
        home = Path(folder)
        env = os.environ | {
            "SMARTPIT_HOME": folder,
            "DJANGO_SETTINGS_MODULE": "smartpit.settings.dev",
        }
        for name in ("DATABASE_URL", "MIGRATION_DATABASE_URL"):
            env.pop(name, None)
        ensure_running(home)
        try:
            migrate = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
            subprocess.run(migrate, cwd=CHECKOUT, env=env, check=True)  # noqa: S603 - our own
            yield env
        finally:
            stop(home)


def program(module: str, *words: str) -> list[str]:
    """Return the command that runs a module of the bench inside a centre."""
    return [sys.executable, "-c", _PROGRAM, module, *words]
