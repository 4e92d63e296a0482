"""Owners' and tenants' systems: which key, and from where."""

from ipaddress import ip_address, ip_network

from rest_framework.request import Request

from smartpit.edge.problems import NoSuchCall, Unauthorized
from smartpit.edge.views import KeyView
from smartpit.kernel import clock
from smartpit.kernel.errors import DomainError
from tenants.access import Scope
from tenants.models import Owner
from tenants.selectors import api_key, terms_on


class NetworkRefused(DomainError):
    code = "network_refused"
    title = "契約で許可されたネットワークからの接続ではありません"
    status = 403


class OwnerKeyView(KeyView):
    """A call of an owner's or a tenant's system; ``scope`` is what its key may see."""

    scope: Scope
    owner: Owner

    def enter(self, request: Request, secret: str) -> None:
        key = api_key(secret)
        if key is None:
            raise Unauthorized
        require_network(key.owner_id, request.META.get("REMOTE_ADDR", ""))
        self.owner = key.owner
        self.scope = Scope(owner_id=key.owner_id, tenant_id=key.tenant_id)


class TwinKeyView(OwnerKeyView):
    """A call that only the test side knows; with a live key it is a call that never was."""

    def enter(self, request: Request, secret: str) -> None:
        super().enter(request, secret)
        if not self.owner.is_test:
            raise NoSuchCall


def require_network(owner_id: int, address: str) -> None:
    """Refuse a caller from outside the networks of the contract.

    A super contract answers its own networks only; a regular one may name some.
    """
    terms = terms_on(owner_id, clock.business_date())
    if terms is None or (terms.connection != "super" and not terms.networks):
        return
    try:
        caller = ip_address(address)
    except ValueError:
        raise NetworkRefused from None
    if not any(caller in ip_network(network) for network in terms.networks):
        raise NetworkRefused
