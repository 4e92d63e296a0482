"""Tills that err: wrong amounts, wrong clocks, days at the edge. By the ids of docs/faults.toml."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from billing.models import Case, Invoice, Payment
from billing.services.invoices import DUE_DAYS_MAX, change_invoice
from billing.services.payments import receive_payment
from smartpit.kernel import clock
from smartpit.kernel.errors import Malformed
from tests.cast import (
    Cast,
    code_of,
    jst,
    make_card,
    notice,
    payment_body,
    register,
    system,
    till,
    told,
)


@pytest.mark.fault("A18")
@pytest.mark.parametrize("amount_yen", [9_999, 10_001, 1, 300_000])
def test_another_amount_is_declined_before_the_cash_and_kept_after_it(cast: Cast, amount_yen: int):
    invoice = register(cast.sakura)
    asked = payment_body(invoice, amount_yen=amount_yen)
    assert code_of(till(cast.lawson).post("payments", asked)) == (409, "amount_differs")
    taken = till(cast.lawson).post("payments", asked | {"advice": True})
    assert (taken.status_code, told(taken)["status"]) == (201, "suspense")
    assert Case.objects.get().told["why"] == "amount_differs"
    invoice.refresh_from_db()
    assert invoice.status == Invoice.Status.OPEN


@pytest.mark.fault("A19")
@pytest.mark.parametrize(
    "amount", ["0", "-1", "300001", "2147483648", "9223372036854775808", "1e3", "1.0", '"１２３"',
               '"1 000"', '"1000"', "NaN", "Infinity", "true", "null", "[]", "9" * 400]
)  # fmt: skip
@pytest.mark.parametrize("advice", ["false", "true"])
def test_a_sum_that_is_none_is_malformed(cast: Cast, amount: str, advice: str):
    invoice = register(cast.sakura)
    raw = (
        '{"store": "1", "terminal": "1", "business_date": "2026-11-24", "receipt": "A",'
        f' "invoice": "{invoice.pk}", "version": 1, "amount_yen": {amount},'
        f' "taken_at": "2026-11-24T12:00:00+09:00", "advice": {advice}}}'
    )
    with clock.frozen(jst("2026-11-24 12:00")):
        assert code_of(till(cast.lawson).post("payments", raw.encode())) == (422, "malformed")
    assert not Payment.objects.exists()
    assert Case.objects.filter(kind="advice_malformed").exists() == (advice == "true")


@pytest.mark.fault("A19")
@pytest.mark.parametrize("amount_yen", [0, -1, 300_001])
def test_the_database_takes_no_such_sum_either(cast: Cast, amount_yen: int):
    receive_payment(notice(register(cast.sakura)))
    copied = (
        "INSERT INTO billing_payment (id, chain_id, store, terminal, business_date, receipt, line,"
        " amount_yen, taken_at, booked_at, status, answer, number, repeats, advice, late,"
        " possible_duplicate) SELECT gen_random_uuid(), chain_id, store, terminal, business_date,"
        " 'ZZ', line, %s, taken_at, booked_at, 'suspense', answer, '', FALSE, TRUE, TRUE, FALSE"
        " FROM billing_payment"
    )
    with (
        pytest.raises(IntegrityError, match="payment_within_cap"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(copied, [amount_yen])
    with pytest.raises(IntegrityError, match="invoice_within_cap"), transaction.atomic():
        Invoice.objects.update(amount_yen=amount_yen)


@pytest.mark.fault("A24")
@pytest.mark.fault("B01")
def test_the_centres_clock_ends_a_due_date_whatever_the_till_says(cast: Cast):
    with clock.frozen(jst("2026-11-20 09:00")):
        invoice = register(cast.sakura, due_on=date(2026, 11, 24))
    said = {"taken_at": jst("2026-11-24 23:58"), "business_date": "2026-11-24"}
    with clock.frozen(jst("2026-11-25 00:00:00")):
        late = till(cast.lawson).post("payments", payment_body(invoice, **said))
    assert code_of(late) == (409, "invoice_expired")
    fast = {"taken_at": jst("2026-11-25 00:05"), "business_date": "2026-11-25"}
    with clock.frozen(jst("2026-11-24 23:59:59.999999")):
        in_time = till(cast.lawson).post("payments", payment_body(invoice, **fast))
    assert in_time.status_code == 201
    payment = Payment.objects.get()
    assert payment.taken_at is not None
    assert payment.taken_at - payment.booked_at == timedelta(minutes=5, microseconds=1)


@pytest.mark.fault("A24")
@pytest.mark.parametrize(
    ("hour", "day", "right"),
    [("00:05", "2026-11-24", True), ("00:05", "2026-11-23", True), ("00:05", "2026-11-25", False),
     ("00:05", "2026-11-22", False), ("23:59", "2026-11-24", True), ("23:59", "2026-11-25", False)],
)  # fmt: skip
@pytest.mark.parametrize("advice", [False, True])
def test_a_business_date_is_the_day_of_the_cash_or_the_one_before(
    cast: Cast, hour: str, day: str, *, right: bool, advice: bool
):
    at = jst(f"2026-11-24 {hour}")
    with clock.frozen(at):
        body = payment_body(register(cast.sakura), taken_at=at, business_date=day, advice=advice)
        answer = till(cast.lawson).post("payments", body)
    if right:
        assert answer.status_code == 201
    else:
        assert code_of(answer) == (422, "malformed")
        assert told(answer)["errors"][0]["field"] == "business_date"


@pytest.mark.fault("B10")
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    today=some.dates(date(2026, 11, 1), date(2032, 12, 31))
    | some.sampled_from([date(2028, 2, 28), date(2028, 2, 29), date(2027, 12, 31)]),
    days=some.sampled_from([-1, 0, 1, DUE_DAYS_MAX - 1, DUE_DAYS_MAX, DUE_DAYS_MAX + 1]),
)
def test_a_due_date_is_within_sixty_days_by_every_way_to_say_it(cast: Cast, today: date, days: int):
    """Registered over HTTP and changed by the service: one rule, whatever day it is."""
    due_on = today + timedelta(days=days)
    with clock.frozen(jst(f"{today} 23:59:59")):
        words: dict[str, Any] = {
            "reference": f"B10-{uuid4()}",
            "number": make_card(cast.sakura).number,
            "title": "受講料",
            "amount_yen": 1,
            "due_on": due_on.isoformat(),
        }
        made = system(cast.keys["sakura"]).post("invoices", words)
        other = register(cast.sakura)
        assert other.due_on == today + timedelta(days=DUE_DAYS_MAX)
        if 0 <= days <= DUE_DAYS_MAX:
            assert made.status_code == 201
            change_invoice(cast.scope, str(other.pk), {"due_on": due_on})
        else:
            assert code_of(made) == (422, "malformed")
            with pytest.raises(Malformed):
                change_invoice(cast.scope, str(other.pk), {"due_on": due_on})
