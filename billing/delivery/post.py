"""One attempt over the wire: to a checked address, in bounded time, and never anywhere else.

httpcore is used as it lies beneath httpx, because it takes a network of one's own: ours connects
to the addresses that were checked and to no other, while host, SNI and certificate are the
name's. Redirects are not followed and no proxy of the environment is asked. All steps together
have ``SECONDS_MAX``; a receiver that sends one byte each few seconds gains nothing by it.
"""

import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from ssl import SSLContext
from typing import Any

import httpcore
import httpx

from billing.delivery import addresses
from billing.delivery.addresses import AddressRefused, Reach, Target

SECONDS_MAX = 15.0
_READ_BYTES_MAX = 65_536
_LOOKING_UP = ThreadPoolExecutor(16, "look-up")  # A look-up cannot be ended, only left behind.
_FAILURES: dict[type[Exception], str] = {
    httpcore.ConnectTimeout: "connect_timeout",
    httpcore.TimeoutException: "timeout",
    httpcore.ConnectError: "connect",
    httpcore.NetworkError: "broken_off",
    httpcore.ProtocolError: "protocol",
}


@dataclass(frozen=True)
class Letter:
    """What is sent, and what of the network it may reach."""

    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    reach: Reach


@dataclass(frozen=True)
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


def post(letter: Letter) -> Outcome:
    """Send ``letter`` and return what came of it; the world's faults are outcomes, not errors."""
    ends = time.monotonic() + SECONDS_MAX
    try:
        target = addresses.target_of(letter.url, letter.reach)
        network = _CheckedNetwork(_checked(target, letter.reach, ends), ends)
        return _exchange(letter, target, network)
    except AddressRefused as refused:
        return Outcome(failure=refused.code)
    except tuple(_FAILURES) as failed:
        named = next(name for kind, name in _FAILURES.items() if isinstance(failed, kind))
        return Outcome(failure=f"{named}: {failed}"[:200])


def _checked(target: Target, reach: Reach, ends: float) -> list[str]:
    looked_up = _LOOKING_UP.submit(
        addresses.checked_addresses, target, reach, lambda *host: addresses.look_up(*host)
    )
    try:
        return looked_up.result(_left(ends))
    except FutureTimeout:
        looked_up.cancel()
        raise AddressRefused("unknown_host") from None


def _exchange(letter: Letter, target: Target, network: "_CheckedNetwork") -> Outcome:
    where = httpcore.URL(
        scheme=target.scheme, host=target.host, port=target.port, target=target.path
    )
    headers = [
        ("Host", target.authority),
        ("User-Agent", "SmartPitCentre/1"),
        ("Accept", "*/*"),
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(letter.body))),
        ("Connection", "close"),
        *letter.headers,
    ]
    pool = httpcore.ConnectionPool(ssl_context=_trust(), network_backend=network)
    with pool, pool.stream("POST", where, headers=headers, content=letter.body) as answer:
        outcome = Outcome(answer.status, retry_after=_header(answer, b"retry-after"))
        # The status has decided; the rest is only read so that the receiver can end in peace.
        with suppress(*_FAILURES):
            _read_some(answer.iter_stream())
    return outcome


def _read_some(chunks: Iterable[bytes]) -> None:
    read = 0
    for chunk in chunks:
        read += len(chunk)
        if read > _READ_BYTES_MAX:
            return


def _header(answer: httpcore.Response, name: bytes) -> str:
    found = (value for key, value in answer.headers if key.lower() == name)
    return next(found, b"").decode("latin-1")[:100]


@cache
def _trust() -> SSLContext:
    """Return whose certificates count: certifi's list, or that of ``SSL_CERT_FILE``."""
    return httpx.create_ssl_context()


def _left(ends: float) -> float:
    left = ends - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("no time left")
    return left


class _CheckedNetwork(httpcore.NetworkBackend):
    """Connects to the checked addresses, whatever host it is told."""

    def __init__(self, checked: Sequence[str], ends: float) -> None:
        self.checked = checked
        self.ends = ends
        self.wire = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,  # noqa: ARG002 - it has been looked up already
        port: int,
        *_: Any,
        **__: Any,
    ) -> httpcore.NetworkStream:
        """Try one address after the other, until one takes the call."""
        failed: Exception = httpcore.ConnectError("no address")
        for address in self.checked:
            try:
                return _TimedStream(
                    self.wire.connect_tcp(address, port, timeout=_left(self.ends)), self.ends
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as refused:
                failed = refused
        raise failed


class _TimedStream(httpcore.NetworkStream):
    """A connection whose every step ends when the time of the whole attempt does."""

    def __init__(self, wire: httpcore.NetworkStream, ends: float) -> None:
        self.wire = wire
        self.ends = ends

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        return self.wire.read(max_bytes, timeout=_left(self.ends))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        self.wire.write(buffer, timeout=_left(self.ends))

    def close(self) -> None:
        self.wire.close()

    def start_tls(
        self,
        ssl_context: SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        left = _left(self.ends)
        return _TimedStream(self.wire.start_tls(ssl_context, server_hostname, left), self.ends)

    def get_extra_info(self, info: str) -> Any:
        return self.wire.get_extra_info(info)
