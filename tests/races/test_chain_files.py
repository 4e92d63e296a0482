"""Chain files on real threads: the same file twice, two files at once, and a till that reverses."""

import json
import threading
import time
from typing import Any

import pytest
from django.db import connection, transaction

from billing.models import Case, ChainFile, Confirmation, Event, Payment, Reversal, Stream
from billing.services.payments import key_of, receive_payment
from billing.services.reversals import reverse_payment
from billing.tills.notices import Receipt, ReversalNotice
from settlement.services.chain_files import FileNameReused
from settlement.services.confirmations import confirm_payments
from settlement.tests.chain_file_cast import file_bytes, row, send
from settlement.tests.scene import at, cast_of, paid
from tests.cast import Cast, notice, register
from tests.threads import in_threads

DAY = "11-24"


@pytest.fixture
def cast(committed_db: str) -> Cast:
    return cast_of()


def require_no_fault(outcomes: list[Any]) -> None:
    assert [one for one in outcomes if isinstance(one, Exception)] == []


def require_streams_whole() -> None:
    for stream in Stream.objects.all():
        numbers = stream.events.order_by("number").values_list("number", flat=True)
        assert list(numbers) == list(range(1, stream.last + 1))
    assert not Event.objects.filter(payment__isnull=False, sequence=None).exists()


def test_the_same_file_sent_by_four_at_once_is_taken_once(cast: Cast):
    payments = [paid(cast.sakura, DAY, 1_000 + place) for place in range(6)]
    with at(DAY):
        raw = file_bytes(*map(row, payments), row(payments[0]))

    def work(place: int) -> Receipt:
        with at(DAY):
            return send(raw, f"name-{place % 2}")

    outcomes = in_threads(work, 4)
    require_no_fault(outcomes)
    receipts = [one for one in outcomes if isinstance(one, Receipt)]
    assert len({one.answer for one in receipts}) == 1
    assert sorted(one.replayed for one in receipts) == [False, True, True, True]
    assert ChainFile.objects.count() == 1
    assert Confirmation.objects.count() == 6
    assert Case.objects.count() == 1


def test_of_two_files_of_one_name_one_is_taken(cast: Cast):
    payments = [paid(cast.sakura, DAY, 1_000 + place) for place in range(2)]

    def work(place: int) -> Receipt:
        with at(DAY):
            return send(file_bytes(row(payments[place])), "one.dat")

    outcomes = in_threads(work, 2)
    assert sorted(type(one).__name__ for one in outcomes) == ["FileNameReused", "Receipt"]
    assert any(isinstance(one, FileNameReused) for one in outcomes)
    assert Confirmation.objects.count() == 1


def test_a_reversal_comes_before_a_file_or_after_it(cast: Cast):
    payments = [paid(cast.sakura, DAY, 1_000 + place) for place in range(12)]

    def work(place: int) -> Any:
        with at(DAY, "13:00"):
            if place == 0:
                return send(file_bytes(*map(row, payments)))
            told: list[Any] = []
            for payment in payments[place - 1 :: 3]:
                try:
                    told.append(reverse_payment(ReversalNotice(key_of(payment), "客都合")))
                except Exception as refused:  # noqa: BLE001  Each is looked at below.
                    told.append(refused)
            return told

    outcomes: list[Any] = in_threads(work, 4)
    require_no_fault(outcomes)
    confirmed = Payment.objects.filter(status="confirmed").count()
    reversed_ = Payment.objects.filter(status="reversed").count()
    assert confirmed + reversed_ == 12
    assert Confirmation.objects.count() == confirmed
    assert Reversal.objects.count() == reversed_
    told = [one for told in outcomes[1:] if isinstance(told, list) for one in told]
    refused = [one for one in told if isinstance(one, Exception)]
    assert {getattr(one, "code", one) for one in refused} <= {"reversal_too_late"}
    assert len(refused) == confirmed
    assert not Confirmation.objects.filter(payment__status="reversed").exists()
    assert Case.objects.filter(kind="file_after_reversal").count() == reversed_
    require_streams_whole()


def test_a_file_that_waited_for_a_reversal_judges_what_it_came_to(cast: Cast):
    """The payment's row is read as it stands when its lock is held, not as it was before."""
    payment = paid(cast.sakura, DAY, 1_000)
    is_reversing = threading.Event()

    def work(place: int) -> Any:
        if place == 0:
            with transaction.atomic():
                Payment.objects.filter(pk=payment.pk).update(status="reversed")
                is_reversing.set()
                _wait_for_somebody_who_waits()
            return None
        assert is_reversing.wait(30)
        with at(DAY, "13:00"):
            return json.loads(send(file_bytes(row(payment))).answer)

    outcomes = in_threads(work, 2)
    require_no_fault(outcomes)
    told: Any = outcomes[1]
    assert (told["confirmed"], told["cases"]) == (0, 1)
    assert Case.objects.get().kind == "file_after_reversal"


def _wait_for_somebody_who_waits() -> None:
    for _ in range(600):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted"
                " AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))"
            )
            if cursor.fetchone()[0]:
                return
        time.sleep(0.05)
    raise AssertionError("nobody waits")


@pytest.mark.fault("D08")
def test_a_file_a_confirmation_and_tills_do_not_wait_in_a_circle(cast: Cast):
    """All tell the same two owners: the streams are taken last, in one order."""
    owners = (cast.sakura, cast.aoba)
    in_file, by_hand = (
        [paid(owner, DAY, 1_000 + place) for place in range(8) for owner in owners]
        for _ in range(2)
    )
    waiting = [[register(owner) for owner in owners for _ in range(5)] for _ in range(4)]

    def work(place: int) -> Any:
        with at(DAY, "13:00"):
            if place == 0:
                return json.loads(send(file_bytes(*map(row, in_file))).answer)["confirmed"]
            if place == 1:
                return len(confirm_payments([key_of(one) for one in reversed(by_hand)]))
            own = waiting[place - 2]
            for invoice in own if place % 2 else reversed(own):
                receive_payment(notice(invoice))
            return 0

    outcomes = in_threads(work, 6)
    require_no_fault(outcomes)
    assert outcomes[:2] == [16, 16]
    assert Confirmation.objects.count() == 32
    assert Event.objects.filter(type="payment.confirmed").count() == 32
    assert Payment.objects.filter(status="reported").count() == 40
    require_streams_whole()
