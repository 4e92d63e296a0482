"""FAX, the last step of the ladder: what is written down when a transmission is through."""

from uuid import UUID

from django.db import transaction

from billing.models import Fax
from smartpit.kernel import clock


def complete_fax(owner_id: int) -> Fax:
    """Record a completed transmission; it is charged in the period of its day in Japan."""
    with transaction.atomic(durable=True):
        return book_fax(owner_id)


def book_fax(owner_id: int, notice_id: UUID | None = None) -> Fax:
    """Write the fact inside the caller's transaction; of one notice the database lets in one."""
    return Fax.objects.create(
        owner_id=owner_id,
        notice_id=notice_id,
        completed_on=clock.business_date(),
        completed_at=clock.now(),
    )
