"""訂正: staff take a confirmed payment back.

The cash goes from the owner to the payer, not through the store.
"""

from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction

from billing.models import Payment, Refund
from billing.services.events import record_event
from billing.services.payments import payment_event
from settlement.refusals import TwoPeopleNeeded
from settlement.services.periods import OpenPeriods, hold_open
from settlement.services.roles import WRITERS, require_money_mover
from smartpit.kernel import clock
from smartpit.kernel.errors import DomainError
from tenants.access import NotFound
from tenants.models import Staff


class NotConfirmed(DomainError):
    code = "not_confirmed"
    title = "確報済の収納ではありません"


def refund_payment(payment_id: UUID | str, *, asked_by: Staff, approved_by: Staff) -> Refund:
    """Take a confirmed payment back; it counts in the period of the day of approval.

    What was stated stays stated: the refund is a new fact, in a later statement or in the same.
    """
    _require_two_people(asked_by, approved_by)
    with transaction.atomic(durable=True):
        payment = _locked(payment_id)
        if payment.status != Payment.Status.CONFIRMED or payment.owner_id is None:
            raise NotConfirmed
        assert payment.tenant_id is not None
        hold_open([payment.owner_id])
        at = clock.now()
        payment.move(to=Payment.Status.REFUNDED)
        refund = Refund.objects.create(
            payment=payment,
            owner_id=payment.owner_id,
            tenant_id=payment.tenant_id,
            closes_on=OpenPeriods(payment.owner_id, at).closing_date(clock.business_date(at)),
            asked_by=asked_by,
            approved_by=approved_by,
            approved_at=at,
        )
        record_event(payment_event(payment, "payment.refunded"))
    return refund


def _require_two_people(asked_by: Staff, approved_by: Staff) -> None:
    for person in (asked_by, approved_by):
        require_money_mover(person, WRITERS)
    if asked_by.pk == approved_by.pk:
        raise TwoPeopleNeeded("依頼した人は承認できません")


def _locked(payment_id: UUID | str) -> Payment:
    rows = Payment.objects.select_related("tenant", "invoice")
    try:
        return rows.select_for_update(of=("self",), no_key=True).get(pk=payment_id)
    except (Payment.DoesNotExist, ValidationError):
        raise NotFound from None
