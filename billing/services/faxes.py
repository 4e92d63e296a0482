"""FAX, the last step of the ladder: what is written down when a transmission is through."""

from django.db import transaction

from billing.models import Fax
from smartpit.kernel import clock


def complete_fax(owner_id: int) -> Fax:
    """Record a completed transmission; it is charged in the period of its day in Japan."""
    with transaction.atomic(durable=True):
        return Fax.objects.create(
            owner_id=owner_id, completed_on=clock.business_date(), completed_at=clock.now()
        )
