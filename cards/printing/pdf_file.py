"""A PDF written from front to back: an object is in the file as soon as it is known.

Nothing is kept but where each object begins, so a file may have any number of pages. The same
objects give the same bytes: no date and no chance enters, and the file's identity is its hash.
"""

import zlib
from array import array
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import BinaryIO, Final

_KIDS_MAX: Final = 200  # Pages of one branch: a reader finds a page in few steps.
_PENDING_BYTES: Final = 1 << 18

COMPRESSION: Final = 2  # Of pages, in zlib's levels: beyond, each step costs more than it saves.
COMPRESSION_OF_SHARED: Final = 9


def number(value: float) -> str:
    """Return a number as a PDF writes it, to a thousandth."""
    text = f"{value:.3f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def numbers(*values: float) -> str:
    return " ".join(map(number, values))


def words(text: str) -> str:
    """Return a text string: a title in any script."""
    return f"<{(chr(0xFEFF) + text).encode('utf-16-be').hex().upper()}>"


class PdfFile:
    """Objects are numbered from 1 by ``reserved`` and written once each, in any order."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._offsets = array("Q", [0])
        self._pending: list[bytes] = []
        self._pending_bytes = 0
        self._at = 0
        self._hash = sha256()
        self._branches: list[tuple[int, list[int]]] = []
        self.pages = 0
        self._tree = self.reserved()
        self._put(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")

    def reserved(self) -> int:
        """Return the number of an object that will be written later."""
        self._offsets.append(0)
        return len(self._offsets) - 1

    def write(self, content: str, at: int | None = None) -> int:
        """Write an object and return its number."""
        at = at or self.reserved()
        self._offsets[at] = self._at
        self._put(b"%d 0 obj\n%s\nendobj\n" % (at, content.encode("latin-1")))
        return at

    def write_stream(self, entries: str, content: bytes, at: int | None = None) -> int:
        """Write a stream as it is; ``entries`` are those of its dictionary but for the length."""
        at = at or self.reserved()
        self._offsets[at] = self._at
        head = f"{at} 0 obj\n<<{entries}/Length {len(content)}>>stream\n".encode("latin-1")
        self._put(b"%s%s\nendstream\nendobj\n" % (head, content))
        return at

    def write_shared(self, entries: str, content: bytes, at: int | None = None) -> int:
        """Write a stream that is in the file once: as small as can be."""
        packed = zlib.compress(content, COMPRESSION_OF_SHARED)
        return self.write_stream(f"{entries}/Filter/FlateDecode", packed, at)

    def write_page(self, entries: str, content: str, *, compression: int) -> None:
        """Write a page; what all pages share is said once, by ``close``."""
        if not self._branches or len(self._branches[-1][1]) == _KIDS_MAX:
            self._branches.append((self.reserved(), []))
        branch, kids = self._branches[-1]
        packed = zlib.compress(content.encode("latin-1"), compression)
        drawn = self.write_stream("/Filter/FlateDecode", packed)
        kids.append(self.write(f"<</Type/Page/Parent {branch} 0 R/Contents {drawn} 0 R{entries}>>"))
        self.pages += 1
        if len(kids) == _KIDS_MAX:
            self._write_branch(branch, kids)

    def close(self, title: str, of_all_pages: str) -> None:
        """Write what holds the pages together; ``of_all_pages`` are entries they inherit."""
        if self._branches and len(self._branches[-1][1]) < _KIDS_MAX:
            self._write_branch(*self._branches[-1])
        branches = " ".join(f"{at} 0 R" for at, _ in self._branches)
        self.write(f"<</Type/Pages/Count {self.pages}/Kids[{branches}]{of_all_pages}>>", self._tree)
        about = self.write(f"<</Title{words(title)}>>")
        catalog = self.write(
            f"<</Type/Catalog/Pages {self._tree} 0 R/Lang(ja-JP)"
            "/ViewerPreferences<</DisplayDocTitle true/PrintScaling/None>>>>"
        )
        self._write_trailer(catalog, about)

    def _write_branch(self, at: int, kids: list[int]) -> None:
        listed = " ".join(f"{kid} 0 R" for kid in kids)
        parent = f"/Parent {self._tree} 0 R"
        self.write(f"<</Type/Pages{parent}/Count {len(kids)}/Kids[{listed}]>>", at)

    def _write_trailer(self, catalog: int, about: int) -> None:
        start, count = self._at, len(self._offsets)
        assert all(self._offsets[1:]), "an object was reserved and never written"
        self._put(b"xref\n0 %d\n0000000000 65535 f \n" % count)
        for first in range(1, count, 5_000):
            lines = (b"%010d 00000 n \n" % at for at in self._offsets[first : first + 5_000])
            self._put(b"".join(lines))
        self._flush()
        identity = self._hash.hexdigest()[:32]
        self._put(
            f"trailer\n<</Size {count}/Root {catalog} 0 R/Info {about} 0 R"
            f"/ID[<{identity}><{identity}>]>>\nstartxref\n{start}\n%%EOF\n".encode()
        )
        self._flush()

    def _put(self, content: bytes) -> None:
        self._pending.append(content)
        self._at += len(content)
        self._pending_bytes += len(content)
        if self._pending_bytes >= _PENDING_BYTES:
            self._flush()

    def _flush(self) -> None:
        content = b"".join(self._pending)
        self._hash.update(content)
        self._file.write(content)
        self._pending.clear()
        self._pending_bytes = 0


def references(objects: Mapping[str, int] | Iterable[tuple[str, int]]) -> str:
    """Return the entries of a dictionary that names other objects."""
    return "".join(f"/{name} {at} 0 R" for name, at in dict(objects).items())
