"""A clerk with a keyboard and a scanner, and no mouse: ten members, ten cards, ten slips."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connections

from billing.selectors import payable_invoices
from billing.services.menus import ItemAsked, MenuAsked, make_menu
from cards.models import Card, HandOver, HandOverUndone, Member
from cards.selectors import blank_cards_of
from cards.services import issue_card
from cards.tests.factories import pictures, scanned
from tenants.models import Staff
from tenants.services import StaffAsked
from tests.cast import Cast, make_cast, register
from tests.people import sign_in
from tests.served import Served, served

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = Path("/usr/bin/chromium")
pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="there is no chromium here")
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
# Each slip that is printed notes its address in the page that printed it.
_COUNT_PRINTS = """
if (window.top !== window.self) {
  window.print = () => { (parent.printed = parent.printed || []).push(location.pathname); };
}
"""


@pytest.fixture
def cast(committed_db: str, monkeypatch: pytest.MonkeyPatch) -> Cast:
    # The browser's driver keeps an event loop in this thread; our queries are none of its.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    made = make_cast()
    items = tuple(ItemAsked(f"チャージ {yen:,}円", yen) for yen in (1_000, 3_000, 5_000))
    make_menu(made.scope, MenuAsked("charge", items))
    return made


@pytest.fixture
def site(cast: Cast) -> Iterator[Served]:
    with served() as site:
        yield site


@pytest.fixture
def page(cast: Cast, site: Served) -> Iterator[Any]:
    client = sign_in(StaffAsked("desk@sakura.example", "受付 次郎", "desk", cast.sakura))
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    with sync_api.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(CHROMIUM), args=_FLAGS)
        context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="ja-JP")
        context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": site.address}]
        )
        context.add_init_script(_COUNT_PRINTS)
        page = context.new_page()
        page.faults = []
        page.on("console", lambda it: page.faults.append(it.text) if it.type == "error" else None)
        page.on("pageerror", lambda it: page.faults.append(str(it)))
        page.goto(f"{site.address}/dashboard/desk/")
        yield page
        browser.close()
        connections.close_all()  # Those that the test opened beside the driver's loop.


def shown(page: Any, name: str) -> None:
    """Keep a picture of the page where somebody wants to look at it."""
    folder = os.environ.get("PICTURES")
    if folder:
        Path(folder, f"{name}.png").write_bytes(page.screenshot())


def scan(page: Any, digits: str, *, enters: int = 1) -> None:
    """Do as a scanner does: the digits, then Enter, wherever the focus is."""
    page.keyboard.type(digits)
    for _ in range(enters):
        page.keyboard.press("Enter")


def told(page: Any, outcome: str) -> str:
    page.wait_for_selector(f'#desk-answer [data-outcome="{outcome}"][data-is-heard]')
    return str(page.inner_text("#desk-answer"))


def wait_for_focus(page: Any, name: str) -> None:
    """Wait until a field has the focus: the page sets it once its answer has settled."""
    page.wait_for_function(
        "name => [document.activeElement?.name, document.activeElement?.id].includes(name)",
        arg=name,
    )


def forget(page: Any) -> None:
    """Take the last answer away, so that the next one is waited for."""
    page.evaluate("() => document.querySelector('#desk-answer').replaceChildren()")


def printed(page: Any, count: int) -> list[str]:
    page.wait_for_function(f"() => (window.printed || []).length >= {count}")
    return list(page.evaluate("() => window.printed"))


def blank(cast: Cast) -> Card:
    return issue_card("joint", owner=cast.sakura)


def decoded(pdf: bytes) -> list[str]:
    """Return what a scanner reads from the printed page."""
    return [code for page in scanned(pictures(pdf)) for code in page]


def test_a_clerk_hands_over_ten_cards_by_keyboard_alone(cast: Cast, page: Any):
    cards = [blank(cast) for _ in range(12)]
    wait_for_focus(page, "card")
    for place, card in enumerate(cards[:10], 1):
        scan(page, card.barcode_number)
        wait_for_focus(page, "reference")
        scan(page, f"S26-{place:03d}", enters=2)
        assert f"S26-{place:03d}" in told(page, "done")
        wait_for_focus(page, "card")
        assert page.input_value("#id_card") == ""
        forget(page)
    held = {member.reference: member.card for member in Member.objects.select_related("card")}
    assert held == {f"S26-{place:03d}": card for place, card in enumerate(cards[:10], 1)}
    assert all(len(payable_invoices(card)) == 3 for card in cards[:10])
    slips = [f"/dashboard/desk/slips/{member.pk}/" for member in Member.objects.order_by("pk")]
    assert printed(page, 10) == slips
    assert HandOver.objects.count() == 10

    # One is refused: the eleventh member is given a card that is already somebody's.
    scan(page, cards[0].barcode_number)
    scan(page, "S26-011")
    assert "別の会員のもの" in told(page, "refused")
    wait_for_focus(page, "card")
    assert page.input_value("#id_reference") == "S26-011"
    shown(page, "desk-refused")
    forget(page)
    scan(page, cards[10].barcode_number)  # What was wrong is selected, so it is typed over.
    page.wait_for_selector('#desk-answer [data-outcome="done"]')
    assert Member.objects.get(reference="S26-011").card == cards[10]
    assert "1" in page.inner_text("#desk-stock")

    # And taken back: it was the wrong member.
    page.keyboard.press("Alt+u")
    assert "本当に" in page.evaluate("() => document.activeElement.textContent")
    page.keyboard.press("Enter")
    assert "S26-011" in told(page, "undone")
    assert HandOverUndone.objects.get().hand_over.card == cards[10]
    assert blank_cards_of(cast.scope).count() == 2
    wait_for_focus(page, "card")
    assert page.faults == []
    shown(page, "desk-undone")


def test_no_slip_is_lost_where_the_clerk_is_faster_than_the_paper(cast: Cast, page: Any):
    waiting: list[Any] = []
    hold_first = lambda it: it.continue_() if waiting else waiting.append(it)  # noqa: E731
    page.route("**/desk/slips/**", hold_first)
    for reference in ("S26-001", "S26-002"):
        wait_for_focus(page, "card")
        scan(page, blank(cast).barcode_number)
        scan(page, reference)
        assert reference in told(page, "done")
        forget(page)
    waiting[0].continue_()
    assert printed(page, 2) == [
        f"/dashboard/desk/slips/{member.pk}/" for member in Member.objects.order_by("pk")
    ]


def test_a_lost_card_is_replaced_with_two_keys_and_never_by_a_bouncing_enter(cast: Cast, page: Any):
    old, new = blank(cast), blank(cast)
    for card in (old, new):
        scan(page, card.barcode_number)
        scan(page, "S26-001", enters=3)
        told(page, "done" if card == old else "refused")
    wait_for_focus(page, "reference")
    shown(page, "desk-member-has-card")
    assert Member.objects.get().card == old
    page.keyboard.press("F9")
    page.keyboard.press("Enter")
    assert "新しいカードに替えました" in told(page, "done")
    assert Member.objects.get().card == new
    old.refresh_from_db()
    assert old.replaced_by == new
    assert len(printed(page, 2)) == 2
    wait_for_focus(page, "card")
    assert (page.input_value("#id_card"), page.input_value("#id_reference")) == ("", "")
    assert page.faults == []


def test_a_card_that_the_scanner_reads_twice_makes_no_member(cast: Cast, page: Any):
    card = blank(cast)
    scan(page, card.barcode_number, enters=2)
    scan(page, card.barcode_number, enters=2)
    wait_for_focus(page, "reference")
    assert page.input_value("#id_reference") == ""
    scan(page, "S26-001")
    told(page, "done")
    assert [member.reference for member in Member.objects.all()] == ["S26-001"]
    forget(page)
    scan(page, card.barcode_number)
    scan(page, "S26-001")
    assert "登録済み" in told(page, "again")
    assert len(printed(page, 1)) == 1


def test_a_scan_presses_no_button_that_waits_for_enter(cast: Cast, page: Any):
    first, second = blank(cast), blank(cast)
    scan(page, first.barcode_number)
    scan(page, "S26-001")
    told(page, "done")
    page.keyboard.press("Alt+u")
    scan(page, second.barcode_number)
    wait_for_focus(page, "reference")
    assert page.input_value("#id_card") == second.barcode_number
    scan(page, "S26-001")
    told(page, "refused")
    page.keyboard.press("F9")
    page.keyboard.type(second.barcode_number)
    wait_for_focus(page, "card")
    assert page.input_value("#id_card") == second.barcode_number
    assert Member.objects.get().card == first
    assert not HandOverUndone.objects.exists()
    assert page.faults == []


def test_escape_clears_and_a_lost_focus_is_found_again(cast: Cast, page: Any):
    scan(page, "1234")
    page.keyboard.type("S26")
    page.keyboard.press("Escape")
    assert (page.input_value("#id_card"), page.input_value("#id_reference")) == ("", "")
    wait_for_focus(page, "card")
    page.evaluate("() => document.activeElement.blur()")
    page.keyboard.type("29")
    assert page.input_value("#id_card") == "29"


def test_a_line_that_breaks_loses_nothing_that_was_typed(cast: Cast, page: Any):
    card = blank(cast)
    page.context.set_offline(True)
    scan(page, card.barcode_number)
    scan(page, "S26-001")
    page.wait_for_function("() => document.querySelector('#id_card')?.value")
    assert "通信できませんでした" in page.inner_text("#desk-next")
    page.context.set_offline(False)
    page.keyboard.press("Enter")
    told(page, "done")
    assert Member.objects.get().card == card


def test_the_slip_fits_one_page_of_each_paper(cast: Cast, site: Served, page: Any):
    card = blank(cast)
    for place in range(5):
        register(cast.sakura, number=card.number, title=f"{place} 前期の実験実習費と教材費" * 3)
    scan(page, card.barcode_number)
    scan(page, "S26-001")
    told(page, "done")
    address = printed(page, 1)[0]
    for paper, width in (("a6", 298), ("receipt", 227)):
        page.goto(f"{site.address}{address}?paper={paper}")
        pdf = page.pdf(prefer_css_page_size=True)
        assert pdf.count(b"/Type /Page\n") == 1, paper
        assert f"[0 0 {width}".encode() in pdf, paper
        assert decoded(pdf) == [card.barcode_number], paper
        folder = os.environ.get("PICTURES")
        if folder:
            Path(folder, f"slip-{paper}.pdf").write_bytes(pdf)
    assert Staff.objects.get(role="desk").name not in page.inner_text("body")
