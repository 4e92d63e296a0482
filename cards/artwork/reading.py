"""What an owner uploads becomes an artwork, or is refused by name; nothing is kept on the way."""

from dataclasses import fields
from hashlib import sha256
from typing import Final

from cards.artwork.artwork import (
    BYTES_MAX,
    REFUSALS,
    Artwork,
    ReadingBusy,
    ReadingTooSlow,
    TooHeavy,
    TooLarge,
)
from smartpit.platform.bounded import Answer, Busy, Died, Limits, TooSlow, ask_child

# What the child writes to; with the libraries it has loaded it stays below 200 MB.
LIMITS: Final = Limits(seconds=5, memory_bytes=144 * 1024 * 1024)

_FOUND: Final = tuple(
    field.name for field in fields(Artwork) if field.name not in ("content", "sha256", "preview")
)


def read_artwork(content: bytes) -> Artwork:
    """Return the artwork that ``content`` holds, whatever its file was called."""
    if len(content) > BYTES_MAX:
        raise TooLarge
    try:
        answer = ask_child("cards.artwork.child", content, LIMITS)
    except Busy:
        raise ReadingBusy from None
    except TooSlow:
        raise ReadingTooSlow from None
    except Died:
        raise TooHeavy from None
    return _artwork(answer)


def _artwork(answer: Answer) -> Artwork:
    head = answer.head
    if "refused" in head:
        raise REFUSALS.get(head["refused"], TooHeavy)(str(head.get("detail", "")))
    written, preview = answer.parts
    found = {name: head[name] for name in _FOUND}
    found["unembedded_fonts"] = tuple(found["unembedded_fonts"])
    return Artwork(content=written, sha256=sha256(written).hexdigest(), preview=preview, **found)
