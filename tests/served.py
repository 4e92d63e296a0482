"""The whole site on a port of its own, for a test that looks at it with a browser."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Thread

from django.core.handlers.wsgi import WSGIHandler
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.0"  # No connection outlives its answer, nor the site's stop.

    def log_message(self, format: str, *words: object) -> None:  # noqa: A002  Its own name.
        """Say nothing: a test speaks by what it asserts."""


@dataclass
class Served:
    """Where the site is, and the switch that makes it unreachable, as a shop's cellar does."""

    server: ThreadedWSGIServer
    thread: Thread

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def stop(self) -> None:
        if self.thread.is_alive():
            self.server.shutdown()
            self.server.server_close()
            self.thread.join()


@contextmanager
def served() -> Iterator[Served]:
    """Serve what stands in the test's database; it needs ``committed_db``, as threads do."""
    server = ThreadedWSGIServer(("127.0.0.1", 0), _Quiet)
    server.daemon_threads = True
    server.set_app(WSGIHandler())
    site = Served(server, Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}))
    site.thread.start()
    try:
        yield site
    finally:
        site.stop()
