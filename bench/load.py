"""A loader: many connections in one thread, each sends its next request when it has its answer.

At a pace each has a plan when its next request is due: one whose answer comes late sends the next
at once, and what it waits is counted from when that was due, so that nothing is passed over.
"""

import heapq
import select
import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import inf
from time import perf_counter
from typing import Final

_HEAD_ENDS: Final = b"\r\n\r\n"
_PATIENCE_SECONDS: Final = 30.0


@dataclass
class Answers:
    """What a run of the loader met; ``seconds`` are those of each answer."""

    took: float
    seconds: list[float]
    statuses: dict[bytes, int] = field(default_factory=dict)
    odd: bytes = b""

    def note(self, answer: bytes, took: float, good: bytes) -> None:
        status = answer[9:12]
        self.statuses[status] = self.statuses.get(status, 0) + 1
        if status == good:
            self.seconds.append(took)
        else:
            self.odd = answer

    @property
    def per_second(self) -> float:
        return len(self.seconds) / self.took

    def ms(self, percent: float) -> float:
        ordered = sorted(self.seconds)
        return 1000 * ordered[min(int(len(ordered) * percent / 100), len(ordered) - 1)]


class _Caller:
    """One till's connection."""

    __slots__ = ("asked_at", "due", "got", "heard_at", "line", "requests")

    def __init__(self, port: int, requests: Iterator[bytes]) -> None:
        self.line = socket.create_connection(("127.0.0.1", port))
        self.line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.requests = requests
        self.got = b""
        self.asked_at = self.due = self.heard_at = 0.0

    def ask(self, due: float) -> bool:
        request = next(self.requests, None)
        if request is None:
            return False
        self.due = due
        self.asked_at = due if self.heard_at > due else perf_counter()
        self.line.sendall(request)
        return True

    def heard(self) -> bytes | None:
        """Return a whole answer, or None while it is still on its way."""
        self.got += self.line.recv(65536)
        head, ends, body = self.got.partition(_HEAD_ENDS)
        if not ends:
            return None
        at = head.lower().index(b"content-length:") + 15
        length = int(head[at:].split(b"\r\n", 1)[0])
        if len(body) < length:
            return None
        answer, self.got = self.got, b""
        self.heard_at = perf_counter()
        return answer

    def next_due(self, every: float) -> float:
        """Return when its next request is due: at once where there is no pace."""
        return self.due + every if every else self.heard_at


def load(
    port: int,
    requests: Sequence[Sequence[bytes]],
    *,
    seconds: float,
    good: bytes = b"201",
    per_second: float = inf,
) -> Answers:
    """Send each caller's requests one after the other, for so many seconds or to their end."""
    poll = select.epoll()
    callers = {}
    for own in requests:
        caller = _Caller(port, iter(own))
        callers[caller.line.fileno()] = caller
        poll.register(caller.line, select.EPOLLIN)
    answers = Answers(0.0, [])
    began = perf_counter()
    until = began + seconds
    due = [(began + place / per_second, number) for place, number in enumerate(callers)]
    asking = 0
    while True:
        while due and due[0][0] <= perf_counter():
            at, number = heapq.heappop(due)
            asking += at < until and callers[number].ask(at)
        if not (due or asking):
            break
        ready = poll.poll(max(due[0][0] - perf_counter(), 0) if due else _PATIENCE_SECONDS)
        assert ready or due, "nobody answers"
        for number, _ in ready:
            caller = callers[number]
            answer = caller.heard()
            if answer is None:
                continue
            asking -= 1
            answers.note(answer, caller.heard_at - caller.asked_at, good)
            heapq.heappush(due, (caller.next_due(len(callers) / per_second), number))
    answers.took = perf_counter() - began
    for caller in callers.values():
        caller.line.close()
    return answers
