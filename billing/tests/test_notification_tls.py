"""Over TLS the name in the URL must be the name on a certificate that somebody vouches for."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from billing.delivery import addresses
from billing.delivery import post as wire
from billing.delivery.addresses import Reach
from billing.delivery.post import Letter, Outcome, post
from smartpit.kernel import clock

NAME = "hook.example"


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Write a certificate for ``NAME`` that signs itself, with its key, into one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(clock.now() - timedelta(days=1))
        .not_valid_after(clock.now() + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    paper = tmp_path / "hook.pem"
    paper.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, form, plain)
    )
    return paper


@contextmanager
def _served(certificate: Path) -> Iterator[tuple[int, list[str]]]:
    """Serve under the certificate; lend the port and the names that callers asked for (SNI)."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.sni_callback = lambda _socket, name, _context: asked.append(name)
    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server.server_address[1], asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _post(monkeypatch: pytest.MonkeyPatch, url: str, *, trusted: Path | None) -> Outcome:
    monkeypatch.setattr(addresses, "look_up", lambda _host, _port: ["127.0.0.1"])
    trust = ssl.create_default_context(cafile=trusted)
    monkeypatch.setattr(wire, "_trust", lambda: trust)
    return post(Letter(url, (), b"{}", Reach(demo=True)))


def test_the_right_name_under_a_trusted_certificate_is_told(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
):
    with _served(certificate) as (port, asked):
        assert _post(monkeypatch, f"https://{NAME}:{port}/", trusted=certificate).status == 204
    assert asked == [NAME]


@pytest.mark.fault("C05")
def test_another_name_or_a_certificate_nobody_vouches_for_is_told_nothing(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
):
    with _served(certificate) as (port, _):
        other = _post(monkeypatch, f"https://other.example:{port}/", trusted=certificate)
        unknown = _post(monkeypatch, f"https://{NAME}:{port}/", trusted=None)
    for outcome in (other, unknown):
        assert outcome.status is None
        assert "CERTIFICATE_VERIFY_FAILED" in outcome.failure
