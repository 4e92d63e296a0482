"""訂正: staff take a confirmed payment back. One person asks, another approves or rejects.

The cash goes from the owner to the payer, not through the store. A freeze stops no refund: no
money of the centre leaves by it.
Locks: the payment, then the owner's settlement (shared).
"""

from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction

from billing.models import Payment, Refund
from billing.services.events import record_event
from billing.services.payments import payment_event
from settlement.models import RefundRequest
from settlement.refusals import ReasonMissing, TwoPeopleNeeded
from settlement.services.periods import OpenPeriods, hold_open
from settlement.services.roles import WRITERS, require_money_mover
from smartpit.kernel import clock
from smartpit.kernel.errors import DomainError, MoveRefused
from tenants.access import NotFound
from tenants.models import Staff

_ASKED_BEFORE = "訂正の依頼"


class NotConfirmed(DomainError):
    code = "not_confirmed"
    title = "確報済の収納ではありません"


class RefundedBefore(NotConfirmed):
    title = "すでに訂正済の収納です"


class NothingTaken(NotConfirmed):
    title = "速報取消になった収納です。訂正するものがありません"


class RefundRequested(DomainError):
    """One request at a time: what is asked for is decided or taken back first."""

    code = "refund_requested"
    title = "この収納には、承認待ちの訂正の依頼があります"


class RefundDecidedByItsAsker(TwoPeopleNeeded):
    title = "訂正を依頼した人は、その承認も却下もできません"


class RefundWithdrawnByAnother(DomainError):
    """Who asked takes it back; anybody else rejects it, under a name of their own."""

    code = "refund_withdrawn_by_another"
    title = "取り下げられるのは、依頼した人だけです。ほかの人は却下してください"


_WHY_NOT: dict[str, type[NotConfirmed]] = {
    Payment.Status.REFUNDED: RefundedBefore,
    Payment.Status.REVERSED: NothingTaken,
    Payment.Status.TOMBSTONE: NothingTaken,
}


def ask_refund(staff: Staff, payment_id: UUID | str, reason: str) -> RefundRequest:
    """Ask that a confirmed payment be taken back; nothing happens until another approves."""
    require_money_mover(staff, WRITERS)
    if not reason.strip():
        raise ReasonMissing
    with transaction.atomic(durable=True):
        return _ask(_locked(payment_id), staff, reason.strip())


def approve_refund(staff: Staff, request_id: int | str) -> Refund:
    """Take the payment back; who asked must still be somebody who may."""
    require_money_mover(staff, WRITERS)
    with transaction.atomic(durable=True):
        asked, payment = _asked(request_id)
        _require_two_people(asked.asked_by, staff)
        return _approve(asked, payment, staff)


def reject_refund(staff: Staff, request_id: int | str, reason: str) -> RefundRequest:
    """Say no to a request, and why."""
    require_money_mover(staff, WRITERS)
    if not reason.strip():
        raise ReasonMissing
    with transaction.atomic(durable=True):
        asked, _ = _asked(request_id)
        if asked.asked_by_id == staff.pk:
            raise RefundDecidedByItsAsker
        return _decide(asked, RefundRequest.Status.REJECTED, staff, reason.strip())


def withdraw_refund(staff: Staff, request_id: int | str, reason: str) -> RefundRequest:
    """Take one's own request back, and say why."""
    require_money_mover(staff, WRITERS)
    if not reason.strip():
        raise ReasonMissing
    with transaction.atomic(durable=True):
        asked, _ = _asked(request_id)
        if asked.asked_by_id != staff.pk:
            raise RefundWithdrawnByAnother
        return _decide(asked, RefundRequest.Status.WITHDRAWN, staff, reason.strip())


def refund_payment(payment_id: UUID | str, *, asked_by: Staff, approved_by: Staff) -> Refund:
    """Let two people ask and approve at one instant, as a story's event says they did.

    No page, command or API calls this: each knows one person only.
    """
    _require_two_people(asked_by, approved_by)
    with transaction.atomic(durable=True):
        payment = _locked(payment_id)
        return _approve(_ask(payment, asked_by, _ASKED_BEFORE), payment, approved_by)


def _ask(payment: Payment, staff: Staff, reason: str) -> RefundRequest:
    _require_confirmed(payment)
    if RefundRequest.objects.filter(
        payment=payment, status=RefundRequest.Status.REQUESTED
    ).exists():
        raise RefundRequested
    assert payment.owner_id is not None
    assert payment.tenant_id is not None
    return RefundRequest.objects.create(
        payment=payment,
        owner_id=payment.owner_id,
        tenant_id=payment.tenant_id,
        reason=reason,
        asked_by=staff,
        asked_at=clock.now(),
    )


def _approve(asked: RefundRequest, payment: Payment, staff: Staff) -> Refund:
    """Book the refund; it counts in the period of the day of approval.

    What was stated stays stated: the refund is a new fact, in a later statement or in the same.
    """
    _require_open(asked)
    _require_confirmed(payment)
    hold_open([asked.owner_id])
    at = clock.now()
    payment.move(to=Payment.Status.REFUNDED)
    asked.move(to=RefundRequest.Status.APPROVED, decided_by=staff, decided_at=at)
    refund = Refund.objects.create(
        payment=payment,
        owner_id=asked.owner_id,
        tenant_id=asked.tenant_id,
        closes_on=OpenPeriods(asked.owner_id, at).closing_date(clock.business_date(at)),
        asked_by=asked.asked_by,
        approved_by=staff,
        approved_at=at,
    )
    record_event(payment_event(payment, "payment.refunded"))
    return refund


def _decide(
    asked: RefundRequest, to: RefundRequest.Status, staff: Staff, reason: str
) -> RefundRequest:
    _require_open(asked)
    return asked.move(to=to, decided_by=staff, decided_at=clock.now(), decided_reason=reason)


def _require_open(asked: RefundRequest) -> None:
    if asked.status != RefundRequest.Status.REQUESTED:
        raise MoveRefused(f"{asked.pk} is {asked.status}")


def _require_confirmed(payment: Payment) -> None:
    if payment.status != Payment.Status.CONFIRMED:
        raise _WHY_NOT.get(payment.status, NotConfirmed)


def _require_two_people(asked_by: Staff, approved_by: Staff) -> None:
    for person in (asked_by, approved_by):
        require_money_mover(person, WRITERS)
    if asked_by.pk == approved_by.pk:
        raise RefundDecidedByItsAsker


def _asked(request_id: int | str) -> tuple[RefundRequest, Payment]:
    """Return a request and its payment, which nobody else moves until the caller commits."""
    try:
        payment_id = RefundRequest.objects.values_list("payment_id", flat=True).get(pk=request_id)
    except (RefundRequest.DoesNotExist, ValueError):
        raise NotFound from None
    payment = _locked(payment_id)
    return RefundRequest.objects.select_related("asked_by").get(pk=request_id), payment


def _locked(payment_id: UUID | str) -> Payment:
    """Return a live owner's payment under its lock; on the test side there are no refunds."""
    rows = Payment.objects.select_related("tenant", "invoice").exclude(owner__is_test=True)
    try:
        return rows.select_for_update(of=("self",), no_key=True).get(pk=payment_id)
    except (Payment.DoesNotExist, ValidationError):
        raise NotFound from None
