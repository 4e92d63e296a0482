"""A thumb on the card's page against a till: no cash is taken for an amount nobody was shown."""

from functools import partial
from typing import Any

import pytest

from billing.models import Invoice, InvoiceVersion, Payment
from billing.refusals import VersionStale
from billing.services import choices
from billing.services.choices import choose_item
from billing.services.payments import receive_payment
from billing.tests.phone_cast import AMOUNTS, chargeable
from billing.tills.notices import Receipt
from tests.cast import Cast, make_cast, notice
from tests.threads import in_threads


@pytest.fixture
def cast(committed_db: str) -> Cast:
    return make_cast()


def test_a_choice_and_a_payment_that_race_leave_a_payment_of_the_amount_that_was_shown(
    cast: Cast,
):
    for _ in range(12):
        invoice = chargeable(cast.sakura)
        asked = notice(invoice)

        def play(place: int, invoice: Invoice = invoice, asked: Any = asked) -> Any:
            if place:
                return choose_item(invoice.card.number, str(invoice.pk), 3)
            return receive_payment(asked)

        paid, chosen = in_threads(play, 2)
        assert isinstance(chosen, Invoice)
        assert (chosen.version, chosen.amount_yen) == (2, AMOUNTS[2])
        assert isinstance(paid, Receipt | VersionStale)
        booked = list(Payment.objects.filter(invoice=invoice).values_list("version", "amount_yen"))
        assert booked == ([(1, AMOUNTS[0])] if isinstance(paid, Receipt) else [])


def _choose(number: str, invoice: str, places: tuple[int, ...], thread: int) -> Invoice:
    return choose_item(number, invoice, places[thread % len(places)])


def test_one_choice_pressed_eight_times_at_once_is_one_version(cast: Cast):
    for _ in range(5):
        invoice = chargeable(cast.sakura)
        number, pk = invoice.card.number, str(invoice.pk)
        outcomes = in_threads(partial(_choose, number, pk, (2,)), 8)
        assert {(row.version, row.amount_yen) for row in outcomes if isinstance(row, Invoice)} == {
            (2, AMOUNTS[1])
        }
        assert all(isinstance(row, Invoice) for row in outcomes)
        assert InvoiceVersion.objects.filter(invoice=invoice).count() == 2


def test_many_thumbs_at_once_change_an_amount_no_oftener_than_the_limit(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(choices, "CHOICES_MAX", 2)
    for _ in range(5):
        invoice = chargeable(cast.sakura)
        number, pk = invoice.card.number, str(invoice.pk)
        in_threads(partial(_choose, number, pk, (2, 3)), 8)
        assert InvoiceVersion.objects.filter(invoice=invoice).count() <= 1 + 2
