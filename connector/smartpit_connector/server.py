"""The door for notifications: one POST path, bounded in size and time, answered once kept."""

import logging
import sqlite3
import ssl
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from smartpit_connector.config import Receive
from smartpit_connector.connector import Connector

BODY_BYTES_MAX = 1_048_576
SECONDS_MAX = 15
_log = logging.getLogger("smartpit_connector")


class Door(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, connector: Connector) -> None:
        receive = connector.config.receive
        assert receive is not None
        self.connector = connector
        self.receive = receive
        super().__init__((receive.host, receive.port), _Handler)
        if receive.certificate:
            self.socket = _tls(receive).wrap_socket(
                self.socket, server_side=True, do_handshake_on_connect=False
            )
        self.thread = Thread(target=self.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)

    @property
    def url(self) -> str:
        scheme = "https" if self.receive.certificate else "http"
        return f"{scheme}://{self.receive.host}:{self.server_port}{self.receive.path}"

    def open(self) -> None:
        self.thread.start()

    def close(self) -> None:
        """Stop taking in; what is being answered is ended first."""
        self.shutdown()
        self.thread.join()
        self.server_close()

    def handle_error(self, *_words: Any) -> None:
        _log.debug("a caller hung up", exc_info=True)


class _Handler(BaseHTTPRequestHandler):
    server: Door
    protocol_version = "HTTP/1.1"
    server_version = "smartpit-connector"
    sys_version = ""
    timeout = SECONDS_MAX

    def do_POST(self) -> None:
        if self.path.partition("?")[0] != self.server.receive.path:
            self._answer(404, hangs_up=True)
            return
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdecimal()):
            self._answer(411, hangs_up=True)
            return
        if int(length) > BODY_BYTES_MAX:
            self._answer(413, hangs_up=True)
            return
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            self.close_connection = True
            return
        self._answer(self._status(body))

    def do_GET(self) -> None:
        self._answer(200 if self.path == "/healthz" else 405)

    def _status(self, body: bytes) -> int:
        try:
            return self.server.connector.receive(dict(self.headers.items()), body)
        except (sqlite3.Error, OSError):  # The disk is full, say: it must come again.
            _log.exception("a notification met a fault of ours")
            return 500

    def _answer(self, status: int, *, hangs_up: bool = False) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        if hangs_up:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()

    def log_message(self, *_words: Any) -> None:
        """Say nothing of each request; the connector says what came of it."""


def _tls(receive: Receive) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(receive.certificate, receive.private_key or None)
    return context
