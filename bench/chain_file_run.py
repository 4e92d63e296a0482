"""Take in one file of so many records and write how long it took.

python -m bench.chain_file_run 20000
"""

import json
import sys
from collections.abc import Callable
from datetime import date
from hashlib import sha256
from tempfile import TemporaryFile
from time import perf_counter
from typing import Any, BinaryIO, Final

from django.db import connection

from bench.figure import peak_memory_mb
from bench.setting import database
from billing.chain_file import ChainFileReader
from billing.models import Chain, Confirmation, Event
from settlement.services import confirming
from settlement.services.chain_files import FileSent, take_chain_file
from settlement.services.chain_simulator import FileAsked, write_file
from smartpit.kernel import clock
from tenants.models import Owner
from tenants.services import Contact, TermsSigned, open_owner
from tests.cast import jst, make_cast, register

OWNERS: Final = 50
_TAKEN_ON: Final = date(2026, 11, 24)
_FILE_DAY: Final = date(2026, 11, 26)
_PAY: Final = """
INSERT INTO billing_payment (
    id, chain_id, store, terminal, business_date, receipt, line, told_invoice, told_version,
    owner_id, tenant_id, invoice_id, version, number, amount_yen, tax_yen, repeats, taken_at,
    booked_at, advice, late, possible_duplicate, status, answer)
SELECT gen_random_uuid(), 'lawson', lpad((place %% 5000)::text, 6, '0'), '01', %(day)s,
       lpad(place::text, 12, '0'), 1, invoice.id, 1, invoice.owner_id, invoice.tenant_id,
       invoice.id, 1, card.number, invoice.amount_yen, invoice.tax_yen, true, %(at)s, %(at)s,
       false, false, false, 'reported', '{}'
  FROM generate_series(1, %(count)s) AS place
  JOIN (SELECT *, row_number() OVER (ORDER BY id) AS nth FROM billing_invoice) AS invoice
    ON invoice.nth = place %% %(owners)s + 1
  JOIN cards_card AS card ON card.id = invoice.card_id
"""
# What tills told stands in the streams already, as it does in a centre.
_TELL: Final = """
INSERT INTO billing_stream (owner_id, tenant_id, last, acknowledged)
SELECT DISTINCT payment.owner_id, side.tenant_id, 0, 0 FROM billing_payment AS payment
 CROSS JOIN LATERAL (VALUES (NULL::bigint), (payment.tenant_id)) AS side (tenant_id);
INSERT INTO billing_event (owner_id, owner_sequence, tenant_id, tenant_sequence, type, occurred_at,
                           invoice_id, payment_id, body)
SELECT owner_id, row_number() OVER (PARTITION BY owner_id ORDER BY receipt), tenant_id,
       row_number() OVER (PARTITION BY tenant_id ORDER BY receipt), 'payment.reported', booked_at,
       invoice_id, id, jsonb_build_object(
           'payment', id, 'invoice', invoice_id, 'reference', receipt, 'number', number,
           'member_reference', NULL, 'tenant', 'own', 'amount_yen', amount_yen,
           'tax_yen', tax_yen, 'chain', chain_id, 'store', store, 'business_date', business_date,
           'taken_at', taken_at, 'repeats', repeats, 'late', late,
           'possible_duplicate', possible_duplicate)
  FROM billing_payment ORDER BY receipt;
UPDATE billing_stream AS stream SET last = (
    SELECT count(*) FROM billing_event AS event WHERE event.owner_id = stream.owner_id);
"""


def main() -> None:
    records = int(sys.argv[1])
    with database(), clock.frozen(jst("2026-11-24 12:00")):
        _make_world(records)
        told = _measured(records)
    sys.stdout.write(json.dumps(told))


def _make_world(count: int) -> None:
    make_cast()
    terms = {"repeat_yearly_yen": 0, "first_registration_yen": 0, "setup_fees": "apart"}
    for place in range(OWNERS):
        open_owner(f"bench-{place}", "企業", Contact(), TermsSigned(date(2026, 1, 1), **terms))  # type: ignore[arg-type]
    for owner in Owner.objects.filter(code__startswith="bench-", is_test=False):
        register(owner, repeats=True, tax_yen=909)
    words: dict[str, Any] = {"count": count, "owners": OWNERS, "day": _TAKEN_ON, "at": clock.now()}
    with connection.cursor() as cursor:
        cursor.execute(_PAY, words)
        cursor.execute(_TELL)
        # Not what nothing was written to: plans for empty tables would be kept.
        cursor.execute("VACUUM ANALYZE billing_invoice, billing_payment, billing_event")


def _measured(records: int) -> dict[str, float]:
    chain = Chain.objects.get(pk="lawson")
    with TemporaryFile() as content, clock.frozen(jst("2026-11-26 05:00")):
        size, digest = write_file(FileAsked(chain, _FILE_DAY), content)
        read = _seconds(lambda: _read(content, size))
        sent = FileSent(chain, "bench.dat", digest, size, _rewound(content))
        locked: list[float] = []
        with connection.execute_wrapper(_noting(locked)):
            taken = _seconds(lambda: take_chain_file(sent))
            held = perf_counter() - locked[0]
        assert Confirmation.objects.count() == records
        assert Event.objects.count() == 2 * records
        again = _seconds(lambda: take_chain_file(sent))
        assert sha256(_rewound(content).read()).hexdigest() == digest
    return {
        "taken": taken, "held": held, "read": read, "again": again, "rss": peak_memory_mb(),
    }  # fmt: skip


def _noting(locked: list[float]) -> Callable[..., Any]:
    """Note when the streams are locked; they are let go by the commit."""

    def note(execute: Any, sql: str, words: Any, many: Any, context: Any) -> Any:
        answer = execute(sql, words, many, context)
        if sql == confirming._LOCK_STREAMS:  # noqa: SLF001  It has no other name.
            locked.append(perf_counter())
        return answer

    return note


def _read(content: BinaryIO, size: int) -> None:
    reader = ChainFileReader(_rewound(content), bytes_count=size)
    for _ in reader.records():
        pass


def _rewound(content: BinaryIO) -> BinaryIO:
    content.seek(0)
    return content


def _seconds(work: Callable[[], object]) -> float:
    started = perf_counter()
    work()
    return perf_counter() - started


if __name__ == "__main__":
    main()
