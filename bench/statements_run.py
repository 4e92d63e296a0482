"""A person of an owner's opens the statement of many payments, its rows, and takes its files.

    python -m bench.statements_run 100000

The web runs as in use, with both its processes; worker and beat do not, for what they do is no
part of these figures. Two people open pages at once, each the next when it has the one before.
The file's peer is COPY of the same columns by the same joins, in turns with it; what it costs a
process is looked at when a tenth of the rows have come, and at the end.
"""

import sys
from collections.abc import Callable, Iterator
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

    rows: int
    took: float
    first_byte: float

    @property
    def per_second(self) -> float:
        return self.rows / self.took


def _measure(payments: int) -> list[Figure]:
    with stated(payments) as made, running(made.home, ["web"]):
        return [*_files(made), *_pages(made)]


def _files(made: Stated) -> list[Figure]:
    few: list[list[float]] = []

    def look() -> None:
        few.append(held_mb(made.home, "VmHWM"))

    csv, peer = [], []
    for _ in range(ROUNDS):
        csv.append(_csv(made, look))
        peer.append(_copied(made))
    many = held_mb(made.home, "VmHWM")
    book = _taken(made, "payments.xlsx")
    ratios = [one.per_second / other for one, other in zip(csv, peer, strict=True)]
    return [
        Figure("statement_csv_rows_per_second", median(one.per_second for one in csv), "rows/s"),
        Figure("statement_csv_copy_rows_per_second", median(peer), "rows/s"),
        Figure("statement_csv_ratio_copy", median(ratios), "times"),
        Figure("statement_csv_first_byte_ms", 1_000 * median(one.first_byte for one in csv), "ms"),
        Figure("statement_csv_rss_mb", max(many), "MB"),
        Figure("statement_csv_growth_mb", sum(many) - sum(few[0]), "MB"),
        Figure("statement_xlsx_rows_per_second", book.per_second, "rows/s"),
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
    address = f"/dashboard/statements/{made.statement.pk}/{page}"
    asked = f"GET {address} HTTP/1.1\r\nHost: 127.0.0.1:{PORT}\r\nCookie: {made.cookie}\r\n\r\n"
    run = load(PORT, [[asked.encode()] * loads] * PEOPLE, seconds=60, good=b"200")
    assert set(run.statuses) == {b"200"}, (run.statuses, run.odd)
    return run


def _csv(made: Stated, look: Callable[[], None]) -> _Taken:
    """Take the whole file; ``look`` when a tenth of it has come."""
    payments = made.statement.payments_count
    lines = 0
    looks = iter([look])

    def see(piece: bytes) -> None:
        nonlocal lines
        lines += piece.count(b"\n")
        if lines >= payments // 10:
            next(looks, lambda: None)()

    taken = _taken(made, "payments.csv", see)
    assert lines == payments + 1, lines  # The heads too.
    return taken


def _taken(made: Stated, name: str, see: Callable[[bytes], object] = len) -> _Taken:
    first_byte = 0.0
    begun = perf_counter()
    for piece in _pieces(made, name):
        first_byte = first_byte or perf_counter() - begun
        see(piece)
    return _Taken(made.statement.payments_count, perf_counter() - begun, first_byte)


def _pieces(made: Stated, name: str) -> Iterator[bytes]:
    with closing(HTTPConnection("127.0.0.1", PORT)) as line:
        told = {"Cookie": made.cookie}
        line.request("GET", f"/dashboard/statements/{made.statement.pk}/{name}", headers=told)
        answer = line.getresponse()
        assert answer.status == 200, answer.status
        while piece := answer.read1(_PIECE):
            yield piece


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
