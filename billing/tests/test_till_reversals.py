"""A till undoes its payment: same day, once, also before the payment has come."""

from datetime import timedelta

import pytest

from billing.models import Case, Event, Invoice, Payment, Reversal
from billing.services.cases import StillInSuspense, close_case
from billing.services.expiry import expire_invoices
from billing.services.invoices import withdraw_invoice
from billing.services.payments import receive_payment
from billing.services.reversals import reverse_payment
from smartpit.kernel import clock
from tenants.services import StaffAsked, invite_staff
from tests.cast import (
    Cast,
    code_of,
    jst,
    notice,
    payment_body,
    register,
    reversal,
    till,
    told,
)


def key_of(body: dict[str, object]) -> dict[str, object]:
    kept = ("store", "terminal", "business_date", "receipt")
    return {name: body[name] for name in kept} | {"reason": "客都合"}


def test_a_reversed_single_invoice_is_open_again_and_its_owner_is_told(cast: Cast):
    invoice = register(cast.sakura)
    body = payment_body(invoice)
    payment = told(till(cast.lawson).post("payments", body))["payment"]

    first = till(cast.lawson).post("reversals", key_of(body))
    again = till(cast.lawson).post("reversals", key_of(body) | {"reason": "別の理由"})
    assert (first.status_code, told(first)) == (201, {"status": "reversed", "payment": payment})
    assert (again.status_code, again.content) == (200, first.content)
    assert again["Idempotent-Replayed"] == "true"
    assert Reversal.objects.count() == 1

    invoice.refresh_from_db()
    assert invoice.status == Invoice.Status.OPEN
    types = Event.objects.order_by("sequence").values_list("type", flat=True)
    assert list(types) == ["payment.reported", "payment.reversed"]
    assert till(cast.lawson).post("payments", payment_body(invoice)).status_code == 201


def test_after_its_reversal_a_key_is_refused_whatever_it_says(cast: Cast):
    invoice = register(cast.sakura)
    body = payment_body(invoice)
    till(cast.lawson).post("payments", body)
    till(cast.lawson).post("reversals", key_of(body))
    for words in (body, body | {"amount_yen": 5}, body | {"invoice": "other"}):
        assert code_of(till(cast.lawson).post("payments", words)) == (409, "reversed_before")
    path = f"payments/000001/01/{body['business_date']}/{body['receipt']}/1"
    assert told(till(cast.lawson).get(path))["status"] == "reversed"


def test_a_reversal_that_comes_first_leaves_a_tombstone(cast: Cast):
    invoice = register(cast.sakura)
    body = payment_body(invoice)
    first = till(cast.lawson).post("reversals", key_of(body))
    again = till(cast.lawson).post("reversals", key_of(body))
    assert (first.status_code, told(first)) == (201, {"status": "tombstone"})
    assert (again.status_code, again.content) == (200, first.content)
    assert code_of(till(cast.lawson).post("payments", body)) == (409, "reversed_before")
    path = f"payments/000001/01/{body['business_date']}/{body['receipt']}/1"
    assert told(till(cast.lawson).get(path)) == {"status": "tombstone"}
    invoice.refresh_from_db()
    assert invoice.status == Invoice.Status.OPEN
    assert not Event.objects.exists()


def test_another_chains_key_buries_only_its_own(cast: Cast):
    body = payment_body(register(cast.sakura))
    till(cast.lawson).post("payments", body)
    assert told(till(cast.familymart).post("reversals", key_of(body))) == {"status": "tombstone"}
    assert Payment.objects.get(chain="lawson").status == Payment.Status.REPORTED


@pytest.mark.parametrize(
    ("paid", "reversed_at", "works"),
    [
        ("2026-11-24 10:00", "2026-11-24 23:59:59", True),
        ("2026-11-24 10:00", "2026-11-25 00:00:00", False),
        ("2026-11-24 23:30", "2026-11-25 00:29:59", True),
        ("2026-11-24 23:30", "2026-11-25 00:30:00", False),
    ],
)
def test_a_reversal_is_taken_to_the_end_of_the_day_and_for_an_hour_at_least(
    cast: Cast, paid: str, reversed_at: str, *, works: bool
):
    with clock.frozen(jst(paid)):
        body = payment_body(register(cast.sakura))
        till(cast.lawson).post("payments", body)
    with clock.frozen(jst(reversed_at)):
        answer = till(cast.lawson).post("reversals", key_of(body))
    if works:
        assert told(answer)["status"] == "reversed"
    else:
        assert code_of(answer) == (409, "reversal_too_late")
        assert Case.objects.get().kind == Case.Kind.REVERSAL_TOO_LATE
        assert Payment.objects.get().status == Payment.Status.REPORTED


def test_a_repeated_reversal_is_answered_also_when_it_would_now_be_too_late(cast: Cast):
    with clock.frozen(jst("2026-11-24 10:00")):
        body = payment_body(register(cast.sakura))
        till(cast.lawson).post("payments", body)
        first = till(cast.lawson).post("reversals", key_of(body))
    with clock.frozen(jst("2026-11-28 10:00")):
        again = till(cast.lawson).post("reversals", key_of(body))
    assert (again.status_code, again.content) == (200, first.content)


def test_a_reversed_invoice_past_its_date_is_expired_and_not_open(cast: Cast):
    with clock.frozen(jst("2026-11-24 23:40")):
        invoice = register(cast.sakura, due_on=jst("2026-11-24 00:00").date())
        paid = notice(invoice)
        receive_payment(paid)
    with clock.frozen(jst("2026-11-25 00:10")):
        reverse_payment(reversal(paid))
        assert expire_invoices() == 0
    invoice.refresh_from_db()
    assert invoice.status == Invoice.Status.EXPIRED
    types = Event.objects.order_by("sequence").values_list("type", flat=True)
    assert list(types) == ["payment.reported", "payment.reversed", "invoice.expired"]


def test_a_kept_invoice_never_stopped(cast: Cast):
    invoice = register(cast.sakura, repeats=True)
    paid = notice(invoice)
    receive_payment(paid)
    reverse_payment(reversal(paid))
    invoice.refresh_from_db()
    assert invoice.status == Invoice.Status.OPEN


def test_money_in_suspense_keeps_its_case_open_until_the_store_takes_it_back(cast: Cast):
    told_of = notice("nobody-knows", advice=True)
    receive_payment(told_of)
    case = Case.objects.get(kind="suspense")
    clerk, _ = invite_staff(StaffAsked("clerk@centre.example", "係", "operator"))
    with pytest.raises(StillInSuspense):
        close_case(clerk, case.pk, "確認しました。")
    reverse_payment(reversal(told_of))
    case.refresh_from_db()
    assert (case.status, Event.objects.count()) == ("closed", 0)


def test_an_advice_is_booked_late_when_a_request_would_have_been_refused(cast: Cast):
    invoice = register(cast.sakura)
    withdraw_invoice(cast.scope, str(invoice.pk))
    taken_at = clock.now() - timedelta(days=3)
    body = payment_body(invoice, taken_at=taken_at, advice=True)
    answer = till(cast.lawson).post("payments", body)
    assert answer.status_code == 201
    assert (told(answer)["status"], told(answer)["late"]) == ("reported", True)
    assert Case.objects.get().kind == Case.Kind.LATE_ADVICE
    assert Event.objects.get(type="payment.reported").body["late"] is True
    again = till(cast.lawson).post("payments", body)
    assert (again.status_code, again.content) == (200, answer.content)
    assert Case.objects.count() == 1

    # Undone on its day, the invoice is withdrawn again.
    payment = Payment.objects.get()
    assert payment.invoice is not None
    assert payment.invoice.status == Invoice.Status.PAID


@pytest.mark.fault("A17")
def test_an_advice_nobody_can_place_is_kept_in_suspense(cast: Cast):
    invoice = register(cast.sakura)
    receive_payment(notice(invoice))
    for words in (
        {"invoice": "never-seen"},
        {"amount_yen": 777},
        {},  # A single invoice that is already paid.
    ):
        body = payment_body(invoice, advice=True) | words
        answer = till(cast.lawson).post("payments", body)
        assert (answer.status_code, told(answer)["status"]) == (201, "suspense")
        path = f"payments/000001/01/{body['business_date']}/{body['receipt']}/1"
        assert told(till(cast.lawson).get(path))["status"] == "suspense"
    assert Case.objects.filter(kind=Case.Kind.SUSPENSE).count() == 3
    assert Event.objects.count() == 1


def test_a_reversed_suspense_names_no_payment_and_closes_its_case(cast: Cast):
    body = payment_body(register(cast.sakura), advice=True) | {"invoice": "never-seen"}
    till(cast.lawson).post("payments", body)
    answer = till(cast.lawson).post("reversals", key_of(body))
    assert told(answer) == {"status": "reversed", "payment": None}
    assert Case.objects.get().status == Case.Status.CLOSED
    assert not Event.objects.exists()


def test_an_advice_after_a_tombstone_is_answered_but_not_booked(cast: Cast):
    body = payment_body(register(cast.sakura), advice=True)
    till(cast.lawson).post("reversals", key_of(body))
    first = till(cast.lawson).post("payments", body)
    later = (clock.now() + timedelta(minutes=5)).isoformat()
    again = till(cast.lawson).post("payments", body | {"taken_at": later})
    assert (first.status_code, told(first)["status"]) == (201, "tombstone")
    assert (again.status_code, again.content) == (200, first.content)
    assert Case.objects.get().kind == Case.Kind.ADVICE_AFTER_REVERSAL
    assert Payment.objects.get().amount_yen is None


def test_an_advice_of_other_content_under_a_reversed_key_is_refused_and_kept(cast: Cast):
    body = payment_body(register(cast.sakura))
    till(cast.lawson).post("payments", body)
    till(cast.lawson).post("reversals", key_of(body))
    same = till(cast.lawson).post("payments", body | {"advice": True})
    assert (same.status_code, told(same)["status"]) == (201, "reversed")
    other = till(cast.lawson).post("payments", body | {"advice": True, "amount_yen": 7})
    assert code_of(other) == (409, "key_reused")
    assert set(Case.objects.values_list("kind", flat=True)) == {
        "advice_after_reversal",
        "key_reused",
    }


def test_an_advice_that_cannot_be_read_is_kept_in_a_case(cast: Cast):
    body = payment_body(register(cast.sakura), advice=True) | {"amount_yen": "ten"}
    for _ in range(2):
        assert code_of(till(cast.lawson).post("payments", body)) == (422, "malformed")
    case = Case.objects.get()
    assert case.kind == Case.Kind.ADVICE_MALFORMED
    assert '"ten"' in case.told["body"]
