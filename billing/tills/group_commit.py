"""Tills that arrive together share one commit.

One clerk, a thread, takes all notices that wait, books them in one transaction and answers each
sender. While it commits, the next batch gathers. There is no delay to tune: alone, a notice is
booked at once; the busier the tills, the larger the batches.
"""

from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Generic, TypeVar

Notice = TypeVar("Notice")
Outcome = TypeVar("Outcome")


class Lost(Exception):
    """The connection ended before the answer came: nobody knows whether the batch landed."""


class _Failed(Exception):
    """The batch as a whole was refused and nothing of it was booked."""


class _Turn(Generic[Notice, Outcome]):
    """One notice that waits to be booked; the lock is a bell that rings once."""

    __slots__ = ("_bell", "notice", "outcome")

    def __init__(self, notice: Notice) -> None:
        self.notice = notice
        self.outcome: Outcome | Lost | _Failed | None = None
        self._bell = Lock()
        self._bell.acquire()

    def wait(self) -> Outcome | Lost | _Failed:
        self._bell.acquire()
        assert self.outcome is not None
        return self.outcome

    def answer(self, outcome: Outcome | Lost | _Failed) -> None:
        self.outcome = outcome
        self._bell.release()


class GroupCommit(Generic[Notice, Outcome]):
    """Book notices in batches, one batch at a time.

    ``book`` answers each notice of a batch after the commit: with its outcome, or with None if it
    has to ask again because an earlier one is in its way. Those come first in the next batch, so
    the oldest is judged first. It raises ``Lost`` when the connection is gone; whatever else it
    raises means that nothing was booked. Then each sender books its own notice by ``book_alone``,
    all at once and each in its own thread: only what is wrong fails, and the clerk goes on.
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
        self._queue: SimpleQueue[_Turn[Notice, Outcome]] = SimpleQueue()
        self._hiring = Lock()
        self._clerk: Thread | None = None

    def __call__(self, notice: Notice) -> Outcome:
        """Return the outcome of ``notice``, after the commit that holds it."""
        if self._clerk is None:
            self._hire()
        turn: _Turn[Notice, Outcome] = _Turn(notice)
        self._queue.put(turn)
        outcome = turn.wait()
        if isinstance(outcome, _Failed):
            return self._book_alone(notice)
        if isinstance(outcome, Lost):
            raise Lost from outcome.__cause__
        return outcome

    def _hire(self) -> None:
        """Start the clerk when it is first needed: a thread made earlier dies in a fork."""
        with self._hiring:
            if self._clerk is None:
                self._clerk = Thread(target=self._serve, name="group-commit", daemon=True)
                self._clerk.start()

    def _serve(self) -> None:
        again: list[_Turn[Notice, Outcome]] = []
        while True:
            again = self._answer(self._gather(again))

    def _gather(self, batch: list[_Turn[Notice, Outcome]]) -> list[_Turn[Notice, Outcome]]:
        """Return those who ask again and all who wait; sleep while there is nobody."""
        if not batch:
            batch = [self._queue.get()]
        while len(batch) < self._size_max:
            try:
                batch.append(self._queue.get_nowait())
            except Empty:
                break
        return batch

    def _answer(self, batch: list[_Turn[Notice, Outcome]]) -> list[_Turn[Notice, Outcome]]:
        """Book one batch, answer its senders, and return those who ask again."""
        outcomes: Sequence[Outcome | Lost | _Failed | None]
        try:
            outcomes = self._book([turn.notice for turn in batch])
            assert len(outcomes) == len(batch)
        except Lost as lost:
            outcomes = [lost] * len(batch)
        except BaseException:  # noqa: BLE001  Every sender is told; none waits for ever.
            outcomes = [_Failed()] * len(batch)
        again = []
        for turn, outcome in zip(batch, outcomes, strict=True):
            if outcome is None:
                again.append(turn)
            else:
                turn.answer(outcome)
        return again
