"""A card's life: it is given up knowingly, and what happened to it can be told."""

import pytest

from billing.models import Event
from billing.services.cards import Retirement, replace_card, retire_card
from billing.services.desk import (
    HandOverAsked,
    hand_over,
    undo_hand_over,
)
from billing.services.invoices import InvoiceAsked, register_invoice
from billing.services.menus import ItemAsked, MenuAsked, make_menu
from billing.tests.desk_cast import blank, handed
from cards.life import life_of
from cards.refusals import (
    CardHasInvoices,
    CardReplaced,
    UnknownNumber,
)
from cards.services import suspend_card
from tenants.access import Scope
from tenants.models import Staff
from tenants.services import StaffAsked, invite_staff
from tests.cast import Cast, make_card, register


@pytest.fixture
def clerk(cast: Cast) -> Staff:
    return invite_staff(StaffAsked("desk@example.com", "受付", "desk", cast.sakura))[0]


@pytest.fixture
def menu(cast: Cast) -> str:
    items = (ItemAsked("チャージ 1,000円", 1_000), ItemAsked("チャージ 3,000円", 3_000))
    return make_menu(cast.scope, MenuAsked("charge", items)).code


def test_a_card_with_invoices_is_retired_only_along_with_them(cast: Cast, clerk: Staff):
    card = handed(cast, clerk, blank(cast)).card
    invoice = register(cast.sakura, number=card.number)
    with pytest.raises(CardHasInvoices) as refused:
        retire_card(cast.scope, Retirement(card.number, by=clerk))
    assert refused.value.extra == {"count": 1}
    retired = retire_card(
        cast.scope, Retirement(card.number, withdraws_invoices=True, reason="退会", by=clerk)
    )
    invoice.refresh_from_db()
    assert (retired.status, invoice.status) == ("retired", "withdrawn")
    assert Event.objects.filter(type="invoice.withdrawn").count() == 1
    with pytest.raises(UnknownNumber):
        retire_card(cast.scope, Retirement(card.number))
    assert handed(cast, clerk, blank(cast)).is_new


def test_a_replaced_card_is_not_retired(cast: Cast, clerk: Staff):
    card = blank(cast)
    new = replace_card(cast.scope, card.number)
    newest = replace_card(cast.scope, new.number)
    with pytest.raises(CardReplaced) as refused:
        retire_card(cast.scope, Retirement(card.number))
    assert refused.value.extra == {"current": newest.number}


def test_a_cards_life_is_told_in_its_order(cast: Cast, clerk: Staff):
    card = blank(cast)
    fact = handed(cast, clerk, card).fact
    assert fact is not None
    undo_hand_over(cast.scope, fact.pk, clerk)
    handed(cast, clerk, card, "M-2")
    suspend_card(cast.scope, card.number, clerk)
    replace_card(cast.scope, card.number)
    told = [(line.word[:4], line.by, line.note) for line in life_of(cast.scope, card)]
    assert told == [
        ("発行", "", ""),
        ("受け渡し", "受付", "M-1"),
        ("受け渡し", "受付", "M-1"),
        ("受け渡し", "受付", "M-2"),
        ("停止", "受付", ""),
        ("再発行（", "システム連携", ""),
    ]


def test_an_owner_sees_of_a_standard_card_only_its_own_hand_overs(cast: Cast, clerk: Staff):
    card = make_card()
    handed(cast, clerk, card)
    other = invite_staff(StaffAsked("y@example.com", "青葉の受付", "desk", cast.aoba))[0]
    aoba = Scope(owner_id=cast.aoba.pk)
    hand_over(aoba, HandOverAsked(card.number, "A-1"), other)
    assert "M-1" not in str(life_of(aoba, card))
    assert "A-1" in str(life_of(aoba, card))


def test_an_invoice_of_another_owner_on_a_standard_card_is_not_touched_by_an_undoing(
    cast: Cast, clerk: Staff
):
    card = make_card()
    fact = handed(cast, clerk, card).fact
    assert fact is not None
    asked = InvoiceAsked("R", card.number, "書籍代", 1_000)
    other = register_invoice(Scope(owner_id=cast.aoba.pk), asked).invoice
    undo_hand_over(cast.scope, fact.pk, clerk)
    other.refresh_from_db()
    assert other.status == "open"
