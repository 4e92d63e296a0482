"""Card numbers: typos are noticed, one number serves many owners, none is given twice."""

from itertools import pairwise

import pytest
from django.db import IntegrityError, ProgrammingError, transaction

from billing.models import Event, Invoice
from billing.services.cards import Retirement, retire_card
from billing.services.invoices import change_invoice, withdraw_invoice
from billing.services.payments import receive_payment
from cards import numbers
from cards.models import Card
from cards.services import issue_card
from cards.tests.factories import KEY
from tests.cast import Cast, make_card, notice, payment_body, register, system, till, told


@pytest.mark.fault("A23")
def test_every_single_wrong_digit_of_ten_thousand_numbers_is_noticed() -> None:
    """A wrong digit moves the weighted sum; which sums a number may have is asked once each."""
    is_valid = numbers.is_well_formed
    for counter in range(0, 10_000, 10):
        number = numbers.number_from("joint", counter, KEY)
        assert is_valid(number)
        for place, sign in enumerate(number):
            head, tail = number[:place], number[place + 1 :]
            assert not any(is_valid(head + digit + tail) for digit in "0123456789" if digit != sign)


@pytest.mark.fault("A23")
def test_swapped_neighbours_are_noticed_unless_they_differ_by_five() -> None:
    for counter in range(10_000):
        number = numbers.number_from("standard", counter, KEY)
        for place, (left, right) in enumerate(pairwise(number)):
            swapped = number[:place] + right + left + number[place + 2 :]
            is_promised = abs(int(left) - int(right)) not in (0, 5)
            assert numbers.is_well_formed(swapped) is not is_promised


@pytest.mark.fault("A23")
def test_a_typo_at_a_till_never_shows_anothers_invoice(cast: Cast):
    number = register(cast.sakura).card.number
    place = {"store": "1", "terminal": "1"}
    for digit in set("0123456789") - {number[6]}:
        typed = number[:6] + digit + number[7:]
        answer = till(cast.lawson).post("inquiries", place | {"number": typed})
        assert (answer.status_code, told(answer)["code"]) == (404, "unknown_number")


@pytest.mark.fault("B07")
def test_a_card_of_many_owners_shows_what_is_payable_and_pays_what_was_chosen(cast: Cast):
    number = make_card().number
    tuition = register(cast.sakura, number=number, tenant="engineering")
    dormitory = register(cast.sakura, number=number, tenant="dormitory", repeats=True)
    books = register(cast.aoba, number=number)
    paid, stopped, gone = (register(cast.sakura, number=number) for _ in range(3))
    receive_payment(notice(paid))
    change_invoice(cast.scope, str(stopped.pk), {"suspended": True})
    withdraw_invoice(cast.scope, str(gone.pk))

    asked = {"store": "1", "terminal": "1", "number": number}
    shown = told(till(cast.lawson).post("inquiries", asked))["invoices"]
    payable = {str(invoice.pk) for invoice in (tuition, dormitory, books)}
    assert {line["invoice"] for line in shown} == payable
    before = Event.objects.count()
    assert till(cast.lawson).post("payments", payment_body(books)).status_code == 201
    statuses = Invoice.objects.filter(pk__in=payable).values_list("pk", "status")
    assert dict(statuses) == {tuition.pk: "open", dormitory.pk: "open", books.pk: "paid"}
    fresh = Event.objects.order_by("pk")[before:]
    assert {event.owner_id for event in fresh} == {cast.aoba.pk}

    seen = {
        name: {row["invoice"] for row in told(system(key).get("invoices", number=number))["items"]}
        for name, key in cast.keys.items()
    }
    assert seen["aoba"] == {str(books.pk)}
    assert str(books.pk) not in seen["sakura"] | seen["engineering"] | seen["dormitory"]
    assert seen["engineering"] == {str(tuition.pk)}
    assert seen["dormitory"] == {str(dormitory.pk)}
    for key in (cast.keys["sakura"], cast.keys["dormitory"]):
        assert system(key).get(f"invoices/{books.pk}").status_code == 404


@pytest.mark.fault("B08")
def test_a_retired_cards_number_is_never_given_again(cast: Cast):
    given = set()
    for _ in range(60):
        card = issue_card("joint", owner=cast.sakura)
        assert card.number not in given
        assert card.barcode_number not in given
        given |= {card.number, card.barcode_number}
        retire_card(cast.scope, Retirement(card.number))
    assert len(given) == 120
    retired = Card.objects.filter(number__in=given, status=Card.Status.RETIRED)
    assert retired.count() == 60


@pytest.mark.fault("B08")
@pytest.mark.parametrize("name", ["number", "barcode_number"])
def test_the_database_itself_refuses_a_number_given_twice_or_taken_away(cast: Cast, name: str):
    former, card = make_card(cast.sakura, status="retired"), make_card(cast.aoba)
    rows = Card.objects.filter(pk=card.pk)
    with pytest.raises(ProgrammingError), transaction.atomic():
        rows.update(**{name: getattr(former, name)})
    with pytest.raises(ProgrammingError), transaction.atomic():
        Card.objects.filter(pk=former.pk)._raw_delete("default")
    card.pk, card.number, card.barcode_number = None, "2" * 13, "9" * 13
    setattr(card, name, getattr(former, name))
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        card.save(force_insert=True)
