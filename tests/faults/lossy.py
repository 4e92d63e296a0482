"""A line between a till and the centre that loses what it is told to lose."""

import http.client
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

LOSE_REQUEST, LOSE_ANSWER, DELIVER = "lose request", "lose answer", "deliver"


@dataclass
class Line:
    """Treats each request by the next of ``script``, and delivers when it is at its end."""

    centre: str
    script: list[str] = field(default_factory=list)
    lost: list[bytes] = field(default_factory=list)  # Answers that no till has seen.
    port: int = 0

    def send(self, path: str, raw: bytes, key: str) -> tuple[int, dict[str, str], bytes] | None:
        """Send over the line; None is what a till knows when no answer comes."""
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        here = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            here.request("POST", f"/api/till/v1/{path}", raw, headers)
            answer = here.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        except (http.client.HTTPException, ConnectionError):
            return None
        finally:
            here.close()

    def carry(self, request: BaseHTTPRequestHandler) -> None:
        raw = request.rfile.read(int(request.headers["Content-Length"]))
        fate = self.script.pop(0) if self.script else DELIVER
        if fate == LOSE_REQUEST:
            return
        there = http.client.HTTPConnection(urlsplit(self.centre).netloc, timeout=30)
        there.request("POST", request.path, raw, dict(request.headers.items()))
        answer = there.getresponse()
        body = answer.read()
        there.close()
        if fate == LOSE_ANSWER:
            self.lost.append(body)
            return
        request.send_response(answer.status)
        for name in ("Content-Type", "Idempotent-Replayed"):
            if answer.headers[name]:
                request.send_header(name, answer.headers[name])
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)


@contextmanager
def lossy_line(centre: str) -> Iterator[Line]:
    """Lend a line to ``centre`` that loses nothing until it is told to."""
    line = Line(centre)

    class Carrier(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            line.carry(self)
            self.close_connection = True

        def log_message(self, *_words: Any) -> None:
            """Say nothing: a test speaks by what it asserts."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Carrier)
    line.port = server.server_port
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield line
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
