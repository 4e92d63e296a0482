"""What every request passes: whose address counts, and what its page may load."""

from collections.abc import Callable
from ipaddress import ip_network

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from tenants.networks import address_of

_Answer = Callable[[HttpRequest], HttpResponse]


class ClientAddress:
    """Make ``REMOTE_ADDR`` the client's, not the trusted proxy's that stands before us.

    Of ``X-Forwarded-For`` only what a trusted proxy wrote counts: read from the right, the first
    address that is no trusted proxy's is the client. What stands left of it anybody can invent.
    """

    def __init__(self, get_response: _Answer) -> None:
        self.get_response = get_response
        self.trusted = [ip_network(network) for network in settings.TRUSTED_PROXIES]

    def __call__(self, request: HttpRequest) -> HttpResponse:
        chain = [*request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
        while chain and self._is_trusted(request.META.get("REMOTE_ADDR", "")):
            told = address_of(chain.pop().strip())
            if told is None:
                break
            request.META["REMOTE_ADDR"] = str(told)
        return self.get_response(request)

    def _is_trusted(self, text: str) -> bool:
        address = address_of(text)
        return address is not None and any(address in network for network in self.trusted)


class ContentSecurityPolicy:
    """Let a page load only what we serve; the admin's own scripts are built inline."""

    _PAGE = (
        "default-src 'self'; img-src 'self' data: blob:; style-src 'self'{styles}; "
        "script-src 'self'{scripts}; object-src 'none'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    )

    def __init__(self, get_response: _Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self.get_response(request)
        is_admin = request.path.startswith("/admin/")
        policy = self._PAGE.format(
            styles=" 'unsafe-inline'" if is_admin else "",
            scripts=" 'unsafe-inline' 'unsafe-eval'" if is_admin else "",
        )
        answer.headers.setdefault("Content-Security-Policy", policy)
        return answer
