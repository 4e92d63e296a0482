"""Secrets at rest that are needed again: sealed with keys drawn from ``SECRET_KEY``.

What is only compared is kept as a hash. This is for what must be read again; whoever only has a
copy of the database shall not be able to. Each purpose has a key of its own.
"""

import base64
from dataclasses import dataclass
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.encoding import force_bytes


class SealBroken(Exception):
    """No key of the settings opens this: ``SECRET_KEY`` was changed without a fallback."""


@dataclass(frozen=True)
class Seal:
    """What one purpose's secrets are sealed with."""

    purpose: bytes

    def seal(self, secret: str) -> bytes:
        return _keys(self.purpose, _words()).encrypt(secret.encode())

    def unseal(self, sealed: bytes | memoryview) -> str:
        return _unsealed(bytes(sealed), self.purpose, _words())


@lru_cache(maxsize=4_096)
def _unsealed(sealed: bytes, purpose: bytes, words: tuple[str | bytes, ...]) -> str:
    """Open a seal once a process: a busy endpoint signs thousands of times with one secret."""
    try:
        return _keys(purpose, words).decrypt(sealed).decode()
    except InvalidToken:
        raise SealBroken from None


def _words() -> tuple[str | bytes, ...]:
    return (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)


@lru_cache(maxsize=16)
def _keys(purpose: bytes, words: tuple[str | bytes, ...]) -> MultiFernet:
    return MultiFernet([Fernet(_drawn_from(purpose, word)) for word in words])


def _drawn_from(purpose: bytes, word: str | bytes) -> bytes:
    drawn = HKDF(SHA256(), length=32, salt=None, info=purpose)
    return base64.urlsafe_b64encode(drawn.derive(force_bytes(word)))
