"""The whole centre as a person starts it, seen by programs that know only the contract.

One supervised centre with its demo world, in a folder of its own; real processes, real kills.
"""

import csv
import json
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from smartpit.kernel.clock import JST
from tests.outside.centre import Running, is_up, pids, scanned, until

pytestmark = pytest.mark.xdist_group("outside")


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


@pytest.mark.fault("D04")
@pytest.mark.parametrize("name", ["granian", "celery", "postgres"])
def test_what_is_killed_comes_back_and_the_others_go_on(centre: Running, name: str):
    home = centre.environment["SMARTPIT_HOME"]
    before = pids(name, home)
    assert before
    killed = min(before)
    family = {pid for pid in before if os.getpgid(pid) == os.getpgid(killed)}
    os.kill(killed, signal.SIGKILL)
    until(lambda: not family & pids(name, home))  # Its orphans are ended with it.
    until(lambda: bool(pids(name, home)) and is_up(centre.url))
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
    read = {text for file in batch["files"] for text in scanned(out / file["name"])}
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
