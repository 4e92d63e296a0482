"""Owner API, the calls of the test side: pay and confirm one's own test invoices."""

from typing import Any

import pytest

from billing.models import Case, Chain, Event, Payment
from billing.services.invoices import withdraw_invoice
from settlement.models import Statement
from smartpit.kernel import clock
from tenants.access import Scope
from tests.cast import Caller, Cast, code_of, register, system, told


@pytest.fixture
def caller(cast: Cast) -> Caller:
    return system(cast.keys["test"])


def paid(caller: Caller, cast: Cast, **words: Any) -> dict[str, Any]:
    invoice = register(cast.sakura.twin, **words)
    answer = caller.post("test/payments", {"invoice": str(invoice.pk)})
    assert answer.status_code == 201
    payment: dict[str, Any] = told(answer)
    return payment


def events(caller: Caller) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = told(caller.get("events"))["events"]
    return found


def test_a_test_payment_is_answered_and_told_as_a_payment(cast: Cast, caller: Caller):
    invoice = register(cast.sakura.twin, reference="T-1", amount_yen=3_300, tax_yen=300)
    answer = caller.post("test/payments", {"invoice": str(invoice.pk)})
    assert answer.status_code == 201
    body = told(answer)
    assert (body["status"], body["amount_yen"], body["tax_yen"]) == ("reported", 3_300, 300)
    assert (body["chain"], body["reference"]) == ("lawson", "T-1")
    assert body["number"][1:3] == "99"
    assert body["business_date"] == clock.business_date().isoformat()
    assert told(caller.get("payments"))["items"] == [body]
    (event,) = events(caller)
    assert event["type"] == "payment.reported"
    assert event["data"]["test"] is True
    assert event["data"]["chain"] == "lawson"
    assert event["data"]["payment"] == body["payment"]
    assert Payment.objects.get().chain_id == "lawson-test"
    assert told(caller.get(f"invoices/{invoice.pk}"))["status"] == "paid"


@pytest.mark.parametrize("chain", ["lawson", "ministop", "familymart"])
def test_the_chain_may_be_chosen(cast: Cast, caller: Caller, chain: str):
    invoice = register(cast.sakura.twin)
    answer = caller.post("test/payments", {"invoice": str(invoice.pk), "chain": chain})
    assert told(answer)["chain"] == chain
    assert Payment.objects.get().chain == Chain.objects.get(twin_of=chain)


def test_a_kept_invoice_is_paid_as_often_as_it_is_asked(cast: Cast, caller: Caller):
    invoice = register(cast.sakura.twin, repeats=True)
    for _ in range(2):
        answer = caller.post("test/payments", {"invoice": str(invoice.pk)})
        assert answer.status_code == 201
    assert told(answer)["possible_duplicate"] is True
    assert Payment.objects.count() == 2


def test_refusals_are_a_tills(cast: Cast, caller: Caller):
    paid_already = register(cast.sakura.twin)
    caller.post("test/payments", {"invoice": str(paid_already.pk)})
    withdrawn = register(cast.sakura.twin)
    withdraw_invoice(Scope(owner_id=cast.sakura.twin.pk), str(withdrawn.pk))
    suspended = register(cast.sakura.twin)
    caller.send("patch", f"invoices/{suspended.pk}", {"suspended": True})
    stopped = register(cast.sakura.twin)
    caller.send("patch", f"cards/{stopped.card.number}", {"suspended": True})
    for invoice, refusal in (
        (paid_already.pk, (409, "already_paid")),
        (withdrawn.pk, (409, "invoice_withdrawn")),
        (suspended.pk, (409, "invoice_suspended")),
        (stopped.pk, (409, "card_suspended")),
        ("00000000-0000-0000-0000-000000000000", (404, "unknown_invoice")),
        ("nonsense", (404, "unknown_invoice")),
    ):
        assert code_of(caller.post("test/payments", {"invoice": str(invoice)})) == refusal
    assert Payment.objects.count() == 1


@pytest.mark.parametrize(
    "words",
    [
        {},
        {"invoice": None},
        {"invoice": 5},
        {"chain": "seven", "invoice": "x"},
        {"chain": "lawson-test", "invoice": "x"},
        {"chain": None, "invoice": "x"},
        {"invoice": "x", "amount_yen": 5},
        {"invoice": "x" * 65},
    ],
)
def test_words_of_a_wrong_form_are_malformed(caller: Caller, words: dict[str, Any]):
    assert code_of(caller.post("test/payments", words)) == (422, "malformed")


def test_a_confirmation_moves_and_tells_and_states_nothing(cast: Cast, caller: Caller):
    payment = paid(caller, cast)["payment"]
    answer = caller.post("test/confirmations", {"payments": [payment]})
    assert answer.status_code == 201
    assert told(answer) == {"payments": [{"payment": payment, "status": "confirmed", "code": None}]}
    assert told(caller.get("payments"))["items"][0]["status"] == "confirmed"
    confirmed = events(caller)[1]
    assert confirmed["type"] == "payment.confirmed"
    assert confirmed["data"]["test"] is True
    assert confirmed["data"]["payment"] == payment
    assert told(caller.get("statements"))["items"] == []
    assert Statement.objects.count() == 0


def test_each_payment_of_a_confirmation_has_its_answer(cast: Cast, caller: Caller):
    first, second = paid(caller, cast)["payment"], paid(caller, cast)["payment"]
    nobodys = "00000000-0000-0000-0000-000000000000"
    asked = [first, nobodys, first, "nonsense", second]
    answer = told(caller.post("test/confirmations", {"payments": asked}))["payments"]
    assert [row["payment"] for row in answer] == asked
    assert [row["code"] for row in answer] == [
        None,
        "not_found",
        "confirmed_before",
        "not_found",
        None,
    ]
    again = told(caller.post("test/confirmations", {"payments": [second]}))["payments"]
    assert again == [{"payment": second, "status": "confirmed", "code": "confirmed_before"}]
    assert Event.objects.filter(type="payment.confirmed").count() == 2


@pytest.mark.parametrize("words", [{}, {"payments": []}, {"payments": "x"}, {"payments": [5]}])
def test_a_confirmation_of_a_wrong_form_is_malformed(caller: Caller, words: dict[str, Any]):
    assert code_of(caller.post("test/confirmations", words)) == (422, "malformed")
    assert code_of(caller.post("test/confirmations", {"payments": ["x"] * 1001})) == (
        422,
        "malformed",
    )


@pytest.mark.parametrize("path", ["test/payments", "test/confirmations"])
def test_with_a_live_key_the_call_never_was(cast: Cast, path: str):
    for key in ("sakura", "engineering"):
        for method in ("get", "post"):
            refused = system(cast.keys[key]).send(method, path, {"invoice": "x"})
            assert code_of(refused) == (404, "not_found")
    assert code_of(system(None).post(path, {})) == (401, "unauthorized")
    assert code_of(system(cast.lawson).post(path, {})) == (401, "unauthorized")
    assert system(cast.keys["test"]).get(path).status_code == 405


def test_another_twins_rows_are_nobodys(cast: Cast, caller: Caller):
    stranger = register(cast.aoba.twin)
    live = register(cast.sakura)
    for invoice in (stranger, live):
        refused = caller.post("test/payments", {"invoice": str(invoice.pk)})
        assert code_of(refused) == (404, "unknown_invoice")
    assert not Payment.objects.exists()
    assert not Case.objects.exists()
