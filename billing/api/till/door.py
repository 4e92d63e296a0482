"""The door for payments and inquiries: what tills do all day goes round Django's handler.

It answers ``POST payments`` and ``POST inquiries`` by the same functions as Django's views, with
the same bytes. What it does not take it leaves to Django: another call, a host that is not ours, a
request that has to be sent on to TLS, what a test till asks (its chain's list is ticked off there).
It reads no address of the caller, for these calls use none, and gives none of the headers that
only concern pages.
"""

import logging
import uuid
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any, Final, NamedTuple

from django.conf import settings
from django.db import close_old_connections, connection
from django.http import HttpResponse
from django.http.request import split_domain_port, validate_host

from billing.api.till.credentials import chain_of
from billing.api.till.paying import pay
from billing.api.till.showing import show
from billing.models import Chain
from billing.tills.group_commit import Lost
from smartpit.edge.forms import BODY_BYTES_MAX, TooLarge
from smartpit.edge.problems import OurFault, Unauthorized, Unavailable, problem
from smartpit.edge.views import bearer_of, is_chunked, json_of, length_of
from smartpit.kernel.errors import DomainError
from smartpit.kernel.limits import is_unavailable

Environ = dict[str, Any]
StartResponse = Callable[[str, list[tuple[str, str]]], object]
Application = Callable[[Environ, Any], Iterable[bytes]]


class Said(NamedTuple):
    """What a call is answered: a status, a JSON body, and the headers that only it has."""

    status: HTTPStatus
    body: str
    headers: tuple[tuple[str, str], ...] = ()


def _pay(chain: Chain, raw: bytes) -> Said:
    receipt = pay(chain.pk, raw)
    if receipt.replayed:
        return Said(HTTPStatus.OK, receipt.answer, (("Idempotent-Replayed", "true"),))
    return Said(HTTPStatus.CREATED, receipt.answer)


def _show(chain: Chain, raw: bytes) -> Said:
    return Said(HTTPStatus.OK, json_of(show(chain, raw)))


CALLS: Final[Mapping[str, Callable[[Chain, bytes], Said]]] = {
    "/api/till/v1/payments": _pay,
    "/api/till/v1/inquiries": _show,
}
_STATUS: Final = {status: f"{int(status)} {status.phrase}" for status in HTTPStatus}
_HOSTS_MAX: Final = 1_000
_hosts: set[str] = set()
_log = logging.getLogger("smartpit.tills")


class _ForDjango(Exception):
    """The door does not take this; nothing of the body is read yet."""


def door(django: Application) -> Application:
    """Return an application that answers its calls itself and leaves all else to ``django``."""

    def application(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        call = CALLS.get(environ["PATH_INFO"])
        if call is None or environ["REQUEST_METHOD"] != "POST":
            return django(environ, start_response)
        if not (_is_our_host(environ) and _is_secure_enough(environ)):
            return django(environ, start_response)
        try:
            return _answer(call, environ, start_response)
        except _ForDjango:
            return django(environ, start_response)

    return application


def _answer(
    call: Callable[[Chain, bytes], Said], environ: Environ, start_response: StartResponse
) -> Iterable[bytes]:
    try:
        said = call(*_entered(environ))
    except _ForDjango:
        raise
    except DomainError as refused:
        return _refuse(problem(refused), start_response)
    except Exception as failure:  # noqa: BLE001  The till is told to ask again.
        if isinstance(failure, Lost) or is_unavailable(failure):
            return _refuse(problem(Unavailable()), start_response)
        _log.exception("a till's call could not be answered")
        return _refuse(problem(OurFault()), start_response)
    finally:
        if connection.connection is not None:
            close_old_connections()
    body = said.body.encode()
    headers = [("Content-Type", "application/json"), *_always(body), *said.headers]
    start_response(_STATUS[said.status], headers)
    return [body]


def _entered(environ: Environ) -> tuple[Chain, bytes]:
    """Know the caller first, then refuse a body that is too large, before reading it."""
    secret = bearer_of(environ)
    chain = chain_of(secret) if secret is not None else None
    if chain is None:
        raise Unauthorized
    if chain.is_test:
        raise _ForDjango
    length = length_of(environ)
    if length > BODY_BYTES_MAX:
        raise TooLarge
    if is_chunked(environ):
        length = BODY_BYTES_MAX + 1
    raw: bytes = environ["wsgi.input"].read(length) if length else b""
    if len(raw) > BODY_BYTES_MAX:
        raise TooLarge
    return chain, raw


def _refuse(answer: HttpResponse, start_response: StartResponse) -> Iterable[bytes]:
    start_response(
        _STATUS[HTTPStatus(answer.status_code)], [*answer.items(), *_always(answer.content)]
    )
    return [answer.content]


def _always(body: bytes) -> list[tuple[str, str]]:
    return [
        ("Content-Length", str(len(body))),
        ("Request-Id", uuid.uuid4().hex),
        ("X-Content-Type-Options", "nosniff"),
    ]


def _is_our_host(environ: Environ) -> bool:
    """Is the request for a host of ours? What is remembered is what Django would allow."""
    host = environ.get("HTTP_HOST", "")
    if host in _hosts:
        return True
    domain, _ = split_domain_port(host)
    if not domain or not validate_host(domain, settings.ALLOWED_HOSTS):
        return False
    if len(_hosts) >= _HOSTS_MAX:
        _hosts.clear()
    _hosts.add(host)
    return True


def _is_secure_enough(environ: Environ) -> bool:
    if not settings.SECURE_SSL_REDIRECT or environ.get("wsgi.url_scheme") == "https":
        return True
    told = settings.SECURE_PROXY_SSL_HEADER
    return told is not None and environ.get(told[0]) == told[1]
