"""What the tests of imports share: a file goes up, is entered, and its job is asked."""

import csv
import io
from typing import Any

from django.http import HttpResponse

from billing.services.imports import run_imports
from tenants.models import Owner
from tests.cast import Cast, system, told


def sheet(*rows: dict[str, Any]) -> bytes:
    """Return a CSV file with every column that any of the rows names."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, names, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def send(key: str, content: bytes, kind: str = "text/csv") -> HttpResponse:
    caller = system(key)
    address = caller.base + "invoices/import"
    return caller.client.generic("POST", address, content, kind)  # type: ignore[return-value]


def imported(cast: Cast, content: bytes, *, key: str = "sakura", owner: Owner | None = None) -> Any:
    """Send a file, let the worker enter it, and return the job as its sender sees it."""
    taken = send(cast.keys[key], content)
    assert taken.status_code == 202, taken.content
    run_imports((owner or cast.sakura).pk)
    return told(system(cast.keys[key]).get(f"jobs/{told(taken)['job']}"))


def errors(cast: Cast, job: Any, key: str = "sakura") -> list[dict[str, str]]:
    answer = system(cast.keys[key]).get(f"jobs/{job['job']}/errors")
    text = b"".join(answer).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def asked(number: str, **words: Any) -> dict[str, Any]:
    return {
        "reference": "A-1",
        "number": number,
        "title": "前期授業料",
        "amount_yen": 55_000,
    } | words
