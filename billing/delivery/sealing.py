"""Endpoints' secrets at rest: sealed with a key drawn from the settings' ``SECRET_KEY``.

Signing needs the secret itself, so it cannot be kept as a hash; but whoever only has a copy of
the database shall not be able to sign.
"""

import base64
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.encoding import force_bytes


class SealBroken(Exception):
    """No key of the settings opens this: ``SECRET_KEY`` was changed without a fallback."""


def seal(secret: str) -> bytes:
    return _keys(_words()).encrypt(secret.encode())


def unseal(sealed: bytes | memoryview) -> str:
    return _unsealed(bytes(sealed), _words())


@lru_cache(maxsize=4_096)
def _unsealed(sealed: bytes, words: tuple[str | bytes, ...]) -> str:
    """Open a seal once a process: a busy endpoint signs thousands of times with one secret."""
    try:
        return _keys(words).decrypt(sealed).decode()
    except InvalidToken:
        raise SealBroken from None


def _words() -> tuple[str | bytes, ...]:
    return (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)


@lru_cache(maxsize=8)
def _keys(words: tuple[str | bytes, ...]) -> MultiFernet:
    return MultiFernet([Fernet(_drawn_from(word)) for word in words])


def _drawn_from(word: str | bytes) -> bytes:
    drawn = HKDF(SHA256(), length=32, salt=None, info=b"smartpit endpoint secrets")
    return base64.urlsafe_b64encode(drawn.derive(force_bytes(word)))
