"""A menu's kept invoices stop by themselves when nobody pays for as long as the menu says."""

from datetime import timedelta
from typing import Any

import pytest

from billing.models import Invoice, InvoiceVersion, Menu
from billing.refusals import InvoiceSuspended
from billing.services.cards import hand_over_card
from billing.services.expiry import expire_invoices
from billing.services.idle import pause_idle_invoices
from billing.services.invoices import change_invoice
from billing.services.menus import ItemAsked, MenuAsked, make_menu
from billing.services.payments import receive_payment
from billing.services.reversals import reverse_payment
from cards.services import MemberAsked
from smartpit.kernel import clock
from tests.cast import Cast, jst, notice, register, reversal

HANDED_OVER_AT = jst("2026-11-01 10:00")


def after(days: int, hour: int = 12) -> Any:
    return clock.frozen(HANDED_OVER_AT.replace(hour=hour) + timedelta(days=days))


@pytest.fixture
def kept(cast: Cast) -> Invoice:
    """An invoice of a menu that pauses after 30 idle days, handed over on the first."""
    with clock.frozen(HANDED_OVER_AT):
        items = (ItemAsked("チャージ", 1_000),)
        menu = make_menu(cast.scope, MenuAsked("lent", items, pause_after_idle_days=30))
        member = hand_over_card(cast.scope, MemberAsked("M-1"), menu=menu.code).member
    return Invoice.objects.get(card=member.card)


def status_of(invoice: Invoice) -> str:
    return str(Invoice.objects.get(pk=invoice.pk).status)


def test_what_nobody_paid_for_thirty_days_is_suspended_as_the_next_version(kept: Invoice):
    with after(30):
        assert pause_idle_invoices() == 0
    with after(31):
        assert pause_idle_invoices() == 1
        assert status_of(kept) == "suspended"
        assert InvoiceVersion.objects.filter(invoice=kept).count() == 2
        with pytest.raises(InvoiceSuspended):
            receive_payment(notice(kept))
        assert pause_idle_invoices() == 0


def test_a_payment_keeps_it_open_and_one_that_was_reversed_does_not(cast: Cast, kept: Invoice):
    with after(20):
        receive_payment(notice(kept))
    with after(31):
        assert pause_idle_invoices() == 0
    with after(50):
        assert pause_idle_invoices() == 0
        undone = notice(kept)
        receive_payment(undone)
        reverse_payment(reversal(undone))
    with after(51):
        assert pause_idle_invoices() == 1


def test_what_its_owner_lets_go_on_is_not_stopped_the_next_day(cast: Cast, kept: Invoice):
    with after(31):
        pause_idle_invoices()
    with after(32):
        change_invoice(cast.scope, str(kept.pk), {"suspended": False})
    for days in (33, 40, 62):
        with after(days):
            assert pause_idle_invoices() == 0
    with after(63):
        assert pause_idle_invoices() == 1


def test_a_menu_is_looked_at_once_a_day(kept: Invoice):
    with after(31, hour=1):
        assert pause_idle_invoices() == 1
    Invoice.objects.filter(pk=kept.pk).update(status="open")
    with after(31, hour=23):
        assert pause_idle_invoices() == 0


def test_nothing_else_is_stopped(cast: Cast, kept: Invoice):
    with clock.frozen(HANDED_OVER_AT):
        single = register(cast.sakura, due_on=HANDED_OVER_AT.date() + timedelta(days=59))
        alone = register(cast.sakura, repeats=True)
        lasting = make_menu(cast.scope, MenuAsked("lasting", (ItemAsked("会費", 500),)))
        asked = MemberAsked("M-2")
        other = hand_over_card(cast.scope, asked, menu=lasting.code).member
        beside = Menu.objects.get(code="lent").pk * 10
        similar = register(
            cast.sakura, repeats=True, reference=f"menu:{beside}:1:{single.card.number}"
        )
    with after(45):
        assert pause_idle_invoices() == 1
        assert status_of(kept) == "suspended"
        for invoice in (single, alone, similar, Invoice.objects.get(card=other.card)):
            assert status_of(invoice) == "open"


def test_what_has_ended_is_left_to_end(cast: Cast, kept: Invoice):
    with clock.frozen(HANDED_OVER_AT):
        ends_on = HANDED_OVER_AT.date() + timedelta(days=10)
        change_invoice(cast.scope, str(kept.pk), {"due_on": ends_on})
    with after(45):
        assert pause_idle_invoices() == 0
        assert expire_invoices() == 1
