"""テスト環境: an owner's test twin confirms its own payments, as the chain's file would.

The very service behind the chains' files does it, so the event is the true one. A twin stands on
the terms of the owner beside it, which name the closing date that is noted with the confirmation;
no period of a twin is ever closed, so no statement, fee or posting follows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from billing.models import Payment
from billing.selectors import payments_of
from billing.services.payments import key_of
from settlement.services.confirmations import Confirmed, confirm_payments
from smartpit.kernel.errors import DomainError
from tenants.access import NotFound, Scope


@dataclass(frozen=True)
class TwinConfirmed:
    """What one payment of the list came to; ``refused`` says why nothing was done."""

    payment: str
    status: str | None
    refused: DomainError | None = None


def confirm_test_payments(scope: Scope, payment_ids: Sequence[str]) -> list[TwinConfirmed]:
    """Confirm a test twin's payments in one transaction; say in their order what came of each."""
    known = _test_payments(scope, payment_ids)
    named = [known[payment_id] for payment_id in payment_ids if payment_id in known]
    outcomes = iter(confirm_payments([key_of(payment) for payment in named]))
    present = _test_payments(scope, payment_ids)
    return [
        _answered(present[payment_id], next(outcomes))
        if payment_id in known
        else TwinConfirmed(payment_id, None, NotFound())
        for payment_id in payment_ids
    ]


def _test_payments(scope: Scope, payment_ids: Sequence[str]) -> dict[str, Payment]:
    ids = {payment_id for payment_id in payment_ids if _is_uuid(payment_id)}
    rows = payments_of(scope).filter(owner__is_test=True, pk__in=ids)
    return {str(payment.pk): payment for payment in rows}


def _answered(payment: Payment, outcome: Confirmed | DomainError) -> TwinConfirmed:
    refused = None if isinstance(outcome, Confirmed) else outcome
    return TwinConfirmed(str(payment.pk), str(payment.status), refused)


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
