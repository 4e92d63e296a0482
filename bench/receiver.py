"""A tight receiver: answers 204 to whatever comes, and keeps when it came."""

import asyncio
import re
from collections.abc import Callable
from multiprocessing.connection import Connection
from time import time_ns
from typing import Final

HANGING: Final = b"POST /hang "
_LENGTH: Final = re.compile(rb"\r\nContent-Length: ([0-9]+)\r\n", re.IGNORECASE)
_TIMESTAMP: Final = re.compile(rb'"timestamp": "([^"]+)"')
_ANSWER: Final = b"HTTP/1.1 204 No Content\r\n\r\n"


class _Receiver(asyncio.Protocol):
    """One connection; ``got`` takes each notification's timestamp and when it came."""

    def __init__(self, got: Callable[[bytes, int], None]) -> None:
        self.got = got
        self.came = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.came += data
        while (end := self.came.find(b"\r\n\r\n")) >= 0:
            length = _LENGTH.search(self.came, 0, end + 2)
            whole = end + 4 + int(length[1] if length else 0)
            if len(self.came) < whole:
                return
            request, self.came = self.came[:whole], self.came[whole:]
            if request.startswith(HANGING):
                return
            told = _TIMESTAMP.search(request, end)
            self.got(told[1] if told else b"", time_ns())
            self.transport.write(_ANSWER)


def receive(line: Connection) -> None:
    """Serve until told to stop; tell the port first, and what came each time it is asked."""
    asyncio.run(_serve(line))


async def _serve(line: Connection) -> None:
    came: list[tuple[bytes, int]] = []
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: _Receiver(lambda told, at: came.append((told, at))), "127.0.0.1", 0
    )

    def asked() -> None:
        word = line.recv()
        if word == "stop":
            stopped.set()
        elif word == "count":
            line.send(len(came))
        else:
            line.send(list(came))
            came.clear()

    loop.add_reader(line.fileno(), asked)
    line.send(server.sockets[0].getsockname()[1])
    await stopped.wait()
    server.close()
