"""A designer makes a card from an empty page, in a browser, with mouse and keyboard."""

import io
import os
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from PIL import Image, ImageDraw

from cards.models import ArtworkFile, Design, DesignVersion
from cards.services.designs import DesignAsked, LayoutSaved, make_design, save_design
from tenants.services import StaffAsked, invite_staff
from tests.cast import Cast, make_cast
from tests.people import PASSWORD
from tests.served import Served, served

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = Path("/usr/bin/chromium")
pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="there is no chromium here")
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
# While a page gives way to the next there is no document for a moment.
_READY = "() => document.documentElement?.dataset.designer === 'ready'"
_DROP = """([content, name]) => {
    const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
    const moved = new DataTransfer();
    moved.items.add(new File([bytes], name, { type: "image/png" }));
    const stage = document.querySelector("#designer-stage");
    for (const type of ["dragover", "drop"]) {
        const words = { dataTransfer: moved, bubbles: true, cancelable: true };
        stage.dispatchEvent(new DragEvent(type, words));
    }
}"""


@pytest.fixture
def cast(committed_db: str, monkeypatch: pytest.MonkeyPatch) -> Cast:
    # The browser's driver keeps an event loop in this thread; our queries are none of its.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    return make_cast()


@pytest.fixture
def site(cast: Cast) -> Iterator[Served]:
    make_design(cast.scope, DesignAsked("gakusei", "学生証", "plastic"))
    invite_staff(StaffAsked("o@sakura.example", "桜", "administrator", cast.sakura), PASSWORD)
    with served() as site:
        yield site


@pytest.fixture
def open_editor(site: Served) -> Iterator[Callable[..., Any]]:
    """Give what opens the editor in a browser of its own, signed in."""
    with sync_api.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(CHROMIUM), args=_FLAGS)
        pages = []

        def opened(email: str = "o@sakura.example") -> Any:
            context = browser.new_context(viewport={"width": 1500, "height": 950}, locale="ja-JP")
            page = context.new_page()
            page.faults = []
            page.on("pageerror", lambda fault: page.faults.append(str(fault)))
            page.goto(f"{site.address}/login?next=/dashboard/designs/gakusei/")
            page.fill("input[name=username]", email)
            page.fill("input[name=password]", PASSWORD)
            page.click("main button[type=submit], form button[type=submit]")
            page.wait_for_function(_READY)
            pages.append(page)
            return page

        yield opened
        for page in pages:
            assert page.faults == []
        browser.close()
        connections.close_all()  # Those that the test opened beside the driver's loop.


def background() -> bytes:
    content = io.BytesIO()
    picture = Image.new("RGB", (1082, 709), (250, 247, 240))
    ImageDraw.Draw(picture).rectangle((0, 0, 1082, 190), fill=(38, 78, 124))
    picture.save(content, "PNG")
    return content.getvalue()


def kept_picture(page: Any, name: str) -> None:
    """Keep a picture of the page where somebody wants to look at it."""
    folder = os.environ.get("PICTURES")
    if folder:
        page.screenshot(path=str(Path(folder, f"{name}.png")))


def box(page: Any, element: str) -> Any:
    return page.locator(f'.designer-box[data-id="{element}"]')


def drag(page: Any, element: str, to: tuple[float, float], *, part: str = "") -> None:
    """Drag an element (or one of its handles) by its middle to a place on the card in mm."""
    held = page.locator(part) if part else box(page, element)
    place = held.bounding_box()
    middle = place["x"] + place["width"] / 2, place["y"] + place["height"] / 2
    page.mouse.move(*middle)
    page.mouse.down()
    page.mouse.move(middle[0] + 12, middle[1] + 6)
    page.mouse.move(*on_screen(page, to), steps=6)
    page.mouse.up()


def on_screen(page: Any, point: tuple[float, float]) -> tuple[float, float]:
    """Return where a point of the card, in millimetres, is on the screen."""
    sheet = page.locator("#designer-sheet").bounding_box()
    scale = sheet["width"] / 91.6  # The card with 3 mm of bleed on either side.
    return sheet["x"] + (point[0] + 3) * scale, sheet["y"] + (point[1] + 3) * scale


def saved(page: Any, version: int) -> dict[str, Any]:
    """Save by the keyboard and return what the database then holds."""
    page.keyboard.press("Control+s")
    page.get_by_text(f"版{version} として保存しました").first.wait_for()
    layout: dict[str, Any] = DesignVersion.objects.get(version=version).layout
    return layout


def placed(layout: dict[str, Any], element: str) -> dict[str, Any]:
    found: dict[str, Any] = next(it for it in layout["front"]["elements"] if it["id"] == element)
    return found


def drop_background(page: Any) -> None:
    content = b64encode(background()).decode()
    page.evaluate(_DROP, [content, "はいけい.png"])
    page.get_by_text("はいけい.png を登録しました").first.wait_for()


def test_a_card_is_made_from_an_empty_page(open_editor: Callable[..., Any]) -> None:
    page = open_editor()
    drop_background(page)
    for kind in ("number", "barcode", "member_name", "qr", "text"):
        page.click(f'.designer-tool[data-kind="{kind}"]')
    layout = saved(page, 2)
    assert layout["front"]["background"]["artwork"] == str(ArtworkFile.objects.get().pk)
    kinds = [it["type"] for it in layout["front"]["elements"]]
    assert kinds == ["number", "barcode", "field", "qr", "text"]

    # They lie upon each other: the topmost is dragged away first.
    drag(page, "text-1", (24, 8))
    drag(page, "qr-1", (73, 28))
    drag(page, "field-1", (30, 20))
    drag(page, "barcode-1", (40, 42))
    drag(page, "number-1", (30, 28))
    kept_picture(page, "made")
    layout = saved(page, 3)
    barcode = placed(layout, "barcode-1")
    assert abs(barcode["x"] + 113 * barcode["module_mm"] / 2 - 40) < 1.5
    assert abs(barcode["y"] + barcode["height"] / 2 - 42) < 1.5

    page.reload()
    page.wait_for_function(_READY)
    assert box(page, "barcode-1").is_visible()
    assert page.locator("#designer-preview").get_attribute("src") or page.wait_for_selector(
        "#designer-preview[data-drawn]"
    )


def test_a_tool_is_drawn_out_of_the_palette_to_its_place(open_editor: Callable[..., Any]) -> None:
    page = open_editor()
    tool = page.locator('.designer-tool[data-kind="qr"]').bounding_box()
    page.mouse.move(tool["x"] + 10, tool["y"] + 10)
    page.mouse.down()
    page.mouse.move(*on_screen(page, (10, 10)), steps=8)
    page.mouse.move(*on_screen(page, (60, 30)), steps=6)
    page.mouse.up()
    (element,) = saved(page, 2)["front"]["elements"]
    assert abs(element["x"] + element["width"] / 2 - 60) < 1.5
    assert abs(element["y"] + element["width"] / 2 - 30) < 1.5


def test_moves_are_undone_redone_and_made_by_the_keyboard(
    open_editor: Callable[..., Any],
) -> None:
    page = open_editor()
    page.click('.designer-tool[data-kind="number"]')
    begun = placed(saved(page, 2), "number-1")
    for key in ("ArrowRight", "ArrowRight", "Shift+ArrowDown"):
        page.keyboard.press(key)
    moved = placed(saved(page, 3), "number-1")
    assert (moved["x"], moved["y"]) == (
        round(begun["x"] + 0.2, 1),
        round(begun["y"] + 1, 1),
    )
    page.keyboard.press("Control+z")
    assert placed(saved(page, 4), "number-1") == begun
    page.keyboard.press("Control+Shift+Z")
    assert placed(saved(page, 5), "number-1") == moved

    drag(page, "number-1", (70, 40), part='.designer-handle[data-handle="se"]')
    resized = placed(saved(page, 6), "number-1")
    assert abs(resized["x"] + resized["width"] - 70) < 1
    assert abs(resized["y"] + resized["height"] - 40) < 1
    box(page, "number-1").focus()
    page.keyboard.press("Control+d")
    assert len(saved(page, 7)["front"]["elements"]) == 2
    page.keyboard.press("Delete")
    assert len(saved(page, 8)["front"]["elements"]) == 1


def test_an_edge_snaps_to_the_safe_zone_and_alt_lets_go(open_editor: Callable[..., Any]) -> None:
    page = open_editor()
    page.click('.designer-tool[data-kind="number"]')
    drag(page, "number-1", (57.9, 30.2))  # 50 mm wide: its right edge comes near 82.6 mm.
    assert placed(saved(page, 2), "number-1")["x"] == 32.6
    page.keyboard.down("Alt")
    drag(page, "number-1", (57.9, 30.2))
    page.keyboard.up("Alt")
    assert placed(saved(page, 3), "number-1")["x"] == pytest.approx(32.9, abs=0.15)


def test_a_barcode_beyond_the_edge_is_found_and_the_finding_goes_when_it_is_moved(
    open_editor: Callable[..., Any],
) -> None:
    page = open_editor()
    page.click('.designer-tool[data-kind="barcode"]')
    drag(page, "barcode-1", (75, 30))
    finding = page.locator('#designer-findings li[data-code="outside"]')
    finding.wait_for()
    assert "はみ出しています" in finding.inner_text()
    page.keyboard.press("Escape")
    finding.locator("button").click()
    assert box(page, "barcode-1").get_attribute("aria-pressed") == "true"
    assert box(page, "barcode-1").get_attribute("data-grave") == "error"
    drag(page, "barcode-1", (42, 30))
    finding.wait_for(state="detached")


def test_a_value_typed_is_what_is_saved(open_editor: Callable[..., Any]) -> None:
    page = open_editor()
    page.click('.designer-tool[data-kind="text"]')
    page.fill("#property-text", "年会費\nのご案内")
    page.fill("#property-x", "12.3")
    page.fill("#property-size_pt", "14")
    page.select_option("#property-font", "bold")
    page.select_option("#property-rotation", "90")
    page.click('.designer-colour button[title^="赤"]')
    element = placed(saved(page, 2), "text-1")
    assert element["text"] == "年会費\nのご案内"
    assert (element["x"], element["size_pt"], element["rotation"]) == (12.3, 14, 90)
    assert (element["font"], element["colour"]) == ("bold", [0, 75, 75, 10])


def test_a_back_is_added_and_taken_away(open_editor: Callable[..., Any]) -> None:
    page = open_editor()
    page.click("[data-act=add-back]")
    page.click('.designer-tool[data-kind="text"]')
    assert [it["type"] for it in saved(page, 2)["back"]["elements"]] == ["text"]
    page.click("[data-act=remove-back]")
    assert "back" not in saved(page, 3)


def test_the_second_of_two_editors_is_told_that_the_first_was_faster(
    open_editor: Callable[..., Any],
) -> None:
    first, second = open_editor(), open_editor()
    first.click('.designer-tool[data-kind="number"]')
    saved(first, 2)
    second.click('.designer-tool[data-kind="qr"]')
    second.keyboard.press("Control+s")
    second.get_by_text("別の人がこのデザインを保存しました").first.wait_for()
    assert DesignVersion.objects.count() == 2
    assert Design.objects.get().versions.get(version=2).layout["front"]["elements"]


def test_artwork_once_uploaded_is_put_on_the_card_as_a_picture(
    open_editor: Callable[..., Any],
) -> None:
    page = open_editor()
    page.click('.designer-tool[data-kind="image"]')
    logo = {"name": "logo.png", "mimeType": "image/png", "buffer": background()}
    page.set_input_files("#designer-upload", logo)
    box(page, "image-1").wait_for()
    page.click('.designer-tool[data-kind="image"]')
    page.locator(".designer-artwork", has_text="logo.png").click()
    kept = str(ArtworkFile.objects.get().pk)
    assert [it["artwork"] for it in saved(page, 2)["front"]["elements"]] == [kept, kept]


def test_what_is_refused_is_told_and_nothing_is_put_on_the_card(
    open_editor: Callable[..., Any],
) -> None:
    page = open_editor()
    broken = {"name": "x.png", "mimeType": "image/png", "buffer": b"no picture"}
    page.set_input_files("#designer-background-file", broken)
    page.get_by_text("x.png: PNG、JPEG、PDF のいずれかの素材").first.wait_for()
    page.click('.designer-tool[data-kind="number"]')
    assert saved(page, 2)["front"]["background"] is None


def test_a_locked_element_lets_the_pointer_through(open_editor: Callable[..., Any]) -> None:
    page = open_editor()
    page.click('.designer-tool[data-kind="shape"]')
    before = saved(page, 2)["front"]["elements"]
    page.click("[data-act=lock]")
    drag(page, "shape-1", (10, 10))
    page.click('.designer-tool[data-kind="number"]')
    assert placed(saved(page, 3), "shape-1") == before[0]


def test_who_may_not_change_looks_only(cast: Cast, open_editor: Callable[..., Any]) -> None:
    layout: dict[str, Any] = {"format": 1, "medium": "plastic"}
    number = {"type": "number", "id": "n", "x": 10, "y": 10, "width": 50, "height": 6}
    layout |= {"front": {"elements": [number]}}
    save_design(cast.scope, "gakusei", LayoutSaved(layout, 1))
    invite_staff(StaffAsked("v@sakura.example", "閲覧", "viewer", cast.sakura), PASSWORD)
    page = open_editor("v@sakura.example")
    page.wait_for_selector("#designer-preview[data-drawn]")
    drag(page, "n", (60, 40))
    page.keyboard.press("Delete")
    page.keyboard.press("Control+s")
    assert page.locator("#designer-state").inner_text() == "版2（保存済み）"
    for act in ("save", "add-back", "undo", "remove"):
        assert not page.locator(f"[data-act={act}]").is_visible(), act
    assert DesignVersion.objects.count() == 2
