"""Django behind the server's event loop: what a call says arrives, and what is answered leaves."""

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from smartpit.edge import bridge
from smartpit.edge.bridge import BEGINNING_BYTES, LARGE_AT_ONCE, Bridge, NotWhole
from tests.rsgi import Asked, Headers, Line, ask

PATIENCE_SECONDS = 20


def _asked(*headers: tuple[str, str], **words: Any) -> Asked:
    return Asked("POST", "/a b/あ", Headers(headers), **words)


def _answered(application: Any, asked: Asked, *pieces: bytes) -> Line:
    line = Line(pieces)
    ask(Bridge(application, 2), asked, line)
    return line


def test_an_application_hears_a_call_in_the_words_of_wsgi():
    heard: dict[str, Any] = {}

    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        heard.update(environ)
        start_response("201 Created", [("X-Own", "1")])
        return [environ["wsgi.input"].read()]

    asked = _asked(
        ("Host", "pit.example"), ("Content-Length", "3"), ("Content-Type", "text/csv"),
        ("X-Two", "1"), ("X-Two", "2"), ("Cookie", "a=1"), ("Cookie", "b=2"),
        query_string="q=%E3", scheme="https", client="[::1]:9",
    )  # fmt: skip
    line = _answered(application, asked, b"ab", b"c")
    assert (line.status, line.headers, line.pieces) == (201, [("X-Own", "1")], [b"abc"])
    words = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/a b/あ".encode().decode("latin-1"),
        "QUERY_STRING": "q=%E3",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "::1",
        "CONTENT_LENGTH": "3",
        "CONTENT_TYPE": "text/csv",
        "HTTP_HOST": "pit.example",
        "HTTP_X_TWO": "1,2",
        "HTTP_COOKIE": "a=1;b=2",
        "wsgi.url_scheme": "https",
    }
    assert {name: heard[name] for name in words} == words


def test_a_header_with_an_underscore_does_not_pass_for_one_with_a_hyphen():
    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [])
        return [environ.get("HTTP_X_FORWARDED_FOR", "nobody").encode()]

    spoofed = ("X_Forwarded_For", "192.0.2.5")
    assert _answered(application, _asked(spoofed)).pieces == [b"nobody"]
    both = _asked(spoofed, ("X-Forwarded-For", "203.0.113.9"))
    assert _answered(application, both).pieces == [b"203.0.113.9"]


class _Answer:
    """An answer in pieces that notes its end."""

    def __init__(self, *pieces: bytes) -> None:
        self._pieces = pieces
        self.is_closed = False

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._pieces)

    def close(self) -> None:
        self.is_closed = True


LONG = b"0123456789" * (BEGINNING_BYTES // 10)


@pytest.mark.parametrize(
    "pieces", [(), (b"a",), (b"a", b"b"), (b"a", b"", b"c"), (LONG, LONG), (b"a", LONG, b"b", LONG)]
)
def test_every_piece_of_an_answer_is_sent_and_the_answer_closed(pieces: tuple[bytes, ...]):
    answer = _Answer(*pieces)

    def application(_environ: dict[str, Any], start_response: Any) -> _Answer:
        start_response("200 OK", [])
        return answer

    line = _answered(application, _asked())
    assert (line.status, b"".join(line.pieces)) == (200, b"".join(pieces))
    assert answer.is_closed


def test_a_large_body_is_read_to_its_end_and_line_by_line():
    rows = [f"{place:09d}\n".encode() for place in range(BEGINNING_BYTES // 10 * 3)]
    whole = b"".join(rows)
    pieces = [whole[start : start + 99_999] for start in range(0, len(whole), 99_999)]

    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        body = environ["wsgi.input"]
        assert body.read(25) == whole[:25]
        assert body.readline() == whole[25:30]
        assert list(body) == rows[3:]
        assert body.read() == b""
        start_response("200 OK", [])
        return [b"all of it"]

    assert _answered(application, _asked(), *pieces).pieces == [b"all of it"]


def test_a_long_answer_that_fails_in_the_middle_is_a_failure_and_not_half_an_answer():
    def application(_environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [])
        yield LONG
        yield LONG
        raise ZeroDivisionError

    line = _answered(application, _asked())
    assert (line.status, line.pieces) == (500, [b""])


def test_what_fails_is_answered_and_closed():
    def application(_environ: dict[str, Any], _start_response: Any) -> list[bytes]:
        raise ZeroDivisionError

    line = _answered(application, _asked())
    assert line.status == 500
    assert "Request-Id" in dict(line.headers)


@pytest.mark.parametrize(
    ("headers", "pieces"),
    [
        ([("Transfer-Encoding", "chunked")], [b"ab", b"", b""]),
        ([("Content-Length", str(BEGINNING_BYTES + 9))], [b"ab", b""]),
    ],
)
def test_a_body_that_breaks_off_reaches_nobody(headers: list[tuple[str, str]], pieces: list[bytes]):
    def application(_environ: dict[str, Any], _start_response: Any) -> list[bytes]:
        raise AssertionError("it was taken for whole")

    assert _answered(application, _asked(*headers), *pieces).status == 400


def test_a_large_body_that_breaks_off_is_not_read_as_if_it_were_whole():
    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        with pytest.raises(NotWhole):
            environ["wsgi.input"].read()
        start_response("400 Bad Request", [])
        return []

    large = b" " * (BEGINNING_BYTES + 1)
    assert _answered(application, _asked(), large, b"more", b"", b"").status == 400


async def _never() -> None:
    await asyncio.sleep(PATIENCE_SECONDS * 10)


def test_who_sends_too_slowly_is_told_so_and_no_thread_was_lent(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bridge, "BODY_SECONDS", 0.05)

    def application(_environ: dict[str, Any], _start_response: Any) -> list[bytes]:
        raise AssertionError("a thread was lent")

    for length in ((), (("Content-Length", "9"),)):
        line = Line([b"half"], _never)
        ask(Bridge(application, 1), _asked(*length), line)
        assert line.status == 408
        assert ("Connection", "close") in line.headers
        assert "Request-Id" in dict(line.headers)


def test_a_large_body_that_stops_gives_its_thread_back(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bridge, "BODY_SECONDS", 0.2)

    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        with pytest.raises(TimeoutError):
            environ["wsgi.input"].read()
        start_response("400 Bad Request", [])
        return []

    line = Line([b" " * (BEGINNING_BYTES + 1)], _never)
    ask(Bridge(application, 1), _asked(), line)
    assert line.status == 400


def test_large_bodies_leave_threads_to_others():
    gate, inside = threading.Event(), threading.Semaphore(0)

    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        is_large = len(environ["wsgi.input"].read(BEGINNING_BYTES + 1)) > BEGINNING_BYTES
        if is_large:
            inside.release()
            assert gate.wait(PATIENCE_SECONDS)
        start_response("200 OK", [])
        return [b"large" if is_large else b"short"]

    served: Any = Bridge(application, LARGE_AT_ONCE + 1)
    large = [Line([b" " * (BEGINNING_BYTES + 1)]) for _ in range(LARGE_AT_ONCE + 3)]
    short = Line([b"a"])

    async def crowd(_scope: Any, _line: Any) -> None:
        tasks = [asyncio.create_task(served(_asked(), line)) for line in large]
        for _ in range(LARGE_AT_ONCE):
            while not inside.acquire(blocking=False):
                await asyncio.sleep(0.01)
        await served(_asked(), short)
        gate.set()
        await asyncio.gather(*tasks)

    ask(crowd, _asked(), short)
    assert short.pieces == [b"short"]
    assert [line.pieces for line in large] == [[b"large"]] * len(large)
