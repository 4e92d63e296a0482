"""The measuring process of ``bench.notifications``: books payments and asks what was told."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Final
from uuid import UUID

from django.db import connection

from bench.centre import program
from bench.receiver import receive
from billing.models import Endpoint, Invoice, Stream
from billing.services.chains import open_chains
from billing.services.invoices import InvoiceAsked, register_invoice
from billing.services.notifications import (
    EndpointAsked,
    add_endpoint,
    remove_endpoint,
    resend_events,
)
from billing.services.payments import receive_payments
from billing.tills.notices import PaymentNotice, TillKey
from cards.services import issue_card
from smartpit.kernel import clock
from tenants.access import Scope
from tenants.models import Centre
from tenants.services import Contact, TermsSigned, found_centre, open_owner

OWNERS: Final = 50
PER_SECOND: Final = 500
BATCH: Final = 25
TILLS: Final = 4
_PATIENCE_SECONDS: Final = 180
# Rows like one that a service registered, without its checks and its second each.
_COPY_INVOICES: Final = """
    WITH made AS (
        INSERT INTO billing_invoice
        SELECT (jsonb_populate_record(i, jsonb_build_object(
                   'id', gen_random_uuid(), 'reference', i.reference || '-' || n))).*
          FROM billing_invoice i CROSS JOIN generate_series(1, %s) n
        RETURNING id, owner_id)
    INSERT INTO billing_invoiceversion
    SELECT (jsonb_populate_record(v, jsonb_build_object(
               'id', nextval(pg_get_serial_sequence('billing_invoiceversion', 'id')),
               'invoice_id', made.id))).*
      FROM made JOIN billing_invoice i ON i.owner_id = made.owner_id
      JOIN billing_invoiceversion v ON v.invoice_id = i.id
"""


@dataclass(frozen=True)
class World:
    """Owners whose systems listen, and invoices to be paid, one owner's after the other's."""

    scopes: list[Scope]
    invoices: list[UUID]
    hanging: Endpoint


def make_world(port: int, invoices: int) -> World:
    found_centre(Centre(name="計測センター", contact_email="centre@smartpit.invalid"))
    Centre.objects.update(is_demo=True)  # Else nobody calls loopback.
    open_chains()
    terms = TermsSigned(clock.business_date(), setup_fees="apart")
    scopes = []
    for place in range(OWNERS):
        owner = open_owner(f"owner{place}", f"計測{place}", Contact(), terms)
        scope = Scope(owner_id=owner.pk)
        scopes.append(scope)
        add_endpoint(scope, EndpointAsked(f"http://127.0.0.1:{port}/{place}"))
        number = issue_card("joint", owner=owner).number
        register_invoice(scope, InvoiceAsked("R", number, "計測", 10_000))
    hanging, _ = add_endpoint(scopes[0], EndpointAsked(f"http://127.0.0.1:{port}/hang"))
    first = set(Invoice.objects.values_list("pk", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(_COPY_INVOICES, [invoices // OWNERS + 1])
        # Not what nothing was written to: plans for empty tables would be kept.
        cursor.execute("ANALYZE billing_invoice, billing_invoiceversion")
    rows = Invoice.objects.exclude(pk__in=first).order_by("reference", "owner")
    return World(scopes, list(rows.values_list("pk", flat=True)[:invoices]), hanging)


def book(invoices: list[UUID], first: int) -> float:
    """Book one batch; return how many seconds it took."""
    at = clock.now()
    began = time.monotonic()
    receive_payments(
        [
            PaymentNotice(
                key=TillKey(
                    "lawson", "000001", "01", clock.business_date(at), f"{first + place}", 1
                ),
                invoice=str(invoice),
                version=1,
                amount_yen=10_000,
                taken_at=at,
            )
            for place, invoice in enumerate(invoices)
        ]
    )
    return time.monotonic() - began


def book_steadily(world: World, sender: "subprocess.Popen[str]") -> float:
    """Book batches on the beat of ``PER_SECOND``, ring after each; return the pace kept."""
    assert sender.stdin is not None
    rows = iter(world.invoices)
    batches = list(iter(lambda: list(islice(rows, BATCH)), []))
    began = time.monotonic()
    with ThreadPoolExecutor(TILLS) as tills:
        for place, batch in enumerate(batches):
            time.sleep(max(began + place * BATCH / PER_SECOND - time.monotonic(), 0))
            booked = tills.submit(book, batch, place * BATCH)
            booked.add_done_callback(lambda done: _ring(sender, done.result()))
    return len(world.invoices) / (time.monotonic() - began)


def _ring(sender: "subprocess.Popen[str]", _took: float) -> None:
    assert sender.stdin is not None
    sender.stdin.write("ring\n")
    sender.stdin.flush()


def waits_ms(came: list[tuple[bytes, int]]) -> list[float]:
    """Return how long after it happened each notification came, shortest first."""
    told = [(datetime.fromisoformat(stamp.decode()), at) for stamp, at in came]
    return sorted((at / 1e9 - happened.timestamp()) * 1_000 for happened, at in told)


def until_came(receiver: Connection, count: int) -> list[tuple[bytes, int]]:
    ends = time.monotonic() + _PATIENCE_SECONDS
    came = 0
    while came < count:
        assert time.monotonic() < ends, f"{came} of {count} came"
        time.sleep(0.05)
        receiver.send("count")
        came = receiver.recv()
    receiver.send("all")
    told: list[tuple[bytes, int]] = receiver.recv()
    return told


@contextmanager
def receiving() -> Iterator[tuple[Connection, int]]:
    ours, theirs = get_context("spawn").Pipe()
    receiver = get_context("spawn").Process(target=receive, args=(theirs,), daemon=True)
    receiver.start()
    try:
        yield ours, ours.recv()
    finally:
        ours.send("stop")
        receiver.join(5)


@contextmanager
def sending() -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen(  # noqa: S603 - our own program
        program("bench.notified_sender"), stdin=subprocess.PIPE, text=True
    ) as sender:
        yield sender
        sender.kill()  # It waits for what hangs; the figures do not.


def main() -> None:
    invoices = int(sys.argv[1]) * PER_SECOND
    with receiving() as (receiver, port), sending() as sender:
        world = make_world(port, invoices)
        pace = book_steadily(world, sender)
        waits = waits_ms(until_came(receiver, invoices))
        remove_endpoint(world.scopes[0], str(world.hanging.pk))

        queued = 0
        for scope in world.scopes:
            newest = Stream.objects.get(owner_id=scope.owner, tenant=None).last
            queued += resend_events(scope, 1, newest)
        _ring(sender, 0)
        came = [at for _, at in until_came(receiver, queued)]
    measured = {
        "payments_per_second": pace,
        "p50_ms": waits[len(waits) // 2],
        "p99_ms": waits[len(waits) * 99 // 100],
        "deliveries_per_second": (len(came) - 1) / ((max(came) - min(came)) / 1e9),
    }
    sys.stdout.write(json.dumps(measured))


if __name__ == "__main__":
    main()
