"""Enter a file of so many invoices, then COPY as many rows, and write how long each took.

    python -m bench.import_run 100000

COPY goes before and after, for a table grows slower as it grows: the quicker of the two counts.
"""

import json
import sys
from collections.abc import Callable
from functools import partial
from io import BytesIO
from time import perf_counter
from typing import Final

from django.db import connection, transaction

from bench.setting import database
from billing.models import ImportJob, Invoice
from billing.services.imports import receive_import, run_imports
from cards.services import draw_cards
from tenants.access import Scope
from tenants.models import Owner
from tests.cast import make_cast

_COPY: Final = """COPY billing_invoice (id, owner_id, tenant_id, card_id, reference, title,
    amount_yen, tax_yen, repeats, due_on, version, status, registered_at) FROM STDIN"""
_ROWS: Final = """COPY (SELECT gen_random_uuid(), owner_id, tenant_id, card_id,
    %s || reference, title, amount_yen, tax_yen, repeats, due_on, version, status, registered_at
    FROM billing_invoice WHERE reference LIKE 'R%%') TO STDOUT"""
_CARDS_AT_ONCE: Final = 5_000


def main() -> None:
    rows = int(sys.argv[1])
    with database():
        sys.stdout.write(json.dumps(_measured(rows)))


def _measured(rows: int) -> dict[str, float]:
    cast = make_cast()
    scope = Scope(owner_id=cast.sakura.pk)
    content = _file(_numbers(cast.sakura, rows))
    _enter(scope, _file(_numbers(cast.sakura, 100), "W"))  # Plans and connections are warm.
    seconds = {"import": _seconds(lambda: _enter(scope, content))}
    assert Invoice.objects.filter(reference__startswith="R").count() == rows
    copies = []
    for mark in "CD":
        copied = _copied(mark)
        copies.append(_seconds(partial(_copy, copied)))
    again = content + b"\n"  # Another file with the same rows: each is looked up and left.
    seconds["again"] = _seconds(lambda: _enter(scope, again))
    return seconds | {"copy": min(copies)}


def _numbers(owner: Owner, count: int) -> list[str]:
    numbers: list[str] = []
    while len(numbers) < count:
        with transaction.atomic():
            drawn = draw_cards("joint", min(_CARDS_AT_ONCE, count - len(numbers)), owner=owner)
        numbers += [card.number for card in drawn]
    return numbers


def _file(numbers: list[str], mark: str = "R") -> bytes:
    lines = ["reference,number,title,amount_yen,tax_yen,due_on"]
    lines += [
        f"{mark}{place:08d},{number},11月分 受講料,{5_000 + place % 50_000},454,"
        for place, number in enumerate(numbers)
    ]
    return "\r\n".join(lines).encode()


def _enter(scope: Scope, content: bytes) -> None:
    job = receive_import(scope, BytesIO(content))
    run_imports(scope.owner)
    job.refresh_from_db()
    assert (job.status, job.refused) == (ImportJob.Status.DONE, 0)


def _copied(mark: str) -> bytes:
    with connection.cursor() as cursor, cursor.copy(_ROWS, [mark]) as copy:
        return b"".join(map(bytes, copy))


def _copy(content: bytes) -> None:
    with transaction.atomic(), connection.cursor() as cursor, cursor.copy(_COPY) as copy:
        copy.write(content)


def _seconds(work: Callable[[], None]) -> float:
    started = perf_counter()
    work()
    return perf_counter() - started


if __name__ == "__main__":
    main()
