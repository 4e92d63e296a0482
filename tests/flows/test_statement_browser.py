"""An accountant with a phone sees what is paid, and why, without pushing it sideways."""

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


def test_a_phone_shows_every_amount_of_the_waterfall(site: Served, phone: Any) -> None:
    cast = cast_of()
    for _ in range(4):
        settled(cast.sakura, "11-03", 300_000)
    statement = only_statement("11-13")
    who = sign_in(StaffAsked("a@example.com", "経理", "accountant", cast.sakura))
    session = who.cookies["sessionid"].value
    phone.add_cookies([{"name": "sessionid", "value": session, "url": site.address}])
    page = phone.new_page()
    page.goto(f"{site.address}/dashboard/statements/{statement.pk}/")
    assert "1,200,000円" in page.inner_text(".waterfall")
    assert page.evaluate(_CUT_OFF) == 0
