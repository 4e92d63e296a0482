"""Cash that was taken is never refused: booked late, or held in suspense, in balance."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from billing.models import Case, Event, Invoice, Payment
from billing.services.cards import replace_card
from billing.services.expiry import expire_invoices
from billing.services.invoices import Limits, change_invoice, withdraw_invoice
from billing.services.payments import receive_payment
from cards.services import suspend_card
from settlement.books import balance_yen, owner_payable, trial_balance
from smartpit.kernel import clock
from tenants.models import Tenant
from tenants.services import move_tenant
from tests.cast import (
    Cast,
    code_of,
    jst,
    notice,
    payment_body,
    register,
    system,
    till,
    told,
)

MORNING, NEXT_DAY = jst("2026-11-24 09:00"), jst("2026-11-25 09:00")
Befalls = Callable[[Cast, Invoice], Any]


def _expire(_cast: Cast, _invoice: Invoice) -> None:
    with clock.frozen(NEXT_DAY):
        assert expire_invoices() == 1


# What has become of an invoice while the line was down -> why a request would be refused, and
# whether the invoice's own day has ended. Only a paid single invoice sends the cash to suspense.
MEANWHILE: dict[str, tuple[Befalls, str | None]] = {
    "nothing": (lambda cast, invoice: None, None),
    "suspended": (
        lambda cast, invoice: change_invoice(cast.scope, str(invoice.pk), {"suspended": True}),
        "invoice_suspended",
    ),
    "withdrawn": (
        lambda cast, invoice: withdraw_invoice(cast.scope, str(invoice.pk)),
        "invoice_withdrawn",
    ),
    "expired": (_expire, "invoice_expired"),
    "changed": (
        lambda cast, invoice: change_invoice(cast.scope, str(invoice.pk), {"amount_yen": 12_000}),
        "version_stale",
    ),
    "card suspended": (
        lambda cast, invoice: suspend_card(cast.scope, invoice.card.number),
        "card_suspended",
    ),
    "card replaced": (lambda cast, invoice: replace_card(cast.scope, invoice.card.number), None),
    "tenant closed": (
        lambda cast, invoice: move_tenant(cast.engineering, Tenant.Status.CLOSED),
        "invoice_withdrawn",
    ),
}


@pytest.mark.fault("A16")
@pytest.mark.parametrize("name", MEANWHILE)
@pytest.mark.parametrize("kind", ["single", "kept"])
def test_whatever_became_of_the_invoice_its_cash_is_booked_late(cast: Cast, name: str, kind: str):
    befalls, why = MEANWHILE[name]
    with clock.frozen(MORNING):
        invoice = register(cast.sakura, tenant="engineering", repeats=kind == "kept",
                           due_on=MORNING.date())  # fmt: skip
        body = payment_body(invoice)
        befalls(cast, invoice)
    with clock.frozen(NEXT_DAY if name == "expired" else MORNING + timedelta(hours=8)):
        if why is not None:
            asked = till(cast.lawson).post("payments", body | {"receipt": "ASKED"})
            assert code_of(asked) == (409, why)
        answer = till(cast.lawson).post("payments", body | {"advice": True})
        again = till(cast.lawson).post("payments", body | {"advice": True})
    is_late = why is not None
    assert (answer.status_code, told(answer)["status"], told(answer)["late"]) == (
        201, "reported", is_late,
    )  # fmt: skip
    assert (again.status_code, again.content) == (200, answer.content)
    reported = Event.objects.get(type="payment.reported")
    assert reported.body["late"] is is_late
    kinds = list(Case.objects.values_list("kind", flat=True))
    assert kinds == (["late_advice"] if is_late else [])
    assert balance_yen(owner_payable(cast.sakura)) == 10_000


@pytest.mark.fault("A16")
def test_a_past_due_invoice_is_booked_late_whether_or_not_a_sweep_has_run(cast: Cast):
    with clock.frozen(MORNING):
        invoice = register(cast.sakura, due_on=MORNING.date())
    with clock.frozen(NEXT_DAY):
        body = payment_body(invoice, taken_at=MORNING, advice=True)
        assert told(till(cast.lawson).post("payments", body))["late"] is True
        assert expire_invoices() == 0


@pytest.mark.fault("A16")
def test_cash_for_a_single_invoice_that_was_paid_meanwhile_is_held(cast: Cast):
    invoice = register(cast.sakura)
    receive_payment(notice(invoice))
    answer = till(cast.familymart).post("payments", payment_body(invoice, advice=True))
    assert (answer.status_code, told(answer)["status"]) == (201, "suspense")
    assert balance_yen("suspense:familymart") == balance_yen(owner_payable(cast.sakura)) == 10_000
    assert Event.objects.filter(type="payment.reported").count() == 1
    assert Case.objects.get().kind == Case.Kind.SUSPENSE


@pytest.mark.fault("A16")
def test_a_limit_refuses_requests_and_counts_advices(cast: Cast):
    words = {"reference": "K", "number": register(cast.sakura).card.number, "title": "チャージ",
             "amount_yen": 1_000, "repeats": True,
             "limits": vars(Limits(count_max=1))}  # fmt: skip
    made = told(system(cast.keys["sakura"]).post("invoices", words))
    invoice = Invoice.objects.get(pk=made["invoice"])
    first = till(cast.lawson).post("payments", payment_body(invoice, advice=True))
    assert told(first)["late"] is False
    refused = till(cast.lawson).post("payments", payment_body(invoice))
    assert code_of(refused) == (409, "limit_reached")
    late = till(cast.lawson).post("payments", payment_body(invoice, advice=True))
    assert told(late)["late"] is True


@pytest.mark.fault("A17")
def test_cash_for_an_invoice_nobody_knows_is_held_and_in_balance(cast: Cast):
    known = str(register(cast.sakura).pk)
    odd = [known.upper(), known[:-1], known.replace("-", ""), f"{{{known}}}", "0" * 64, "1", "-",
           "'--", "%00", "null", "00000000-0000-4000-8000-000000000000",
           str(register(cast.sakura.twin).pk)]  # fmt: skip
    for turn, word in enumerate(odd, start=1):
        answer = till(cast.lawson).post(
            "payments", payment_body(register(cast.aoba), advice=True) | {"invoice": word}
        )
        assert (answer.status_code, told(answer)["status"]) == (201, "suspense"), word
        assert told(answer)["invoice"] == word
        assert balance_yen("suspense:lawson") == 10_000 * turn
    assert sum(trial_balance().values()) == 0
    cases = Case.objects.filter(kind=Case.Kind.SUSPENSE, status=Case.Status.OPEN)
    assert cases.count() == len(odd)
    assert not Event.objects.filter(type="payment.reported").exists()


@pytest.mark.fault("A18")
@pytest.mark.parametrize(
    ("amount_yen", "version", "refusal", "held"),
    [(9_999, 2, "amount_differs", True), (10_001, 2, "amount_differs", True),
     (1, 2, "amount_differs", True), (300_000, 2, "amount_differs", True),
     (8_000, 2, "amount_differs", False), (8_000, 1, "version_stale", False),
     (10_000, 1, "version_stale", False), (9_999, 1, "version_stale", True),
     (10_000, 7, "version_stale", False)],
)  # fmt: skip
def test_another_amount_is_refused_and_its_cash_booked_only_if_some_version_asked_it(
    cast: Cast, amount_yen: int, version: int, refusal: str, *, held: bool
):
    invoice = register(cast.sakura, amount_yen=8_000)
    change_invoice(cast.scope, str(invoice.pk), {"amount_yen": 10_000})
    words = {"amount_yen": amount_yen, "version": version}
    asked = till(cast.lawson).post("payments", payment_body(invoice) | words)
    assert code_of(asked) == (409, refusal)
    answer = till(cast.lawson).post("payments", payment_body(invoice, advice=True) | words)
    assert told(answer)["status"] == ("suspense" if held else "reported")
    payment = Payment.objects.get()
    asked_by = {8_000: 1, 10_000: 2}
    assert payment.version == (None if held else asked_by[amount_yen])
    account = "suspense:lawson" if held else owner_payable(cast.sakura)
    assert balance_yen(account) == amount_yen


@pytest.mark.fault("A18")
def test_of_versions_that_asked_the_same_the_named_one_is_paid_or_the_newest(cast: Cast):
    invoice = register(cast.sakura, repeats=True)
    for change in ({"title": "夏"}, {"title": "秋"}, {"amount_yen": 12_000}):
        change_invoice(cast.scope, str(invoice.pk), change)
    for told_version, paid in ((1, 1), (2, 2), (3, 3), (4, 3), (9, 3)):
        body = payment_body(invoice, advice=True, version=told_version)
        assert told(till(cast.lawson).post("payments", body))["late"] is True
        assert Payment.objects.get(receipt=body["receipt"]).version == paid


@pytest.mark.fault("A19")
@pytest.mark.parametrize("amount_yen", [0, -1, 300_001])
def test_the_database_itself_refuses_an_amount_that_is_none(cast: Cast, amount_yen: int):
    invoice = register(cast.sakura)
    receive_payment(notice("nobody-knows", advice=True))
    row = Payment.objects.get()
    row.pk, row.receipt, row.amount_yen = None, "OTHER", amount_yen
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        Invoice.objects.filter(pk=invoice.pk).update(amount_yen=amount_yen)


@pytest.mark.fault("A19")
@pytest.mark.parametrize(
    "raw",
    ["0", "-1", "300001", "2147483648", "9223372036854775808", "1e3", "1000.0", "NaN", "Infinity",
     '"1000"', '"１２３"', '"1 000"', "true", "null", "[1000]", "1" * 4_000, "0x3E8", "01000"],
)  # fmt: skip
def test_what_is_no_amount_is_malformed_in_either_api(cast: Cast, raw: str):
    invoice = register(cast.sakura)
    for advice in ("false", "true"):
        body = payment_body(invoice)
        del body["amount_yen"]
        words = ", ".join(
            [f'"{name}": "{word}"' for name, word in body.items() if name != "version"]
            + ['"version": 1', f'"advice": {advice}', f'"amount_yen": {raw}']
        )
        refused = till(cast.lawson).post("payments", f"{{{words}}}".encode())
        assert code_of(refused) == (422, "malformed")
    assert not Payment.objects.exists()
    words = (
        f'"reference": "R", "number": "{invoice.card.number}", "title": "x", "amount_yen": {raw}'
    )
    asked = system(cast.keys["sakura"]).post("invoices", f"{{{words}}}".encode())
    assert code_of(asked) == (422, "malformed")
