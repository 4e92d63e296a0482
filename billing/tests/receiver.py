"""An owner's system in a test: a real HTTP server on loopback that answers as it is told."""

import json
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from billing.models import Endpoint, Event
from billing.services.notifications import EndpointAsked, add_endpoint
from billing.services.payments import receive_payment
from tenants.access import Scope
from tenants.models import Owner
from tests.cast import notice, register


@dataclass(frozen=True)
class Got:
    """One request as it came in."""

    path: str
    headers: dict[str, str]
    raw: bytes

    @property
    def body(self) -> dict[str, Any]:
        return dict(json.loads(self.raw))


@dataclass
class Receiver:
    """Answers each request by the next of ``script``, then by the last of it for ever.

    A step is a status, a status with headers, or a function that is given the handler.
    """

    script: list[Any] = field(default_factory=lambda: [204])
    got: list[Got] = field(default_factory=list)
    url: str = ""
    calls: int = 0
    wires: list[socket.socket] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    release: threading.Event = field(default_factory=threading.Event)

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        length = int(request.headers.get("Content-Length") or 0)
        headers = {name.lower(): value for name, value in request.headers.items()}
        with self.lock:
            self.got.append(Got(request.path, headers, request.rfile.read(length)))
            step = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if callable(step):
            step(request)
            return
        status, extra = step if isinstance(step, tuple) else (step, {})
        _plain_answer(request, status, extra)

    def hang(self, request: BaseHTTPRequestHandler) -> None:
        """Say nothing until the test lets go."""
        self.release.wait(20)
        _plain_answer(request, 204, {})

    def hang_up_on_all(self) -> None:
        """End every connection that was kept open."""
        for wire in self.wires:
            with suppress(OSError):
                wire.shutdown(socket.SHUT_RDWR)

    def sequences(self) -> list[int]:
        return [got.body["sequence"] for got in self.got]


@contextmanager
def receiving(*script: Any, keeps_lines: bool = False) -> Iterator[Receiver]:
    """Open a receiver on a free port of 127.0.0.1 for the time of the block.

    With ``keeps_lines`` it speaks HTTP/1.1, so that a caller may send again over the same line.
    """
    receiver = Receiver(list(script) or [204])

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1" if keeps_lines else "HTTP/1.0"

        def setup(self) -> None:
            super().setup()
            receiver.calls += 1
            receiver.wires.append(self.connection)

        def do_POST(self) -> None:
            receiver.answer(self)

        def do_GET(self) -> None:  # A redirect would be followed by GET.
            receiver.answer(self)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # A caller may hang up.
    receiver.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield receiver
    finally:
        receiver.release.set()
        receiver.hang_up_on_all()
        server.shutdown()
        thread.join()
        server.server_close()


def tell(scope: Scope, receiver: Receiver, *types: str) -> tuple[Endpoint, str]:
    return add_endpoint(scope, EndpointAsked(receiver.url, types))


def pay(owner: Owner, **words: object) -> Event:
    receive_payment(notice(register(owner, **words)))
    return Event.objects.latest("id")


def _plain_answer(request: BaseHTTPRequestHandler, status: int, headers: Mapping[str, str]) -> None:
    request.send_response(status)
    for name, value in headers.items():
        request.send_header(name, value)
    request.send_header("Content-Length", "0")
    request.end_headers()
