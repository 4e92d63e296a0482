"""Money in suspense that two people, or a person and its till, reach for at once."""

from typing import Any

import pytest

from billing.models import Assignment, Invoice, Payment
from billing.refusals import AlreadyPaid
from billing.services.assignments import NotInSuspense, assign_suspense
from billing.services.payments import receive_payment
from billing.services.reversals import reverse_payment
from billing.tills.notices import Receipt
from settlement.books import trial_balance
from settlement.tests.payout_cast import person
from tests.cast import Cast, make_cast, notice, register, reversal
from tests.threads import in_threads

ROUNDS = 12


@pytest.fixture
def cast(committed_db: str) -> Cast:
    return make_cast()


def test_one_single_invoice_takes_one_of_several(cast: Cast):
    clerk = person("operator")
    for _ in range(ROUNDS):
        invoice = register(cast.sakura)
        told = [notice("misread", advice=True) for _ in range(4)]
        for one in told:
            receive_payment(one)
        pks = [Payment.objects.get(receipt=one.key.receipt).pk for one in told]

        def play(place: int, invoice: Invoice = invoice, pks: list[Any] = pks) -> Any:
            if place == 4:
                return receive_payment(notice(invoice))
            return assign_suspense(clerk, pks[place], invoice.pk, "確認済")

        outcomes = in_threads(play, 5)
        assert sum(isinstance(one, Payment | Receipt) for one in outcomes) == 1
        assert sum(isinstance(one, AlreadyPaid) for one in outcomes) == 4


def test_its_till_takes_it_back_before_or_after_it_is_assigned(cast: Cast):
    clerk = person("operator")
    for _ in range(ROUNDS):
        invoice, told = register(cast.sakura), notice("misread", advice=True)
        receive_payment(told)
        payment = Payment.objects.get(receipt=told.key.receipt)

        def play(place: int, told: Any = told, pk: Any = payment.pk, its: Any = invoice.pk) -> Any:
            if place:
                return reverse_payment(reversal(told))
            return assign_suspense(clerk, pk, its, "確認済")

        assigned, undone = in_threads(play, 2)
        assert isinstance(assigned, Payment | NotInSuspense)
        assert isinstance(undone, Receipt)
        payment.refresh_from_db()
        invoice.refresh_from_db()
        assert (payment.status, invoice.status) == ("reversed", "open")
        is_assigned = Assignment.objects.filter(payment=payment).exists()
        assert is_assigned == isinstance(assigned, Payment) == (payment.owner_id is not None)
    assert set(trial_balance().values()) == {0}
