"""A kiosk prints, a register scans: what the tests of slips say to the till API."""

from typing import Any

from django.http import HttpResponse

from billing.models import Invoice
from tests.cast import Cast, make_card, payment_body, register, till, told

KIOSK = {"store": "000001", "terminal": "K1"}


def on_one_card(cast: Cast, count: int, **words: Any) -> list[Invoice]:
    """Register invoices of sakura on one number."""
    number = make_card(cast.sakura).number
    return [register(cast.sakura, number=number, **words) for _ in range(count)]


def asks_for_slip(key: str, *invoices: Invoice, **words: Any) -> HttpResponse:
    body: dict[str, Any] = KIOSK | {
        "number": invoices[0].card.number,
        "invoices": [str(invoice.pk) for invoice in invoices],
    }
    return till(key).post("slips", body | words)


def prints(key: str, *invoices: Invoice) -> dict[str, Any]:
    answer = asks_for_slip(key, *invoices)
    assert answer.status_code == 201, answer.content
    return dict(told(answer))


def scans(key: str, slip: dict[str, Any]) -> HttpResponse:
    place = {"store": "000001", "terminal": "R1", "barcode": slip["barcode"]}
    return till(key).post("inquiries", place)


def pays(key: str, invoice: Invoice, slip: dict[str, Any] | None = None, **words: Any) -> Any:
    named = {} if slip is None else {"slip": slip["slip"]}
    return till(key).post("payments", payment_body(invoice) | named | words)
