"""A child that does what its content wishes, to see it kept within its bounds."""

import errno
import os
import sys
import time
from pathlib import Path

from smartpit.platform.bounded import Answer, serve


def read(content: bytes) -> Answer:
    """Look around, or go astray as wished."""
    if content == b"turn":
        while True:
            pass
    if content == b"sleep":
        time.sleep(30)
    if content == b"eat":
        bytes(2**31)
    if content == b"lie":
        sys.stdout.buffer.write(b"\xff\xff\xff\xff{}")
    return Answer({"environment": sorted(_environment()), "written": _written()}, [content])


def _environment() -> set[str]:
    # Python itself may set a locale where none is.
    return set(os.environ) - {"LC_CTYPE"}


def _written() -> str:
    """Return how an attempt to write a byte ended; the empty file it leaves is taken away."""
    path = Path("/tmp") / f"bounded-child-{os.getpid()}"
    try:
        path.write_bytes(b"x")
    except OSError as refused:
        return errno.errorcode[refused.errno or 0]
    finally:
        path.unlink(missing_ok=True)
    return "written"


if __name__ == "__main__":
    serve(read)
