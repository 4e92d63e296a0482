"""Migrating while tills pay: nobody stands in a line behind a migration for longer than a moment.

A migration that wants a table for itself waits for whoever reads it, and all who come later wait
behind the migration: one long report would stop the tills. So it waits for two seconds only, steps
back, lets the others pass, and tries again. What it has not been able to do is undone whole, for
each migration is one transaction.
"""

import time
from collections.abc import Callable

from django.db import OperationalError, connections
from psycopg import errors

from smartpit.kernel.schema import OWNER

LOCK_TIMEOUT = "2s"
_PAUSE_SECONDS = 1.0
_PAUSE_SECONDS_MAX = 10.0
_IN_THE_WAY = (errors.LockNotAvailable, errors.DeadlockDetected)


class InTheWay(Exception):
    """Somebody kept a table for longer than the migration had patience."""


def step_by_step(
    migrate: Callable[[], None], *, patience_seconds: float, say: Callable[[str], None]
) -> None:
    """Run ``migrate`` until no lock is in its way; what it did before stays done."""
    deadline = time.monotonic() + patience_seconds
    pause = _PAUSE_SECONDS
    with connections[OWNER].cursor() as cursor:
        cursor.execute(f"SET lock_timeout = '{LOCK_TIMEOUT}'")
    try:
        while not _is_done(migrate):
            if time.monotonic() + pause > deadline:
                raise InTheWay
            say(f"表が使われています。{pause:.0f} 秒待って、続きから行います。")
            time.sleep(pause)
            pause = min(pause * 2, _PAUSE_SECONDS_MAX)
    finally:
        with connections[OWNER].cursor() as cursor:
            cursor.execute("RESET lock_timeout")


def _is_done(migrate: Callable[[], None]) -> bool:
    try:
        migrate()
    except OperationalError as failure:
        if isinstance(failure.__cause__, _IN_THE_WAY):
            return False
        raise
    return True
