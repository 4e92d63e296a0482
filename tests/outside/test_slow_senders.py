"""Who sends half of a call and then nothing holds up nobody: no till, no page."""

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
