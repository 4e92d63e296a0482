"""What the connector's tests play with: a clock, a signer, events."""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from smartpit_connector.config import Command, Config, Receive
from smartpit_connector.connector import Connector
from smartpit_connector.store import Event

SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()
OTHER = "whsec_" + base64.b64encode(b"o" * 32).decode()
NOON = 1_795_500_000.0


@dataclass
class Clock:
    at: float = NOON

    def __call__(self) -> float:
        return self.at


@dataclass
class World:
    """A connector over a file of its own, under a clock that the test moves."""

    folder: Path
    argv: tuple[str, ...] = ()
    clock: Clock = field(default_factory=Clock)

    def connector(self) -> Connector:
        command = Command(self.argv, timeout_seconds=5) if self.argv else None
        receive = Receive((SECRET, OTHER), port=0)
        database = self.folder / "connector.sqlite3"
        return Connector(Config(database, receive=receive, command=command), self.clock)


def event(sequence: int, kind: str = "payment.reported", **words: Any) -> Event:
    told = {"payment": f"p{sequence}", "invoice": "i1", "amount_yen": 1_000, "reference": "R-1"}
    return Event(sequence, kind, "2026-11-24T12:00:00+09:00", told | words)


def body_of(told: Event) -> bytes:
    words = {
        "type": told.type,
        "timestamp": told.occurred_at,
        "sequence": told.sequence,
        "data": told.words,
    }
    return json.dumps(words).encode()


def signed(
    body: bytes, *, at: float = NOON, by: str = SECRET, mark: str = "msg_1"
) -> dict[str, str]:
    stamp = str(int(at))
    key = base64.b64decode(by.removeprefix("whsec_"))
    digest = hmac.digest(key, b".".join([mark.encode(), stamp.encode(), body]), hashlib.sha256)
    return {
        "webhook-id": mark,
        "webhook-timestamp": stamp,
        "webhook-signature": "v1," + base64.b64encode(digest).decode(),
    }
