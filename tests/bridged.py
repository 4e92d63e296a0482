"""An application behind the bridge, for a server of its own (``test_bridge_served.py``)."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

from granian.rsgi import HTTPProtocol, Scope  # type: ignore[attr-defined]

from smartpit.edge.bridge import Bridge

PIECE = b"0123456789" * 4_000


def _pieces(environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
    """Say how long a body was, and then as many pieces as asked for."""
    length = sum(len(line) for line in environ["wsgi.input"])
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield f"{length:012d}".encode()
    for _ in range(int(parse_qs(environ["QUERY_STRING"])["pieces"][0])):
        yield PIECE


_bridge = Bridge(_pieces, 4)


class _Application:
    async def __rsgi__(self, scope: Scope, proto: HTTPProtocol) -> None:
        await _bridge(scope, proto)


application = _Application()
