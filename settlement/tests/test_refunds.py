"""訂正: one person asks, another decides, and only then a payment is taken back."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from billing.models import Chain, Event, Payment, Refund
from billing.services.payments import key_of
from billing.services.reversals import reverse_payment
from billing.services.slips import SlipAsked, print_slip
from billing.services.twins import pay_test_invoice
from billing.tills.notices import ReversalNotice
from settlement.models import RefundRequest
from settlement.refund_effect import refund_effect
from settlement.refund_search import Sought, payments_sought
from settlement.refusals import ReasonMissing
from settlement.services.freezes import freeze_payouts
from settlement.services.refunds import (
    approve_refund,
    ask_refund,
    reject_refund,
    withdraw_refund,
)
from settlement.tests.payout_cast import person
from settlement.tests.scene import at, cast_of, close, only_statement, paid, settled, take
from settlement.tests.test_one_person import calls
from smartpit.kernel.errors import DomainError
from tenants.access import Scope
from tenants.models import Staff
from tests.cast import Cast, notice, register, reversal

WHY = "二重に支払われた"


@pytest.fixture
def five(db: None) -> Cast:
    return cast_of()


@pytest.fixture
def asker(five: Cast) -> Staff:
    return person("operator")


@pytest.fixture
def checker(five: Cast) -> Staff:
    return person("approver")


def code(act: Callable[..., Any], *words: Any, on: str = "11-04") -> str:
    with at(on), pytest.raises(DomainError) as refused:
        act(*words)
    return refused.value.code


def asked(payment: Payment, staff: Staff, on: str = "11-04") -> RefundRequest:
    with at(on):
        return ask_refund(staff, payment.pk, WHY)


def test_nothing_happens_before_another_person_approves(five: Cast, asker: Staff, checker: Staff):
    payment = settled(five.sakura, "11-03", 55_000, tax_yen=5_000)
    request = asked(payment, asker)
    payment.refresh_from_db()
    assert (payment.status, request.status) == ("confirmed", "requested")
    assert not Refund.objects.exists()
    with at("11-05"):
        refund = approve_refund(checker, request.pk)
    payment.refresh_from_db()
    request.refresh_from_db()
    assert (payment.status, request.status) == ("refunded", "approved")
    assert (refund.asked_by, refund.approved_by) == (asker, checker)
    assert refund.closes_on == date(2026, 11, 5)
    assert Event.objects.filter(type="payment.refunded", payment=payment).count() == 1
    assert only_statement("11-13").gross_yen == 0


def test_nobody_decides_of_what_they_asked_for_themselves(five: Cast):
    both = person("administrator")
    request = asked(settled(five.sakura, "11-03"), both)
    assert code(approve_refund, both, request.pk) == "two_people_needed"
    assert code(reject_refund, both, request.pk, "やめ") == "two_people_needed"
    assert not Refund.objects.exists()


def test_the_database_too_wants_two_people(five: Cast, asker: Staff, checker: Staff):
    request = asked(settled(five.sakura, "11-03"), asker)
    row = RefundRequest.objects.filter(pk=request.pk)
    words = {"decided_at": request.asked_at, "decided_reason": "x"}
    for changes, constraint in (
        ({"status": "approved", "decided_by": asker}, "refund_request_takes_two_people"),
        ({"status": "rejected", "decided_by": asker}, "refund_request_takes_two_people"),
        ({"status": "withdrawn", "decided_by": checker}, "is_withdrawn_by_its_asker"),
    ):
        with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
            row.update(**words, **changes)
    with pytest.raises(IntegrityError, match="is_decided_by_somebody"), transaction.atomic():
        row.update(status="approved")
    with pytest.raises(IntegrityError, match="refused_says_why"), transaction.atomic():
        row.update(status="rejected", decided_by=checker, decided_at=request.asked_at)
    twin = {name: getattr(request, name) for name in ("payment", "owner", "tenant", "asked_at")}
    with pytest.raises(IntegrityError, match="once_at_a_time"), transaction.atomic():
        RefundRequest.objects.create(**twin, reason="x", asked_by=checker)


def test_only_people_of_the_centre_who_move_money_ask_and_decide(five: Cast, asker: Staff):
    payment = settled(five.sakura, "11-03")
    request = asked(payment, asker)
    owners = person("administrator", owner=five.sakura)
    unproved = person("approver")
    unproved.set_password("known to somebody else")
    unproved.save(update_fields=["password"])
    for staff, why in (
        (person("auditor"), "not_allowed"),
        (owners, "not_allowed"),
        (unproved, "password_not_own"),
    ):
        assert code(ask_refund, staff, payment.pk, WHY) == why
        assert code(approve_refund, staff, request.pk) == why
        assert code(reject_refund, staff, request.pk, "x") == why
        assert code(withdraw_refund, staff, request.pk, "x") == why


def test_who_asked_must_still_be_there_when_it_is_approved(
    five: Cast, asker: Staff, checker: Staff
):
    request = asked(settled(five.sakura, "11-03"), asker)
    Staff.objects.filter(pk=asker.pk).update(is_active=False)
    assert code(approve_refund, checker, request.pk) == "not_allowed"
    with at("11-04"):
        assert reject_refund(checker, request.pk, "依頼者が退職").status == "rejected"


def test_only_a_confirmed_payment_is_asked_for(five: Cast, asker: Staff, checker: Staff):
    reported, undone = paid(five.sakura, "11-03"), paid(five.sakura, "11-03")
    refunded = settled(five.sakura, "11-03")
    with at("11-03"):
        reverse_payment(ReversalNotice(key_of(undone), "客都合"))
        told = notice(register(five.sakura))
        reverse_payment(reversal(told))
        tombstone = Payment.objects.get(receipt=told.key.receipt)
    with at("11-04"):
        approve_refund(checker, asked(refunded, asker).pk)
    for payment in (reported, undone, tombstone, refunded):
        assert code(ask_refund, asker, payment.pk, WHY) == "not_confirmed"
    for nobodys in ("nobody", "00000000-0000-4000-8000-000000000000"):
        assert code(ask_refund, asker, nobodys, WHY) == "not_found"
    assert code(approve_refund, checker, 99_999_999) == "not_found"
    assert code(approve_refund, checker, "x") == "not_found"
    assert RefundRequest.objects.count() == 1


def test_a_test_payment_is_never_refunded(five: Cast, asker: Staff):
    with at("11-03"):
        invoice = register(five.sakura.twin)
        pay_test_invoice(Scope(owner_id=five.sakura.twin.pk), str(invoice.pk))
    payment = Payment.objects.get(invoice=invoice)
    assert code(ask_refund, asker, payment.pk, WHY) == "not_found"
    assert payments_sought(Sought(day=payment.business_date)) == []


def test_a_reason_is_asked_for_and_one_request_at_a_time(five: Cast, asker: Staff, checker: Staff):
    payment = settled(five.sakura, "11-03")
    assert code(ask_refund, asker, payment.pk, "  ") == "reason_missing"
    request = asked(payment, asker)
    assert code(ask_refund, checker, payment.pk, WHY) == "refund_requested"
    for act in (reject_refund, withdraw_refund):
        with at("11-04"), pytest.raises(ReasonMissing):
            act(checker, request.pk, " ")
    assert code(withdraw_refund, checker, request.pk, "x") == "refund_withdrawn_by_another"
    with at("11-04"):
        assert withdraw_refund(asker, request.pk, "番号違い").decided_by == asker
    assert code(approve_refund, checker, request.pk) == "move_refused"
    assert code(reject_refund, checker, request.pk, "x") == "move_refused"
    assert code(withdraw_refund, asker, request.pk, "x") == "move_refused"
    second = asked(payment, checker)
    with at("11-04"):
        approve_refund(asker, second.pk)
    assert RefundRequest.objects.filter(payment=payment).count() == 2


def test_a_freeze_stops_no_refund_for_no_money_of_the_centre_leaves(
    five: Cast, asker: Staff, checker: Staff
):
    with at("11-04"):
        freeze_payouts(asker, "調査", five.sakura)
        freeze_payouts(asker, "調査")
    request = asked(settled(five.sakura, "11-03"), asker)
    with at("11-04"):
        assert approve_refund(checker, request.pk).payment.status == "refunded"


def test_no_route_lets_one_person_name_both():
    assert set(calls("refund_payment")) == {"smartpit/web/story/play.py"}
    assert set(calls("approve_refund")) == {"settlement/refund_admin.py"}
    assert set(calls("ask_refund")) == {"settlement/refund_admin.py"}


# What it would do


@pytest.mark.parametrize(
    ("amount_yen", "words", "stamp_yen"),
    [(55_000, {"tax_yen": 5_000}, 200), (54_999, {"tax_yen": 5_000}, 0), (50_000, {}, 200)],
)
def test_the_effect_is_what_the_statement_then_says(
    five: Cast, asker: Staff, checker: Staff, amount_yen: int, words: dict[str, int], stamp_yen: int
):
    payment = settled(five.sakura, "11-03", amount_yen, **words)
    close("11-13")
    settled(five.sakura, "11-15", 200_000)
    request = asked(payment, asker, on="11-16")
    with at("11-16"):
        effect = refund_effect(payment)
        approve_refund(checker, request.pk)
    assert (effect.amount_yen, effect.stamp_yen) == (amount_yen, stamp_yen)
    assert effect.is_stated
    *_, statement = close("12-31")[:2]
    assert (statement.closes_on, statement.stated_on) == (effect.closes_on, effect.stated_on)
    assert (
        statement.carried_in_yen + effect.payout_yen
        == (statement.payout_yen + statement.carried_out_yen)
        + statement.fees_yen
        + statement.tax_yen
    )


def test_an_exempt_owners_refund_gives_no_stamp_back(db: None):
    school = cast_of(stamp="exempt", stamp_reason="学校法人")
    payment = settled(school.sakura, "11-03", 60_000)
    with at("11-04"):
        effect = refund_effect(payment)
    assert (effect.stamp_yen, effect.payout_yen, effect.is_stated) == (0, -60_000, False)


# Finding it


def test_a_payment_is_found_by_what_the_payer_can_tell(five: Cast):
    payment = settled(five.sakura, "11-03")
    other = settled(five.aoba, "11-03")
    assert payment.invoice is not None
    owner, reference = five.sakura, payment.invoice.reference
    day = payment.business_date
    card = payment.invoice.card
    for sought in (
        Sought(number=card.number),
        Sought(number=card.barcode_number),
        Sought(receipt=payment.receipt, day=day),
        Sought(owner=owner, reference=reference),
        Sought(owner=owner, day=day),
    ):
        assert payment in payments_sought(sought), sought
        assert other not in payments_sought(sought), sought
    assert set(payments_sought(Sought(day=day))) == {payment, other}
    assert payments_sought(Sought(number="1" * 13)) == []
    assert payments_sought(Sought(number=card.number, day=date(2026, 11, 4))) == []


def test_a_payment_is_found_by_the_slip_it_was_on(five: Cast):
    with at("11-03"):
        invoice, other = register(five.sakura), register(five.sakura)
        lines = (str(invoice.pk),)
        chain = Chain.objects.get(pk="lawson")
        slip = print_slip(SlipAsked(chain, "000001", "K1", invoice.card.number, lines)).slip
        payment = take(invoice)
        take(other)
    for told in (slip.code, slip.barcode):
        assert payments_sought(Sought(slip=told)) == [payment]
    assert payments_sought(Sought(slip="0" * 16)) == []


@pytest.mark.parametrize("sought", [Sought(), Sought(receipt="1"), Sought(reference="A")], ids=str)
def test_what_would_read_everything_is_not_looked_for(sought: Sought):
    assert sought.fault
