"""The bridge behind the real server: bodies and answers of every length, whole."""

import http.client
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from smartpit.platform.home import CHECKOUT
from tests.bridged import PIECE

PATIENCE_SECONDS = 30


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        free: int = door.getsockname()[1]
    log = tmp_path_factory.mktemp("bridged") / "log"
    with log.open("wb") as told:
        server = subprocess.Popen(
            [
                str(Path(sys.executable).parent / "granian"), "--interface=rsgi", "--loop=uvloop",
                f"--port={free}", f"--working-dir={CHECKOUT}", "tests.bridged:application",
            ],
            stdout=told, stderr=told, cwd=CHECKOUT,
        )  # fmt: skip
    try:
        _await(free)
        yield free
    finally:
        server.terminate()
        server.wait(PATIENCE_SECONDS)
    assert "Traceback" not in log.read_text()


def _await(port: int) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        with socket.socket() as line:
            if line.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert time.monotonic() < deadline, "the server does not answer"
        time.sleep(0.05)


@pytest.mark.parametrize("pieces", [0, 1, 2, 500])
@pytest.mark.parametrize("length", [0, 1, 1024 * 1024, 1024 * 1024 + 1, 20_000_000])
@pytest.mark.parametrize("is_chunked", [False, True])
def test_all_that_is_sent_arrives(port: int, pieces: int, length: int, is_chunked: bool):  # noqa: FBT001
    body = b"x" * 99_999
    sent = [body] * (length // len(body)) + [body[: length % len(body)]]
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    whole = iter([piece for piece in sent if piece]) if is_chunked else b"".join(sent)
    line.request("POST", f"/?pieces={pieces}", whole)
    answer = line.getresponse().read()
    line.close()
    assert answer == f"{length:012d}".encode() + PIECE * pieces


def test_who_hangs_up_in_the_middle_leaves_the_server_to_others(port: int):
    for _ in range(10):
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
        line.request("GET", "/?pieces=5000")
        assert line.getresponse().read(10) == b"0" * 10
        line.close()
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    line.request("GET", "/?pieces=1")
    assert line.getresponse().read() == b"0" * 12 + PIECE
    line.close()
