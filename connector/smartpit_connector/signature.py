"""Who sent this? Standard Webhooks 1.0: HMAC-SHA256 over ``id.timestamp.body``."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence

PREFIX = "whsec_"
TOLERANCE_SECONDS = 300


class SignatureRefused(Exception):
    """This notification was not sent by who holds the secret, or not just now."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def key_of(secret: str) -> bytes:
    """Return the bytes behind ``whsec_...``; a secret that is none is a ``ValueError``."""
    if not secret.startswith(PREFIX):
        raise ValueError(f"a secret begins with {PREFIX}")
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        raise ValueError("a secret is base64") from None
    if len(key) < 24:
        raise ValueError("a secret has 24 bytes at least")
    return key


def verified_id(secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now: float) -> str:
    """Return the ``webhook-id`` of a genuine notification, or raise ``SignatureRefused``.

    One signature that fits one secret is enough, so that either side may rotate first.
    """
    names = {name.lower(): word for name, word in headers.items()}
    mark, stamp = names.get("webhook-id", ""), names.get("webhook-timestamp", "")
    told = names.get("webhook-signature", "")
    if not mark or not stamp or not told:
        raise SignatureRefused("signature_missing")
    if not (stamp.isascii() and stamp.isdecimal() and len(stamp) <= 12):
        raise SignatureRefused("timestamp_malformed")
    signed = b".".join([mark.encode("latin-1", "replace"), stamp.encode(), body])
    expected = [_signature(key_of(secret), signed) for secret in secrets]
    given = [word.encode("latin-1", "replace") for word in told.split()]
    # Every pair is compared, in constant time: how long it takes says nothing.
    fits = [hmac.compare_digest(one, other) for one in expected for other in given]
    if not any(fits):
        raise SignatureRefused("signature_wrong")
    if abs(now - int(stamp)) > TOLERANCE_SECONDS:
        raise SignatureRefused("timestamp_stale")
    return mark


def _signature(key: bytes, signed: bytes) -> bytes:
    return b"v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256))
