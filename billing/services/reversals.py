"""速報取消: a till undoes its payment, or says so before the payment has come."""

import json
from datetime import datetime, timedelta

from django.db import transaction

from billing.models import Case, Invoice, Payment, Reversal
from billing.refusals import ReversalTooLate
from billing.services.cases import open_case
from billing.services.events import record_event
from billing.services.invoices import invoice_event
from billing.services.payments import lock_payments, payment_event
from billing.tills.notices import Receipt, ReversalNotice
from billing.tills.payable import has_ended
from cards.models import Card
from cards.services import lock_card
from smartpit.kernel import clock

AFTER_BOOKING_MIN = timedelta(minutes=60)


def reverse_payment(notice: ReversalNotice) -> Receipt:
    """Undo the payment of a key; of an unknown key, leave a tombstone that its payment will meet.

    A tombstone is not an error: the till lost our answer, or its payment is still on the way.
    """
    refused = None
    with transaction.atomic(durable=True):
        # The row's own lock lets a confirmation come before or after, never between.
        payment = lock_payments([notice.key]).get(notice.key) or _buried(notice)
        former = Reversal.objects.filter(payment=payment).first()
        if former is not None:
            return Receipt(former.answer, replayed=True)
        if payment.status == Payment.Status.TOMBSTONE:
            _record(notice, payment, payment.answer)
            receipt = Receipt(payment.answer, replayed=False)
        elif _is_too_late(payment):
            open_case(Case.Kind.REVERSAL_TOO_LATE, notice, payment=payment)
            refused = ReversalTooLate()
        else:
            receipt = _undo(notice, payment)
    if refused is not None:
        raise refused
    return receipt


def reversible_until(payment: Payment) -> datetime:
    """Return the instant at which a reported payment can no longer be undone at its till."""
    assert payment.taken_at is not None
    day = max(payment.business_date, clock.business_date(payment.taken_at))
    return max(clock.day_ends(day), payment.booked_at + AFTER_BOOKING_MIN)


def _is_too_late(payment: Payment) -> bool:
    if payment.status not in (Payment.Status.REPORTED, Payment.Status.SUSPENSE):
        return True
    return clock.now() >= reversible_until(payment)


def _buried(notice: ReversalNotice) -> Payment:
    """Leave a tombstone under a key that has no row; a payment that was faster is returned.

    Writing it waits for whoever else is writing this key, and loses to what that one commits.
    """
    key = notice.key
    tombstone = Payment(
        chain_id=key.chain,
        store=key.store,
        terminal=key.terminal,
        business_date=key.business_date,
        receipt=key.receipt,
        line=key.line,
        booked_at=clock.now(),
        status=Payment.Status.TOMBSTONE,
        answer=json.dumps({"status": "tombstone"}),
    )
    Payment.objects.bulk_create([tombstone], ignore_conflicts=True)
    return lock_payments([key])[key]


def _undo(notice: ReversalNotice, payment: Payment) -> Receipt:
    is_suspense = payment.status == Payment.Status.SUSPENSE
    invoice = _locked_invoice(payment)
    payment.move(to=Payment.Status.REVERSED)
    told_payment = None if is_suspense else str(payment.pk)
    answer = json.dumps({"status": "reversed", "payment": told_payment})
    _record(notice, payment, answer)
    if invoice is None:
        _close_suspense_case(payment)
    else:
        was_told_expired = invoice.expired_at is not None
        _reopen(invoice)
        record_event(payment_event(payment, "payment.reversed"))
        if invoice.status == Invoice.Status.EXPIRED and not was_told_expired:
            record_event(invoice_event(invoice, "invoice.expired"))
    return Receipt(answer, replayed=False)


def _record(notice: ReversalNotice, payment: Payment, answer: str) -> None:
    Reversal.objects.create(
        payment=payment,
        owner_id=payment.owner_id,
        tenant_id=payment.tenant_id,
        reason=notice.reason,
        reversed_at=clock.now(),
        answer=answer,
    )


def _locked_invoice(payment: Payment) -> Invoice | None:
    """Lock the invoice, its card first: a replacement moves it, or has been and is followed."""
    if payment.invoice_id is None:
        return None
    card = lock_card(Card.objects.get(invoices=payment.invoice_id))
    while card.status == Card.Status.REPLACED and card.replaced_by is not None:
        card = lock_card(card.replaced_by)
    invoice = Invoice.objects.select_for_update(no_key=True).get(pk=payment.invoice_id)
    if invoice.status == Invoice.Status.PAID and invoice.card_id != card.pk:
        Invoice.objects.filter(pk=invoice.pk).update(card=card)
        invoice.refresh_from_db()
    return invoice


def _reopen(invoice: Invoice) -> None:
    """Let a single invoice be paid again, if its owner and its date still allow it."""
    if invoice.repeats:
        return
    if invoice.withdrawn_at is not None:
        invoice.move(to=Invoice.Status.WITHDRAWN)
    elif has_ended(invoice, clock.now()):
        invoice.move(to=Invoice.Status.EXPIRED, expired_at=clock.now())
    else:
        invoice.move(to=Invoice.Status.OPEN)


def _close_suspense_case(payment: Payment) -> None:
    """Close what the suspense itself opened; what a chain's file said of it stays a person's."""
    suspense = Case.objects.filter(payment=payment, kind=Case.Kind.SUSPENSE)
    for case in suspense.filter(status=Case.Status.OPEN):
        case.move(
            to=Case.Status.CLOSED, closed_at=clock.now(), resolution="店舗が収納を取り消しました。"
        )
