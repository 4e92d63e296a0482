"""An order of cards, placed in a browser's manner and killed in the middle, ends whole."""

import json
import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pypdfium2
import pytest
import zxingcpp

from tests.outside.centre import Running, is_up, pids, until

pytestmark = pytest.mark.xdist_group("outside")

CARDS = 400
_NUMBER = re.compile(r"\d{4}-\d{4}-\d{5}")


@pytest.fixture
def browser(centre: Running) -> Iterator[httpx.Client]:
    """Sign in as pixel's administrator."""
    users = centre.demo["owners"]["pixel"]["users"]
    user = next(user for user in users if user["role"] == "administrator")
    with httpx.Client(base_url=centre.url, timeout=60) as client:
        words = {"username": user["email"], "password": user["password"]}
        assert post(client, "/login", words).status_code == 302
        yield client


def post(
    client: httpx.Client, path: str, words: dict[str, Any], files: Any = None
) -> httpx.Response:
    client.get("/login")
    words = words | {"csrfmiddlewaretoken": client.cookies["csrftoken"]}
    return client.post(path, data=words, files=files, headers={"Referer": str(client.base_url)})


def member_list() -> bytes:
    rows = "".join(f"K-{place:05d},髙橋 {place}号\r\n" for place in range(CARDS))
    return f"会員番号,氏名\r\n{rows}".encode("cp932")


def test_an_order_killed_in_the_middle_goes_on_and_spends_no_number_twice(
    centre: Running, browser: httpx.Client, tmp_path: Path
):
    words = {"kind": "joint", "design": "default", "start": "1", "part_cards": "100", "menu": ""}
    sent = {"member_file": ("会員.csv", member_list(), "text/csv")}
    drafted = post(browser, "/dashboard/batches/order", words, sent)
    assert drafted.status_code == 302, drafted.text
    address = drafted.headers["Location"].removesuffix("draft")
    assert f"{CARDS}" in browser.get(f"{address}draft").text
    post(browser, f"{address}place", {})

    until(lambda: progress(browser, address) > 0)
    _kill_the_worker(centre)
    assert "作成中</span>" in browser.get(f"{address}progress").text, "it was done too soon"
    until(lambda: "完成</span>" in browser.get(f"{address}progress").text)

    files = re.findall(r'href="(/dashboard/batches/[^"]+/files/\d+)"', browser.get(address).text)
    assert len(files) == CARDS // 100
    sheets = [pypdfium2.PdfDocument(browser.get(file).content) for file in files]
    numbers = [number for sheet in sheets for page in sheet for number in _numbers_on(page)]
    assert (len(numbers), len(set(numbers))) == (CARDS, CARDS)
    picture = sheets[-1][len(sheets[-1]) - 1].render(scale=300 / 72).to_pil()
    bars = {code.text for code in zxingcpp.read_barcodes(picture)}

    (tmp_path / "members.csv").write_bytes(member_list().replace(
        "会員番号,氏名".encode("cp932"), b"member_reference,member_name"
    ))  # fmt: skip
    named = ["--members", str(tmp_path / "members.csv"), "--out", str(tmp_path / "out")]
    again = centre.manage("manage.py", "cards", "--owner", "pixel", *named)
    assert again.returncode == 0, again.stderr
    cards = json.loads((tmp_path / "out" / "batch.json").read_text())["cards"]
    assert [it["number"] for it in cards] == [number.replace("-", "") for number in numbers]
    assert bars == {it["barcode_number"] for it in cards[-10:]}


def progress(browser: httpx.Client, address: str) -> int:
    done = re.search(r'<progress class="progress mb-3" value="(\d+)"', browser.get(address).text)
    return int(done[1]) if done else 0


def _kill_the_worker(centre: Running) -> None:
    killed = pids("celery", centre.environment["SMARTPIT_HOME"])
    assert killed
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    until(lambda: not killed & pids("celery", centre.environment["SMARTPIT_HOME"]))
    until(lambda: is_up(centre.url))


def _numbers_on(page: Any) -> list[str]:
    return _NUMBER.findall(page.get_textpage().get_text_bounded())
