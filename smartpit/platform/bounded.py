"""A child process that reads what strangers send, with little room and little time.

A parser of pictures, pages or workbooks may be led to eat all memory, to turn for ever or to run
what it should only read. So the parser works in a child of its own: it is born with an empty
environment, takes the content from its standard input, answers on its standard output, may write
no byte to a file and (but for root) start no process, and is killed with all its kin when its time
is up. Whatever becomes of it, the parent gets an answer, ``TooSlow`` or ``Died``.

A process has a few children at a time and no more. Each holds the thread that asked and up to 200
MB; if all of a web process's threads waited for children, its tills would wait with them.
"""

import json
import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from smartpit.platform.home import CHECKOUT

CHILDREN_MAX: Final = 2  # Of a process; its other threads stay free for those who pay.
_ANSWER_BYTES_MAX: Final = 192 * 1024 * 1024
_HEAD_BYTES_MAX: Final = 64 * 1024
_SIZE_BYTES: Final = 4
_FILES_OPEN_MAX: Final = 16
_places: Final = threading.BoundedSemaphore(CHILDREN_MAX)


class Busy(Exception):
    """This process has as many children as it may: nobody waits, for others need the threads."""


class TooSlow(Exception):
    """The child was still reading when its time was up."""


class Died(Exception):
    """The child ended without an answer: out of memory, or led astray by what it read."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a child may use: time of the clock and of the processor alike, and memory.

    ``memory_bytes`` bounds what it writes to; the libraries it has loaded come on top.
    """

    seconds: int
    memory_bytes: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What a child found: a head of plain words and numbers, and the bytes beside it."""

    head: Mapping[str, Any]
    parts: Sequence[bytes] = ()


def ask_child(module: str, content: bytes, limits: Limits) -> Answer:
    """Let ``module``, run as a child, read ``content``, and return its answer."""
    if not _places.acquire(blocking=False):
        raise Busy
    try:
        return _asked(module, content, limits)
    finally:
        _places.release()


def _asked(module: str, content: bytes, limits: Limits) -> Answer:
    child = _start(module, len(content), limits)
    timed_out = threading.Event()
    clock = threading.Timer(limits.seconds, _end, (child.pid, timed_out))
    feeder = threading.Thread(target=_feed, args=(child, content), daemon=True)
    clock.start()
    feeder.start()
    try:
        assert child.stdout is not None
        written = child.stdout.read(_ANSWER_BYTES_MAX)
    finally:
        clock.cancel()
        clock.join()
        _end(child.pid)
        status = child.wait()
        feeder.join()
        assert child.stdout is not None
        child.stdout.close()
    if timed_out.is_set() or status == -signal.SIGXCPU:
        raise TooSlow
    return _unpacked(written)


def serve(read: Callable[[bytes], Answer]) -> None:
    """Be the child: give up every right, then read what comes and answer, once.

    The reader's libraries are loaded by now, so that they need no file later.
    """
    seconds, memory_bytes, size = map(int, sys.argv[1:4])
    _confine(Limits(seconds, memory_bytes))
    answer = read(sys.stdin.buffer.read(size))
    sys.stdout.buffer.write(_packed(answer))
    sys.stdout.buffer.flush()


def _start(module: str, size: int, limits: Limits) -> "subprocess.Popen[bytes]":
    numbers = (limits.seconds, limits.memory_bytes, size)
    return subprocess.Popen(  # noqa: S603 - our own module, no shell
        [sys.executable, "-B", "-E", "-s", "-m", module, *map(str, numbers)],
        cwd=CHECKOUT,
        env={},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _confine(limits: Limits) -> None:
    # A second below its end the processor's time is told of by a signal of its own, so that the
    # parent knows what ended the child, whichever of the two clocks was first.
    resource.setrlimit(resource.RLIMIT_CPU, (limits.seconds, limits.seconds + 1))
    bounds = {
        resource.RLIMIT_DATA: limits.memory_bytes,
        # Room for the libraries and what they map, but not for a second memory beside the first.
        resource.RLIMIT_AS: limits.memory_bytes * 2 + 256 * 1024 * 1024,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NPROC: 0,
        resource.RLIMIT_NOFILE: _FILES_OPEN_MAX,
    }
    for bound, most in bounds.items():
        resource.setrlimit(bound, (most, most))


def _feed(child: "subprocess.Popen[bytes]", content: bytes) -> None:
    assert child.stdin is not None
    with suppress(BrokenPipeError):  # It may have died before it read everything.
        child.stdin.write(content)
    with suppress(BrokenPipeError):
        child.stdin.close()


def _end(group: int, timed_out: threading.Event | None = None) -> None:
    """Kill a child with all its kin; the number is not another's before the child is waited for."""
    if timed_out is not None:
        timed_out.set()
    with suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)


def _packed(answer: Answer) -> bytes:
    head = {**answer.head, "sizes": [len(part) for part in answer.parts]}
    words = json.dumps(head).encode()
    return b"".join([len(words).to_bytes(_SIZE_BYTES, "big"), words, *answer.parts])


def _unpacked(written: bytes) -> Answer:
    """Return the answer a child wrote, which may be cut anywhere or be made up."""
    start = _SIZE_BYTES + int.from_bytes(written[:_SIZE_BYTES], "big")
    if not _SIZE_BYTES < start <= min(len(written), _HEAD_BYTES_MAX):
        raise Died
    try:
        head = json.loads(written[_SIZE_BYTES:start])
        sizes = [int(size) for size in head.pop("sizes")]
    except (ValueError, TypeError, KeyError, AttributeError):
        raise Died from None
    parts: list[bytes] = []
    for size in sizes:
        parts.append(written[start : start + size])
        start += size
    if start != len(written) or min(sizes, default=0) < 0:
        raise Died
    return Answer(head, parts)
