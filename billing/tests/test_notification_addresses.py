"""Where notifications never go, whatever a URL or a name server says."""

import socket
from collections.abc import Iterator
from ipaddress import ip_address

import pytest

from billing.delivery import addresses
from billing.delivery import post as wire
from billing.delivery.addresses import AddressRefused, Reach, is_public, target_of
from billing.delivery.post import Letter, post
from billing.tests.receiver import receiving

NOWHERE = Reach()
DEMO = Reach(demo=True)
PRIVATE_URLS = [
    "https://127.0.0.1:{port}/",
    "https://127.1:{port}/",
    "https://127.255.255.254:{port}/",
    "https://2130706433:{port}/",
    "https://0x7f000001:{port}/",
    "https://0x7f.1:{port}/",
    "https://0177.0.0.1:{port}/",
    "https://017700000001:{port}/",
    "https://0:{port}/",
    "https://0.0.0.0:{port}/",
    "https://[::1]:{port}/",
    "https://[::]:{port}/",
    "https://[::ffff:127.0.0.1]:{port}/",
    "https://[::127.0.0.1]:{port}/",
    "https://[64:ff9b::7f00:1]:{port}/",
    "https://[64:ff9b:1::7f00:1]:{port}/",
    "https://[2002:7f00:1::]:{port}/",
    "https://[fe80::1%25lo]:{port}/",
    "https://[fd00::1]:{port}/",
    "https://localhost:{port}/",
    "https://LOCALHOST.:{port}/",
    "https://any.localhost:{port}/",
    "https://10.0.0.1/",
    "https://172.16.0.1/",
    "https://192.168.0.1/",
    "https://100.64.0.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://[fd00:ec2::254]/",
    "https://224.0.0.1/",
    "https://255.255.255.255/",
    "https://198.18.0.1/",
    "https://240.0.0.1/",
    "https://user:pass@127.0.0.1:{port}/",
    "https://example.com@127.0.0.1:{port}/",
    "https://example.com\\@127.0.0.1:{port}/",
    "https://127.0.0.1:{port}\t/",
    "https://１２７.0.0.1:{port}/",
    "https://①②⑦.0.0.1:{port}/",
    "https://localhost。:{port}/",
    "http://127.0.0.1:{port}/",
    "http://hook.example/",
    "ftp://127.0.0.1:{port}/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:{port}/",
    "//127.0.0.1:{port}/",
    "https:127.0.0.1:{port}/",
    "https://:{port}/",
    "https:///",
    "https://hook.example:22/",
    "https://hook.example:99999/",
    "https://hook.example:{port}x/",
    "https://[::1/",
    "https://-hook.example/",
    "https://hook..example/",
    "https://hook.example/#part",
    "https://[::ffff:169.254.169.254]/",
    "https://[::ffff:a00:1]/",
    "https://169.254.169.254:8080/",
    "https://0xa9fea9fe/",
    "https://[2002:a9fe:a9fe::]/",
    "https://192.0.0.1/",
    "https://[fe80::1]/",
    "https://[fc00::1]/",
    "",
]
FORBIDDEN = ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "fe80::1%lo", "::ffff:10.0.0.1"]


@pytest.fixture
def canary() -> Iterator[socket.socket]:
    """Lend a listening socket that nobody may call."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        yield listening
        with pytest.raises(BlockingIOError):
            listening.accept()


def _names(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Let the resolver give each of ``answers`` in turn; return the list of what was asked."""
    asked: list[str] = []
    given = iter(answers)

    def look_up(host: str, _port: int) -> list[str]:
        asked.append(host)
        return next(given)

    monkeypatch.setattr(addresses, "look_up", look_up)
    return asked


def _letter(url: str, reach: Reach) -> Letter:
    return Letter(url, (), b"{}", reach)


@pytest.mark.fault("C06")
def test_the_corpus_is_large_and_no_url_stands_in_it_twice():
    assert len(set(PRIVATE_URLS)) == len(PRIVATE_URLS) >= 60


@pytest.mark.fault("C06")
@pytest.mark.parametrize("url", PRIVATE_URLS)
def test_no_url_leads_to_a_non_public_address(url: str, canary: socket.socket):
    outcome = post(_letter(url.format(port=canary.getsockname()[1]), NOWHERE))
    assert outcome.status is None
    codes = {"form", "scheme", "port", "host", "address"}
    assert outcome.failure in codes


@pytest.mark.fault("C06")
@pytest.mark.parametrize("address", FORBIDDEN)
def test_a_name_with_one_forbidden_address_among_its_own_is_not_called(
    address: str, canary: socket.socket, monkeypatch: pytest.MonkeyPatch
):
    port = canary.getsockname()[1]
    _names(monkeypatch, ["93.184.216.34", address])
    outcome = post(_letter(f"https://hook.example:{port}/", NOWHERE))
    assert outcome.failure == "address"


@pytest.mark.fault("C06")
def test_a_name_is_looked_up_once_and_the_checked_address_is_the_one_called(
    monkeypatch: pytest.MonkeyPatch,
):
    """Else a second answer of the name server (rebinding) would lead elsewhere."""
    with receiving() as receiver:
        port = receiver.url.split(":")[2].split("/")[0]
        asked = _names(monkeypatch, ["127.0.0.1"], ["10.0.0.1"])
        outcome = post(_letter(f"http://hook.example:{port}/hook?a=1", DEMO))
    assert (outcome.status, asked) == (204, ["hook.example"])
    assert receiver.got[0].headers["host"] == f"hook.example:{port}"
    assert receiver.got[0].path == "/hook?a=1"


def test_no_proxy_of_the_environment_is_asked(
    canary: socket.socket, monkeypatch: pytest.MonkeyPatch
):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{canary.getsockname()[1]}")
    with receiving() as receiver:
        assert post(_letter(receiver.url, DEMO)).status == 204


def test_a_name_nobody_knows_and_a_name_server_that_hangs_are_failures(
    monkeypatch: pytest.MonkeyPatch,
):
    def unknown(*_: object) -> list[str]:
        raise socket.gaierror

    monkeypatch.setattr(addresses, "look_up", unknown)
    assert post(_letter("https://hook.example/", NOWHERE)).failure == "unknown_host"
    _names(monkeypatch, [])
    assert post(_letter("https://hook.example/", NOWHERE)).failure == "unknown_host"


def test_the_owners_own_networks_are_opened_and_nothing_behind_them():
    own = Reach(networks=("10.20.0.0/16", "fd00:20::/32"))
    for url in ("https://10.20.1.2/", "https://[::ffff:10.20.1.2]/", "https://[fd00:20::1]/"):
        target_of(url, own)
    with pytest.raises(AddressRefused):
        target_of("https://10.21.0.1/", own)
    everything = Reach(networks=("0.0.0.0/0", "::/0"))
    for url in ("https://127.0.0.1/", "https://169.254.169.254/", "https://[::1]/"):
        with pytest.raises(AddressRefused):
            target_of(url, everything)


def test_a_demo_opens_loopback_and_no_more():
    for url in ("http://127.0.0.1:9000/a", "http://localhost:9000/", "http://[::1]:9000/"):
        target_of(url, DEMO)
    for url in ("http://10.0.0.1/", "http://0.0.0.0/", "http://169.254.169.254/"):
        with pytest.raises(AddressRefused):
            target_of(url, DEMO)


@pytest.mark.parametrize(
    ("text", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1::1", True),
        ("::ffff:93.184.216.34", True),
        ("64:ff9b::5db8:d822", True),
        ("2002:5db8:d822::1", True),
        ("2001:db8::1", False),
        ("ff02::1", False),
        ("192.0.2.1", False),
    ],
)
def test_what_is_public(text: str, *, public: bool):
    assert is_public(ip_address(text)) is public


def test_the_time_of_a_hanging_look_up_is_the_attempts_time(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(wire, "SECONDS_MAX", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(2)

        def hang(_host: str, _port: int) -> list[str]:
            silent.accept()[0].close()
            return []

        monkeypatch.setattr(addresses, "look_up", hang)
        assert post(_letter("https://hook.example/", NOWHERE)).failure == "unknown_host"
        socket.create_connection(silent.getsockname()).close()
