"""A payer picks the amount of a kept invoice, among the items of its menu and no others."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from billing.models import Invoice, InvoiceVersion, Menu, PublicAct
from billing.refusals import TooManyChoices, UnknownInvoice, UnknownItem, VersionStale
from billing.services import choices
from billing.services.cards import replace_card
from billing.services.choices import choose_item
from billing.services.invoices import Limits, change_invoice
from billing.services.menus import ItemAsked, MenuAsked, make_menu
from billing.services.payments import receive_payment
from billing.tests.phone_cast import AMOUNTS, chargeable, text
from cards.page_links import page_path
from cards.refusals import CardReplaced, CardSuspended
from cards.services import suspend_card
from smartpit.kernel import clock
from tenants.access import Scope
from tests.cast import Cast, make_card, notice, register, till, told


def press(invoice: Invoice, place: object, **query: str) -> Any:
    address = f"{page_path(invoice.card.page_key)}/choose"
    client = Client(enforce_csrf_checks=True, headers={"origin": "null"})
    return client.post(address, {"invoice": str(invoice.pk), "place": place}, query_params=query)


def test_an_amount_that_was_chosen_is_what_the_till_shows_from_then_on(cast: Cast):
    invoice = chargeable(cast.sakura)
    before = notice(invoice)
    answer = press(invoice, 3, lang="vi")
    assert answer.status_code == 302
    assert answer["Location"].startswith(f"{page_path(invoice.card.page_key)}?lang=vi")
    asked = {"store": "1", "terminal": "1", "number": invoice.card.number}
    (line,) = told(till(cast.lawson).post("inquiries", asked))["invoices"]
    assert (line["title"], line["amount_yen"], line["tax_yen"], line["version"]) == (
        "チャージ 5,000円",
        5_000,
        454,
        2,
    )
    with pytest.raises(VersionStale):
        receive_payment(before)
    invoice.refresh_from_db()
    receive_payment(notice(invoice))
    assert "金額を変えました" in text(invoice.card, chosen="1")


def test_the_same_choice_again_changes_nothing(cast: Cast):
    invoice = chargeable(cast.sakura)
    for _ in range(3):
        choose_item(invoice.card.number, str(invoice.pk), 2)
    assert InvoiceVersion.objects.filter(invoice=invoice).count() == 2
    assert PublicAct.objects.filter(kind="choice").count() == 1


@pytest.mark.parametrize("place", [0, 4, -1, "", "x", "1.0", "９", "2 ", "99999999999"])
def test_nothing_but_an_item_of_the_menu_can_be_chosen(cast: Cast, place: object):
    invoice = chargeable(cast.sakura)
    assert press(invoice, place).status_code == 404
    assert InvoiceVersion.objects.filter(invoice=invoice).count() == 1


def test_a_menu_that_registers_all_amounts_leaves_none_to_choose(cast: Cast):
    invoice = chargeable(cast.sakura, kind=Menu.Kind.ALL)
    assert "金額を選ぶ" not in text(invoice.card)
    with pytest.raises(UnknownItem):
        choose_item(invoice.card.number, str(invoice.pk), 2)


def test_another_owners_menu_is_no_menu_even_if_a_reference_names_it(cast: Cast):
    theirs = make_menu(
        Scope(owner_id=cast.aoba.pk), MenuAsked("one", (ItemAsked("安い", 1),), kind=Menu.Kind.ONE)
    )
    card = make_card(cast.sakura)
    reference = f"menu:{theirs.pk}:1:{card.number}"
    invoice = register(cast.sakura, number=card.number, reference=reference, repeats=True)
    assert "金額を選ぶ" not in text(card)
    with pytest.raises(UnknownItem):
        choose_item(card.number, str(invoice.pk), 1)


def test_another_cards_invoice_cannot_be_chosen_for(cast: Cast):
    invoice, other = chargeable(cast.sakura), chargeable(cast.sakura)
    with pytest.raises(UnknownInvoice):
        choose_item(other.card.number, str(invoice.pk), 2)
    with pytest.raises(UnknownInvoice):
        choose_item(other.card.number, "no id at all", 2)


def test_nothing_is_chosen_with_a_card_that_no_till_takes_or_for_what_is_suspended(cast: Cast):
    invoice = chargeable(cast.sakura)
    change_invoice(cast.scope, str(invoice.pk), {"suspended": True})
    with pytest.raises(UnknownInvoice):
        choose_item(invoice.card.number, str(invoice.pk), 2)
    change_invoice(cast.scope, str(invoice.pk), {"suspended": False})
    suspend_card(cast.scope, invoice.card.number)
    with pytest.raises(CardSuspended):
        choose_item(invoice.card.number, str(invoice.pk), 2)
    new = replace_card(cast.scope, invoice.card.number)
    with pytest.raises(CardReplaced):
        choose_item(invoice.card.number, str(invoice.pk), 2)
    assert choose_item(new.number, str(invoice.pk), 2).amount_yen == AMOUNTS[1]


def test_who_changes_the_amount_without_end_is_told_to_wait(cast: Cast, monkeypatch: Any):
    monkeypatch.setattr(choices, "CHOICES_MAX", 3)
    invoice = chargeable(cast.sakura)
    for place in (2, 3, 2):
        choose_item(invoice.card.number, str(invoice.pk), place)
    with pytest.raises(TooManyChoices):
        choose_item(invoice.card.number, str(invoice.pk), 1)
    answer = press(invoice, 1)
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 3_600
    assert "いまは金額を選べません" in answer.content.decode()
    assert choose_item(invoice.card.number, str(invoice.pk), 2).version == 4
    with clock.frozen(clock.now() + timedelta(minutes=61)):
        assert choose_item(invoice.card.number, str(invoice.pk), 1).version == 5


def test_past_a_days_limit_the_page_says_so_and_a_lower_amount_makes_it_payable(cast: Cast):
    """Else who chose too much once would see neither the invoice nor the way back."""
    invoice = chargeable(cast.sakura)
    change_invoice(cast.scope, str(invoice.pk), {"limits": Limits(per_day_yen_max=4_000)})
    choose_item(invoice.card.number, str(invoice.pk), 3)
    asked = {"store": "1", "terminal": "1", "number": invoice.card.number}
    assert told(till(cast.lawson).post("inquiries", asked))["invoices"] == []
    assert "上限に達している" in text(invoice.card)
    assert "金額を選ぶ" in text(invoice.card)
    choose_item(invoice.card.number, str(invoice.pk), 2)
    (line,) = told(till(cast.lawson).post("inquiries", asked))["invoices"]
    assert line["amount_yen"] == 3_000
    assert "上限に達している" not in text(invoice.card)
