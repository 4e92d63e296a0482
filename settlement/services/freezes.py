"""凍結: stops payouts, all or one owner's, until another person says why they may go on.

Approvals and exports share the lock that a freeze takes alone: when it is answered, whatever was
on its way is out or is refused. Tills ask nothing here.
"""

from django.db import transaction
from django.db.models import Q

from settlement.models import PayoutFreeze
from settlement.refusals import (
    FreezeLifted,
    FreezeLiftedByItsMaker,
    PayoutsFrozen,
    ReasonMissing,
)
from settlement.services.roles import WRITERS, require_centre_role, require_money_mover
from smartpit.kernel import clock
from smartpit.kernel.database import lock, lock_shared
from tenants.access import NotFound
from tenants.models import Owner, Staff

_LOCK = ("payout_freeze", "all")


def freeze_payouts(staff: Staff | None, reason: str, owner: Owner | None = None) -> PayoutFreeze:
    """Stop payouts from now on; without a person it is the console's or the audit's doing."""
    if staff is not None:
        require_centre_role(staff, WRITERS)
    if not reason.strip():
        raise ReasonMissing
    with transaction.atomic(durable=True):
        lock(*_LOCK)
        return PayoutFreeze.objects.create(
            owner=owner, reason=reason.strip(), frozen_by=staff, frozen_at=clock.now()
        )


def lift_freeze(staff: Staff, freeze_id: int | str, reason: str) -> PayoutFreeze:
    """Let payouts go on, by another person than who stopped them."""
    require_money_mover(staff, WRITERS)
    if not reason.strip():
        raise ReasonMissing
    with transaction.atomic(durable=True):
        lock(*_LOCK)
        try:
            freeze = PayoutFreeze.objects.get(pk=freeze_id)
        except (PayoutFreeze.DoesNotExist, ValueError):
            raise NotFound from None
        if freeze.lifted_at is not None:
            raise FreezeLifted
        if freeze.frozen_by_id == staff.pk:
            raise FreezeLiftedByItsMaker
        words = {"lifted_by": staff, "lifted_at": clock.now(), "lifted_reason": reason.strip()}
        PayoutFreeze.objects.filter(pk=freeze.pk).update(**words)
    for name, word in words.items():
        setattr(freeze, name, word)
    return freeze


def require_not_frozen(owner_ids: set[int]) -> None:
    """Refuse while payouts are stopped, and let nobody stop them until the caller commits."""
    lock_shared(*_LOCK)
    stands = PayoutFreeze.objects.filter(lifted_at=None)
    found = stands.filter(Q(owner=None) | Q(owner__in=owner_ids)).order_by("pk").first()
    if found is not None:
        raise PayoutsFrozen(str(found), freeze=found.pk)
