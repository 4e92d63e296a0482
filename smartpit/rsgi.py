"""The door of the server that ``make run`` starts: tills their own short way, the rest Django's.

Pages and other calls are answered in threads of their own, tills' calls that ask the database in
others: pages that take long keep no till waiting.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from granian.rsgi import HTTPProtocol, Scope  # type: ignore[attr-defined]

from smartpit.wsgi import application as django

from billing.api.till.door import door  # isort: skip  It needs the apps that the line above loads.
from smartpit.edge.bridge import Bridge  # isort: skip

_PAGES_AT_ONCE: Final = 32
_TILLS_AT_ONCE: Final = 16


class Application:
    """What the server calls: once for its loop, and then for each request."""

    def __init__(self) -> None:
        self._door = door(Bridge(django, _PAGES_AT_ONCE))

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        loop.set_default_executor(ThreadPoolExecutor(_TILLS_AT_ONCE, thread_name_prefix="till"))

    async def __rsgi__(self, scope: Scope, proto: HTTPProtocol) -> None:
        await self._door(scope, proto)


application = Application()
