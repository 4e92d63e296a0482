"""Machine keys: made once, shown once, kept as a hash."""

import hashlib
import secrets


def new_key(prefix: str) -> str:
    """Return a fresh secret of 256 bits behind a readable prefix (``sk_live``, ``ck_live``)."""
    return f"{prefix}_{secrets.token_urlsafe(32)}"


def sha256_of(key: str) -> str:
    """Return what is stored of a key; it is random, so a plain hash is enough."""
    return hashlib.sha256(key.encode()).hexdigest()


def shown_part(key: str) -> str:
    """Return the beginning of a key, by which people tell two apart."""
    return key[:14]
