"""Lines to receivers: plain or TLS connections to checked addresses, kept for the next message.

A name is looked up and its addresses are checked each time a line is opened; a kept line leads to
an address that was checked when it was opened, and is given up after a minute, so that what a name
server says today counts today. A line is lent for the same reach only: what one owner's contract
opens is no way for another's.
"""

import socket
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass, field
from select import POLLIN, poll
from ssl import SSLContext
from threading import Lock
from typing import Final

from billing.delivery import addresses
from billing.delivery.addresses import AddressRefused, Reach, Target

_IDLE_SECONDS_MAX: Final = 4.0  # Many servers hang up after five.
_AGE_SECONDS_MAX: Final = 60.0
_KEPT_MAX: Final = 8  # Of one place.
_PLACES_MAX: Final = 1_000
_LOOKING_UP = ThreadPoolExecutor(16, "look-up")  # A look-up cannot be ended, only left behind.


class OutOfTime(Exception):
    """The attempt's time is up."""


class NoLine(Exception):
    """No address of the receiver took the call."""


@dataclass
class Line:
    """An open connection, and since when."""

    wire: socket.socket
    opened_at: float
    is_used: bool = False
    idle_since: float = 0.0

    def is_fresh(self, at: float) -> bool:
        """Tell whether it may be used again: young, and the other side said nothing since."""
        if at - self.opened_at > _AGE_SECONDS_MAX or at - self.idle_since > _IDLE_SECONDS_MAX:
            return False
        asked = poll()
        asked.register(self.wire, POLLIN)
        return not asked.poll(0)

    def close(self) -> None:
        self.wire.close()


_Place = tuple[str, str, int, Reach]


@dataclass
class Switchboard:
    """The lines that are kept, by place and reach."""

    lock: Lock = field(default_factory=Lock)
    kept: dict[_Place, list[Line]] = field(default_factory=lambda: defaultdict(list))

    def take(self, target: Target, reach: Reach) -> Line | None:
        """Return a kept line that still stands, if there is one."""
        at = time.monotonic()
        while True:
            with self.lock:
                lines = self.kept.get(_place(target, reach))
                line = lines.pop() if lines else None
            if line is None or line.is_fresh(at):
                return line
            line.close()

    def keep(self, line: Line, target: Target, reach: Reach) -> None:
        line.is_used = True
        line.idle_since = time.monotonic()
        spare: list[Line] = []
        with self.lock:
            if len(self.kept) > _PLACES_MAX:
                spare = [old for lines in self.kept.values() for old in lines]
                self.kept.clear()
            lines = self.kept[_place(target, reach)]
            lines.append(line)
            if len(lines) > _KEPT_MAX:
                spare.append(lines.pop(0))
        for old in spare:
            old.close()

    def hang_up(self) -> None:
        """Close what is kept; nothing stays open when nobody sends."""
        with self.lock:
            lines = [line for lines in self.kept.values() for line in lines]
            self.kept.clear()
        for line in lines:
            line.close()


SWITCHBOARD: Final = Switchboard()


def open_line(target: Target, reach: Reach, trust: SSLContext, ends: float) -> Line:
    """Look the name up, check every address, and call one after the other until one answers."""
    failed: Exception | None = None
    for address in _checked(target, reach, ends):
        try:
            wire = socket.create_connection((address, target.port), left(ends))
        except OSError as refused:
            failed = refused
            continue
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if target.scheme == "https":
            wire = _over_tls(wire, target, trust, ends)
        return Line(wire, time.monotonic())
    if isinstance(failed, TimeoutError):
        raise NoLine("connect_timeout") from failed
    raise NoLine(f"connect: {failed}") from failed


def left(ends: float) -> float:
    seconds = ends - time.monotonic()
    if seconds <= 0:
        raise OutOfTime
    return seconds


def _over_tls(wire: socket.socket, target: Target, trust: SSLContext, ends: float) -> socket.socket:
    try:
        wire.settimeout(left(ends))
        return trust.wrap_socket(wire, server_hostname=target.host)
    except TimeoutError:
        wire.close()
        raise NoLine("connect_timeout") from None
    except (OSError, ValueError) as failed:  # A name that TLS cannot carry is a ValueError.
        wire.close()
        raise NoLine(f"connect: {failed}") from failed
    except OutOfTime:
        wire.close()
        raise


def _checked(target: Target, reach: Reach, ends: float) -> list[str]:
    looked_up = _LOOKING_UP.submit(
        addresses.checked_addresses, target, reach, lambda *host: addresses.look_up(*host)
    )
    try:
        return looked_up.result(left(ends))
    except FutureTimeout:
        looked_up.cancel()
        raise AddressRefused("unknown_host") from None


def _place(target: Target, reach: Reach) -> _Place:
    return target.scheme, target.host, target.port, reach
