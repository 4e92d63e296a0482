"""Many tills at once, on real threads and a real database: nothing lost, nothing doubled."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction
from pytest_django.fixtures import Settings

from billing.models import Event, Invoice, Payment, Reversal, Stream
from billing.refusals import (
    AlreadyPaid,
    InvoiceWithdrawn,
    LimitReached,
    ReversedBefore,
    VersionStale,
)
from billing.services import payments
from billing.services.invoices import (
    InvoiceAsked,
    Limits,
    Registered,
    change_invoice,
    register_invoice,
    withdraw_invoice,
)
from billing.services.payments import receive_payment, receive_payments
from billing.services.reversals import reverse_payment
from billing.tills.booking import BATCH_MAX, Arrival, Book
from billing.tills.group_commit import GroupCommit, Lost
from billing.tills.notices import PaymentNotice, Receipt
from smartpit.kernel import clock
from smartpit.kernel.errors import DomainError
from tests.cast import Cast, make_card, make_cast, notice, register, reversal
from tests.threads import in_threads, looping

Receive = Callable[[PaymentNotice], Receipt]


@pytest.fixture
def cast(committed_db: str) -> Cast:
    return make_cast()


@pytest.fixture(params=["each alone", "sharing commits", "in a loop"])
def receive(request: pytest.FixtureRequest, settings: Settings) -> Iterator[Receive]:
    """Lend the ways a payment is booked: each in a transaction, or many by one clerk."""
    if request.param == "each alone":
        yield receive_payment
        return
    settings.PAYMENTS_SHARE_COMMITS = True
    book = Book()
    clerk = GroupCommit(book, payments._receive_alone, size_max=BATCH_MAX)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(payments, "_share_commits", clerk)
        if request.param == "in a loop":
            with looping() as loop:
                yield partial(_received_in, loop)
        else:
            yield payments.receive_payment_with_others
    book.close()


def _received_in(loop: asyncio.AbstractEventLoop, told: PaymentNotice) -> Receipt:
    wanted = payments.receive_payment_soon(told)
    return asyncio.run_coroutine_threadsafe(wanted, loop).result()


@pytest.mark.fault("A04")
def test_sixteen_tills_and_one_single_invoice_make_one_payment(cast: Cast, receive: Receive):
    for _ in range(10):
        invoice = register(cast.sakura)
        told = [notice(invoice, terminal=f"{place:02d}") for place in range(16)]
        outcomes = in_threads(partial(_take, receive, told), 16)
        assert sum(isinstance(outcome, Receipt) for outcome in outcomes) == 1
        assert sum(isinstance(outcome, AlreadyPaid) for outcome in outcomes) == 15


@pytest.mark.fault("A05")
def test_sixteen_tills_and_one_kept_invoice_make_sixteen_payments(cast: Cast, receive: Receive):
    invoice = register(cast.sakura, repeats=True)
    told = [notice(invoice, terminal=f"{place:02d}") for place in range(16)]
    outcomes = in_threads(partial(_take, receive, told), 16)
    assert all(isinstance(outcome, Receipt) for outcome in outcomes)
    assert Payment.objects.count() == 16
    # They stand at one store within 300 seconds, so all but the first are told as such.
    assert Payment.objects.filter(possible_duplicate=True).count() == 15
    _require_events_whole()


@pytest.mark.fault("A03")
def test_one_key_sent_sixteen_times_at_once_is_one_payment_and_one_answer(
    cast: Cast, receive: Receive
):
    for _ in range(10):
        told = notice(register(cast.sakura, repeats=True))
        receipts = in_threads(partial(_take, receive, [told] * 16), 16)
        assert all(isinstance(receipt, Receipt) for receipt in receipts)
        assert len({receipt.answer for receipt in receipts}) == 1  # type: ignore[union-attr]
        assert Counter(receipt.replayed for receipt in receipts) == {True: 15, False: 1}  # type: ignore[union-attr]
    assert Payment.objects.count() == 10


def _take(receive: Receive, told: list[PaymentNotice], place: int) -> Receipt:
    return receive(told[place])


@pytest.mark.fault("A11")
def test_a_payment_and_its_reversal_that_race_end_reversed_or_buried(cast: Cast, receive: Receive):
    for _ in range(20):
        told = notice(register(cast.sakura))

        def play(place: int, told: PaymentNotice = told) -> Receipt:
            return reverse_payment(reversal(told)) if place % 2 else receive(told)

        outcomes = in_threads(play, 4)
        row = Payment.objects.get(receipt=told.key.receipt)
        assert row.status in (Payment.Status.REVERSED, Payment.Status.TOMBSTONE)
        assert all(isinstance(outcome, Receipt | ReversedBefore) for outcome in outcomes)
        invoice = Invoice.objects.get(pk=told.invoice)
        assert invoice.status == Invoice.Status.OPEN


@pytest.mark.fault("B02")
@pytest.mark.fault("B05")
@pytest.mark.parametrize("repeats", [False, True])
def test_a_withdrawal_and_a_payment_that_race_never_both_win(
    cast: Cast, receive: Receive, *, repeats: bool
):
    for _ in range(20):
        invoice = register(cast.sakura, repeats=repeats)
        told = notice(invoice)

        def play(place: int, invoice: Invoice = invoice, told: PaymentNotice = told) -> Any:
            if place:
                return withdraw_invoice(cast.scope, str(invoice.pk))
            return receive(told)

        paid, withdrawn = in_threads(play, 2)
        invoice.refresh_from_db()
        if repeats:  # A kept invoice may be paid and then taken back.
            assert isinstance(paid, Receipt | InvoiceWithdrawn)
            assert invoice.status == Invoice.Status.WITHDRAWN
        elif isinstance(paid, Receipt):
            assert isinstance(withdrawn, AlreadyPaid)
            assert invoice.status == Invoice.Status.PAID
        else:
            assert isinstance(paid, InvoiceWithdrawn)
            assert invoice.status == Invoice.Status.WITHDRAWN


@pytest.mark.fault("B03")
def test_a_change_and_a_payment_that_race_take_a_version_that_was_asked(
    cast: Cast, receive: Receive
):
    for _ in range(20):
        invoice = register(cast.sakura)
        told = notice(invoice)

        def play(place: int, invoice: Invoice = invoice, told: PaymentNotice = told) -> Any:
            if place:
                return change_invoice(cast.scope, str(invoice.pk), {"amount_yen": 12_000})
            return receive(told)

        paid, changed = in_threads(play, 2)
        if isinstance(paid, Receipt):
            assert isinstance(changed, AlreadyPaid)
            row = Payment.objects.get(receipt=told.key.receipt)
            assert (row.version, row.amount_yen) == (1, 10_000)
        else:
            assert isinstance(paid, VersionStale)
            assert paid.extra["current"] == {"version": 2, "amount_yen": 12_000}


@pytest.mark.fault("D08")
def test_four_batches_of_the_same_fresh_keys_in_any_order_never_lock_each_other_out(cast: Cast):
    """Each takes its invoices, keys and streams in one order, whatever order it was told in."""
    invoices = [register(cast.sakura, repeats=True) for _ in range(20)]
    for turn in range(15):
        told = [notice(one, receipt=f"{turn}-{at}") for at, one in enumerate(invoices)]
        told += [notice(register(cast.aoba)) for _ in range(5)]

        def play(place: int, told: list[PaymentNotice] = told) -> list[Receipt | DomainError]:
            return receive_payments(random.Random(place).sample(told, len(told)))

        outcomes = in_threads(play, 4)
        assert all(isinstance(outcome, list) for outcome in outcomes), outcomes
    assert Payment.objects.count() == 15 * (len(invoices) + 5)
    _require_events_whole()


def test_who_holds_an_invoice_makes_its_own_till_wait_and_no_other(cast: Cast, receive: Receive):
    """The clerk gives a batch up that waits too long; each of it then goes its own way."""
    held, free = register(cast.sakura), [register(cast.sakura) for _ in range(6)]
    done: list[float] = []

    def play(place: int) -> Any:
        if place == 0:
            with transaction.atomic():
                Invoice.objects.select_for_update(no_key=True).get(pk=held.pk)
                for _ in range(100):
                    if len(done) == len(free):
                        return "let go"
                    time.sleep(0.1)
            return "waited in vain"
        time.sleep(0.2)
        if place == 1:
            return receive(notice(held))
        receipt = receive(notice(free[place - 2], terminal=f"{place:02d}"))
        done.append(place)
        return receipt

    holder, waited, *others = in_threads(play, len(free) + 2)
    assert holder == "let go"
    assert all(isinstance(outcome, Receipt) for outcome in (waited, *others))


def _refuse() -> None:
    raise psycopg.OperationalError("the server is away")


@pytest.mark.fault("D07")
def test_a_clerk_whose_connection_is_cut_opens_another(cast: Cast, monkeypatch: pytest.MonkeyPatch):
    book = Book()
    clerk = GroupCommit(book, payments._receive_alone, size_max=BATCH_MAX)
    first, second, third = (notice(register(cast.sakura)) for _ in range(3))
    assert isinstance(clerk(Arrival(first, clock.now())), Receipt)
    assert book._connection is not None
    cut = "SELECT pg_terminate_backend(%s)"
    with connection.cursor() as cursor:
        cursor.execute(cut, [book._connection.info.backend_pid])
        assert isinstance(clerk(Arrival(second, clock.now())), Receipt)
        cursor.execute(cut, [book._connection.info.backend_pid])
    with monkeypatch.context() as away:
        away.setattr("billing.tills.booking._connection", _refuse)
        with pytest.raises(Lost):
            clerk(Arrival(third, clock.now()))
    assert isinstance(clerk(Arrival(third, clock.now())), Receipt)
    assert Payment.objects.count() == 3
    book.close()


def test_one_reference_registered_eight_times_at_once_is_one_invoice(cast: Cast):
    asked = InvoiceAsked("R-1", make_card(cast.sakura).number, "受講料", 10_000)
    outcomes = in_threads(lambda _place: register_invoice(cast.scope, asked), 8)
    assert all(isinstance(outcome, Registered) for outcome in outcomes)
    assert sum(outcome.is_new for outcome in outcomes if isinstance(outcome, Registered)) == 1
    assert Invoice.objects.count() == 1


@pytest.mark.fault("B06")
def test_a_limit_holds_against_tills_that_come_together(cast: Cast, receive: Receive):
    asked = InvoiceAsked("K", make_card(cast.sakura).number, "チャージ", 1_000, repeats=True,
                         limits=Limits(count_max=3))  # fmt: skip
    invoice = register_invoice(cast.scope, asked).invoice
    outcomes = in_threads(lambda _place: receive(notice(invoice)), 8)
    assert sum(isinstance(outcome, Receipt) for outcome in outcomes) == 3
    assert sum(isinstance(outcome, LimitReached) for outcome in outcomes) == 5


def test_a_batch_is_judged_in_its_order_and_one_bad_notice_harms_no_other(cast: Cast):
    single, kept = register(cast.sakura), register(cast.aoba)
    first = notice(single)
    batch = [
        first,
        first,
        notice(single),
        notice("nobody"),
        notice(kept),
        notice(kept, amount_yen=1),
    ]
    outcomes = receive_payments(batch)
    shown = [
        outcome.code if isinstance(outcome, DomainError) else outcome.replayed
        for outcome in outcomes
    ]
    assert shown == [False, True, "already_paid", "unknown_invoice", False, "already_paid"]


def test_twenty_four_tills_with_retries_and_reversals_lose_and_double_nothing(
    cast: Cast, receive: Receive
):
    """Each till keeps a journal; the database must agree with the journals, yen by yen."""
    owners = (cast.sakura, cast.aoba)
    singles = [register(owner) for owner in owners for _ in range(60)]
    kept = [register(cast.sakura, repeats=True, amount_yen=1_500) for _ in range(4)]

    def till(place: int) -> list[tuple[PaymentNotice, str]]:
        dice = random.Random(place)
        journal = []
        for turn in range(20):
            invoice = dice.choice(singles) if dice.random() < 0.5 else dice.choice(kept)
            told = notice(invoice, terminal=f"{place:02d}", receipt=f"{turn}")
            journal.append((told, _play(receive, told, dice)))
        return journal

    journals = [line for journal in in_threads(till, 24) for line in journal]  # type: ignore[union-attr]
    assert len(journals) == 24 * 20
    booked = {told.key for told, end in journals if end == "paid"}
    standing = Payment.objects.filter(status=Payment.Status.REPORTED)
    assert {_key(row) for row in standing} == {str(key) for key in booked}
    reversed_ = sum(end == "reversed" for _, end in journals)
    assert Reversal.objects.filter(owner__isnull=False).count() == reversed_ > 0
    assert sum(end == "already_paid" for _, end in journals) > 0
    _require_events_whole()


def _play(receive: Receive, told: PaymentNotice, dice: random.Random) -> str:
    """Pay, sometimes twice (the answer was lost), sometimes undo it; return how it ended."""
    try:
        receive(told)
        while dice.random() < 0.3:
            assert receive(told).replayed
    except DomainError as refused:
        return refused.code
    if dice.random() < 0.2:
        reverse_payment(reversal(told))
        return "reversed"
    return "paid"


def _key(row: Payment) -> str:
    return f"{row.chain_id}/{row.store}/{row.terminal}/{row.business_date}/{row.receipt}/{row.line}"


def _require_events_whole() -> None:
    """Every payment and reversal was told once, and no stream misses a number."""
    for stream in Stream.objects.all():
        numbers = stream.events.order_by("number").values_list("number", flat=True)
        assert list(numbers) == list(range(1, stream.last + 1))
    assert not Event.objects.filter(payment__isnull=False, sequence=None).exists()
    told = Counter(Event.objects.values_list("payment_id", "type"))
    for payment in Payment.objects.filter(owner__isnull=False):
        assert told[payment.pk, "payment.reported"] == 1
        is_reversed = payment.status == Payment.Status.REVERSED
        assert told[payment.pk, "payment.reversed"] == is_reversed
