"""What asks the database, for who waits in an event loop."""

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from django.db import close_old_connections, connection

Words = ParamSpec("Words")
Answer = TypeVar("Answer")


async def in_thread(
    work: Callable[Words, Answer], *words: Words.args, **named: Words.kwargs
) -> Answer:
    """Run ``work`` in a thread of the loop's, which gives its connection back afterwards."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(None, lambda: _and_leave(work, *words, **named))


def _and_leave(work: Callable[Words, Answer], *words: Words.args, **named: Words.kwargs) -> Answer:
    try:
        return work(*words, **named)
    finally:
        if connection.connection is not None:
            close_old_connections()
