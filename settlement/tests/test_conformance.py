"""接続確認: a test chain's list is ticked off by what its system does, and by nothing else."""

from datetime import timedelta
from typing import Any

import pytest

from billing.conformance import STEPS, Call, steps_shown
from billing.models import Chain, ConformanceStep, Payment
from settlement.tests.chain_file_cast import file_bytes, post, row
from smartpit.kernel import clock
from tests.cast import Caller, Cast, chain_key, make_card, payment_body, register, till, told


def seen(chain: str = "lawson-test") -> set[str]:
    rows = ConformanceStep.objects.filter(chain=chain)
    return set(rows.values_list("step", flat=True))


def reversal_of(body: dict[str, Any]) -> dict[str, Any]:
    words = {name: body[name] for name in ("store", "terminal", "business_date", "receipt")}
    return words | {"reason": "客都合"}


def walk(caller: Caller, cast: Cast) -> None:
    """Do all that is on the list and needs no slip."""
    invoice = register(cast.sakura.twin, number=make_card(cast.sakura.twin).number)
    place = {"store": "000001", "terminal": "01"}
    caller.post("inquiries", place | {"number": invoice.card.number})
    caller.post("inquiries", place | {"number": "1999999999999"})
    paid = payment_body(invoice)
    for body in (paid, paid, paid | {"amount_yen": 9_999}):
        caller.post("payments", body)
    caller.get(f"payments/000001/01/{paid['business_date']}/{paid['receipt']}/1")
    for _ in range(2):
        caller.post("reversals", reversal_of(paid))
    early = payment_body(invoice)
    caller.post("reversals", reversal_of(early))
    caller.post("payments", early)
    caller.post("payments", payment_body(invoice) | {"advice": True})
    caller.post("payments", payment_body(invoice) | {"advice": True, "invoice": "nobody"})
    old = clock.now() - timedelta(hours=25)
    caller.post("payments", payment_body(invoice, taken_at=old))
    caller.get("payments", business_date=paid["business_date"])


def test_a_chain_ticks_its_list_off_by_its_own_calls(cast: Cast):
    key = chain_key("lawson-test")
    walk(till(key), cast)
    payment = Payment.objects.get(status="reported")
    for _ in range(2):
        assert post(key, file_bytes(row(payment))).status_code in (200, 201)
    assert {step.code for step in STEPS} - seen() == {"slip", "slip_paid"}
    assert ConformanceStep.objects.count() == len(STEPS) - 2
    walk(till(key), cast)
    assert ConformanceStep.objects.count() == len(STEPS) - 2


def test_a_live_chain_is_watched_by_nobody(cast: Cast):
    invoice = register(cast.sakura)
    assert told(till(cast.lawson).post("payments", payment_body(invoice)))["status"] == "reported"
    assert not ConformanceStep.objects.exists()


def test_slips_are_on_the_list():
    assert steps_shown(Call("till-slips", "POST", 201)) == ["slip"]
    paid = Call("till-payments", "POST", 201, {"slip": "1" * 16}, {"status": "reported"})
    assert steps_shown(paid) == ["pay", "slip_paid"]


@pytest.mark.parametrize("status", [401, 404, 422, 500])
def test_what_failed_shows_nothing(status: int):
    for name in ("till-inquiries", "till-payments", "till-slips", "till-confirmations"):
        assert steps_shown(Call(name, "POST", status)) == []


def test_the_key_of_a_test_chain_says_so(cast: Cast):
    assert chain_key("lawson-test").startswith("ck_test_")
    assert Chain.objects.filter(is_test=True).count() == 3
