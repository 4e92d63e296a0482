"""Booking what tills tell. A batch of notices is one transaction; one bad notice harms no other.

Locks, in this order: the till keys (advisory, in key order), the invoices (by id), the streams.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from billing.models import Case, Chain, Invoice, InvoiceVersion, Payment, Terminal
from billing.refusals import ClockWrong, KeyReused, ReversedBefore, UnknownInvoice
from billing.services.cases import find_case, open_case
from billing.services.events import EventTold, record_events
from billing.tills import judging
from billing.tills.notices import PaymentNotice, Receipt, TillKey
from cards.models import Member
from smartpit.kernel import clock
from smartpit.kernel.database import lock
from smartpit.kernel.errors import DomainError

AHEAD_MAX = timedelta(minutes=10)
BEHIND_MAX = timedelta(hours=24)
DUPLICATE_WITHIN = timedelta(seconds=300)

_LOCK_PAYMENTS = """
SELECT payment.*
  FROM unnest(%s::text[], %s::text[], %s::text[], %s::date[], %s::text[], %s::int[])
       AS told (chain, store, terminal, business_date, receipt, line)
  JOIN billing_payment AS payment
    ON (payment.chain_id, payment.store, payment.terminal, payment.business_date, payment.receipt,
        payment.line)
     = (told.chain, told.store, told.terminal, told.business_date, told.receipt, told.line)
 ORDER BY payment.id
   FOR NO KEY UPDATE OF payment
"""


@dataclass(frozen=True)
class _Booked:
    """What one notice came to: its receipt, and the payment to tell of if one was booked."""

    receipt: Receipt
    reported: Payment | None = None


def receive_payment(notice: PaymentNotice) -> Receipt:
    """Book one notice, or raise why not."""
    (outcome,) = receive_payments([notice])
    if isinstance(outcome, DomainError):
        raise outcome
    return outcome


def receive_payments(notices: Sequence[PaymentNotice]) -> list[Receipt | DomainError]:
    """Book a batch and return, in its order, what each till is answered.

    Every notice is judged by what is true when its turn comes, so a copy later in the same batch
    is a replay and a second payment of a single invoice is refused.
    """
    arrived_at = clock.now()
    with transaction.atomic(durable=True):
        _lock_keys(notices)
        invoices = _lock_invoices(notices)
        _record_terminals({notice.key for notice in notices})
        outcomes = [_judge(notice, invoices, arrived_at) for notice in notices]
        booked = [
            outcome.reported
            for outcome in outcomes
            if isinstance(outcome, _Booked) and outcome.reported is not None
        ]
        record_events(payment_events(booked, "payment.reported"))
    return [
        outcome if isinstance(outcome, DomainError) else outcome.receipt for outcome in outcomes
    ]


def payment_event(payment: Payment, type_: str) -> EventTold:
    """Return the fact that ``type_`` happened to ``payment`` (contract section 5)."""
    (told,) = payment_events([payment], type_)
    return told


def payment_events(payments: Sequence[Payment], type_: str) -> list[EventTold]:
    """Return the facts of several payments; their members are asked for at once."""
    numbers = {payment.number for payment in payments}
    known = Member.objects.filter(card__number__in=numbers).values_list(
        "owner_id", "card__number", "reference"
    )
    references: dict[tuple[int | None, str], str] = {
        (owner_id, number): reference for owner_id, number, reference in known
    }
    return [
        _told(payment, type_, references.get((payment.owner_id, payment.number)))
        for payment in payments
    ]


def find_payment(key: TillKey) -> Payment | None:
    """Return the row of a till key, whatever it holds."""
    return Payment.objects.filter(
        chain_id=key.chain,
        store=key.store,
        terminal=key.terminal,
        business_date=key.business_date,
        receipt=key.receipt,
        line=key.line,
    ).first()


def lock_payments(keys: Iterable[TillKey]) -> dict[TillKey, Payment]:
    """Lock the rows that these keys have, in one order, and return them as they are now.

    Row locks: unlike the named locks of keys they cost no shared memory, so that a file of a
    million confirmations can be one transaction.
    """
    columns = tuple(zip(*(astuple(key) for key in set(keys)), strict=True)) or ((),) * 6
    rows = Payment.objects.raw(_LOCK_PAYMENTS, [list(column) for column in columns])
    return {key_of(row): row for row in rows}


def key_of(payment: Payment) -> TillKey:
    """Return the till key of a row."""
    return TillKey(
        chain=payment.chain_id,
        store=payment.store,
        terminal=payment.terminal,
        business_date=payment.business_date,
        receipt=payment.receipt,
        line=payment.line,
    )


def lock_key(key: TillKey) -> None:
    """Make all who speak of this key wait for each other, also while it has no row yet."""
    lock("till_key", key)


def _lock_keys(notices: Sequence[PaymentNotice]) -> None:
    for key in sorted({notice.key for notice in notices}):
        lock_key(key)


def _lock_invoices(notices: Sequence[PaymentNotice]) -> dict[PaymentNotice, Invoice]:
    """Lock the invoices that are named; what is no id names none, nor does the other side's."""
    chains = Chain.objects.in_bulk([notice.key.chain for notice in notices])
    ids = {notice.invoice for notice in notices if _is_uuid(notice.invoice)}
    rows = (
        Invoice.objects.filter(pk__in=ids)
        .select_related("card", "owner", "tenant")
        .select_for_update(of=("self",), no_key=True)
        .order_by("pk")
    )
    named = {str(row.pk): row for row in rows}
    return {
        notice: named[notice.invoice]
        for notice in notices
        if notice.invoice in named
        and named[notice.invoice].owner.is_test == chains[notice.key.chain].is_test
    }


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def _record_terminals(keys: set[TillKey]) -> None:
    for chain, store, terminal in sorted({(key.chain, key.store, key.terminal) for key in keys}):
        seen = Terminal.objects.filter(chain_id=chain, store=store, terminal=terminal)
        if not seen.exists():
            first = Terminal(
                chain_id=chain, store=store, terminal=terminal, seen_first_at=clock.now()
            )
            Terminal.objects.bulk_create([first], ignore_conflicts=True)


def _judge(
    notice: PaymentNotice, invoices: dict[PaymentNotice, Invoice], arrived_at: datetime
) -> _Booked | DomainError:
    known = find_payment(notice.key)
    if known is not None:
        return _judge_known(notice, known)
    if not notice.advice and not _clock_is_right(notice, arrived_at):
        return ClockWrong()

    invoice = invoices.get(notice)
    if invoice is None:
        return _book_suspense(notice, UnknownInvoice()) if notice.advice else UnknownInvoice()

    refused = judging.refusal(invoice, notice, arrived_at)
    if refused is None:
        return _book(notice, invoice, invoice.version, late=False)
    if not notice.advice:
        return refused

    version = _version_that_asked(invoice, notice)
    if version is None or invoice.status == Invoice.Status.PAID:
        return _book_suspense(notice, refused)
    booked = _book(notice, invoice, version, late=True)
    open_case(Case.Kind.LATE_ADVICE, notice, payment=booked.reported, why=refused.code)
    return booked


def _judge_known(notice: PaymentNotice, known: Payment) -> _Booked | DomainError:
    """Answer a key that was seen before: a replay, another content, or after its reversal."""
    if known.status in (Payment.Status.TOMBSTONE, Payment.Status.REVERSED):
        return _answer_after_reversal(notice, known)
    if (known.told_invoice, known.told_version, known.amount_yen) == notice.content:
        return _Booked(Receipt(known.answer, replayed=True))
    open_case(Case.Kind.KEY_REUSED, notice, payment=known)
    return KeyReused()


def _answer_after_reversal(notice: PaymentNotice, known: Payment) -> _Booked | DomainError:
    if not notice.advice:
        return ReversedBefore()
    told = (known.told_invoice, known.told_version, known.amount_yen)
    if known.status == Payment.Status.REVERSED and told != notice.content:
        open_case(Case.Kind.KEY_REUSED, notice, payment=known)
        return KeyReused()
    former = find_case(Case.Kind.ADVICE_AFTER_REVERSAL, notice)
    if former is not None:
        return _Booked(Receipt(former.told["answer"], replayed=True))
    payment = None if known.status == Payment.Status.TOMBSTONE else str(known.pk)
    answer = _answer(notice, payment, known.status, late=True)
    open_case(Case.Kind.ADVICE_AFTER_REVERSAL, notice, payment=known, answer=answer)
    return _Booked(Receipt(answer, replayed=False))


def _clock_is_right(notice: PaymentNotice, arrived_at: datetime) -> bool:
    return arrived_at - BEHIND_MAX <= notice.taken_at <= arrived_at + AHEAD_MAX


def _version_that_asked(invoice: Invoice, notice: PaymentNotice) -> int | None:
    """Return the version whose amount was taken: the one named, else the newest of that amount."""
    asked = InvoiceVersion.objects.filter(invoice=invoice, amount_yen=notice.amount_yen)
    named = asked.filter(version=notice.version).first()
    found = named or asked.order_by("-version").first()
    return found.version if found else None


def _book(notice: PaymentNotice, invoice: Invoice, version: int, *, late: bool) -> _Booked:
    asked = InvoiceVersion.objects.get(invoice=invoice, version=version)
    payment = _row(notice, late=late)
    payment.owner = invoice.owner
    payment.tenant = invoice.tenant
    payment.invoice = invoice
    payment.version = version
    payment.number = invoice.card.number
    payment.tax_yen = asked.tax_yen
    payment.repeats = invoice.repeats
    payment.possible_duplicate = invoice.repeats and _has_twin(payment)
    payment.status = Payment.Status.REPORTED
    payment.answer = _answer(notice, str(payment.pk), payment.status, late=late)
    payment.save(force_insert=True)
    if not invoice.repeats:
        invoice.move(to=Invoice.Status.PAID)
    return _Booked(Receipt(payment.answer, replayed=False), reported=payment)


def _book_suspense(notice: PaymentNotice, refused: DomainError) -> _Booked:
    """Keep cash whose invoice is not known yet; refusing it would lose it."""
    payment = _row(notice, late=True)
    payment.status = Payment.Status.SUSPENSE
    payment.answer = _answer(notice, str(payment.pk), payment.status, late=True)
    payment.save(force_insert=True)
    open_case(Case.Kind.SUSPENSE, notice, payment=payment, why=refused.code)
    return _Booked(Receipt(payment.answer, replayed=False))


def _row(notice: PaymentNotice, *, late: bool) -> Payment:
    key = notice.key
    return Payment(
        chain_id=key.chain,
        store=key.store,
        terminal=key.terminal,
        business_date=key.business_date,
        receipt=key.receipt,
        line=key.line,
        told_invoice=notice.invoice,
        told_version=notice.version,
        amount_yen=notice.amount_yen,
        taken_at=notice.taken_at,
        booked_at=clock.now(),
        advice=notice.advice,
        late=late,
    )


def _has_twin(payment: Payment) -> bool:
    """Was the same kept invoice paid at the same chain and store within 300 seconds?"""
    assert payment.taken_at is not None
    return Payment.objects.filter(
        invoice=payment.invoice,
        chain=payment.chain,
        store=payment.store,
        status__in=[Payment.Status.REPORTED, Payment.Status.CONFIRMED],
        taken_at__range=(payment.taken_at - DUPLICATE_WITHIN, payment.taken_at + DUPLICATE_WITHIN),
    ).exists()


def _answer(notice: PaymentNotice, payment: str | None, status: str, *, late: bool) -> str:
    """Return the bytes a till gets; they are kept with the row and never written anew."""
    words: dict[str, Any] = {
        "payment": payment,
        "invoice": notice.invoice,
        "amount_yen": notice.amount_yen,
        "status": str(status),
        "business_date": notice.key.business_date.isoformat(),
        "taken_at": notice.taken_at.astimezone(clock.JST).isoformat(),
    }
    if notice.advice:
        words["late"] = late
    return json.dumps(words, ensure_ascii=False)


def _told(payment: Payment, type_: str, member_reference: str | None) -> EventTold:
    assert payment.owner_id is not None
    assert payment.tenant is not None
    assert payment.invoice is not None
    assert payment.taken_at is not None
    return EventTold(
        type=type_,
        owner_id=payment.owner_id,
        tenant_id=payment.tenant_id,
        invoice_id=payment.invoice_id,
        payment_id=payment.pk,
        body={
            "payment": str(payment.pk),
            "invoice": str(payment.invoice_id),
            "reference": payment.invoice.reference,
            "number": payment.number,
            "member_reference": member_reference,
            "tenant": payment.tenant.code,
            "amount_yen": payment.amount_yen,
            "tax_yen": payment.tax_yen,
            "chain": payment.chain.told_code,
            "store": payment.store,
            "business_date": payment.business_date.isoformat(),
            "taken_at": payment.taken_at.astimezone(clock.JST).isoformat(),
            "repeats": payment.repeats,
            "late": payment.late,
            "possible_duplicate": payment.possible_duplicate,
        },
    )
