"""The address of a card's page: ``/c/`` and 22 letters. Its form never changes, for it is printed.

The letters are the card's random page key and say nothing of its number: who knows the one does
not know the other.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from typing import Final, Protocol
from uuid import UUID

ROOT: Final = "/c/"
TOKEN_LENGTH: Final = 22


class HasPage(Protocol):
    """Whatever carries a page key, as a card does."""

    page_key: UUID


def token_of(page_key: UUID) -> str:
    """Return the 16 bytes of a key as 22 letters that need no escaping in an address."""
    return urlsafe_b64encode(page_key.bytes).decode("ascii").rstrip("=")


def page_key_of(token: str) -> UUID | None:
    """Return the key a token stands for; of a key's several spellings only the first counts."""
    if len(token) != TOKEN_LENGTH or not token.isascii():
        return None
    try:
        page_key = UUID(bytes=urlsafe_b64decode(f"{token}=="))
    except (NotBase64, ValueError):
        return None
    return page_key if token_of(page_key) == token else None


def page_path(page_key: UUID) -> str:
    return f"{ROOT}{token_of(page_key)}"


def page_url(card: HasPage, site_url: str) -> str:
    """Return the whole address, as a QR code on a card holds it."""
    return f"{site_url.rstrip('/')}{page_path(card.page_key)}"
