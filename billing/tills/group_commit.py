"""Tills that arrive together share one commit.

One clerk, a thread, takes all notices that wait, books them in one transaction and answers each
sender. While it commits, the next batch gathers. There is no delay to tune: alone, a notice is
booked at once; the busier the tills, the larger the batches.
"""

import asyncio
import concurrent.futures
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Any, Generic, NamedTuple, TypeVar

from smartpit.kernel.threads import in_thread

Notice = TypeVar("Notice")
Outcome = TypeVar("Outcome")
Promise = asyncio.Future[Any] | concurrent.futures.Future[Any]


class Lost(Exception):
    """The connection ended before the answer came: nobody knows whether the batch landed."""


class _Failed(Exception):
    """The batch as a whole was refused and nothing of it was booked."""


class _Turn(NamedTuple):
    """One notice that waits to be booked; ``loop`` is where its sender waits, if in one."""

    notice: Any
    promise: Promise
    loop: asyncio.AbstractEventLoop | None = None


class GroupCommit(Generic[Notice, Outcome]):
    """Book notices in batches, one batch at a time.

    ``book`` answers each notice of a batch after the commit: with its outcome, or with None if it
    has to ask again because an earlier one is in its way. Those come first in the next batch, so
    the oldest is judged first. It raises ``Lost`` when the connection is gone; whatever else it
    raises means that nothing was booked. Then each sender books its own notice by ``book_alone``,
    all at once and each in a thread: only what is wrong fails, and the clerk goes on.
    """

    def __init__(
        self,
        book: Callable[[Sequence[Notice]], Sequence[Outcome | None]],
        book_alone: Callable[[Notice], Outcome],
        *,
        size_max: int,
    ) -> None:
        self._book = book
        self._book_alone = book_alone
        self._size_max = size_max
        self._queue: SimpleQueue[_Turn] = SimpleQueue()
        self._hiring = Lock()
        self._clerk: Thread | None = None

    def __call__(self, notice: Notice) -> Outcome:
        """Return the outcome of ``notice``, after the commit that holds it."""
        waits: concurrent.futures.Future[Any] = concurrent.futures.Future()
        self._hand_in(_Turn(notice, waits))
        outcome = waits.result()
        if isinstance(outcome, _Failed):
            return self._book_alone(notice)
        told: Outcome = _told(outcome)
        return told

    async def soon(self, notice: Notice) -> Outcome:
        """Return the same to who waits in an event loop, and holds no thread meanwhile."""
        loop = asyncio.get_running_loop()
        waits: asyncio.Future[Any] = loop.create_future()
        self._hand_in(_Turn(notice, waits, loop))
        outcome = await waits
        if isinstance(outcome, _Failed):
            return await in_thread(self._book_alone, notice)
        told: Outcome = _told(outcome)
        return told

    def _hand_in(self, turn: _Turn) -> None:
        if self._clerk is None:
            self._hire()
        self._queue.put(turn)

    def _hire(self) -> None:
        """Start the clerk when it is first needed: a thread made earlier dies in a fork."""
        with self._hiring:
            if self._clerk is None:
                self._clerk = Thread(target=self._serve, name="group-commit", daemon=True)
                self._clerk.start()

    def _serve(self) -> None:
        again: list[_Turn] = []
        while True:
            again = self._answer(self._gather(again))

    def _gather(self, batch: list[_Turn]) -> list[_Turn]:
        """Return those who ask again and all who wait; sleep while there is nobody."""
        if not batch:
            batch = [self._queue.get()]
        while len(batch) < self._size_max:
            try:
                batch.append(self._queue.get_nowait())
            except Empty:
                break
        return batch

    def _answer(self, batch: list[_Turn]) -> list[_Turn]:
        """Book one batch, answer its senders, and return those who ask again."""
        outcomes: Sequence[Outcome | Lost | _Failed | None]
        try:
            outcomes = self._book([turn.notice for turn in batch])
            assert len(outcomes) == len(batch)
        except Lost as lost:
            outcomes = [lost] * len(batch)
        except BaseException:  # noqa: BLE001  Every sender is told; none waits for ever.
            outcomes = [_Failed()] * len(batch)
        again, answered = [], []
        for turn, outcome in zip(batch, outcomes, strict=True):
            if outcome is None:
                again.append(turn)
            else:
                answered.append((turn, outcome))
        _tell_all(answered)
        return again


def _tell_all(answered: Sequence[tuple[_Turn, Any]]) -> None:
    """Keep the promises of a batch; those of a loop are kept in the loop, all in one go."""
    in_loops: dict[asyncio.AbstractEventLoop, list[tuple[Promise, Any]]] = {}
    for turn, outcome in answered:
        if turn.loop is None:
            turn.promise.set_result(outcome)
        else:
            in_loops.setdefault(turn.loop, []).append((turn.promise, outcome))
    for loop, promises in in_loops.items():
        loop.call_soon_threadsafe(_keep, promises)


def _keep(promises: Sequence[tuple[Promise, Any]]) -> None:
    for promise, outcome in promises:
        if not promise.done():  # Who hung up has taken back the question.
            promise.set_result(outcome)


def _told(outcome: Any) -> Any:
    if isinstance(outcome, Lost):
        raise Lost from outcome.__cause__
    return outcome
