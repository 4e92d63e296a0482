"""Two people at one payment's refund, on real threads: it is taken back once, or not at all."""

from time import sleep
from typing import Any

import pytest

from billing.models import Confirmation, Event, Payment, Refund
from settlement.models import RefundRequest, Statement
from settlement.services.refunds import (
    RefundRequested,
    approve_refund,
    ask_refund,
    reject_refund,
    withdraw_refund,
)
from settlement.tests.payout_cast import person
from settlement.tests.scene import at, cast_of, close, settled
from smartpit.kernel.errors import MoveRefused
from tests.cast import Cast
from tests.threads import in_threads

DAY = "11-04"


@pytest.fixture
def cast(committed_db: str) -> Cast:
    return cast_of()


def test_of_two_who_approve_at_once_one_refunds(cast: Cast):
    checkers = [person("approver") for _ in range(4)]
    with at(DAY):
        asked = ask_refund(person("operator"), settled(cast.sakura, "11-03").pk, "重複")

    def approve(place: int) -> Refund:
        with at(DAY):
            return approve_refund(checkers[place], asked.pk)

    outcomes = in_threads(approve, 4)
    assert sum(isinstance(outcome, Refund) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, MoveRefused) for outcome in outcomes) == 3
    assert Refund.objects.count() == 1
    assert Event.objects.filter(type="payment.refunded").count() == 1


def test_of_two_who_ask_at_once_one_is_first(cast: Cast, monkeypatch: pytest.MonkeyPatch):
    true_create = RefundRequest.objects.create

    def create(**words: Any) -> RefundRequest:
        sleep(0.2)  # Whoever did not wait has looked by now, and saw no request.
        return true_create(**words)

    monkeypatch.setattr(RefundRequest.objects, "create", create)
    askers = [person("operator") for _ in range(4)]
    payment = settled(cast.sakura, "11-03")

    def ask(place: int) -> RefundRequest:
        with at(DAY):
            return ask_refund(askers[place], payment.pk, "重複")

    outcomes = in_threads(ask, 4)
    assert sum(isinstance(outcome, RefundRequest) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, RefundRequested) for outcome in outcomes) == 3
    assert RefundRequest.objects.count() == 1


def test_an_approval_a_rejection_and_a_withdrawal_do_not_pass_each_other(cast: Cast):
    asker, checker, other = person("operator"), person("approver"), person("approver")
    for _ in range(5):
        payment = settled(cast.sakura, "11-03")
        with at(DAY):
            asked = ask_refund(asker, payment.pk, "重複")

        def decide(place: int, asked: RefundRequest = asked) -> object:
            with at(DAY):
                if place == 0:
                    return approve_refund(checker, asked.pk)
                if place == 1:
                    return reject_refund(other, asked.pk, "却下")
                return withdraw_refund(asker, asked.pk, "取下げ")

        outcomes = in_threads(decide, 3)
        assert sum(isinstance(outcome, MoveRefused) for outcome in outcomes) == 2
        asked.refresh_from_db()
        payment.refresh_from_db()
        is_refunded = payment.status == Payment.Status.REFUNDED
        assert is_refunded == (asked.status == "approved")
        assert Refund.objects.filter(payment=payment).exists() == is_refunded


def test_a_refund_that_races_with_its_closing_is_in_exactly_one_statement(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
):
    """The approvers still live in the period that closes, as clocks do that wait for a lock."""
    kept = settled(cast.sakura, "11-03", 100_000)
    asker, checkers = person("operator"), [person("approver") for _ in range(4)]
    asked = []
    for _ in checkers:
        payment = settled(cast.sakura, "11-03", 10_000)
        with at("11-04"):
            asked.append(ask_refund(asker, payment.pk, "重複"))
    true_create = Refund.objects.create

    def create(**words: Any) -> Refund:
        sleep(0.2)  # Its closing date is told; whoever closes without waiting leaves it out.
        return true_create(**words)

    monkeypatch.setattr(Refund.objects, "create", create)

    def work(place: int) -> Any:
        if place == len(checkers):
            sleep(0.1)
            return close("11-13")
        with at("11-04"):
            return approve_refund(checkers[place], asked[place].pk)

    outcomes = in_threads(work, len(checkers) + 1)
    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    close("12-31")
    statements = Statement.objects.all()
    assert sum(statement.gross_yen for statement in statements) == kept.amount_yen
    for statement in statements:
        taken = Confirmation.objects.filter(closes_on=statement.closes_on)
        undone = Refund.objects.filter(closes_on=statement.closes_on)
        gross_yen = sum(row.payment.amount_yen or 0 for row in taken)
        assert gross_yen - sum(row.payment.amount_yen or 0 for row in undone) == statement.gross_yen
