"""An RSGI server's part: ask an application and return what it answers."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from pathlib import Path
from queue import SimpleQueue
from typing import Any, NamedTuple

import pytest

from smartpit.edge import bridge
from smartpit.edge.bridge import Rsgi
from smartpit.kernel import threads


class Headers:
    """A call's headers, by their names in small letters."""

    def __init__(self, pairs: Sequence[tuple[str, str]]) -> None:
        self._pairs = [(name.lower(), value) for name, value in pairs]

    def __contains__(self, name: str) -> bool:
        return any(known == name for known, _ in self._pairs)

    def get(self, name: str, default: Any = None) -> Any:
        return next((value for known, value in self._pairs if known == name), default)

    def items(self) -> list[tuple[str, str]]:
        return list(self._pairs)


class Asked(NamedTuple):
    """A call's scope."""

    method: str
    path: str
    headers: Headers
    query_string: str = ""
    scheme: str = "http"
    authority: str | None = None
    http_version: str = "1.1"
    server: str = "127.0.0.1:8000"
    client: str = "127.0.0.1:50000"

    @classmethod
    def of(cls, environ: Mapping[str, Any]) -> "Asked":
        """Return what a server hears where WSGI says ``environ``."""
        named = {name[5:]: str(told) for name, told in environ.items() if name[:5] == "HTTP_"}
        for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            if environ.get(name):
                named[name] = str(environ[name])
        headers = [(name.replace("_", "-"), value) for name, value in named.items()]
        return cls(
            environ["REQUEST_METHOD"],
            environ["PATH_INFO"].encode("latin-1").decode(),
            Headers(headers),
            environ.get("QUERY_STRING", ""),
        )


class Line:
    """A call's protocol: lends the body once, by pieces or whole, and notes the answer."""

    def __init__(self, pieces: Sequence[bytes], waits: Callable[[], Any] | None = None) -> None:
        self._body = list(pieces)
        self._waits = waits
        self.status = 0
        self.headers: list[tuple[str, str]] = []
        self.pieces: list[bytes] = []

    async def __call__(self) -> bytes:
        return b"".join([piece async for piece in self])

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._body:
            yield piece
        if self._waits is not None:
            await self._waits()

    def response_empty(self, status: int, headers: list[tuple[str, str]]) -> None:
        self.response_bytes(status, headers, b"")

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        assert not self.status, "it was answered already"
        self.status, self.headers, self.pieces = status, headers, [body]

    def response_file(self, status: int, headers: list[tuple[str, str]], path: str) -> None:
        self.response_bytes(status, headers, Path(path).read_bytes())


class _Asker(ThreadPoolExecutor):
    """Has the asker's own thread do what a loop asks of its threads."""

    def __init__(self) -> None:
        super().__init__(1)
        self._asked: SimpleQueue[Callable[[], None] | None] = SimpleQueue()

    def submit(self, work: Any, /, *words: Any, **named: Any) -> Future[Any]:
        promise: Future[Any] = Future()

        def do() -> None:
            try:
                promise.set_result(work(*words, **named))
            except BaseException as failure:  # noqa: BLE001  Who asked is told.
                promise.set_exception(failure)

        self._asked.put(do)
        return promise

    def serve(self) -> None:
        while (do := self._asked.get()) is not None:
            do()

    def leave(self) -> None:
        self._asked.put(None)


def ask(application: Rsgi, asked: Any, line: Any) -> None:
    """Let ``application`` answer in a loop of its own; what asks the database runs here."""
    asker = _Asker()

    async def asking() -> None:
        asyncio.get_running_loop().set_default_executor(asker)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(bridge, "OPEN_SECONDS", 0)
            await application(asked, line)
            await asyncio.sleep(0.001)  # The loop closes what the server has opened.

    def loop() -> None:
        try:
            asyncio.run(asking())
        finally:
            asker.leave()

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(copy_context().run, loop)  # With the hour at which a test stands.
        asker.serve()
        done.result()


@contextmanager
def on_one_connection() -> Iterator[None]:
    """Let what is asked of the loop's threads leave a test's own transaction open."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(threads, "close_old_connections", lambda: None)
        yield
