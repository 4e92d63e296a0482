"""Real threads on a real database: how two who come at once are let race."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier, Thread
from typing import TypeVar

from django.db import connections

T = TypeVar("T")

_PATIENCE_SECONDS = 60


def in_threads(work: Callable[[int], T], count: int) -> list[T | Exception]:
    """Run ``work(0) .. work(count - 1)`` at once; return what each returned or raised.

    All start from one barrier, each with connections of its own, which it closes. It needs the
    ``committed_db`` fixture: a thread does not see another's uncommitted rows.
    """
    start = Barrier(count)

    def run(place: int) -> T | Exception:
        try:
            start.wait(_PATIENCE_SECONDS)
            return work(place)
        except Exception as refused:  # noqa: BLE001 - the caller looks at each
            return refused
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count), timeout=_PATIENCE_SECONDS))


@contextmanager
def looping() -> Iterator[asyncio.AbstractEventLoop]:
    """Lend an event loop that runs in a thread of its own, as the web's does."""
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever)
    thread.start()
    try:
        yield loop
        asyncio.run_coroutine_threadsafe(loop.shutdown_default_executor(), loop).result()
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(_PATIENCE_SECONDS)
        loop.close()
