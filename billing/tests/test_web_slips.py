"""申込券 at the practice till: ticked, printed with its bars, paid line by line."""

import re

import pytest
from django.test import Client

from billing.models import Payment, Slip
from billing.services.invoices import change_invoice
from billing.tests.slip_cast import on_one_card, prints
from billing.tests.test_web_till import hidden
from smartpit.kernel import clock
from tenants.models import Centre
from tests.cast import Cast, jst, make_card, register


@pytest.fixture
def demo(cast: Cast) -> Cast:
    Centre.objects.update(is_demo=True)
    return cast


def ticked(number: str, *invoices: object) -> dict[str, object]:
    return {"chain": "lawson", "number": number, "invoice": [str(one) for one in invoices]}


def test_what_is_ticked_is_printed_and_paid_together(demo: Cast) -> None:
    first, second, left = on_one_card(demo, 3, amount_yen=4_000)
    listed = Client().post("/till/invoices", {"chain": "lawson", "number": first.card.number})
    assert listed.content.decode().count('type="checkbox" name="invoice"') == 3
    asked = ticked(first.card.number, first.pk, second.pk)
    paper = Client().post("/till/slips", asked, follow=True)
    body = paper.content.decode()
    for word in ("お支払い申込券", "8,000円", "練習用", "<svg"):
        assert word in body
    slip = Slip.objects.get()
    assert f"(91){slip.barcode[2:8]}-{slip.barcode[8:30]}" in body
    assert body.count("</article>") == 1

    address = paper.redirect_chain[0][0]
    form = hidden(body) | {"taken_yen": "10000"}
    for _ in range(2):  # A button pressed twice.
        paid = Client().post(f"{address}pay", form, follow=True).content.decode()
    assert "お支払いは済んでいます" in paid
    rows = Payment.objects.order_by("line")
    assert [(row.line, row.invoice_id) for row in rows] == [(1, first.pk), (2, second.pk)]
    assert len(set(rows.values_list("receipt", flat=True))) == 1
    assert len(re.findall(r'href="/till/receipts/', paid)) == 2
    left.refresh_from_db()
    assert left.status == "open"


def test_too_little_cash_is_no_payment(demo: Cast) -> None:
    (invoice,) = on_one_card(demo, 1)
    paper = Client().post("/till/slips", ticked(invoice.card.number, invoice.pk), follow=True)
    address = paper.redirect_chain[0][0]
    form = hidden(paper.content.decode())
    for taken in ("9999", "", "x"):
        body = Client().post(f"{address}pay", form | {"taken_yen": taken}).content.decode()
        assert 'role="alert"' in body
    assert not Payment.objects.exists()


def test_an_ended_slip_says_so_and_takes_no_cash(demo: Cast) -> None:
    with clock.frozen(jst("2026-11-24 12:00")):
        (invoice,) = on_one_card(demo, 1)
        paper = Client().post("/till/slips", ticked(invoice.card.number, invoice.pk), follow=True)
    address = paper.redirect_chain[0][0]
    form = hidden(paper.content.decode()) | {"taken_yen": "10000"}
    with clock.frozen(jst("2026-11-24 12:30")):
        assert "この申込券は使えません" in Client().get(address).content.decode()
        assert 'role="alert"' in Client().post(f"{address}pay", form).content.decode()
    assert not Payment.objects.exists()


def test_the_register_asks_for_what_is_owed_now(demo: Cast) -> None:
    first, second = on_one_card(demo, 2)
    asked = ticked(first.card.number, first.pk, second.pk)
    address = Client().post("/till/slips", asked)["Location"]
    change_invoice(demo.scope, str(first.pk), {"amount_yen": 12_000})
    assert 'value="22000"' in Client().get(address).content.decode()


def test_what_cannot_be_printed_goes_back_to_the_kiosk(demo: Cast) -> None:
    first, second = on_one_card(demo, 2, amount_yen=150_001)
    number = first.card.number
    for words, told in (
        (ticked(number), "1件から"),
        (ticked(number, *range(11)), "1件から"),
        (ticked(number, first.pk, second.pk), "30万円まで"),
        (ticked(number, register(demo.aoba).pk), "請求情報が見つかりません"),
        (ticked("", first.pk), "番号を入力してください"),
        (ticked(make_card(demo.sakura).number, first.pk), "請求情報が見つかりません"),
    ):
        assert told in Client().post("/till/slips", words).content.decode()
    assert not Slip.objects.exists()


def test_a_real_kiosks_slip_is_not_shown_here(demo: Cast) -> None:
    (invoice,) = on_one_card(demo, 1)
    slip = prints(demo.lawson, invoice)
    assert Client().get(f"/till/slips/{slip['slip']}/").status_code == 404
    assert Client().post(f"/till/slips/{slip['slip']}/pay").status_code == 404
    assert Client().get("/till/slips/nothing/").status_code == 404


def test_in_a_real_centre_with_a_chains_key_nobody_prints(cast: Cast) -> None:
    (invoice,) = on_one_card(cast, 1)
    asked = ticked(invoice.card.number, invoice.pk)
    assert Client().post("/till/slips", asked).status_code == 404
    assert not Slip.objects.exists()
