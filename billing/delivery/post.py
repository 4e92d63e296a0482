"""One attempt over the wire: to a checked address, in bounded time, and never anywhere else.

Lines connect to the addresses that were checked and to no other, while host, SNI and certificate
are the name's. Redirects are not followed and no proxy of the environment is asked. All steps
together have ``SECONDS_MAX``; a receiver that sends one byte each few seconds gains nothing by it.

Of an answer only the status and ``Retry-After`` count, so this reads HTTP/1.1 itself, strictly and
little of it: whatever is not plainly over is not read on, and its line is closed.
"""

import os
import re
import ssl
import time
from dataclasses import dataclass
from functools import cache
from ssl import SSLContext
from typing import Final

import certifi

from billing.delivery import addresses
from billing.delivery.addresses import AddressRefused, Reach, Target
from billing.delivery.lines import SWITCHBOARD, Line, NoLine, OutOfTime, left, open_line

SECONDS_MAX = 15.0
_DRAIN_SECONDS_MAX: Final = 2.0  # The status has decided; the rest is read for peace's sake.
_READ_BYTES_MAX: Final = 65_536
_HEAD_BYTES_MAX: Final = 32_768
_STATUS: Final = re.compile(rb"HTTP/1\.([01]) ([1-9][0-9]{2})(?: [^\r\n]*)?\r?\n")
_HEAD_ENDS: Final = re.compile(rb"\r?\n\r?\n")
_HEADER: Final = re.compile(rb"^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\r\n]*?)[ \t]*\r?$", re.M)
_LENGTH: Final = re.compile(rb"[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class Letter:
    """What is sent, and what of the network it may reach."""

    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    reach: Reach


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an attempt met: the answer's status, or why there was none."""

    status: int | None = None
    failure: str = ""
    retry_after: str = ""

    @property
    def is_success(self) -> bool:
        return self.status is not None and 200 <= self.status <= 299

    @property
    def is_gone(self) -> bool:
        return self.status == 410


class _Unreadable(Exception):
    """What came back is no answer of HTTP/1."""


class _BrokenOff(Exception):
    """The line ended before an answer was whole; ``is_silent``: before there was any of it."""

    def __init__(self, words: str, *, is_silent: bool = False) -> None:
        super().__init__(words)
        self.is_silent = is_silent


def post(letter: Letter) -> Outcome:
    """Send ``letter`` and return what came of it; the world's faults are outcomes, not errors."""
    ends = time.monotonic() + SECONDS_MAX
    try:
        return _sent(letter, addresses.target_of(letter.url, letter.reach), ends)
    except AddressRefused as refused:
        return Outcome(failure=refused.code)
    except NoLine as failed:
        return Outcome(failure=str(failed)[:200])
    except OutOfTime:
        return Outcome(failure="timeout")
    except _BrokenOff as failed:
        return Outcome(failure=f"broken_off: {failed}"[:200])
    except _Unreadable as failed:
        return Outcome(failure=f"protocol: {failed}"[:200])


def _sent(letter: Letter, target: Target, ends: float) -> Outcome:
    """Send over a kept line, or else a new one.

    A kept line may have been hung up just now. Where it was, not a byte has come back, and the
    letter goes once more over a new one: twice is allowed, its id tells.
    """
    request = _request(letter, target)
    kept = SWITCHBOARD.take(target, letter.reach)
    if kept is not None:
        try:
            return _exchanged(kept, request, letter, target, ends)
        except _BrokenOff as broken:
            if not broken.is_silent:
                raise
    line = open_line(target, letter.reach, _trust(), ends)
    return _exchanged(line, request, letter, target, ends)


def _request(letter: Letter, target: Target) -> bytes:
    own = (
        f"POST {target.path} HTTP/1.1\r\nHost: {target.authority}\r\n"
        "User-Agent: SmartPitCentre/1\r\nAccept: */*\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(letter.body)}\r\n"
    )
    rest = "".join(f"{name}: {value}\r\n" for name, value in letter.headers)
    return f"{own}{rest}\r\n".encode("ascii") + letter.body


def _exchanged(line: Line, request: bytes, letter: Letter, target: Target, ends: float) -> Outcome:
    is_kept = False
    try:
        _write(line, request, ends)
        answer = _Answer(line, ends)
        outcome = answer.outcome()
        is_kept = answer.is_over()
    finally:
        if is_kept:
            SWITCHBOARD.keep(line, target, letter.reach)
        else:
            line.close()
    return outcome


def _write(line: Line, request: bytes, ends: float) -> None:
    line.wire.settimeout(left(ends))
    try:
        line.wire.sendall(request)
    except TimeoutError:
        raise OutOfTime from None
    except OSError as failed:
        raise _BrokenOff(str(failed), is_silent=True) from None


class _Answer:
    """The head of an answer, and as much of its body as shows whether the line is free again."""

    def __init__(self, line: Line, ends: float) -> None:
        self.line = line
        self.ends = ends
        self.came = b""
        self.headers: dict[bytes, bytes] = {}
        self.body_came = 0
        self.is_http_1_0 = False
        self.status = 0

    def outcome(self) -> Outcome:
        """Read heads until one is no interim one (1xx)."""
        while self.status < 200:
            self._read_head()
        asked = self.headers.get(b"retry-after", b"").decode("latin-1")[:100]
        return Outcome(self.status, retry_after=asked)

    def is_over(self) -> bool:
        """Read the rest, if it is little and says its length; tell whether the line may stay."""
        if self.is_http_1_0 or b"close" in self.headers.get(b"connection", b"").lower():
            self._drain(_READ_BYTES_MAX)
            return False
        if self.status in (204, 304):
            return self.body_came == 0
        told = self.headers.get(b"content-length", b"")
        if b"transfer-encoding" in self.headers or not _LENGTH.fullmatch(told):
            self._drain(_READ_BYTES_MAX)
            return False
        length = int(told)
        self._drain(min(length, _READ_BYTES_MAX))
        return self.body_came == length

    def _read_head(self) -> None:
        while (end := _HEAD_ENDS.search(self.came)) is None:
            if len(self.came) > _HEAD_BYTES_MAX:
                raise _Unreadable("a head without end")
            self.came += self._read()
        head, self.came = self.came[: end.start()] + b"\n", self.came[end.end() :]
        status = _STATUS.match(head)
        if status is None:
            raise _Unreadable("no status line")
        self.is_http_1_0 = status[1] == b"0"
        self.status = int(status[2])
        self.headers = {
            name.lower(): value for name, value in _HEADER.findall(head[status.end() :])
        }
        self.body_came = len(self.came)

    def _read(self) -> bytes:
        self.line.wire.settimeout(left(self.ends))
        try:
            chunk = self.line.wire.recv(_READ_BYTES_MAX)
        except TimeoutError:
            raise OutOfTime from None
        except OSError as failed:
            raise _BrokenOff(str(failed), is_silent=not self.came) from None
        if not chunk:
            raise _BrokenOff("no answer", is_silent=not self.came)
        return chunk

    def _drain(self, upto: int) -> None:
        """Read so many bytes of the body, so that the receiver can end in peace."""
        self.ends = min(self.ends, time.monotonic() + _DRAIN_SECONDS_MAX)
        try:
            while self.body_came < upto:
                self.body_came += len(self._read())
        except (OutOfTime, _BrokenOff):
            self.body_came = -1


@cache
def _trust() -> SSLContext:
    """Return whose certificates count: certifi's list, or that of ``SSL_CERT_FILE``."""
    return ssl.create_default_context(cafile=os.environ.get("SSL_CERT_FILE") or certifi.where())
