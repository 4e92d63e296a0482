"""シート: a payer makes a number of its own, prints it, and is paid for with it until its day."""

import io
import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pypdfium2
import pytest
import zxingcpp
from django.test import Client

from billing.models import PublicAct
from billing.refusals import TooManySheets
from billing.services import sheets
from billing.services.sheets import REGISTRATION_DAYS, make_sheet
from cards.models import Card
from cards.numbers import grouped, is_well_formed
from cards.page_links import page_path
from cards.printing.sheet_paper import SheetFace, sheet_pdf
from smartpit.kernel import clock
from tenants.models import Centre
from tests.cast import Cast, code_of, make_cast, system, till, told
from tests.threads import in_threads

HERE = "192.0.2.1"


def press_of(client: Client) -> str:
    body = client.get("/sheets/").content.decode()
    found = re.search(r'name="press" value="([^"]+)"', body)
    assert found is not None
    return found[1]


def made_by(client: Client) -> Any:
    return client.post("/sheets/make", {"press": press_of(client)}, follow=True)


def words_of(pdf: bytes) -> str:
    page = pypdfium2.PdfDocument(pdf)[0]
    return str(page.get_textpage().get_text_bounded())


def codes_of(pdf: bytes, dpi: int) -> list[str]:
    page = pypdfium2.PdfDocument(pdf)[0]
    picture = page.render(scale=dpi / 72).to_pil()
    return [code.text for code in zxingcpp.read_barcodes(picture)]


# -- From the button to the paper ----------------------------------------------------------------


def test_a_payer_makes_a_number_and_takes_home_a_sheet(cast: Cast):
    client = Client()
    made = made_by(client)
    card = Card.objects.get(kind="sheet")
    body = made.content.decode()
    assert made.status_code == 200
    assert card.number[0] == "3"
    assert is_well_formed(card.number)
    assert (card.owner, card.is_test) == (None, False)
    assert card.registration_expires_on == clock.business_date() + timedelta(days=60)
    assert f"<span>{card.number[:4]}</span>" in body
    assert page_path(card.page_key) in body
    link = re.search(r'href="(/sheets/made/[^"]+/sheet\.pdf)"', body)
    assert link is not None
    pdf = client.get(link[1])
    assert pdf["Content-Type"] == "application/pdf"
    assert pdf["Cache-Control"] == "no-store"
    day = card.registration_expires_on
    for word in (grouped(card.number), f"{day.year}年{day.month}月{day.day}日", "登録有効期限"):
        assert word in words_of(pdf.content)
    assert codes_of(pdf.content, 300) == [card.barcode_number]
    assert "登録有効期限" in Client().get(page_path(card.page_key)).content.decode()


def test_a_sheets_bars_are_vectors_and_nothing_but_its_number_is_read(cast: Cast):
    for _ in range(8):
        card = make_sheet(HERE, uuid4())
        PublicAct.objects.all().delete()
        assert card.registration_expires_on is not None
        face = SheetFace(card.number, card.barcode_number, card.registration_expires_on, False)
        pdf = sheet_pdf(face)
        assert pdf == sheet_pdf(face)
        assert codes_of(pdf, 203) == codes_of(pdf, 300) == [card.barcode_number]
        assert b"/Subtype /Image" not in pdf
        assert b"Helvetica" not in pdf
        assert len(pypdfium2.PdfDocument(pdf)) == 1


def test_a_sheet_of_a_demo_carries_specimen(cast: Cast):
    card = make_sheet(HERE, uuid4())
    face = SheetFace(card.number, card.barcode_number, clock.business_date(), specimen=True)
    assert "見本" in words_of(sheet_pdf(face))
    assert codes_of(sheet_pdf(face), 300) == [face.barcode_number]
    Centre.objects.update(is_demo=True)
    client = Client()
    body = made_by(client).content.decode()
    link = re.search(r'href="(/sheets/made/[^"]+/sheet\.pdf)"', body)
    assert link is not None
    assert "見本" in words_of(client.get(link[1]).content)
    assert "見本" in body


# -- One press, one number -----------------------------------------------------------------------


def test_the_same_press_again_is_the_same_sheet(cast: Cast):
    client = Client()
    press = press_of(client)
    first = client.post("/sheets/make", {"press": press})
    again = client.post("/sheets/make", {"press": press})
    assert first.status_code == again.status_code == 302
    client.get(first["Location"])
    client.get(first["Location"])
    assert Card.objects.filter(kind="sheet").count() == 1


@pytest.mark.parametrize("press", ["", "nonsense", "0" * 32, f"{'0' * 32}:1:x"])
def test_a_press_that_is_none_of_ours_makes_nothing(cast: Cast, press: str):
    body = Client().post("/sheets/make", {"press": press}).content.decode()
    assert "もう一度押してください" in body
    assert not Card.objects.filter(kind="sheet").exists()


def test_a_press_from_elsewhere_makes_nothing(cast: Cast):
    client = Client(enforce_csrf_checks=True)
    assert client.post("/sheets/make", {"press": press_of(client)}).status_code == 403
    assert not Card.objects.filter(kind="sheet").exists()


def test_a_sheets_link_is_signed(cast: Cast):
    card = make_sheet(HERE, uuid4())
    for link in ("nonsense", page_path(card.page_key)[3:], f"{page_path(card.page_key)[3:]}:1:x"):
        for address in (f"/sheets/made/{link}/", f"/sheets/made/{link}/sheet.pdf"):
            assert Client().get(address).status_code == 404


def test_there_are_no_sheets_without_a_centre(db: None):
    assert Client().get("/sheets/").status_code == 404
    assert Client().post("/sheets/make").status_code == 404


# -- Not too many --------------------------------------------------------------------------------


def test_an_address_that_makes_too_many_is_told_to_wait_and_its_neighbour_is_not(cast: Cast):
    client = Client(REMOTE_ADDR=HERE)
    for _ in range(sheets.SHEETS_OF_AN_ADDRESS_MAX):
        assert made_by(client).status_code == 200
    answer = made_by(client)
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 3_600
    assert "しばらく作成できません" in answer.content.decode()
    with pytest.raises(TooManySheets) as refused:
        make_sheet(HERE, uuid4())
    assert refused.value.code == "too_many_sheets"
    assert made_by(Client(REMOTE_ADDR="192.0.2.2")).status_code == 200
    with clock.frozen(clock.now() + timedelta(minutes=61)):
        make_sheet(HERE, uuid4())


def test_all_addresses_together_make_no_more_than_the_centre_gives(cast: Cast, monkeypatch: Any):
    monkeypatch.setattr(sheets, "SHEETS_OF_ALL_MAX", 3)
    for place in range(3):
        make_sheet(f"192.0.2.{place}", uuid4())
    with pytest.raises(TooManySheets):
        make_sheet("192.0.2.99", uuid4())


def test_twenty_who_press_at_once_get_ten_sheets_and_ten_refusals(committed_db: str):
    make_cast()
    outcomes = in_threads(lambda _: make_sheet(HERE, uuid4()), 20)
    made = [it for it in outcomes if isinstance(it, Card)]
    assert len({card.number for card in made}) == len(made) == sheets.SHEETS_OF_AN_ADDRESS_MAX
    assert sum(isinstance(it, TooManySheets) for it in outcomes) == 10
    assert Card.objects.filter(kind="sheet").count() == sheets.SHEETS_OF_AN_ADDRESS_MAX


def test_one_press_sent_eight_times_at_once_is_one_sheet(committed_db: str):
    make_cast()
    press = uuid4()
    outcomes = in_threads(lambda _: make_sheet(HERE, press), 8)
    assert {it.number for it in outcomes if isinstance(it, Card)} == {
        Card.objects.get(kind="sheet").number
    }
    assert all(isinstance(it, Card) for it in outcomes)


# -- What it is good for, and until when ---------------------------------------------------------


def invoice_on(cast: Cast, card: Card, reference: str, **words: Any) -> Any:
    body = {"reference": reference, "number": card.number, "title": "教材費", "amount_yen": 2_000}
    return system(cast.keys["sakura"]).post("invoices", body | words)


def test_an_owner_registers_on_a_sheet_until_its_day_and_not_after(cast: Cast):
    card = make_sheet(HERE, uuid4())
    expires_on = card.registration_expires_on
    assert expires_on == clock.business_date() + timedelta(days=REGISTRATION_DAYS)
    with clock.frozen(clock.day_ends(expires_on) - timedelta(seconds=1)):
        assert invoice_on(cast, card, "S-1").status_code == 201
    with clock.frozen(clock.day_ends(expires_on)):
        assert code_of(invoice_on(cast, card, "S-2")) == (409, "registration_expired")
        asked = {"store": "1", "terminal": "1", "number": card.number}
        lines = told(till(cast.lawson).post("inquiries", asked))["invoices"]
        assert [line["title"] for line in lines] == ["教材費"]


def test_any_owner_may_register_on_a_sheet(cast: Cast):
    card = make_sheet(HERE, uuid4())
    assert invoice_on(cast, card, "S-1").status_code == 201
    body = {"reference": "A-1", "number": card.number, "title": "本", "amount_yen": 900}
    assert system(cast.keys["aoba"]).post("invoices", body).status_code == 201


def test_the_page_of_sheets_asks_for_nothing_about_a_person(cast: Cast):
    body = Client().get("/sheets/").content.decode()
    assert re.findall(r'<input[^>]+name="(\w+)"', body) == ["csrfmiddlewaretoken", "press"]
    assert io.BytesIO(body.encode()).getbuffer().nbytes < 6_000
