"""確報: the chain says that the money of payments will come, and each gets its closing date."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import transaction

from billing.models import Confirmation, Payment
from billing.services.payments import key_of, lock_payments
from billing.tills.notices import TillKey
from settlement.services.confirming import confirm_held, confirming
from smartpit.kernel.errors import DomainError

# As they stand when this batch is done: what was reported at its beginning is confirmed now.
_CONFIRMED = (Payment.Status.REPORTED, Payment.Status.CONFIRMED, Payment.Status.REFUNDED)

_WANTED = """
SELECT payment.id, wanted.place, payment.owner_id, payment.tenant_id, payment.invoice_id,
       payment.business_date
  FROM unnest(%(ids)s::uuid[]) WITH ORDINALITY AS wanted (payment_id, place)
  JOIN billing_payment AS payment ON payment.id = wanted.payment_id
"""


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
        given = _confirm([row for row in rows.values() if row.status == Payment.Status.REPORTED])
    outcomes: list[Confirmed | DomainError] = []
    for key in keys:
        outcomes.append(_outcome(key, rows.get(key), given))
        given.pop(key, None)  # The same key again in this batch comes too late.
    return outcomes


def _confirm(reported: Sequence[Payment]) -> dict[TillKey, Confirmed]:
    ids = [payment.pk for payment in reported]
    with confirming(_WANTED, {"ids": ids}) as count:
        confirm_held(count)
    facts = Confirmation.objects.filter(payment__in=ids)
    closing_dates = dict(facts.values_list("payment_id", "closes_on"))
    return {
        key_of(payment): Confirmed(key_of(payment), payment.pk, closing_dates[payment.pk])
        for payment in reported
    }


def _outcome(
    key: TillKey, payment: Payment | None, given: dict[TillKey, Confirmed]
) -> Confirmed | DomainError:
    if key in given:
        return given[key]
    if payment is None or payment.status not in _CONFIRMED:
        return NotReported(str(key))
    return ConfirmedBefore(str(key))
