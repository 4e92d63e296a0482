"""A process that dies without a word: SIGKILL before a chosen one of the points it comes to.

A point is whatever the world outside could notice: each statement sent to the database, both sides
of each commit, both sides of each mail. They are found by running, not listed by hand, so a step
that is added later has its points too.
"""

import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest import mock

from django.core.mail import EmailMessage
from django.db import connection, connections


@dataclass(frozen=True)
class Ran:
    """The points a process came to, and whether it was killed before the last of them."""

    points: list[str]
    was_killed: bool


def in_process(work: Callable[[], object], *, killed_at: int = 0) -> Ran:
    """Run ``work`` in a process of its own, killed before its ``killed_at``-th point (0: never).

    It needs ``committed_db``: a child has connections of its own.
    """
    connections.close_all()
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        _live(work, _Points(writing, killed_at))
    os.close(writing)
    with os.fdopen(reading) as told:
        points = told.read().splitlines()
    _, status = os.waitpid(child, 0)
    was_killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    assert was_killed or status == 0, f"the process failed after {points[-1:]}"
    return Ran(points, was_killed)


class _Points:
    def __init__(self, told: int, killed_at: int) -> None:
        self._told = told
        self._killed_at = killed_at
        self._count = 0

    def reached(self, name: str) -> None:
        self._count += 1
        os.write(self._told, f"{name[:60]}\n".encode())
        if self._count == self._killed_at:
            os.kill(os.getpid(), signal.SIGKILL)

    @contextmanager
    def round(self, name: str) -> Iterator[None]:
        self.reached(f"before {name}")
        yield
        self.reached(f"after {name}")


def _live(work: Callable[[], object], points: _Points) -> None:
    """Be the child to its end; nothing of pytest's may run in it."""
    ended = 1
    try:
        with _watched(points):
            work()
        connections.close_all()
        ended = 0
    except BaseException:  # noqa: BLE001  The parent sees that it failed.
        traceback.print_exc(file=sys.__stderr__)
    finally:
        os._exit(ended)


@contextmanager
def _watched(points: _Points) -> Iterator[None]:
    wire: Any = connection
    commit, send = wire._commit, EmailMessage.send

    def committing() -> None:
        with points.round("commit"):
            commit()

    def sending(message: EmailMessage, **words: Any) -> int:
        with points.round("mail"):
            return send(message, **words)

    def stating(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001
        points.reached(" ".join(sql.split()))
        return execute(sql, params, many, context)

    with (
        mock.patch.object(connection, "_commit", committing),
        mock.patch.object(EmailMessage, "send", sending),
        connection.execute_wrapper(stating),
    ):
        yield
