"""A payment as it is written in plain Django, beside ours: no HTTP, no key's check, no batch.

Each is a durable transaction of its own: lock the invoice, insert the payment, move both streams'
counters, insert the event. As a web server does, a thread gives its connection back after each.
"""

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from typing import Final
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F, Q

from bench.payments_world import ALONE
from billing.models import Event, Invoice, Payment, Stream
from smartpit.kernel import clock

PROCESSES: Final = 2
THREADS: Final = 16
_MOST: Final = 2_000  # Of a second.


def paid_per_second(seconds: float) -> float:
    """Return how many invoices of many owners, which nobody else pays meanwhile, are paid."""
    unpaid = Invoice.objects.filter(status=Invoice.Status.OPEN).exclude(owner__code=ALONE)
    # The ids are in no order of the owners.
    invoices = unpaid.order_by("id").values_list("id", flat=True)[: int(seconds * _MOST)]
    apart = get_context("spawn")
    all_up = apart.Barrier(PROCESSES)
    with ProcessPoolExecutor(PROCESSES, apart, initializer=all_up.wait) as processes:
        shares = [list(invoices)[place::PROCESSES] for place in range(PROCESSES)]
        paid = [processes.submit(_paid, share, seconds) for share in shares]
        return sum(each.result() for each in paid) / seconds


def _paid(invoices: Sequence[UUID], seconds: float) -> int:
    until = time.monotonic() + seconds
    with ThreadPoolExecutor(THREADS) as threads:
        shares = [invoices[place::THREADS] for place in range(THREADS)]
        paid = [threads.submit(_pay_until, share, until) for share in shares]
        return sum(each.result() for each in paid)


def _pay_until(invoices: Sequence[UUID], until: float) -> int:
    for count, invoice in enumerate(invoices):
        if time.monotonic() >= until:
            return count
        _pay(invoice)
        connection.close()
    raise AssertionError("all were paid before the time was up")


def _pay(invoice_id: UUID) -> None:
    with transaction.atomic():
        invoice = Invoice.objects.select_for_update().get(pk=invoice_id)
        invoice.status = Invoice.Status.PAID
        invoice.save(update_fields=["status"])
        payment = _payment(invoice)
        payment.save(force_insert=True)
        streams = Stream.objects.select_for_update().filter(owner_id=invoice.owner_id)
        numbers = {}
        for stream in streams.filter(Q(tenant=None) | Q(tenant_id=invoice.tenant_id)):
            stream.last = F("last") + 1
            stream.save(update_fields=["last"])
            stream.refresh_from_db(fields=["last"])
            numbers[stream.tenant_id] = stream.last
        _event(payment, invoice, numbers).save(force_insert=True)


def _payment(invoice: Invoice) -> Payment:
    now = clock.now()
    return Payment(
        chain_id="ministop",
        store="000001",
        terminal="01",
        business_date=clock.business_date(now),
        receipt=invoice.reference,
        line=1,
        told_invoice=str(invoice.pk),
        told_version=invoice.version,
        owner_id=invoice.owner_id,
        tenant_id=invoice.tenant_id,
        invoice=invoice,
        version=invoice.version,
        number=invoice.card.number,
        amount_yen=invoice.amount_yen,
        tax_yen=invoice.tax_yen,
        taken_at=now,
        booked_at=now,
        status=Payment.Status.REPORTED,
        answer='{"status": "reported"}',
    )


def _event(payment: Payment, invoice: Invoice, numbers: Mapping[int | None, int]) -> Event:
    return Event(
        owner_id=invoice.owner_id,
        sequence=numbers[None],
        tenant_id=invoice.tenant_id,
        tenant_sequence=numbers[invoice.tenant_id],
        type="payment.reported",
        occurred_at=payment.booked_at,
        invoice=invoice,
        payment=payment,
        body={"payment": str(payment.pk), "amount_yen": payment.amount_yen},
    )
