"""確報: the chain says that the money of payments will come, and each gets its closing date."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import prefetch_related_objects

from billing.models import Confirmation, Payment
from billing.services.events import record_events
from billing.services.payments import key_of, lock_payments, payment_events
from billing.tills.notices import TillKey
from settlement.services.periods import OpenPeriods, hold_open
from smartpit.kernel import clock
from smartpit.kernel.errors import DomainError

# As they stand when this batch is done: what was reported at its beginning is confirmed now.
_CONFIRMED = (Payment.Status.REPORTED, Payment.Status.CONFIRMED, Payment.Status.REFUNDED)


class NotReported(DomainError):
    """There is no reported payment under this key: never seen, undone, or of unknown invoice."""

    code = "not_reported"
    title = "速報の収納が見つかりません"


class ConfirmedBefore(NotReported):
    """The payment was confirmed already; its closing date stays."""

    code = "confirmed_before"
    title = "この収納はすでに確報済です"


@dataclass(frozen=True)
class Confirmed:
    """A payment that is confirmed now, and the closing date it is stated on."""

    key: TillKey
    payment_id: UUID
    closes_on: date


def confirm_payments(keys: Sequence[TillKey]) -> list[Confirmed | DomainError]:
    """Confirm the payments of ``keys`` in one transaction; say in their order what each came to.

    The payments' rows are locked first, so that a reversal is either seen here or sees this.
    Then the owners' periods are held open and only then the clock is read: a closing date that is
    given here cannot have been closed meanwhile.
    """
    with transaction.atomic(durable=True):
        rows = lock_payments(keys)
        reported = [row for row in rows.values() if row.status == Payment.Status.REPORTED]
        given = _confirm(reported)
    outcomes: list[Confirmed | DomainError] = []
    for key in keys:
        outcomes.append(_outcome(key, rows.get(key), given))
        given.pop(key, None)  # The same key again in this batch comes too late.
    return outcomes


def _confirm(reported: Sequence[Payment]) -> dict[TillKey, Confirmed]:
    hold_open(_owner_of(payment) for payment in reported)
    at = clock.now()
    periods = {owner: OpenPeriods(owner, at) for owner in {_owner_of(row) for row in reported}}
    confirmations = [_confirmation(row, periods[_owner_of(row)], at) for row in reported]
    _move(reported)
    Confirmation.objects.bulk_create(confirmations, batch_size=1000)
    prefetch_related_objects(reported, "tenant", "invoice", "chain")
    record_events(payment_events(reported, "payment.confirmed"))
    return {
        key_of(row.payment): Confirmed(key_of(row.payment), row.payment.pk, row.closes_on)
        for row in confirmations
    }


def _confirmation(payment: Payment, periods: OpenPeriods, at: datetime) -> Confirmation:
    assert payment.tenant_id is not None  # The database holds it, as of the owner.
    return Confirmation(
        payment=payment,
        owner_id=_owner_of(payment),
        tenant_id=payment.tenant_id,
        closes_on=periods.closing_date(payment.business_date),
        confirmed_at=at,
    )


def _move(reported: Sequence[Payment]) -> None:
    unmoved = Payment.objects.filter(
        pk__in=[payment.pk for payment in reported], status=Payment.Status.REPORTED
    )
    moved = unmoved.update(status=Payment.Status.CONFIRMED)
    assert moved == len(reported), "a locked payment was moved"


def _outcome(
    key: TillKey, payment: Payment | None, given: dict[TillKey, Confirmed]
) -> Confirmed | DomainError:
    if key in given:
        return given[key]
    if payment is None or payment.status not in _CONFIRMED:
        return NotReported(str(key))
    return ConfirmedBefore(str(key))


def _owner_of(payment: Payment) -> int:
    assert payment.owner_id is not None  # The database holds it of every reported payment.
    return payment.owner_id
