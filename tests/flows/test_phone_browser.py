"""A member in a shop, with one hand, a phone of 360 x 740 and now and then no signal."""

import io
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from django.db import connections
from PIL import Image

from billing.models import Chain, Invoice
from billing.selectors import payable_invoices
from billing.services.chains import let_registers_read_cards
from billing.services.payments import receive_payment
from billing.tests.phone_cast import AMOUNTS, chargeable
from cards.models import Card
from cards.page_links import page_path
from smartpit.kernel import clock
from tests.cast import Cast, make_cast, notice, register, till, told
from tests.served import Served, served

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = Path("/usr/bin/chromium")
pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="there is no chromium here")
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]

_UNTIL_KEPT = """async () => {
    while (!(await caches.match(location.href))) await new Promise((it) => setTimeout(it, 20));
}"""


@pytest.fixture
def cast(committed_db: str, monkeypatch: pytest.MonkeyPatch) -> Cast:
    # The browser's driver keeps an event loop in this thread; our queries are none of its.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    return make_cast()


@pytest.fixture
def site(cast: Cast) -> Iterator[Served]:
    with served() as site:
        yield site


@pytest.fixture
def phone() -> Iterator[Any]:
    with sync_api.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(CHROMIUM), args=_FLAGS)
        context = browser.new_context(
            viewport={"width": 360, "height": 740}, locale="ja-JP", device_scale_factor=2
        )
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        page = context.new_page()
        page.faults = []
        page.on("console", lambda it: page.faults.append(it.text) if it.type == "error" else None)
        page.on("pageerror", lambda it: page.faults.append(str(it)))
        yield page
        browser.close()
        connections.close_all()  # Those that the test opened beside the driver's loop.


def open_card(phone: Any, site: Served, card: Card, query: str = "") -> str:
    """Open a card's page and wait until its worker has something to keep."""
    address = f"{site.address}{page_path(card.page_key)}"
    phone.goto(address + query)
    phone.wait_for_function("() => navigator.serviceWorker.controller !== null")
    phone.evaluate(_UNTIL_KEPT)
    return address


def shown(phone: Any, name: str, *, whole: bool = False) -> bytes:
    """Return a picture of the page; kept as a file where somebody wants to look at it."""
    folder = os.environ.get("PICTURES")
    picture = phone.screenshot(full_page=whole)
    if folder:
        Path(folder, f"{name}.png").write_bytes(picture)
    return bytes(picture)


def test_the_page_opens_in_one_hand_and_the_number_can_be_copied(
    cast: Cast, site: Served, phone: Any
):
    invoice = register(cast.sakura, title="実習費", amount_yen=12_000)
    open_card(phone, site, invoice.card)
    widths = "() => [document.documentElement.scrollWidth, innerWidth]"
    assert phone.evaluate(widths) == [360, 360]
    number = phone.locator("#number").bounding_box()
    assert number["y"] + number["height"] < 740
    phone.click("#copy")
    assert phone.evaluate("() => navigator.clipboard.readText()") == invoice.card.number
    assert phone.inner_text("#copy-told") == "コピーしました"
    for target in ("#copy", "summary", ".languages a"):
        assert phone.locator(target).first.bounding_box()["height"] >= 44
    assert phone.faults == []
    shown(phone, "phone-first")


def test_the_bars_on_the_screen_are_the_cards_in_light_and_dark_small_and_large(
    cast: Cast, site: Served, phone: Any
):
    let_registers_read_cards(Chain.objects.get(pk="ministop"), reads=True)
    card = register(cast.sakura).card
    open_card(phone, site, card)
    for scheme in ("light", "dark"):
        phone.emulate_media(color_scheme=scheme)
        phone.locator("#bars").scroll_into_view_if_needed()
        assert decoded(shown(phone, f"phone-bars-{scheme}")) == [card.barcode_number]
        phone.click("#bars")
        assert phone.get_attribute("#bars", "aria-pressed") == "true"
        assert decoded(shown(phone, f"phone-bars-large-{scheme}")) == [card.barcode_number]
        phone.keyboard.press("Escape")
        assert phone.get_attribute("#bars", "aria-pressed") == "false"
    assert phone.faults == []


def decoded(picture: bytes) -> list[str]:
    return [code.text for code in zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)))]


def test_without_a_signal_the_last_state_is_shown_with_its_time(
    cast: Cast, site: Served, phone: Any
):
    invoice = register(cast.sakura, title="寮費", amount_yen=3_300, repeats=True)
    receive_payment(notice(invoice))
    minutes = {minute_now()}
    address = open_card(phone, site, invoice.card)
    minutes.add(minute_now())
    assert not phone.locator(".offline").is_visible()
    site.stop()
    for asked in (address, f"{address}?lang=en"):
        phone.goto(asked)
        assert phone.locator(".offline").is_visible()
        banner = phone.inner_text(".offline strong")
        assert banner.startswith("オフライン: ")
        assert banner.split("時点")[0].removeprefix("オフライン: ") in minutes
        assert phone.get_attribute("#number", "data-number") == invoice.card.number
        assert "3,300円" in phone.inner_text("#payable")
        assert "支払い済み" in phone.inner_text(".paid")
    phone.click("#copy")
    assert phone.evaluate("() => navigator.clipboard.readText()") == invoice.card.number
    shown(phone, "phone-offline")


def minute_now() -> str:
    return f"{clock.now().astimezone(clock.JST):%H:%M}"


def test_an_open_page_says_so_when_the_signal_goes_and_comes(cast: Cast, site: Served, phone: Any):
    invoice = chargeable(cast.sakura)
    open_card(phone, site, invoice.card)
    phone.context.set_offline(True)
    phone.wait_for_selector(".offline", state="visible")
    assert phone.locator(".amounts button").first.is_disabled()
    phone.context.set_offline(False)
    phone.wait_for_selector(".offline", state="hidden")
    assert phone.locator(".amounts button").first.is_enabled()


def test_an_amount_chosen_with_a_thumb_is_what_the_till_asks_for(
    cast: Cast, site: Served, phone: Any
):
    invoice = chargeable(cast.sakura)
    address = open_card(phone, site, invoice.card, "?lang=en")
    shown(phone, "phone-choice", whole=True)
    phone.click(".amounts button:nth-child(3)")
    phone.wait_for_selector(".notice")
    assert phone.inner_text(".notice") == "The amount has been changed."
    assert phone.inner_text(".line .amount") == f"¥{AMOUNTS[2]:,}"
    assert phone.url == f"{address}?lang=en#payable"
    asked = {"store": "1", "terminal": "1", "number": invoice.card.number}
    (line,) = told(till(cast.lawson).post("inquiries", asked))["invoices"]
    assert (line["amount_yen"], line["version"]) == (AMOUNTS[2], 2)
    assert [row.pk for row in payable_invoices(invoice.card)] == [invoice.pk]
    assert Invoice.objects.get(pk=invoice.pk).amount_yen == AMOUNTS[2]

    site.stop()
    phone.goto(f"{address}?lang=en")
    assert phone.inner_text(".line .amount") == f"¥{AMOUNTS[2]:,}"
    assert not phone.locator(".notice").is_visible()
    assert phone.locator(".amounts button").first.is_disabled()
    assert phone.faults == [] or all("ERR_CONNECTION" in it for it in phone.faults)


@pytest.mark.parametrize("language", ["ja-easy", "zh", "vi", "ne", "pt"])
def test_every_language_fits_the_width(cast: Cast, site: Served, phone: Any, language: str):
    invoice = chargeable(cast.sakura)
    receive_payment(notice(invoice))
    phone.goto(f"{site.address}{page_path(invoice.card.page_key)}?lang={language}")
    for summary in phone.locator("summary").all():
        summary.click()
    assert phone.evaluate("() => document.documentElement.scrollWidth") == 360
    assert phone.get_attribute("html", "lang") == {"ja-easy": "ja", "zh": "zh-Hans"}.get(
        language, language
    )
    shown(phone, f"phone-{language}", whole=True)


def test_the_page_can_be_installed(cast: Cast, site: Served, phone: Any):
    card = register(cast.sakura).card
    open_card(phone, site, card)
    session = phone.context.new_cdp_session(phone)
    manifest = session.send("Page.getAppManifest")
    assert manifest["errors"] == []
    assert json.loads(manifest["data"])["start_url"].startswith(page_path(card.page_key))
    assert session.send("Page.getInstallabilityErrors")["installabilityErrors"] in (
        [],
        [{"errorId": "in-incognito", "errorArguments": []}],
    )


def test_a_sheet_is_made_with_one_press_and_a_reload_makes_no_other(
    cast: Cast, site: Served, phone: Any
):
    phone.goto(f"{site.address}/sheets/")
    shown(phone, "sheets")
    phone.click(".press")
    phone.wait_for_selector(".number")
    phone.reload()
    card = Card.objects.get(kind="sheet")
    assert phone.inner_text(".number").replace("\n", "") == card.number
    with phone.expect_download() as download:
        phone.click("a.press")
    pdf = Path(download.value.path()).read_bytes()
    assert pdf.startswith(b"%PDF")
    shown(phone, "sheet-made")
    phone.go_back()
    assert Card.objects.filter(kind="sheet").count() == 1
