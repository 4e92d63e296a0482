"""Forced races: all stand in line for one invoice, in a known order, before it is freed."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from django.db import connection, connections, transaction

from billing.models import Invoice

_PATIENCE_SECONDS = 60
_WAITING = """
SELECT count(DISTINCT lock.pid)
  FROM pg_locks AS lock
  JOIN pg_stat_activity AS backend ON backend.pid = lock.pid
 WHERE NOT lock.granted AND backend.datname = current_database()
"""


def in_line(invoice: Invoice, acts: Sequence[Callable[[], Any]]) -> list[Any]:
    """Hold the invoice until all of ``acts`` wait, begun one after the other; then let them go.

    Return what each returned or raised. An act that needs not wait for the invoice may be done
    before the others begin. It needs ``committed_db``, as threads do.
    """
    with ThreadPoolExecutor(len(acts)) as pool:
        with transaction.atomic():
            Invoice.objects.select_for_update().get(pk=invoice.pk)
            begun: list[Future[Any]] = []
            for act in acts:
                begun.append(pool.submit(_outcome, act))
                _until_all_wait(begun)
        return [future.result(_PATIENCE_SECONDS) for future in begun]


def _outcome(act: Callable[[], Any]) -> Any:
    try:
        return act()
    except Exception as refused:  # noqa: BLE001 - the caller looks at each
        return refused
    finally:
        connections.close_all()


def _until_all_wait(begun: Sequence[Future[Any]]) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        undone = sum(not future.done() for future in begun)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(_WAITING)
            (waiting,) = cursor.fetchone()
        if waiting >= undone:
            return
        assert time.monotonic() < deadline, f"{waiting} of {undone} wait"
        time.sleep(0.01)
