"""The door for payments and inquiries: what tills do all day goes round Django's handler.

It answers ``POST payments`` and ``POST inquiries`` by the same functions as Django's views, with
the same bytes. What it does not take it leaves to Django: another call, a host that is not ours, a
request that has to be sent on to TLS, what a test till asks (its chain's list is ticked off there).
It reads no address of the caller, for these calls use none, and gives none of the headers that
only concern pages. A payment waits in the server's event loop and holds no thread: neither a
crowd of tills nor one that sends slowly keeps the others waiting, and no page does.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Final, NamedTuple

from django.conf import settings
from django.http import HttpResponse
from django.http.request import split_domain_port, validate_host
from granian.rsgi import HTTPProtocol, Scope  # type: ignore[attr-defined]

from billing.api.till.credentials import chain_of, remembered_chain
from billing.api.till.paying import pay_soon
from billing.api.till.showing import show
from billing.models import Chain
from billing.tills.group_commit import Lost
from smartpit.edge.bridge import Headers, NotWhole, Rsgi, beginning_of, hang_up
from smartpit.edge.forms import BODY_BYTES_MAX, TooLarge
from smartpit.edge.problems import OurFault, Unauthorized, Unavailable, problem
from smartpit.edge.request_id import request_id
from smartpit.edge.views import bearer_in, json_of, length_in
from smartpit.kernel.errors import DomainError
from smartpit.kernel.limits import is_unavailable
from smartpit.kernel.threads import in_thread


class Said(NamedTuple):
    """What a call is answered: a status, a body, and the headers that only it has."""

    status: int
    body: bytes
    headers: Headers


_JSON: Final = ("Content-Type", "application/json")
_REPLAYED: Final = ("Idempotent-Replayed", "true")


async def _pay(chain: Chain, raw: bytes) -> Said:
    receipt = await pay_soon(chain.pk, raw)
    if receipt.replayed:
        return Said(HTTPStatus.OK, receipt.answer.encode(), [_JSON, _REPLAYED])
    return Said(HTTPStatus.CREATED, receipt.answer.encode(), [_JSON])


async def _show(chain: Chain, raw: bytes) -> Said:
    shown = await in_thread(show, chain, raw)
    return Said(HTTPStatus.OK, json_of(shown).encode(), [_JSON])


Call = Callable[[Chain, bytes], Awaitable[Said]]
CALLS: Final[Mapping[str, Call]] = {
    "/api/till/v1/payments": _pay,
    "/api/till/v1/inquiries": _show,
}
_HOSTS_MAX: Final = 1_000
_hosts: set[str] = set()
_log = logging.getLogger("smartpit.tills")


class _ForDjango(Exception):
    """The door does not take this; nothing of the body is read yet."""


def door(django: Rsgi) -> Rsgi:
    """Return an application that answers its calls itself and leaves all else to ``django``."""

    async def application(scope: Scope, proto: HTTPProtocol) -> None:
        call = CALLS.get(scope.path)
        if call is None or scope.method != "POST" or not _is_for_us(scope):
            await django(scope, proto)
            return
        try:
            said = await _answer(call, scope, proto)
        except _ForDjango:
            await django(scope, proto)
        except NotWhole as why:
            hang_up(proto, why)
        else:
            proto.response_bytes(said.status, [*said.headers, *_always()], said.body)

    return application


async def _answer(call: Call, scope: Scope, proto: HTTPProtocol) -> Said:
    try:
        return await call(*await _entered(scope, proto))
    except (_ForDjango, NotWhole):
        raise
    except DomainError as refused:
        return _refused(refused)
    except Exception as failure:  # noqa: BLE001  The till is told to ask again.
        if isinstance(failure, Lost) or is_unavailable(failure):
            return _refused(Unavailable())
        _log.exception("a till's call could not be answered")
        return _refused(OurFault())


async def _entered(scope: Scope, proto: HTTPProtocol) -> tuple[Chain, bytes]:
    """Know the caller first, then refuse a body that is too large, before reading it."""
    chain = await _caller(bearer_in(scope.headers.get("authorization", "")))
    if chain is None:
        raise Unauthorized
    if chain.is_test:
        raise _ForDjango
    if length_in(scope.headers.get("content-length")) > BODY_BYTES_MAX:
        raise TooLarge
    raw, rest = await beginning_of(scope, proto, BODY_BYTES_MAX)
    if rest is not None:
        raise TooLarge
    return chain, raw


async def _caller(secret: str | None) -> Chain | None:
    if secret is None:
        return None
    return remembered_chain(secret) or await in_thread(chain_of, secret)


def _refused(refused: DomainError) -> Said:
    answer: HttpResponse = problem(refused)
    return Said(answer.status_code, answer.content, list(answer.items()))


def _always() -> Headers:
    return [request_id(), ("X-Content-Type-Options", "nosniff")]


def _is_for_us(scope: Scope) -> bool:
    return _is_our_host(_host_of(scope)) and _is_secure_enough(scope)


def _host_of(scope: Scope) -> str:
    return scope.authority or scope.headers.get("host", "")


def _is_our_host(host: str) -> bool:
    """Is the request for a host of ours? What is remembered is what Django would allow."""
    if host in _hosts:
        return True
    domain, _ = split_domain_port(host)
    if not domain or not validate_host(domain, settings.ALLOWED_HOSTS):
        return False
    if len(_hosts) >= _HOSTS_MAX:
        _hosts.clear()
    _hosts.add(host)
    return True


def _is_secure_enough(scope: Scope) -> bool:
    if not settings.SECURE_SSL_REDIRECT or scope.scheme == "https":
        return True
    told = settings.SECURE_PROXY_SSL_HEADER
    return told is not None and scope.headers.get(_header(told[0])) == told[1]


def _header(name: str) -> str:
    """Return how a server writes the header that Django's settings name as WSGI has it."""
    return name.removeprefix("HTTP_").replace("_", "-").lower()
