"""A loader: many connections in one thread, each sends its next request when it has its answer."""

import select
import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
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

    @property
    def per_second(self) -> float:
        return len(self.seconds) / self.took

    def ms(self, percent: float) -> float:
        ordered = sorted(self.seconds)
        return 1000 * ordered[min(int(len(ordered) * percent / 100), len(ordered) - 1)]


class _Caller:
    """One till's connection."""

    __slots__ = ("asked_at", "got", "line", "requests")

    def __init__(self, port: int, requests: Iterator[bytes]) -> None:
        self.line = socket.create_connection(("127.0.0.1", port))
        self.line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.requests = requests
        self.got = b""
        self.asked_at = 0.0

    def ask(self) -> bool:
        request = next(self.requests, None)
        if request is None:
            return False
        self.asked_at = perf_counter()
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
        return answer


def load(
    port: int, requests: Sequence[Sequence[bytes]], *, seconds: float, good: bytes = b"201"
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
    asking = {number for number, caller in callers.items() if caller.ask()}
    while asking:
        ready = poll.poll(_PATIENCE_SECONDS)
        assert ready, "nobody answers"
        for number, _ in ready:
            answer = callers[number].heard()
            if answer is None:
                continue
            now = perf_counter()
            status = answer[9:12]
            answers.statuses[status] = answers.statuses.get(status, 0) + 1
            if status == good:
                answers.seconds.append(now - callers[number].asked_at)
            else:
                answers.odd = answer
            if now >= until or not callers[number].ask():
                asking.discard(number)
    answers.took = perf_counter() - began
    for caller in callers.values():
        caller.line.close()
    return answers
