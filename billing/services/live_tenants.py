"""Telling that a tenant is live: from then on its invoices can be paid.

It goes live among the tenants, which know no events. So a sweep asks which live ones were never
told of: one that comes late, or twice, does no harm.
"""

from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from billing.models import Event
from billing.services.events import EventTold, record_event
from smartpit.kernel.database import lock
from tenants.models import Tenant

TOLD_AS = "tenant.live"


def tell_live_tenants() -> int:
    """Tell each owner and tenant, once, that the tenant is live; return how many were told of."""
    ids = list(_untold().order_by("pk").values_list("pk", flat=True))
    return sum(map(_told, ids))


def _untold() -> QuerySet[Tenant]:
    told = Event.objects.filter(tenant=OuterRef("pk"), type=TOLD_AS)
    return Tenant.objects.filter(~Exists(told), status=Tenant.Status.LIVE)


def _told(tenant_id: int) -> bool:
    with transaction.atomic(durable=True):
        lock("tenant_live", tenant_id)
        tenant = _untold().filter(pk=tenant_id).first()
        if tenant is None:
            return False
        record_event(EventTold(TOLD_AS, tenant.owner_id, tenant.pk, tenant_body(tenant)))
    return True


def tenant_body(tenant: Tenant) -> dict[str, Any]:
    """Return a tenant as the owner API and its event show it."""
    return {
        "code": tenant.code,
        "name": tenant.name,
        "display_name": tenant.display_name,
        "status": str(tenant.status),
        "contact": {
            "name": tenant.contact_name,
            "phone": tenant.contact_phone,
            "hours": tenant.contact_hours,
        },
        "commission_yen": tenant.commission_yen,
        "commission_basis_points": tenant.commission_basis_points,
        "passes_fees": tenant.passes_fees,
    }
