"""The peer: pgbench books the equivalent of a payment, by plain statements on the same tables.

It locks and pays off the invoice, inserts the payment, moves both streams' counters and inserts
the event, in one durable transaction; it speaks no HTTP, reads no JSON and refuses nothing.
"""

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.payments_world import address
from smartpit.platform.embedded import binaries

_SCRIPT: Final = r"""
\set turn :turn + 1
\set place :first + 2 * (1 + permute(:base + :client_id * :each + :turn, :size, 42))
BEGIN;
UPDATE billing_invoice SET status = 'paid' WHERE id = md5(:place::text)::uuid
    RETURNING owner_id, tenant_id \gset
INSERT INTO billing_payment (
    id, chain_id, store, terminal, business_date, receipt, line, told_invoice, told_version,
    amount_yen, taken_at, booked_at, advice, owner_id, tenant_id, invoice_id, version, number,
    tax_yen, repeats, late, possible_duplicate, status, answer)
VALUES (gen_random_uuid(), 'familymart', 'P' || :client_id::text, '01', current_date, :place::text, 1,
    md5(:place::text)::uuid::text, 1, 10000, now(), now(), false, :owner_id, :tenant_id,
    md5(:place::text)::uuid, 1, '1000000000000', 909, false, false, false, 'reported',
    '{"payment": "2ae1b8be-1857-4bdc-8bd4-6187df9c86c3", "invoice": "2ae1b8be-1857-4bdc-8bd4-6187df9c86c3", "amount_yen": 10000, "status": "reported", "business_date": "2026-11-27", "taken_at": "2026-11-27T13:09:51.213074+09:00"}')
    RETURNING id AS payment_id \gset
UPDATE billing_stream SET last = last + 1 WHERE owner_id = :owner_id AND tenant_id IS NULL
    RETURNING last AS owner_last \gset
UPDATE billing_stream SET last = last + 1 WHERE owner_id = :owner_id AND tenant_id = :tenant_id
    RETURNING last AS tenant_last \gset
INSERT INTO billing_event (
    owner_id, owner_sequence, tenant_id, tenant_sequence, type, occurred_at, invoice_id, payment_id, body)
VALUES (:owner_id, :owner_last, :tenant_id, :tenant_last, 'payment.reported', now(),
    md5(:place::text)::uuid, :payment_id, '{"payment": "2ae1b8be-1857-4bdc-8bd4-6187df9c86c3", "invoice": "2ae1b8be-1857-4bdc-8bd4-6187df9c86c3", "reference": "B1", "number": "1000000000000", "member_reference": null, "tenant": "own", "amount_yen": 10000, "tax_yen": 909, "chain": "familymart", "store": "P1", "business_date": "2026-11-27", "taken_at": "2026-11-27T13:09:51.213074+09:00", "repeats": false, "late": false, "possible_duplicate": false}'::jsonb);
COMMIT;
"""  # noqa: E501  Two words of the length that ours have.


@dataclass(frozen=True)
class Places:
    """The invoices of one run: ``count`` from ``base`` on, of ``size`` in all after ``first``."""

    first: int
    size: int
    base: int
    count: int


def pgbench(places: Places, *, seconds: float, clients: int) -> float:
    """Return how many transactions a second pgbench commits, on invoices nobody else pays."""
    script = Path(os.environ["SMARTPIT_HOME"]) / "peer.sql"
    script.write_text(_SCRIPT)
    at = address("smartpit_owner")
    words = {"turn": 0, "first": places.first, "size": places.size, "base": places.base}
    words["each"] = places.count // clients
    done = subprocess.run(  # noqa: S603  Our own server's program.
        [
            str(binaries() / "pgbench"), "-n", "-M", "prepared", "-c", str(clients), "-j", "1",
            "-T", str(int(seconds)), "-f", str(script), "-h", at["host"], "-p", at["port"],
            "-U", at["user"], *[f"-D{name}={word}" for name, word in words.items()], at["dbname"],
        ],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    found = re.search(r"tps = ([0-9.]+)", done.stdout)
    assert done.returncode == 0, done.stderr[-2000:]
    assert found is not None, done.stdout[-2000:]
    return float(found[1])
