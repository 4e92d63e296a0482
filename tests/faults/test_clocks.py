"""A till's clock is believed within its tolerance, and never about a due date."""

from datetime import timedelta

import pytest

from billing.models import Payment
from smartpit.kernel import clock
from tests.cast import Cast, code_of, jst, payment_body, register, till, told

pytestmark = pytest.mark.fault("A24")
NOON = jst("2026-11-24 12:00:00")


@pytest.mark.parametrize(
    ("skew", "code"),
    [
        (timedelta(minutes=10), None),
        (timedelta(minutes=10, microseconds=1), "clock"),
        (timedelta(hours=2), "clock"),
        (timedelta(days=365), "clock"),
        (-timedelta(hours=2), None),
        (-timedelta(hours=24), None),
        (-timedelta(hours=24, microseconds=1), "clock"),
        (-timedelta(days=3650), "clock"),
    ],
)
def test_a_request_is_taken_within_the_tolerance_and_an_advice_always(
    cast: Cast, skew: timedelta, code: str | None
):
    with clock.frozen(NOON):
        body = payment_body(register(cast.sakura, repeats=True), taken_at=NOON + skew)
        answer = till(cast.lawson).post("payments", body)
        advice = till(cast.lawson).post("payments", body | {"advice": True, "receipt": "ADV"})
    if code is None:
        assert answer.status_code == 201
        row = Payment.objects.get(receipt=body["receipt"])
        assert (row.taken_at, row.booked_at) == (NOON + skew, NOON)
    else:
        assert code_of(answer) == (422, code)
    assert (advice.status_code, told(advice)["status"]) == (201, "reported")


@pytest.mark.parametrize("day", ["2026-11-25", "2026-11-22", "2025-11-24"])
def test_a_business_date_is_the_day_of_taking_or_the_one_before(cast: Cast, day: str):
    with clock.frozen(NOON):
        body = payment_body(register(cast.sakura)) | {"business_date": day}
        for words in ({}, {"advice": True}):
            refused = till(cast.lawson).post("payments", body | words)
            assert code_of(refused) == (422, "malformed")


@pytest.mark.parametrize(
    ("now", "taken", "works"),
    [
        ("2026-11-24 23:59:59", "2026-11-25 00:09:00", True),
        ("2026-11-25 00:00:00", "2026-11-24 23:59:59", False),
        ("2026-11-25 00:00:00", "2026-11-24 01:00:00", False),
    ],
)
def test_the_centres_own_clock_says_whether_a_due_date_has_ended(
    cast: Cast, now: str, taken: str, *, works: bool
):
    with clock.frozen(jst("2026-11-24 09:00")):
        invoice = register(cast.sakura, due_on=jst("2026-11-24 00:00").date())
    with clock.frozen(jst(now)):
        answer = till(cast.lawson).post("payments", payment_body(invoice, taken_at=jst(taken)))
    if works:
        assert answer.status_code == 201
    else:
        assert code_of(answer) == (409, "invoice_expired")
