"""What is paid, and why, is seen without pushing a table sideways."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from settlement.tests.scene import cast_of, only_statement, settled
from tenants.services import StaffAsked
from tests.people import sign_in
from tests.served import Served, served

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = Path("/usr/bin/chromium")
pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="there is no chromium here")
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]

_CUT_OFF = """() => [...document.querySelectorAll('.waterfall')]
    .map((it) => it.parentElement).filter((it) => it.scrollWidth > it.clientWidth).length"""


@pytest.fixture
def site(committed_db: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    # The browser's driver keeps an event loop in this thread; our queries are none of its.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with served() as site:
        yield site


@pytest.fixture
def phone() -> Iterator[Any]:
    with sync_api.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(CHROMIUM), args=_FLAGS)
        yield browser.new_context(viewport={"width": 360, "height": 740}, locale="ja-JP")
        browser.close()
        connections.close_all()  # Those that the test opened beside the driver's loop.


def opened(browser: Any, site: Served, asked: StaffAsked) -> Any:
    """Return a page in which somebody is signed in."""
    session = sign_in(asked).cookies["sessionid"].value
    browser.add_cookies([{"name": "sessionid", "value": session, "url": site.address}])
    return browser.new_page()


def test_who_looks_for_a_payment_to_refund_sees_its_amount(site: Served, phone: Any) -> None:
    long = "menu:1:3:2955152254376-2026-11"
    settled(cast_of().sakura, "11-03", 55_000, tenant="engineering", reference=long)
    page = opened(phone, site, StaffAsked("o@example.com", "操作", "operator"))
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"{site.address}/admin/settlement/refundrequest/find?day=2026-11-03")
    amount = page.locator("td", has_text="55,000円").bounding_box()
    assert amount["x"] + amount["width"] <= 1280 - 16


def test_a_phone_shows_every_amount_of_the_waterfall(site: Served, phone: Any) -> None:
    cast = cast_of()
    for _ in range(4):
        settled(cast.sakura, "11-03", 300_000)
    statement = only_statement("11-13")
    page = opened(phone, site, StaffAsked("a@example.com", "経理", "accountant", cast.sakura))
    page.goto(f"{site.address}/dashboard/statements/{statement.pk}/")
    assert "1,200,000円" in page.inner_text(".waterfall")
    assert page.evaluate(_CUT_OFF) == 0
