"""A payout's money moved: the fact, the case and the event, for whoever says so.

A person says it, or the bank's own statement; what is written is the same but for the person. The
caller holds the payout's row and records the event last.
"""

from datetime import date
from typing import Any

from billing.models import Case
from billing.services.cases import open_case_about
from billing.services.events import EventTold
from settlement.models import Payout, PayoutMove
from smartpit.kernel import clock
from tenants.models import Staff


def note_paid(payout: Payout, day: date, staff: Staff | None = None) -> None:
    """Note that the bank has paid on ``day``."""
    payout.move(to=Payout.Status.PAID)
    record_move(payout, PayoutMove.Kind.PAID, day, staff)


def note_returned(payout: Payout, reason: str, day: date, staff: Staff | None = None) -> EventTold:
    """Note that the bank returned a transfer on ``day``; return what its owner is told."""
    payout.move(to=Payout.Status.RETURNED)
    record_move(payout, PayoutMove.Kind.RETURNED, day, staff)
    open_case_about(
        Case(
            kind=Case.Kind.PAYOUT_RETURNED,
            key=str(payout.pk),
            owner=payout.owner,
            told={"reason": reason, "amount_yen": payout.amount_yen},
        )
    )
    return payout_event(payout, "payout.returned", reason=reason)


def record_move(payout: Payout, kind: PayoutMove.Kind, day: date, staff: Staff | None) -> None:
    PayoutMove.objects.create(
        payout=payout,
        owner_id=payout.owner_id,
        kind=kind,
        amount_yen=payout.amount_yen,
        day=day,
        moved_at=clock.now(),
        moved_by=staff,
    )


def payout_event(payout: Payout, type_: str, **words: Any) -> EventTold:
    """Return the fact for the owner's stream; a payout is no tenant's."""
    body = {
        "payout": str(payout.pk),
        "statement": str(payout.statement_id),
        "closes_on": payout.statement.closes_on.isoformat(),
        "amount_yen": payout.amount_yen,
        "pays_on": payout.pays_on.isoformat(),
        "reissues": str(payout.reissues_id) if payout.reissues_id else None,
    }
    return EventTold(type=type_, owner_id=payout.owner_id, tenant_id=None, body=body | words)
