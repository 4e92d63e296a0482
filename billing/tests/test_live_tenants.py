"""A tenant that goes live is told of once, to its owner and to itself (contract section 5)."""

import json
from datetime import UTC, datetime

import pytest
from django.test import Client

from billing import tasks
from billing.models import Event
from billing.selectors import events_after
from billing.services.live_tenants import tell_live_tenants
from billing.tests.receiver import receiving, tell
from smartpit.kernel import clock
from tenants.access import Scope
from tenants.models import Centre, Tenant
from tenants.services import TenantAsked, move_tenant, open_tenant
from tests.cast import Cast, make_cast
from tests.threads import in_threads

NOON = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


def _opened(cast: Cast) -> Tenant:
    """Return a tenant that was applied for, once the cast's own have been told of."""
    tell_live_tenants()
    return open_tenant(cast.scope, TenantAsked(code="shop", name="購買部"))


def _go_live(tenant: Tenant) -> Tenant:
    return move_tenant(move_tenant(tenant, Tenant.Status.SCREENED), Tenant.Status.LIVE)


def _told(scope: Scope) -> list[Event]:
    return [event for event in events_after(scope, 0, 100) if event.body["code"] == "shop"]


def test_a_tenant_is_told_of_when_it_goes_live_and_not_before(cast: Cast):
    tenant = _opened(cast)
    move_tenant(tenant, Tenant.Status.SCREENED)
    tell_live_tenants()
    assert _told(cast.scope) == []
    move_tenant(tenant, Tenant.Status.LIVE)
    with clock.frozen(NOON):
        assert tell_live_tenants() == 1
    assert tell_live_tenants() == 0
    for scope in (cast.scope, Scope(cast.sakura.pk, tenant.pk)):
        (event,) = _told(scope)
        assert (event.type, event.occurred_at) == ("tenant.live", NOON)
        assert event.body["status"] == "live"
    assert _told(Scope(cast.sakura.pk, cast.dormitory.pk)) == []


def test_what_is_told_is_what_the_api_shows(cast: Cast):
    _go_live(_opened(cast))
    tell_live_tenants()
    (event,) = _told(cast.scope)
    key = {"Authorization": f"Bearer {cast.keys['sakura']}"}
    shown = Client(headers=key).get("/api/owner/v1/tenants/shop")
    assert event.body == json.loads(shown.content)


def test_the_test_side_says_so(cast: Cast):
    """A tenant is live there at once, so that its developers need not wait."""
    _opened(cast)
    assert tell_live_tenants() == 1
    (event,) = _told(Scope(owner_id=cast.sakura.twin.pk))
    assert event.body["test"] is True
    assert _told(cast.scope) == []


def test_a_closed_tenant_is_not_told_of(cast: Cast):
    move_tenant(_go_live(_opened(cast)), Tenant.Status.CLOSED)
    tell_live_tenants()
    assert _told(cast.scope) == []


def test_the_sweep_pushes_it(cast: Cast):
    Centre.objects.update(is_demo=True)
    tenant = _opened(cast)
    with receiving() as receiver:
        tell(cast.scope, receiver, "tenant.live")
        _go_live(tenant)
        tasks.sweep_tenants()
        bodies = [got.body for got in receiver.got]
    assert [(body["type"], body["data"]["code"]) for body in bodies] == [("tenant.live", "shop")]


@pytest.mark.usefixtures("committed_db")
def test_of_sweeps_that_run_at_once_one_tells():
    cast = make_cast()
    tenant = _go_live(_opened(cast))
    outcomes = in_threads(lambda _place: tell_live_tenants(), 6)
    assert sum(outcomes) == 2  # type: ignore[arg-type]  # The live one and its test twin.
    for scope in (cast.scope, Scope(cast.sakura.pk, tenant.pk)):
        assert len(_told(scope)) == 1
