"""店頭端末（練習用）: a person pays, gets a receipt and takes it back; and who may play."""

import re
from collections.abc import Callable

import pytest
from django.test import Client

from billing.models import ChainKey, Event, Invoice, Payment
from billing.services.payments import receive_payment
from cards.models import Card
from tenants.models import Centre
from tenants.services import StaffAsked
from tests.cast import Cast, make_card, notice, register
from tests.people import sign_in


@pytest.fixture
def demo(cast: Cast) -> Cast:
    Centre.objects.update(is_demo=True)
    return cast


def hidden(body: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', body))


def at_register(invoice: Invoice, **typed: str) -> dict[str, str]:
    """Walk from the kiosk to the register and return what its form holds."""
    client = Client()
    words = {"chain": "lawson"} | (typed or {"number": invoice.card.number})
    shown = client.post("/till/invoices", words).content.decode()
    assert invoice.title in shown
    asked = hidden(shown) | {"invoice": str(invoice.pk)}
    return hidden(client.post("/till/register", asked).content.decode())


def test_cash_at_the_practice_till_is_a_payment_like_any_other(demo: Cast) -> None:
    invoice = register(demo.sakura, amount_yen=12_000, title="実習費")
    form = at_register(invoice)
    paid = Client().post("/till/pay", form | {"taken_yen": 20_000}, follow=True)
    body = paid.content.decode()
    for word in ("領収書", "12,000円", "8,000円", "練習用"):
        assert word in body
    payment = Payment.objects.get()
    assert (payment.chain_id, payment.terminal, payment.status) == ("lawson", "TR01", "reported")
    told = Event.objects.get(payment=payment)
    assert told.type == "payment.reported"


def test_the_bars_of_a_card_open_the_same_list_as_its_number(demo: Cast) -> None:
    invoice = register(demo.sakura, title="実習費")
    assert at_register(invoice, barcode=invoice.card.barcode_number)["receipt"]


def test_a_number_is_never_taken_for_bars_nor_bars_for_a_number(demo: Cast) -> None:
    card = register(demo.sakura).card
    for typed in ({"number": card.barcode_number}, {"barcode": card.number}):
        shown = Client().post("/till/invoices", {"chain": "lawson"} | typed).content.decode()
        assert "番号が見つかりません" in shown


def test_a_button_pressed_twice_books_once(demo: Cast) -> None:
    form = at_register(register(demo.sakura, repeats=True)) | {"taken_yen": "10000"}
    first, again = Client().post("/till/pay", form), Client().post("/till/pay", form)
    assert first["Location"] == again["Location"]
    assert Payment.objects.count() == 1


def test_the_cancel_button_reverses_and_opens_the_invoice_again(demo: Cast) -> None:
    invoice = register(demo.sakura)
    receipt = Client().post("/till/pay", at_register(invoice) | {"taken_yen": "10000"})["Location"]
    body = Client().post(f"{receipt}cancel", follow=True).content.decode()
    assert "取り消しました" in body
    assert Payment.objects.get().status == "reversed"
    invoice.refresh_from_db()
    assert invoice.status == "open"


def test_too_little_cash_is_no_payment(demo: Cast) -> None:
    form = at_register(register(demo.sakura))
    body = Client().post("/till/pay", form | {"taken_yen": 9_999}).content.decode()
    assert "足りません" in body
    assert hidden(body)["receipt"] == form["receipt"]
    assert not Payment.objects.exists()


def test_an_invoice_that_changed_meanwhile_is_refused(demo: Cast) -> None:
    invoice = register(demo.sakura)
    form = at_register(invoice)
    Invoice.objects.filter(pk=invoice.pk).update(version=2)
    body = Client().post("/till/pay", form | {"taken_yen": 10_000}).content.decode()
    assert "変更されています" in body
    assert not Payment.objects.exists()


@pytest.mark.parametrize("number", ["", "abc", "1234567890123", "2" * 13])
def test_a_number_that_is_none_is_told_so(demo: Cast, number: str) -> None:
    answer = Client().post("/till/invoices", {"chain": "lawson", "number": number})
    assert answer.status_code == 200
    assert 'role="alert"' in answer.content.decode()


def test_a_stopped_card_says_so(demo: Cast) -> None:
    card = make_card(demo.sakura)
    Card.objects.filter(pk=card.pk).update(status="suspended")
    shown = Client().post("/till/invoices", {"chain": "lawson", "number": card.number})
    assert "停止中です" in shown.content.decode()


def test_an_invoice_of_another_number_is_not_shown_at_the_register(demo: Cast) -> None:
    mine, other = register(demo.sakura), register(demo.aoba, title="よその請求")
    asked = {"chain": "lawson", "number": mine.card.number, "invoice": other.pk}
    assert "よその請求" not in Client().post("/till/register", asked).content.decode()


def test_a_real_tills_payment_has_no_receipt_here(demo: Cast) -> None:
    receive_payment(notice(register(demo.sakura)))
    payment = Payment.objects.get()
    assert Client().get(f"/till/receipts/{payment.pk}/").status_code == 404
    assert Client().post(f"/till/receipts/{payment.pk}/cancel").status_code == 404
    assert Payment.objects.get().status == "reported"


PLAYERS: dict[str, Callable[[Cast], StaffAsked]] = {
    "administrator": lambda _cast: StaffAsked("a@example.com", "運営", "administrator"),
    "operator": lambda _cast: StaffAsked("a@example.com", "運営", "operator"),
    "approver": lambda _cast: StaffAsked("a@example.com", "運営", "approver"),
    "auditor": lambda _cast: StaffAsked("a@example.com", "運営", "auditor"),
    "owner": lambda cast: StaffAsked("a@example.com", "経理", "administrator", cast.sakura),
}


@pytest.mark.parametrize("who", PLAYERS)
def test_before_go_live_only_the_centres_operating_staff_may_play(cast: Cast, who: str) -> None:
    ChainKey.objects.all().delete()
    expected = 200 if who in ("administrator", "operator") else 404
    assert sign_in(PLAYERS[who](cast)).get("/till/").status_code == expected


def test_in_a_real_centre_with_a_chains_key_nobody_may_play(cast: Cast) -> None:
    assert ChainKey.objects.exists()
    assert sign_in(PLAYERS["administrator"](cast)).get("/till/").status_code == 404
    assert Client().get("/till/").status_code == 404
    assert Client().post("/till/pay", {}).status_code == 404
