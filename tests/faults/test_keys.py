"""The key of a payment: unique for ever, of one content, and its chain's own."""

from itertools import product
from typing import Any

import pytest

from billing.models import Case, Event, Payment
from smartpit.kernel import clock
from tests.cast import Cast, code_of, jst, payment_body, register, till, told


def undo(body: dict[str, Any]) -> dict[str, Any]:
    kept = ("store", "terminal", "business_date", "receipt", "line")
    return {name: body[name] for name in kept if name in body} | {"reason": "客都合"}


@pytest.mark.fault("A06")
@pytest.mark.parametrize(
    ("seconds", "elsewhere", "is_flagged"),
    [(30, {}, True), (300, {}, True), (301, {}, False), (30, {"store": "000002"}, False),
     (30, {"terminal": "99"}, True), (0, {}, True)],
)  # fmt: skip
def test_a_kept_invoice_paid_twice_in_five_minutes_at_one_store_is_flagged(
    cast: Cast, seconds: int, elsewhere: dict[str, str], *, is_flagged: bool
):
    invoice = register(cast.sakura, repeats=True)
    with clock.frozen(jst("2026-11-24 12:10")):
        for second, words in ((0, {}), (seconds, elsewhere)):
            taken_at = jst(f"2026-11-24 12:0{second // 60}:{second % 60:02d}")
            body = payment_body(invoice, taken_at=taken_at) | words
            assert till(cast.lawson).post("payments", body).status_code == 201
        other = payment_body(invoice, taken_at=jst("2026-11-24 12:00"))
        assert till(cast.familymart).post("payments", other).status_code == 201
    flags = [event.body["possible_duplicate"] for event in Event.objects.order_by("sequence")]
    assert flags == [False, is_flagged, False]


@pytest.mark.fault("A06")
def test_what_was_undone_makes_no_duplicate(cast: Cast):
    invoice = register(cast.sakura, repeats=True)
    first = payment_body(invoice)
    till(cast.lawson).post("payments", first)
    till(cast.lawson).post("reversals", undo(first))
    till(cast.lawson).post("payments", payment_body(invoice))
    assert not Payment.objects.filter(possible_duplicate=True).exists()


@pytest.mark.fault("A07")
def test_no_change_of_a_keys_content_touches_its_first_booking(cast: Cast):
    invoice, other = register(cast.sakura), register(cast.aoba)
    body = payment_body(invoice)
    first = till(cast.lawson).post("payments", body)
    before = Payment.objects.values().get()
    contents = set(product((str(invoice.pk), str(other.pk), "unknown"), (1, 2, 2**31 - 1),
                           (10_000, 9_999, 10_001, 1, 300_000)))  # fmt: skip
    contents.remove((str(invoice.pk), 1, 10_000))
    for (named, version, amount_yen), advice in product(sorted(contents), (False, True)):
        words = {"invoice": named, "version": version, "amount_yen": amount_yen, "advice": advice}
        refused = till(cast.lawson).post("payments", body | words)
        assert code_of(refused) == (409, "key_reused"), words
    assert Payment.objects.values().get() == before
    assert Case.objects.filter(kind="key_reused").count() == len(contents)
    assert Event.objects.count() == 1
    again = till(cast.lawson).post("payments", body)
    assert (again.status_code, again.content) == (200, first.content)


@pytest.mark.fault("A08")
def test_a_receipt_number_that_comes_again_the_next_day_is_another_key(cast: Cast):
    invoice = register(cast.sakura, repeats=True)
    bodies = []
    for day in ("2026-11-24", "2026-11-25"):
        with clock.frozen(jst(f"{day} 10:00")):
            bodies.append(payment_body(invoice, receipt="0001"))
            assert till(cast.lawson).post("payments", bodies[-1]).status_code == 201
            assert till(cast.lawson).post("payments", bodies[-1]).status_code == 200
    with clock.frozen(jst("2026-11-25 10:00")):
        till(cast.lawson).post("reversals", undo(bodies[1]))
    statuses = Payment.objects.order_by("business_date").values_list("status", flat=True)
    assert list(statuses) == ["reported", "reversed"]


@pytest.mark.fault("A13")
@pytest.mark.parametrize(
    "words",
    [{"store": "000002"}, {"terminal": "02"}, {"line": 2}, {"receipt": "0"},
     {"business_date": "2026-11-23"}, {"chain": "familymart"}],
)  # fmt: skip
def test_a_reversal_of_another_key_buries_that_key_and_no_more(cast: Cast, words: dict[str, Any]):
    with clock.frozen(jst("2026-11-24 10:00")):
        body = payment_body(register(cast.sakura))
        till(cast.lawson).post("payments", body)
        sender = cast.familymart if words.pop("chain", None) else cast.lawson
        answer = till(sender).post("reversals", undo(body) | words)
    assert (answer.status_code, told(answer)) == (201, {"status": "tombstone"})
    statuses = sorted(Payment.objects.values_list("status", flat=True))
    assert statuses == ["reported", "tombstone"]


@pytest.mark.fault("A13")
def test_a_part_of_a_payment_cannot_be_reversed(cast: Cast):
    body = payment_body(register(cast.sakura))
    till(cast.lawson).post("payments", body)
    for words in ({"amount_yen": 5_000}, {"invoice": body["invoice"]}, {"chain": "familymart"}):
        refused = till(cast.lawson).post("reversals", undo(body) | words)
        assert code_of(refused) == (422, "malformed")
    assert Payment.objects.get().status == Payment.Status.REPORTED


@pytest.mark.fault("A15")
@pytest.mark.parametrize(
    ("taken", "undone", "works"),
    [
        ("2026-11-24 10:00:00", "2026-11-24 23:59:59", True),
        ("2026-11-24 10:00:00", "2026-11-25 00:00:00", False),
        ("2026-11-24 23:59:59", "2026-11-25 00:59:58", True),
        ("2026-11-24 23:59:59", "2026-11-25 00:59:59", False),
    ],
)
def test_a_prepaid_charge_is_taken_back_in_its_hours_and_its_owner_told(
    cast: Cast, taken: str, undone: str, *, works: bool
):
    with clock.frozen(jst(taken)):
        body = payment_body(register(cast.sakura, repeats=True))
        till(cast.lawson).post("payments", body)
    with clock.frozen(jst(undone)):
        answer = till(cast.lawson).post("reversals", undo(body))
    types = list(Event.objects.values_list("type", flat=True))
    if works:
        assert types == ["payment.reported", "payment.reversed"]
        assert not Case.objects.exists()
    else:
        assert code_of(answer) == (409, "reversal_too_late")
        assert types == ["payment.reported"]
        assert Case.objects.get().kind == Case.Kind.REVERSAL_TOO_LATE


@pytest.mark.fault("A15")
def test_cash_taken_after_midnight_of_its_business_date_has_its_own_days_hours(cast: Cast):
    """The later of business date and day of taking counts: a shop's day ends after midnight."""
    with clock.frozen(jst("2026-11-25 00:30")):
        body = payment_body(register(cast.sakura)) | {"business_date": "2026-11-24"}
        assert till(cast.lawson).post("payments", body).status_code == 201
    with clock.frozen(jst("2026-11-25 23:59:59")):
        assert till(cast.lawson).post("reversals", undo(body)).status_code == 201
