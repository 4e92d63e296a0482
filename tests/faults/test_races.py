"""Tills and owners who come in the same instant: who is first in line is first, nobody is half."""

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from billing.models import Event, Invoice, Payment
from billing.refusals import (
    AlreadyPaid,
    InvoiceSuspended,
    InvoiceWithdrawn,
    LimitReached,
    ReversedBefore,
    VersionStale,
)
from billing.services.invoices import (
    InvoiceAsked,
    Limits,
    change_invoice,
    register_invoice,
    withdraw_invoice,
)
from billing.services.payments import receive_payment
from billing.services.reversals import reverse_payment
from billing.tills.notices import Receipt
from smartpit.kernel.errors import DomainError
from tests.cast import Cast, make_card, make_cast, notice, register, reversal
from tests.faults.in_line import in_line

TILLS = 12


@pytest.fixture
def cast(committed_db: str) -> Cast:
    return make_cast()


def _came_to(outcomes: list[Any]) -> Counter[str]:
    return Counter(
        "replay" if isinstance(one, Receipt) and one.replayed
        else "booked" if isinstance(one, Receipt) else type(one).__name__
        for one in outcomes
    )  # fmt: skip


@pytest.mark.fault("A03")
def test_one_key_sent_by_many_at_once_is_one_payment_and_one_answer(cast: Cast):
    told = notice(register(cast.sakura))
    invoice = Invoice.objects.get(pk=told.invoice)
    outcomes = in_line(invoice, [partial(receive_payment, told)] * TILLS)
    assert _came_to(outcomes) == {"booked": 1, "replay": TILLS - 1}
    assert len({receipt.answer for receipt in outcomes}) == 1
    assert Payment.objects.count() == 1


@pytest.mark.fault("A04")
def test_of_many_tills_one_takes_the_cash_of_a_single_invoice(cast: Cast):
    invoice = register(cast.sakura)
    outcomes = in_line(invoice, [partial(receive_payment, notice(invoice)) for _ in range(TILLS)])
    assert _came_to(outcomes) == {"booked": 1, "AlreadyPaid": TILLS - 1}
    assert Event.objects.filter(type="payment.reported").count() == 1


@pytest.mark.fault("A05")
def test_many_tills_all_take_the_cash_of_a_kept_invoice(cast: Cast):
    invoice = register(cast.sakura, repeats=True)
    outcomes = in_line(invoice, [partial(receive_payment, notice(invoice)) for _ in range(TILLS)])
    assert _came_to(outcomes) == {"booked": TILLS}
    assert len({receipt.answer for receipt in outcomes}) == TILLS
    told = Event.objects.filter(type="payment.reported").order_by("sequence")
    assert list(told.values_list("sequence", flat=True)) == list(range(1, TILLS + 1))
    # The first has no twin; each of the others comes to a store that was just paid.
    assert Payment.objects.filter(possible_duplicate=False).count() == 1


@pytest.mark.fault("A11")
@pytest.mark.parametrize("order", ["payment first", "reversal first", "between two payments"])
def test_a_reversal_in_the_middle_of_its_payment_ends_reversed_or_buried(cast: Cast, order: str):
    invoice = register(cast.sakura)
    told = notice(invoice)
    pay, undo = partial(receive_payment, told), partial(reverse_payment, reversal(told))
    acts = {"payment first": [pay, undo], "reversal first": [undo, pay],
            "between two payments": [pay, undo, pay]}[order]  # fmt: skip
    outcomes = in_line(invoice, acts)
    assert all(isinstance(one, Receipt | ReversedBefore) for one in outcomes), outcomes
    row = Payment.objects.get()
    assert row.status in (Payment.Status.REVERSED, Payment.Status.TOMBSTONE)
    invoice.refresh_from_db()
    assert invoice.status == Invoice.Status.OPEN
    told_of = Counter(Event.objects.values_list("type", flat=True))
    assert told_of["payment.reported"] == told_of["payment.reversed"]
    assert (told_of["payment.reported"] == 1) is (row.status == Payment.Status.REVERSED)


def _withdraw(cast: Cast, invoice: Invoice) -> Any:
    return withdraw_invoice(cast.scope, str(invoice.pk))


def _change(cast: Cast, invoice: Invoice) -> Any:
    return change_invoice(cast.scope, str(invoice.pk), {"amount_yen": 9_000})


def _stop(cast: Cast, invoice: Invoice) -> Any:
    return change_invoice(cast.scope, str(invoice.pk), {"suspended": True})


@pytest.mark.fault("B02")
@pytest.mark.fault("B03")
@pytest.mark.fault("B05")
@pytest.mark.parametrize("is_till_first", [True, False])
@pytest.mark.parametrize(
    ("act", "repeats", "till_is_told", "owner_is_told"),
    [
        (_withdraw, False, InvoiceWithdrawn, AlreadyPaid),
        (_change, False, VersionStale, AlreadyPaid),
        (_change, True, VersionStale, None),
        (_stop, True, InvoiceSuspended, None),
        (_withdraw, True, InvoiceWithdrawn, None),
    ],
)
def test_an_owner_and_a_till_at_once_come_one_after_the_other(
    cast: Cast,
    act: Callable[[Cast, Invoice], Any],
    till_is_told: type[DomainError],
    owner_is_told: type[DomainError] | None,
    *,
    repeats: bool,
    is_till_first: bool,
):
    invoice = register(cast.sakura, repeats=repeats)
    acts = [partial(receive_payment, notice(invoice)), partial(act, cast, invoice)]
    outcomes = in_line(invoice, acts if is_till_first else acts[::-1])
    paid, owners = outcomes if is_till_first else outcomes[::-1]
    assert isinstance(paid, Receipt if is_till_first else till_is_told)
    refused = owner_is_told if is_till_first else None
    assert isinstance(owners, refused or Invoice)
    invoice.refresh_from_db()
    assert (invoice.status == "paid") is (is_till_first and not repeats)
    booked = Payment.objects.values_list("version", "amount_yen")
    assert list(booked) == ([(1, 10_000)] if is_till_first else [])
    versions = invoice.versions.order_by("version").values_list("version", "amount_yen")
    assert all(row in set(versions) for row in booked)


@pytest.mark.fault("B06")
@pytest.mark.parametrize(
    ("limits", "paid"),
    [(Limits(count_max=3), 3), (Limits(per_day_yen_max=5_500), 5),
     (Limits(per_month_count_max=2), 2), (Limits(gap_seconds_min=600), 1)],
)  # fmt: skip
def test_a_limit_holds_against_tills_that_come_at_once(cast: Cast, limits: Limits, paid: int):
    number = make_card(cast.sakura).number
    asked = InvoiceAsked("K", number, "チャージ", 1_000, repeats=True, limits=limits)
    invoice = register_invoice(cast.scope, asked).invoice
    outcomes = in_line(invoice, [partial(receive_payment, notice(invoice)) for _ in range(8)])
    assert sum(isinstance(one, Receipt) for one in outcomes) == paid
    assert sum(isinstance(one, LimitReached) for one in outcomes) == 8 - paid
