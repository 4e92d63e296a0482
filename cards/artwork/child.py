"""The child that reads one upload: ``python -m cards.artwork.child``, started by ``reading``."""

from dataclasses import asdict

from cards.artwork.artwork import Artwork, ArtworkRefused, TooHeavy, UnknownKind
from cards.artwork.raster import read_raster
from cards.artwork.vector import read_vector
from smartpit.platform.bounded import Answer, serve

_READERS = {
    b"\x89PNG\r\n\x1a\n": read_raster,
    b"\xff\xd8\xff": read_raster,
    b"%PDF-": read_vector,
}


def read(content: bytes) -> Answer:
    """Return the artwork in ``content``, or the name of its refusal."""
    try:
        artwork = _artwork(content)
    except ArtworkRefused as refused:
        return Answer({"refused": refused.code, "detail": refused.detail})
    except (MemoryError, RecursionError):
        return Answer({"refused": TooHeavy.code})
    head = asdict(artwork)
    return Answer(head, [head.pop("content"), head.pop("preview")])


def _artwork(content: bytes) -> Artwork:
    """Read by what the bytes begin with; a name or an extension is only a claim."""
    for magic, reader in _READERS.items():
        if content.startswith(magic):
            return reader(content)
    raise UnknownKind


if __name__ == "__main__":
    serve(read)
