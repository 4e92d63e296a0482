"""Owners' and tenants' systems: which key, from where, and with which certificate."""

from rest_framework.request import Request

from smartpit.edge.problems import NoSuchCall, Unauthorized
from smartpit.edge.views import KeyView
from smartpit.kernel import clock
from smartpit.kernel.errors import DomainError
from tenants.access import Scope
from tenants.models import Owner
from tenants.networks import address_of, is_among
from tenants.selectors import api_key, centre, terms_of
from tenants.terms import Terms, priced_by

CERTIFICATE_SEEN = "CLIENT_CERT_SHA256"  # The middleware's word; no client can send it.


class NetworkRefused(DomainError):
    code = "network_refused"
    title = "契約で許可されたネットワークからの接続ではありません"
    status = 403


class CertificateRefused(DomainError):
    code = "certificate_refused"
    title = "契約に登録されたクライアント証明書ではありません"
    status = 403


class OwnerKeyView(KeyView):
    """A call of an owner's or a tenant's system; ``scope`` is what its key may see."""

    scope: Scope
    owner: Owner

    def enter(self, request: Request, secret: str) -> None:
        key = api_key(secret)
        if key is None:
            raise Unauthorized
        require_caller(
            key.owner_id,
            address=request.META.get("REMOTE_ADDR", ""),
            certificate=request.META.get(CERTIFICATE_SEEN, ""),
        )
        self.owner = key.owner
        self.scope = Scope(owner_id=key.owner_id, tenant_id=key.tenant_id)


class TwinKeyView(OwnerKeyView):
    """A call that only the test side knows; with a live key it is a call that never was."""

    def enter(self, request: Request, secret: str) -> None:
        super().enter(request, secret)
        if not self.owner.is_test:
            raise NoSuchCall


def require_caller(owner_id: int, *, address: str, certificate: str) -> None:
    """Refuse a caller that the contract does not name.

    A regular contract may name networks. A super contract answers its own private networks only,
    and there only who holds one of its certificates; one that names none is closed. In a demo
    folder loopback may be among the networks, and where no certificate is named none is asked.
    """
    terms = _terms_now(owner_id)
    if terms is None:
        return
    is_super = terms.connection == "super"
    if not is_super and not terms.networks:
        return
    is_demo = is_super and _is_demo()
    caller = address_of(address)
    if caller is None or not is_among(caller, terms.networks, private=is_super, loopback=is_demo):
        raise NetworkRefused
    if is_super and not _has_shown(terms, certificate, is_demo=is_demo):
        raise CertificateRefused


def _has_shown(terms: Terms, certificate: str, *, is_demo: bool) -> bool:
    if is_demo and not terms.client_certificates:
        return True
    return certificate in terms.client_certificates


def _terms_now(owner_id: int) -> Terms | None:
    """Return the terms in force; before the first and after the last, those that stand nearest."""
    terms = terms_of(owner_id)
    return priced_by(terms, clock.business_date()) if terms else None


def _is_demo() -> bool:
    founded = centre()
    return founded is not None and founded.is_demo
