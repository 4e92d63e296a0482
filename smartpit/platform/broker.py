"""The embedded broker: Celery's messages as files, each of which is there whole or not at all.

Kombu's own writes a message in its place, and reads a file as soon as it stands there. A worker
that came between, as it does where many payments ring for it, read an empty message and died of it.
"""

from pathlib import Path
from time import monotonic
from typing import Any, Final
from uuid import uuid4

from kombu.exceptions import ChannelError
from kombu.transport import TRANSPORT_ALIASES, filesystem
from kombu.utils.json import dumps

SCHEME: Final = "folders"


class Channel(filesystem.Channel):
    """Writes a message under a name that no queue looks for, and then gives it its own."""

    def _put(self, queue: str, payload: Any, **_words: Any) -> None:  # type: ignore[override]
        name = f"{round(monotonic() * 1000)}_{uuid4()}.{queue}.msg"
        place = Path(self.data_folder_out, name)
        part = place.with_name(f"{name}.part")
        try:
            part.write_bytes(dumps(payload).encode())
            part.rename(place)
        except OSError as failure:
            raise ChannelError(f"cannot put a message into {place.parent}") from failure


class Transport(filesystem.Transport):
    Channel = Channel


def register() -> None:
    """Let Kombu know the scheme of the broker's address."""
    TRANSPORT_ALIASES[SCHEME] = f"{__name__}:Transport"
