"""The client's certificate, as the TLS proxy before us tells it. Nobody else is believed.

Django never sees the TLS of a call, so the proxy says which certificate the client held: its
SHA-256 in ``X-Client-Cert-SHA256``, or the whole of it, as PEM in URL form, in ``X-Client-Cert``
(nginx knows no SHA-256). Of a whole one the days are looked at here too. docs/network.md has
the proxies' settings.
"""

from collections.abc import Callable
from ipaddress import ip_network
from urllib.parse import unquote

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509 import load_pem_x509_certificate
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from smartpit.kernel import clock
from tenants.networks import address_of, fingerprint_of

FINGERPRINT_HEADER = "HTTP_X_CLIENT_CERT_SHA256"
CERTIFICATE_HEADER = "HTTP_X_CLIENT_CERT"
SEEN = "CLIENT_CERT_SHA256"  # No header of a client can have this name.
_PEM_LENGTH_MAX = 32_768


class ClientCertificate:
    """Note the fingerprint a trusted proxy told, and take both headers off every request.

    It stands before ``ClientAddress``: what counts is who is really at the other end of the
    connection. Two words that differ, or one that cannot be read, are no certificate.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.trusted = [ip_network(network) for network in settings.TRUSTED_PROXIES]

    def __call__(self, request: HttpRequest) -> HttpResponse:
        told = request.META.pop(FINGERPRINT_HEADER, "")
        whole = request.META.pop(CERTIFICATE_HEADER, "")
        request.META.pop(SEEN, None)
        peer = address_of(request.META.get("REMOTE_ADDR", ""))
        if peer is not None and any(peer in network for network in self.trusted):
            seen = {fingerprint_of(told)} if told else set()
            seen |= {_fingerprint_in(whole)} if whole else set()
            if len(seen) == 1:
                request.META[SEEN] = seen.pop() or ""
        return self.get_response(request)


def _fingerprint_in(whole: str) -> str | None:
    """Return the fingerprint of a certificate that holds today."""
    if len(whole) > _PEM_LENGTH_MAX:
        return None
    try:
        certificate = load_pem_x509_certificate(unquote(whole).encode())
    except ValueError:
        return None
    if not certificate.not_valid_before_utc <= clock.now() <= certificate.not_valid_after_utc:
        return None
    return certificate.fingerprint(SHA256()).hex()
