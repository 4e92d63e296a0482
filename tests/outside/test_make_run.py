"""The whole centre as a person starts it, seen by programs that know only the contract.

One supervised centre with its demo world, in a folder of its own; real processes, real kills.
"""

import csv
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
import zxingcpp

from smartpit.kernel.clock import JST
from smartpit.platform.home import CHECKOUT

pytestmark = pytest.mark.xdist_group("outside")
_PATIENCE_SECONDS = 240


@dataclass(frozen=True)
class Running:
    """A running centre: its address, its environment, and the demo's credentials."""

    url: str
    environment: dict[str, str]
    supervisor: subprocess.Popen[bytes]
    demo: dict[str, Any]

    def manage(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *words], cwd=CHECKOUT, env=self.environment, text=True,
            capture_output=True, check=False,
        )  # fmt: skip

    def call(self, method: str, path: str, key: str, body: Any = None) -> tuple[int, Any]:
        request = urllib.request.Request(
            self.url + path,
            data=None if body is None else json.dumps(body).encode(),
            method=method,
            headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as refused:
            return refused.code, json.loads(refused.read())


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    home = tmp_path_factory.mktemp("outside")
    port = _free_port()
    environment = {
        name: word for name, word in os.environ.items() if not name.startswith(("DJANGO", "PYTEST"))
    } | {"SMARTPIT_HOME": str(home), "PORT": str(port)}
    with (home / "run.out").open("wb") as out:
        supervisor = subprocess.Popen(
            [sys.executable, "manage.py", "run"], cwd=CHECKOUT, env=environment, stdout=out,
            stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    try:
        _until(lambda: _is_up(url) or supervisor.poll() is not None)
        assert supervisor.poll() is None, (home / "run.out").read_text()
        told = subprocess.run(
            [sys.executable, "manage.py", "demo", "--json"], cwd=CHECKOUT, env=environment,
            capture_output=True, check=True,
        )  # fmt: skip
        yield Running(url, environment, supervisor, json.loads(told.stdout))
    finally:
        supervisor.send_signal(signal.SIGINT)
        supervisor.wait(60)
        assert not _pids("granian", str(home)), "a process outlived its supervisor"


def test_the_demo_says_what_the_contract_lists(centre: Running):
    demo = centre.demo
    assert demo["base_url"] == centre.url
    assert set(demo["chains"]) == {"lawson", "ministop", "familymart"}
    assert set(demo["owners"]) == {"sakura", "aoba", "pixel", "tsubasa"}
    for owner in demo["owners"].values():
        assert owner["key"].startswith("sk_live_")
        assert owner["test_key"].startswith("sk_test_")
        assert len(owner["cards"]) >= 10
        assert {"email", "password", "role"} <= set(owner["users"][0])
    assert set(demo["owners"]["sakura"]["tenants"]) == {"engineering", "dormitory"}
    assert len(demo["standard_cards"]) >= 1
    assert len(demo["centre"]["users"]) >= 2


def test_the_walk_of_the_readme_goes_all_the_way(centre: Running):
    walked = centre.manage("docs/examples/walk.py")
    assert walked.returncode == 0, walked.stderr
    lines = walked.stdout.splitlines()
    assert len(lines) == 10
    assert sum("署名OK" in line for line in lines) == 2
    assert lines[-1].endswith("409 reversed_before")


def test_twenty_four_tills_that_retry_and_double_lose_nothing(centre: Running):
    owner = centre.demo["owners"]["tsubasa"]
    invoices = [_register(centre, owner, place) for place in range(40)]

    def till(place: int) -> list[tuple[str, str]]:
        dice = random.Random(place)
        key = centre.demo["chains"][dice.choice(["lawson", "ministop", "familymart"])]["key"]
        return [_pay(centre, key, dice, place, turn, invoices) for turn in range(8)]

    with ThreadPoolExecutor(24) as pool:
        journal = [line for lines in pool.map(till, range(24)) for line in lines]
    paid = Counter(invoice for invoice, end in journal if end == "paid")
    assert set(paid) <= set(invoices)
    assert max(paid.values()) == 1, "a single invoice was paid twice"
    told = Counter(
        row["data"]["invoice"]
        for row in _events(centre, owner["key"])
        if row["type"] == "payment.reported"
    )
    assert {invoice: told[invoice] for invoice in invoices} == {
        invoice: paid[invoice] for invoice in invoices
    }


@pytest.mark.parametrize("name", ["granian", "celery", "postgres"])
def test_what_is_killed_comes_back_and_the_others_go_on(centre: Running, name: str):
    home = centre.environment["SMARTPIT_HOME"]
    before = _pids(name, home)
    assert before
    killed = min(before)
    family = {pid for pid in before if os.getpgid(pid) == os.getpgid(killed)}
    os.kill(killed, signal.SIGKILL)
    _until(lambda: not family & _pids(name, home))  # Its orphans are ended with it.
    _until(lambda: bool(_pids(name, home)) and _is_up(centre.url))
    invoice = _register(centre, centre.demo["owners"]["tsubasa"], f"{name}-{time.time_ns()}")
    dice = random.Random(1)
    key = centre.demo["chains"]["lawson"]["key"]
    assert _pay(centre, key, dice, 99, time.time_ns() % 10**6, [invoice]) == (invoice, "paid")
    assert centre.supervisor.poll() is None


def test_a_hundred_and_twenty_printed_cards_scan_and_can_be_paid(centre: Running, tmp_path: Path):
    members = tmp_path / "members.csv"
    with members.open("w", encoding="cp932", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["member_reference", "member_name"])
        writer.writerows([f"N-{place:04d}", f"髙橋 {place}号"] for place in range(120))
    out = tmp_path / "out"
    printed = centre.manage(
        "manage.py", "cards", "--owner", "pixel", "--members", str(members), "--out", str(out)
    )
    assert printed.returncode == 0, printed.stderr
    batch = json.loads((out / "batch.json").read_text())
    assert (len(batch["cards"]), batch["errors"]) == (120, [])
    read = {text for file in batch["files"] for text in _scanned(out / file["name"])}
    assert {card["barcode_number"] for card in batch["cards"]} <= read
    key = centre.demo["chains"]["familymart"]["key"]
    for card in batch["cards"][::40]:
        body = {"store": "1", "terminal": "1", "barcode": card["barcode_number"]}
        status, shown = centre.call("POST", "/api/till/v1/inquiries", key, body)
        assert (status, len(shown["invoices"])) == (200, 5)


def test_the_books_are_whole_afterwards(centre: Running):
    audit = centre.manage("manage.py", "audit")
    assert audit.returncode == 0, audit.stdout + audit.stderr
    ahead = datetime.now(JST).date().replace(day=28)
    for _ in range(2):
        settled = centre.manage("manage.py", "settle", "--as-of", ahead.isoformat())
        assert settled.returncode == 0, settled.stderr


def _register(centre: Running, owner: dict[str, Any], name: object) -> str:
    body = {"reference": f"OUT-{name}", "number": owner["cards"][0], "title": "会費",
            "amount_yen": 5_500}  # fmt: skip
    status, answer = centre.call("POST", "/api/owner/v1/invoices", owner["key"], body)
    assert status in (200, 201), answer
    return str(answer["invoice"])


def _pay(
    centre: Running, key: str, dice: random.Random, place: int, turn: int, invoices: list[str]
) -> tuple[str, str]:
    """Pay one invoice as a till does whose answers get lost now and then."""
    now = datetime.now(JST)
    body = {
        "store": "000009", "terminal": f"{place:02d}", "business_date": now.date().isoformat(),
        "receipt": f"{turn}", "invoice": dice.choice(invoices), "version": 1, "amount_yen": 5_500,
        "taken_at": now.isoformat(),
    }  # fmt: skip
    status, first = centre.call("POST", "/api/till/v1/payments", key, body)
    while dice.random() < 0.4:
        status, again = centre.call("POST", "/api/till/v1/payments", key, body)
        assert again == first
    assert status in (200, 201, 409), first
    return str(body["invoice"]), "paid" if status < 300 else str(first["code"])


def _events(centre: Running, key: str) -> Iterator[dict[str, Any]]:
    after = 0
    while True:
        status, page = centre.call("GET", f"/api/owner/v1/events?after={after}&limit=1000", key)
        assert status == 200
        if not page["events"]:
            return
        for event in page["events"]:
            after += 1
            assert event["sequence"] == after, "a number is missing"
            yield event


def _scanned(pdf: Path) -> Iterator[str]:
    for page in pypdfium2.PdfDocument(pdf):
        picture = page.render(scale=300 / 72).to_pil()
        yield from (code.text for code in zxingcpp.read_barcodes(picture))


def _pids(name: str, home: str) -> set[int]:
    """Return the processes of this centre whose command line names ``name``."""
    found = set()
    for place in Path("/proc").glob("[0-9]*"):
        try:
            words = (place / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            theirs = (place / "environ").read_bytes().decode()
        except OSError:
            continue
        if name in words and (home in words or f"SMARTPIT_HOME={home}" in theirs):
            found.add(int(place.name))
    return found


def _free_port() -> int:
    """Return a port below those that outgoing connections take, drawn so that runs do not meet."""
    for port in random.SystemRandom().sample(range(18_000, 28_000), 100):
        with socket.socket() as trial:
            if trial.connect_ex(("127.0.0.1", port)) != 0:
                return port
    raise AssertionError("no free port")


def _is_up(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.2)
