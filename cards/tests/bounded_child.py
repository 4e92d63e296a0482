"""A child that does what its content wishes, to see it kept within its bounds."""

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
    try:
        Path("/tmp/left-behind").write_bytes(b"x")
    except OSError as refused:
        return OSError.__name__ if refused.errno else ""
    return "written"


if __name__ == "__main__":
    serve(read)
