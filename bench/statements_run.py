"""A person of an owner's opens the statement of many payments, its rows, and takes its files.

    python -m bench.statements_run 100000

The web runs as in use, with both its processes; worker and beat do not, for what they do is no
part of these figures. Two people open pages at once, each the next when it has the one before.
The file's peer is COPY of the same columns by the same joins, in turns with it. What the whole file
costs the web in memory is told beside what one tenant's, a seventh of it, had cost.
"""

import sys
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection
from statistics import median
from time import perf_counter
from typing import Final

from bench.closing_world import CLOSES_ON
from bench.figure import Figure
from bench.load import Answers, load
from bench.payments_world import superuser
from bench.processes import held_mb
from bench.statements_world import Stated, stated
from bench.tills import PORT, running

PEOPLE: Final = 2
LOADS_EACH: Final = 75
ROUNDS: Final = 3
WARMED: Final = 6  # Files, so that each process of the web has written one.
_PIECE: Final = 1 << 16
# The columns of the file, as they stand in the tables.
_COPY: Final = f"""
COPY (SELECT payment.id, payment.business_date, payment.taken_at, confirmation.confirmed_at,
             tenant.code, tenant.name, invoice.reference, invoice.title, payment.number,
             payment.amount_yen, payment.tax_yen, chain.name, payment.store, payment.terminal,
             payment.receipt, payment.line, payment.late
        FROM billing_confirmation AS confirmation
        JOIN billing_payment AS payment ON payment.id = confirmation.payment_id
        JOIN billing_chain AS chain ON chain.code = payment.chain_id
        JOIN tenants_tenant AS tenant ON tenant.id = payment.tenant_id
        JOIN billing_invoice AS invoice ON invoice.id = payment.invoice_id
       WHERE confirmation.closes_on = '{CLOSES_ON}'
       ORDER BY confirmation.id) TO STDOUT (FORMAT csv)
"""  # noqa: S608  Put together from constants.


@dataclass(frozen=True)
class _Taken:
    """A file that came whole."""

    lines: int
    took: float
    first_byte: float


def _measure(payments: int) -> list[Figure]:
    with stated(payments) as made, running(made.home, ["web"]):
        return [*_files(made), *_pages(made)]


def _files(made: Stated) -> list[Figure]:
    for _ in range(WARMED):
        _taken(f"/portal/statements/{made.share.pk}/payments.csv", made.cookie_of_tenant)
    few_mb = held_mb(made.home, "VmHWM")
    csv, peer = [], []
    for _ in range(ROUNDS):
        csv.append(_csv(made))
        peer.append(_copied(made))
    many_mb = held_mb(made.home, "VmHWM")
    book = _taken(f"{_address(made)}payments.xlsx", made.cookie)
    payments = made.statement.payments_count
    paces = [payments / one.took for one in csv]
    return [
        Figure("statement_csv_rows_per_second", median(paces), "rows/s"),
        Figure("statement_csv_copy_rows_per_second", median(peer), "rows/s"),
        Figure(
            "statement_csv_ratio_copy",
            median(pace / other for pace, other in zip(paces, peer, strict=True)),
            "times",
        ),
        Figure("statement_csv_first_byte_ms", 1_000 * median(one.first_byte for one in csv), "ms"),
        Figure("statement_csv_rss_mb", max(many_mb), "MB"),
        Figure("statement_csv_growth_mb", sum(many_mb) - sum(few_mb), "MB"),
        Figure("statement_xlsx_rows_per_second", payments / book.took, "rows/s"),
        Figure("statement_xlsx_rss_mb", max(held_mb(made.home, "VmHWM")), "MB"),
    ]


def _pages(made: Stated) -> list[Figure]:
    pages = {
        "statement": "",
        "statement_rows": "payments/",
        "statement_stamps": "payments/?rows=stamps",
        "statement_last_rows": f"payments/?page={made.statement.payments_count}",
    }
    found = []
    for name, page in pages.items():
        _opened(made, page, 5)  # The plans are made now.
        run = _opened(made, page, LOADS_EACH)
        found += [
            Figure(f"{name}_p95_ms", run.ms(95), "ms"),
            Figure(f"{name}_p50_ms", run.ms(50), "ms"),
        ]
    return found


def _opened(made: Stated, page: str, loads: int) -> Answers:
    asked = (
        f"GET {_address(made)}{page} HTTP/1.1\r\nHost: 127.0.0.1:{PORT}\r\n"
        f"Cookie: {made.cookie}\r\n\r\n"
    )
    run = load(PORT, [[asked.encode()] * loads] * PEOPLE, seconds=60, good=b"200")
    assert set(run.statuses) == {b"200"}, (run.statuses, run.odd)
    return run


def _csv(made: Stated) -> _Taken:
    taken = _taken(f"{_address(made)}payments.csv", made.cookie)
    assert taken.lines == made.statement.payments_count + 1  # The heads too.
    return taken


def _taken(address: str, cookie: str) -> _Taken:
    lines, first_byte = 0, 0.0
    begun = perf_counter()
    with closing(HTTPConnection("127.0.0.1", PORT)) as line:
        line.request("GET", address, headers={"Cookie": cookie})
        answer = line.getresponse()
        assert answer.status == 200, answer.status
        while piece := answer.read1(_PIECE):
            first_byte = first_byte or perf_counter() - begun
            lines += piece.count(b"\n")
    return _Taken(lines, perf_counter() - begun, first_byte)


def _address(made: Stated) -> str:
    return f"/dashboard/statements/{made.statement.pk}/"


def _copied(made: Stated) -> float:
    """Return how many rows a second the server alone copies."""
    rows = 0
    with superuser() as server, server.cursor() as cursor:
        begun = perf_counter()
        with cursor.copy(_COPY) as copied:
            for piece in copied:
                rows += bytes(piece).count(b"\n")
        took = perf_counter() - begun
    assert rows == made.statement.payments_count, rows
    return rows / took


if __name__ == "__main__":
    for _figure in _measure(int(sys.argv[1])):
        sys.stdout.write(f"{_figure}\n")
