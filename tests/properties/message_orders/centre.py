"""The same messages played on the real services: what they answer, and what then stands.

One transaction holds all: a savepoint is a place in the tree of orders to come back to, so orders
that begin alike are played once.
"""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import connection, transaction

from billing.models import Invoice
from billing.services.expiry import expire_invoices
from billing.services.invoices import change_invoice, withdraw_invoice
from billing.services.payments import receive_payment
from billing.services.reversals import reverse_payment
from billing.tills.notices import PaymentNotice, Receipt, ReversalNotice, TillKey
from smartpit.kernel import clock
from smartpit.kernel.errors import DomainError
from tenants.access import Scope
from tests.cast import jst
from tests.properties.message_orders.oracle import EXPIRE, TAKEN, World

BEGINS = jst("2026-11-24 23:30")
DUE_ON = BEGINS.date()

# What stands, read in one question. It asks by index: among the rows that savepoints undid, a
# whole table is long.
_STANDS = """
SELECT json_build_object(
    'invoice', (SELECT json_build_array(status, version, amount_yen)
                  FROM billing_invoice WHERE id = %(invoice)s),
    'versions', (SELECT json_agg(amount_yen ORDER BY version)
                   FROM billing_invoiceversion WHERE invoice_id = %(invoice)s),
    'keys', (SELECT json_object_agg(receipt, json_build_array(
                        status, told_version, amount_yen, late, possible_duplicate))
               FROM billing_payment WHERE chain_id = 'lawson' AND store = '000001'),
    'streams', (SELECT json_agg(json_build_array(stream.last, (
                           SELECT json_agg(json_build_array(number, type, body ->> 'late',
                                                            body ->> 'possible_duplicate')
                                           ORDER BY number)
                             FROM (SELECT event.*, CASE WHEN stream.tenant_id IS NULL
                                          THEN owner_sequence ELSE tenant_sequence END AS number
                                     FROM billing_event AS event
                                    WHERE event.owner_id = stream.owner_id
                                      AND (stream.tenant_id IS NULL
                                           OR event.tenant_id = stream.tenant_id)) AS told
                            WHERE number IS NOT NULL)))
                  FROM billing_stream AS stream WHERE owner_id = %(owner)s),
    'deliveries', (SELECT count(*) FROM billing_delivery WHERE endpoint_id = %(endpoint)s),
    'cases', (SELECT json_agg(kind) FROM billing_case
               WHERE kind = ANY(%(kinds)s) AND status = 'open')
)
"""
# Every column of every row that a message may touch; the clock is all that is not in it.
_ROWS = """
SELECT md5(concat_ws('|', %(now)s::text,
    (SELECT array_agg(row::text) FROM billing_invoice AS row WHERE id = %(invoice)s),
    (SELECT array_agg(row::text ORDER BY version)
       FROM billing_invoiceversion AS row WHERE invoice_id = %(invoice)s),
    (SELECT array_agg(row::text ORDER BY receipt)
       FROM billing_payment AS row WHERE chain_id = 'lawson' AND store = '000001'),
    (SELECT array_agg(row::text ORDER BY row.id)
       FROM billing_reversal AS row JOIN billing_payment AS payment ON payment.id = payment_id
      WHERE chain_id = 'lawson' AND store = '000001'),
    (SELECT array_agg(row::text ORDER BY row.id)
       FROM billing_event AS row WHERE row.owner_id = %(owner)s),
    (SELECT array_agg(row::text ORDER BY row.id)
       FROM billing_stream AS row WHERE owner_id = %(owner)s),
    (SELECT array_agg(row::text ORDER BY row.id)
       FROM billing_delivery AS row WHERE endpoint_id = %(endpoint)s),
    (SELECT array_agg(row::text ORDER BY kind, key)
       FROM billing_case AS row WHERE kind = ANY(%(kinds)s)),
    (SELECT array_agg(row::text ORDER BY row.id)
       FROM billing_terminal AS row WHERE chain_id = 'lawson')
))
"""
_KINDS = ["key_reused", "late_advice", "suspense", "reversal_too_late", "advice_after_reversal"]


@dataclass
class Centre:
    """One invoice on the real services, under a clock that each message moves."""

    invoice: Invoice
    endpoint: Any
    now: int = 0
    first: dict[str, str] = field(default_factory=dict)  # The bytes first answered, by message.

    def play(self, message: str) -> str:
        """Let one message happen and return its answer in the oracle's words."""
        self.now += EXPIRE if message == "expire" else 0
        with clock.frozen(BEGINS + timedelta(minutes=self.now)):
            try:
                return self._answer(message)
            except DomainError as refused:
                current = refused.extra.get("current", {})
                return " ".join([str(refused.status), refused.code, *map(str, current.values())])
            finally:
                with connection.cursor() as cursor:
                    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Come back, after the body, to where all stands now."""
        now, first = self.now, dict(self.first)
        here = transaction.savepoint()
        yield
        transaction.savepoint_rollback(here)
        transaction.savepoint_commit(here)
        self.now, self.first = now, first

    def rows(self) -> str:
        """Return a digest of every row and of the clock: the same digest, the same centre."""
        return str(self._read(_ROWS))

    def stands(self) -> dict[str, Any]:
        """Return what stands, in the form of ``expected``."""
        found = self._read(_STANDS)
        read = json.loads(found) if isinstance(found, str) else found
        read["cases"] = Counter(read["cases"] or [])
        read["keys"] = read["keys"] or {}
        return dict(read)

    def _read(self, question: str) -> Any:
        words = {
            "invoice": self.invoice.pk,
            "owner": self.invoice.owner_id,
            "endpoint": self.endpoint.pk,
            "kinds": _KINDS,
            "now": self.now,
        }
        with connection.cursor() as cursor:
            cursor.execute(question, words)
            (found,) = cursor.fetchone()
        return found

    def _answer(self, message: str) -> str:
        verb, _, key = message.partition(" ")
        scope, invoice = Scope(owner_id=self.invoice.owner_id), str(self.invoice.pk)
        match verb:
            case "collect" | "advice":
                told = self._notice(key, advice=verb == "advice")
                return self._receipt(message, receive_payment(told))
            case "reverse":
                undo = ReversalNotice(_till_key(key), "客都合")
                return self._receipt(message, reverse_payment(undo))
            case "expire":
                return f"{expire_invoices()} expired"
            case "withdraw":
                return f"200 {withdraw_invoice(scope, invoice).status}"
        version = self._present().version
        changes = {"amount_yen": 10_000 + 1_000 * version}
        return f"200 {change_invoice(scope, invoice, changes).version}"

    def _notice(self, key: str, *, advice: bool) -> PaymentNotice:
        present = self._present()
        version, amount_yen = (present.version, present.amount_yen) if key == "k2" else (1, 10_000)
        taken_at = clock.now() + timedelta(minutes=TAKEN[key])
        return PaymentNotice(
            _till_key(key), str(present.pk), version, amount_yen, taken_at, advice=advice
        )

    def _present(self) -> Invoice:
        return Invoice.objects.get(pk=self.invoice.pk)

    def _receipt(self, message: str, receipt: Receipt) -> str:
        """Say a receipt in the oracle's words; a repeated one must be the first bytes again."""
        first = self.first.setdefault(message, receipt.answer)
        assert first == receipt.answer, f"{message} was first answered {first}"
        words = json.loads(receipt.answer)
        late = ["late"] if words.get("late") else []
        return " ".join(["200" if receipt.replayed else "201", words["status"], *late])


def expected(world: World) -> dict[str, Any]:
    """Return what should stand, in the form of ``Centre.stands``."""
    told = [
        [place, type_, _flag(type_, late), _flag(type_, duplicate)]
        for place, (type_, late, duplicate) in enumerate(world.told, start=1)
    ]
    return {
        "invoice": [world.status, len(world.asked), world.asked[-1]],
        "versions": world.asked,
        "keys": {
            key: [booked.status, *(booked.said or (None, None)), booked.late, booked.duplicate]
            for key, booked in world.keys.items()
        },
        "streams": [[len(told), told or None]] * 2,
        "deliveries": len(told),
        "cases": world.cases,
    }


def _flag(type_: str, flag: bool) -> str | None:  # noqa: FBT001  It is the fact.
    return str(flag).lower() if type_.startswith("payment.") else None


def _till_key(key: str) -> TillKey:
    return TillKey("lawson", "000001", "01", DUE_ON, key, 1)
