"""Whose key it is, remembered for some seconds: tills ask with the same few keys all day.

A key that was taken back works for as long as it is remembered; one that ends at an hour does not
outlive it.
"""

import time
from datetime import datetime
from hashlib import sha256
from typing import Final, NamedTuple

from django.conf import settings

from billing.models import Chain
from billing.selectors import chain_key
from smartpit.kernel import clock

_KEYS_MAX: Final = 1_000


class _Known(NamedTuple):
    chain: Chain
    expires_at: datetime | None
    forget_at: float


_known: dict[bytes, _Known] = {}


def chain_of(secret: str) -> Chain | None:
    """Return the chain whose valid key this is."""
    return remembered_chain(secret) or _learn(secret)


def remembered_chain(secret: str) -> Chain | None:
    """Return it if it is known without asking the database."""
    known = _known.get(_mark(secret))
    if known is None or known.forget_at < time.monotonic():
        return None
    if known.expires_at is not None and known.expires_at <= clock.now():
        return None
    return known.chain


def _learn(secret: str) -> Chain | None:
    mark = _mark(secret)
    _known.pop(mark, None)
    found = chain_key(secret)
    if found is None:
        return None
    seconds = settings.KEYS_REMEMBERED_SECONDS
    if seconds:
        if len(_known) >= _KEYS_MAX:
            _known.clear()
        _known[mark] = _Known(found.chain, found.expires_at, time.monotonic() + seconds)
    return found.chain


def _mark(secret: str) -> bytes:
    return sha256(secret.encode()).digest()
