"""Who sends half of a call and then nothing holds up nobody, and half a call is no call."""

import http.client
import socket
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest

from tests.outside.till import System, Till

pytestmark = pytest.mark.xdist_group("outside")

CROWD = 150  # More than all threads of both web processes.


def test_half_calls_keep_no_till_and_no_page_waiting(till: Till, owner: System):
    place = urlsplit(till.url)
    assert place.hostname is not None
    assert place.port is not None
    with ExitStack() as lines:
        for path in (f"{place.path}payments", f"{place.path}slips", "/accounts/login/"):
            for _ in range(CROWD):
                line = socket.create_connection((place.hostname, place.port))
                lines.enter_context(line)
                line.sendall(
                    f"POST {path} HTTP/1.1\r\nHost: {place.netloc}\r\n"
                    f"Authorization: Bearer {till.key}\r\nContent-Length: 500\r\n\r\n{{".encode()
                )
        assert till.post("payments", till.notice(owner.register())).status == 201
        page = http.client.HTTPConnection(place.netloc, timeout=10)
        page.request("GET", "/healthz")
        assert page.getresponse().status == 200
        page.close()


@pytest.mark.parametrize("size", [100, 2_000_000])
def test_half_of_a_file_in_pieces_registers_nothing(owner: System, size: int):
    """The last row that came could be a part of the row that was sent."""
    place = urlsplit(owner.url)
    assert place.hostname is not None
    assert place.port is not None
    mark = f"HALF{size}"
    rows = f"reference,number,title,amount_yen\r\n{mark},{owner.card()},x,1".ljust(size, "0")
    with socket.create_connection((place.hostname, place.port), timeout=30) as line:
        line.sendall(
            f"POST {place.path}invoices/import HTTP/1.1\r\nHost: {place.netloc}\r\n"
            f"Authorization: Bearer {owner.key}\r\nContent-Type: text/csv\r\n"
            f"Transfer-Encoding: chunked\r\n\r\n{len(rows):x}\r\n{rows}\r\n5000\r\n00".encode()
        )
        line.shutdown(socket.SHUT_WR)
        status = line.recv(100).split(b" ")[1]
    assert status == (b"400" if size == 100 else b"422")
    assert owner.get("invoices", reference=mark).body["items"] == []
