"""Signing by Standard Webhooks 1.0: three headers, by which a receiver knows who sent what.

Signed is ``<id>.<timestamp>.<body>`` with HMAC-SHA256; a secret is ``whsec_`` and the base64 of
its 32 bytes. While a secret is rotated both sign, so that a receiver may change over when it
likes.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime

PREFIX = "whsec_"


def new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def signed_headers(
    message: str, at: datetime, body: bytes, *, by: Sequence[str]
) -> list[tuple[str, str]]:
    """Return the headers of a message sent ``at`` this instant, signed by each secret."""
    assert by
    timestamp = str(int(at.timestamp()))
    signatures = " ".join(_signature(secret, message, timestamp, body) for secret in by)
    return [
        ("webhook-id", message),
        ("webhook-timestamp", timestamp),
        ("webhook-signature", signatures),
    ]


def _signature(secret: str, message: str, timestamp: str, body: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = b".".join([message.encode(), timestamp.encode(), body])
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
