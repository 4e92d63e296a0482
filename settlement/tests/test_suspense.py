"""仮受金: cash without an invoice, whose it is found to be, and what the books say, in yen."""

from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction

from billing.models import Assignment, Case, Chain, Event, Invoice, Payment
from billing.refusals import AlreadyPaid, AmountDiffers, UnknownInvoice
from billing.services.assignments import NotInSuspense, assign_suspense
from billing.services.invoices import change_invoice
from billing.services.payments import receive_payment
from billing.services.reversals import reverse_payment
from billing.tills.notices import PaymentNotice
from settlement.books import balance_yen, owner_payable, trial_balance
from settlement.services.confirmations import Confirmed
from settlement.tests.payout_cast import person
from settlement.tests.scene import at, cast_of, close, confirm, day_of, lines_of, take
from tenants.access import NotAllowed
from tenants.models import Staff
from tenants.services import StaffAsked
from tests.cast import Cast, notice, register, reversal, till, told
from tests.people import sign_in

WHY = "店舗に確認しました。"


@pytest.fixture
def cast(db: None) -> Cast:
    with at("11-01"):
        return cast_of()


@pytest.fixture
def clerk(cast: Cast) -> Staff:
    return person("operator")


def lost(amount_yen: int = 10_000, invoice: Any = "a number misread", **words: Any) -> Payment:
    """Tell of cash for an invoice nobody knows; return what lies in suspense."""
    told_of = notice(invoice, amount_yen=amount_yen, advice=True, **words)
    receive_payment(told_of)
    payment = Payment.objects.get(receipt=told_of.key.receipt)
    assert payment.status == Payment.Status.SUSPENSE
    return payment


def assigned(clerk: Staff, payment: Payment, invoice: Invoice) -> Payment:
    return assign_suspense(clerk, payment.pk, invoice.pk, WHY)


def test_assigned_money_moves_from_suspense_to_its_owner(cast: Cast, clerk: Staff):
    with at("11-03"):
        invoice = register(cast.sakura, amount_yen=10_000, tax_yen=909, tenant="engineering")
        payment = lost()
    assert balance_yen("suspense:lawson") == 10_000
    assert balance_yen(owner_payable(cast.sakura)) == 0
    with at("11-06"):
        assigned(clerk, payment, invoice)
    assert balance_yen("suspense:lawson") == 0
    assert balance_yen(owner_payable(cast.sakura)) == 10_000
    assert balance_yen("store_receivable:lawson") == 10_000
    eve = trial_balance(day_of("11-05"))
    assert (eve["suspense:lawson"], eve["store_receivable:lawson"]) == (-10_000, 10_000)
    assert sum(trial_balance().values()) == 0

    payment.refresh_from_db()
    invoice.refresh_from_db()
    assert (payment.status, payment.tax_yen, payment.number) == (
        "reported",
        909,
        invoice.card.number,
    )
    assert invoice.status == Invoice.Status.PAID
    made = Assignment.objects.get()
    assert (made.assigned_by, made.reason, made.tenant) == (clerk, WHY, cast.engineering)


def test_the_owner_and_the_tenant_are_told_then_that_it_is_late(cast: Cast, clerk: Staff):
    payment = lost()
    assert not Event.objects.exists()
    invoice = register(cast.sakura, tenant="engineering")
    assigned(clerk, payment, invoice)
    event = Event.objects.get()
    assert (event.type, event.sequence, event.tenant_sequence) == ("payment.reported", 1, 1)
    assert event.body["late"] is True
    assert event.body["invoice"] == str(invoice.pk)
    case = Case.objects.get()
    assert (case.status, case.closed_by, case.resolution) == ("closed", clerk, WHY)


def test_the_till_keeps_its_answer_and_reads_the_new_state(cast: Cast, clerk: Staff):
    told_of = notice("a number misread", advice=True)
    first = receive_payment(told_of)
    payment = Payment.objects.get()
    assigned(clerk, payment, register(cast.sakura))
    again = receive_payment(told_of)
    assert (again.replayed, again.answer) == (True, first.answer)
    key = told_of.key
    path = f"payments/{key.store}/{key.terminal}/{key.business_date}/{key.receipt}/1"
    status = told(till(cast.lawson).get(path))
    assert (status["status"], status["payment"]) == ("reported", str(payment.pk))


def test_after_its_confirmation_it_is_stated_in_an_open_period(cast: Cast, clerk: Staff):
    with at("11-03"):
        payment = lost()
        invoice = register(cast.sakura)
    assert not isinstance(confirm(payment, on="11-04")[0], Confirmed)  # Nobody's yet.
    assert close("11-13") == []
    with at("11-14"):
        payment = assigned(clerk, payment, invoice)
    (outcome,) = confirm(payment, on="11-14")
    assert isinstance(outcome, Confirmed)
    assert outcome.closes_on == day_of("11-10")
    (statement,) = close("11-18")
    assert (statement.gross_yen, lines_of(statement)["payment"]) == (10_000, 120)


def test_a_till_that_undoes_it_takes_it_from_the_owner_again(cast: Cast, clerk: Staff):
    told_of = notice("a number misread", advice=True)
    receive_payment(told_of)
    invoice = register(cast.sakura)
    payment = assigned(clerk, Payment.objects.get(), invoice)
    answer = reverse_payment(reversal(told_of)).answer
    assert str(payment.pk) in answer
    invoice.refresh_from_db()
    assert invoice.status == Invoice.Status.OPEN
    types = Event.objects.order_by("sequence").values_list("type", flat=True)
    assert list(types) == ["payment.reported", "payment.reversed"]
    assert set(trial_balance().values()) == {0}


def test_a_kept_invoice_takes_it_and_stays_open(cast: Cast, clerk: Staff):
    kept = register(cast.sakura, repeats=True)
    for _ in range(2):
        payment = assigned(clerk, lost(), kept)
        assert payment.repeats
    kept.refresh_from_db()
    assert kept.status == Invoice.Status.OPEN
    assert balance_yen(owner_payable(cast.sakura)) == 20_000


@pytest.mark.parametrize("status", ["suspended", "withdrawn", "expired"])
def test_an_invoice_that_is_no_longer_open_takes_it_too(cast: Cast, clerk: Staff, status: str):
    invoice = register(cast.sakura)
    payment = lost(receipt="X1")
    Invoice.objects.filter(pk=invoice.pk).update(status=status)
    assigned(clerk, payment, invoice)
    invoice.refresh_from_db()
    assert invoice.status == Invoice.Status.PAID


def test_the_version_is_the_one_the_till_named_or_the_newest_of_the_amount(
    cast: Cast, clerk: Staff
):
    invoice = register(cast.sakura, repeats=True, tax_yen=1)
    change_invoice(cast.scope, str(invoice.pk), {"amount_yen": 20_000})
    change_invoice(cast.scope, str(invoice.pk), {"amount_yen": 10_000, "tax_yen": 3})
    assert assigned(clerk, lost(version=1), invoice).tax_yen == 1
    assert assigned(clerk, lost(version=7), invoice).version == 3
    with pytest.raises(AmountDiffers):
        assigned(clerk, lost(9_999), invoice)


def test_what_cannot_take_it_is_refused_by_name(cast: Cast, clerk: Staff):
    payment = lost()
    paid = register(cast.sakura)
    take(paid)
    with pytest.raises(AlreadyPaid):
        assigned(clerk, payment, paid)
    with pytest.raises(UnknownInvoice):
        assigned(clerk, payment, register(cast.sakura.twin))
    with pytest.raises(UnknownInvoice):
        assign_suspense(clerk, payment.pk, UUID(int=0), WHY)
    payment.refresh_from_db()
    assert (payment.status, Assignment.objects.count()) == ("suspense", 0)


def test_money_is_assigned_once_and_not_after_its_reversal(cast: Cast, clerk: Staff):
    payment, other = lost(), register(cast.sakura)
    assigned(clerk, payment, register(cast.sakura))
    with pytest.raises(NotInSuspense):
        assigned(clerk, payment, other)
    with pytest.raises(NotInSuspense):
        assigned(clerk, take(register(cast.sakura)), other)
    told_of: PaymentNotice = notice("a number misread", advice=True)
    receive_payment(told_of)
    reverse_payment(reversal(told_of))
    with pytest.raises(NotInSuspense):
        assigned(clerk, Payment.objects.get(receipt=told_of.key.receipt), other)


@pytest.mark.parametrize("role", ["approver", "auditor"])
def test_only_those_who_operate_the_centre_may_assign(cast: Cast, role: str):
    with pytest.raises(NotAllowed):
        assigned(person(role), lost(), register(cast.sakura))
    with pytest.raises(NotAllowed):
        assigned(person("administrator", owner=cast.sakura), lost(), register(cast.sakura))


def test_staff_assign_at_the_case_and_see_why_not(cast: Cast):
    payment = lost()
    case = Case.objects.get()
    page = f"/admin/billing/case/{case.pk}"
    client = sign_in(StaffAsked("back@centre.example.com", "運営", "operator"))
    shown = client.get(f"{page}/change/").content.decode()
    assert "請求に割り当てる" in shown
    assert f"金額: {payment.amount_yen:,}円" in shown
    paid = register(cast.sakura)
    take(paid)
    words = {"invoice": str(paid.pk), "reason": WHY}
    refused = client.post(f"{page}/do/assign", words, follow=True).content.decode()
    assert AlreadyPaid.title in refused
    words["invoice"] = str(register(cast.sakura).pk)
    done = client.post(f"{page}/do/assign", words, follow=True).content.decode()
    assert "オーナーへ通知しました" in done
    assert "請求に割り当てる" not in done
    payment.refresh_from_db()
    assert payment.status == Payment.Status.REPORTED


def test_a_case_without_a_payment_is_assigned_to_nothing(cast: Cast):
    till(cast.lawson).post("payments", {"advice": True, "amount_yen": "ten"})
    case = Case.objects.get(kind=Case.Kind.ADVICE_MALFORMED)
    client = sign_in(StaffAsked("back@centre.example.com", "運営", "operator"))
    words = {"invoice": str(register(cast.sakura).pk), "reason": WHY}
    asked = f"/admin/billing/case/{case.pk}/do/assign"
    assert NotAllowed.title in client.post(asked, words, follow=True).content.decode()
    assert not Payment.objects.exists()


def test_whose_money_it_is_is_filled_in_once(cast: Cast, clerk: Staff):
    """The database lets an empty owner be filled, and no filled one be changed."""
    payment = assigned(clerk, lost(), register(cast.sakura, repeats=True))
    for change in ({"owner": cast.aoba}, {"number": "2000000000008"}, {"repeats": False}):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            Payment.objects.filter(pk=payment.pk).update(**change)
    waiting = lost()
    with pytest.raises(IntegrityError, match="payment_is_whole"), transaction.atomic():
        Payment.objects.filter(pk=waiting.pk).update(owner=cast.aoba, status="reported")


def test_suspense_of_a_test_chain_reaches_no_book(cast: Cast, clerk: Staff):
    twin = Chain.objects.get(pk="lawson").twin
    payment = lost(chain=twin.pk)
    assert trial_balance() == {}
    assigned(clerk, payment, register(cast.sakura.twin))
    assert trial_balance() == {}
    assert Event.objects.filter(owner=cast.sakura.twin).count() == 1


@pytest.mark.fault("A17")
def test_whatever_number_a_till_misread_the_cash_is_kept_and_the_books_balance(cast: Cast):
    known = register(cast.sakura)
    misread = ["0", "x" * 64, str(known.pk)[:-1], str(known.pk).upper(), known.card.number]
    misread += [str(UUID(int=known.pk.int ^ (1 << bit))) for bit in range(0, 128, 8)]
    for yen, invoice in enumerate(misread, start=1):
        lost(yen, invoice)
    total_yen = sum(range(1, len(misread) + 1))
    assert Case.objects.filter(kind="suspense", status="open").count() == len(misread)
    assert balance_yen("suspense:lawson") == balance_yen("store_receivable:lawson") == total_yen
    assert sum(trial_balance().values()) == 0
    assert not Event.objects.exists()
