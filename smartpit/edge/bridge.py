"""A WSGI application behind an RSGI server: an event loop before it, threads for its answers.

The loop takes a body in before a thread is given to it, so that whoever sends slowly holds nobody
else up. Of a large body only the beginning is taken in; the rest is read by the thread, and no more
than a few such are under way at once. The server's own way to WSGI gives a thread to every call
that has sent its headers. A long answer is put down on the disk, from where the server sends it: a
slow reader holds no thread either.

RSGI is the server's own interface: https://github.com/emmett-framework/granian/blob/master/docs/spec/RSGI.md
"""

import asyncio
import io
import logging
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from tempfile import TemporaryFile
from typing import Any, BinaryIO, Final, TypeVar

from granian.rsgi import HTTPProtocol, ProtocolClosed, Scope  # type: ignore[attr-defined]

from smartpit.edge.request_id import request_id

Environ = dict[str, Any]
Headers = list[tuple[str, str]]
StartResponse = Callable[..., Any]
Wsgi = Callable[[Environ, StartResponse], Iterable[bytes]]
Rsgi = Callable[[Scope, HTTPProtocol], Awaitable[None]]
Answer = TypeVar("Answer")

BEGINNING_BYTES: Final = 1024 * 1024
BODY_SECONDS: Final = 30.0  # For the beginning, and then for each further piece.
LARGE_AT_ONCE: Final = 8
OPEN_SECONDS: Final = 60.0  # The server opens a file that it is told of at once.
_log = logging.getLogger("smartpit.web")


class NotWhole(OSError):
    """A body broke off, or did not come in in time; ``status`` is what its sender is told."""

    def __init__(self, status: int = 400) -> None:
        super().__init__("the body did not come in whole")
        self.status = status


class Bridge:
    """Serves ``application`` in threads of its own, as many as it is lent."""

    def __init__(self, application: Wsgi, threads: int) -> None:
        self._application = application
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="page")
        self._large = asyncio.Semaphore(LARGE_AT_ONCE)

    async def __call__(self, scope: Scope, proto: HTTPProtocol) -> None:
        try:
            beginning, rest = await beginning_of(scope, proto, BEGINNING_BYTES)
        except NotWhole as why:
            hang_up(proto, why)
            return
        if rest is None:
            await self._answer(scope, proto, io.BytesIO(beginning))
            return
        async with self._large:
            pieces = _Pieces(beginning, rest, asyncio.get_running_loop())
            await self._answer(scope, proto, io.BufferedReader(pieces, BEGINNING_BYTES))

    async def _answer(self, scope: Scope, proto: HTTPProtocol, body: io.BufferedIOBase) -> None:
        loop = asyncio.get_running_loop()
        call = _Call(environ_of(scope, body))
        try:
            answer = await loop.run_in_executor(self._threads, call.answer, self._application)
        except Exception:  # noqa: BLE001  The caller is told so.
            _log.exception("a call could not be answered: %s %s", scope.method, scope.path)
            proto.response_empty(500, [request_id()])
            return
        if isinstance(answer, bytes):
            proto.response_bytes(call.status, call.headers, answer)
            return
        proto.response_file(call.status, call.headers, f"/proc/self/fd/{answer.fileno()}")
        loop.call_later(OPEN_SECONDS, answer.close)


class _Call:
    """One call in its thread."""

    def __init__(self, environ: Environ) -> None:
        self._environ = environ
        self.status = 500
        self.headers: Headers = []

    def answer(self, application: Wsgi) -> bytes | BinaryIO:
        result = application(self._environ, self._start)
        try:
            return _put_down(iter(result))
        finally:
            if hasattr(result, "close"):
                result.close()

    def _start(self, status: str, headers: Headers, _failure: Any = None) -> None:
        self.status = int(status[:3])
        self.headers = headers


def _put_down(pieces: Iterator[bytes]) -> bytes | BinaryIO:
    """Return all of an answer, a long one as a file without a name.

    The server holds in memory what it is handed by pieces and cannot send yet; of a file it reads
    as much as the caller takes. What fails in the middle is a failure, not half an answer.
    """
    taken = bytearray()
    for piece in pieces:
        taken += piece
        if len(taken) > BEGINNING_BYTES:
            break
    else:
        return bytes(taken)
    file = TemporaryFile()  # noqa: SIM115  The server still has to open it.
    try:
        file.write(taken)
        file.writelines(pieces)
        file.flush()
    except BaseException:
        file.close()
        raise
    return file


class _Pieces(io.RawIOBase):
    """The pieces of a body as a file that a thread reads."""

    def __init__(
        self, beginning: bytes, pieces: AsyncIterator[bytes], loop: asyncio.AbstractEventLoop
    ) -> None:
        self._left = memoryview(beginning)
        self._pieces = pieces
        self._loop = loop

    def readable(self) -> bool:
        return True

    def readinto(self, room: Any) -> int:
        if not self._left:
            self._left = memoryview(_wait_for(self._next(), self._loop, BODY_SECONDS))
        count = min(len(room), len(self._left))
        room[:count], self._left = self._left[:count], self._left[count:]
        return count

    async def _next(self) -> bytes:
        return await anext(self._pieces, b"")


async def beginning_of(
    scope: Scope, proto: HTTPProtocol, bytes_max: int
) -> tuple[bytes, AsyncIterator[bytes] | None]:
    """Return a body, or, of one longer than ``bytes_max``, the beginning and what is to come.

    Raises ``NotWhole``.
    """
    try:
        async with asyncio.timeout(BODY_SECONDS):
            if _is_short(scope, bytes_max):
                return await proto(), None
            rest = pieces_of(scope, proto)
            taken = bytearray()
            while piece := await anext(rest, b""):
                taken += piece
                if len(taken) > bytes_max:
                    return bytes(taken), rest
    except TimeoutError:
        raise NotWhole(408) from None
    except ProtocolClosed:
        raise NotWhole from None
    return bytes(taken), None


async def pieces_of(scope: Scope, proto: HTTPProtocol) -> AsyncIterator[bytes]:
    """Yield the pieces of a body, and raise ``NotWhole`` where it breaks off.

    The server only ends, there too. It gives an empty piece where the end was read, and one more
    before it where reading failed.
    """
    length = scope.headers.get("content-length", "")
    taken = empty = 0
    async for piece in proto:
        empty += not piece
        taken += len(piece)
        if piece:
            yield piece
    if empty > 1 or (length.isdecimal() and taken != int(length)):
        raise NotWhole


def _is_short(scope: Scope, bytes_max: int) -> bool:
    """Does the call say itself that its body is no longer? One in pieces says nothing."""
    length = scope.headers.get("content-length", "")
    is_told = length.isdecimal() and "transfer-encoding" not in scope.headers
    return is_told and int(length) <= bytes_max


def hang_up(proto: HTTPProtocol, why: NotWhole) -> None:
    """Answer who did not send a whole body, as far as anybody listens still."""
    with suppress(ProtocolClosed):
        proto.response_empty(why.status, [("Connection", "close"), request_id()])


def _wait_for(
    wanted: Coroutine[Any, Any, Answer], loop: asyncio.AbstractEventLoop, seconds: float
) -> Answer:
    """Wait in a thread for what the loop does."""
    promise = asyncio.run_coroutine_threadsafe(wanted, loop)
    try:
        return promise.result(seconds)
    except TimeoutError:
        promise.cancel()
        raise


def environ_of(scope: Scope, body: io.BufferedIOBase) -> Environ:
    """Return a call's words as PEP 3333 has them.

    A header with an underscore in its name is left out: it would pass for the one with hyphens,
    which a proxy may have taken away or written itself.
    """
    host, _, port = scope.server.rpartition(":")
    environ: Environ = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": _latin(scope.path),
        "QUERY_STRING": _latin(scope.query_string),
        "SERVER_NAME": host,
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": scope.client.rpartition(":")[0].strip("[]"),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": body,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    if scope.authority:
        environ["HTTP_HOST"] = scope.authority
    for name, value in scope.headers.items():
        if "_" not in name:
            _add(environ, name.upper().replace("-", "_"), _latin(value))
    return environ


def _add(environ: Environ, name: str, value: str) -> None:
    key = name if name in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{name}"
    if key in environ:
        between = ";" if key == "HTTP_COOKIE" else ","
        value = f"{environ[key]}{between}{value}"
    environ[key] = value


def _latin(words: str) -> str:
    return words.encode().decode("latin-1")
