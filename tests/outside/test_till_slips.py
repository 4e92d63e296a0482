"""A kiosk's slips, guessed numbers, the chain's list and its file, seen from outside."""

import json
import time
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.outside.centre import Running
from tests.outside.chain_file import Row, chain_file
from tests.outside.till import JST, NOWHERE, System, Till

pytestmark = pytest.mark.xdist_group("outside")

LINE = {
    "invoice", "version", "payee", "tenant", "display_name", "contact_name", "contact_phone",
    "contact_hours", "title", "amount_yen", "tax_yen", "due_on", "repeats", "stamp",
}  # fmt: skip


def _digit(first: str) -> str:
    """Return the check digit: modulus 10, weights 3, 1, 3, 1 ... from the right."""
    weighted = sum(int(sign) * (3, 1)[place % 2] for place, sign in enumerate(reversed(first)))
    return str(-weighted % 10)


def test_a_slip_is_printed_scanned_and_paid(till: Till, owner: System):
    number = owner.card()
    lines = [owner.register(number, amount_yen=yen) for yen in (60_000, 12_345)]
    before = datetime.now(JST)
    slip = till.print_slip(number, *(line["invoice"] for line in lines)).first
    assert set(slip) == {"slip", "expires_at", "amount_yen", "barcode", "lines"}
    life = datetime.fromisoformat(slip["expires_at"]) - before
    assert timedelta(minutes=29) < life < timedelta(minutes=31)
    assert slip["amount_yen"] == 72_345
    assert [set(line) for line in slip["lines"]] == [LINE, LINE]
    bars = slip["barcode"]
    assert (len(bars), bars[:2], bars[36], bars[37:43]) == (44, "91", "1", "072345")
    assert bars[43] == _digit(bars[:43])

    scanned = till.inquire(barcode=bars).body
    assert {name: scanned[name] for name in ("number", "slip", "expires_at")} == {
        "number": number, "slip": slip["slip"], "expires_at": slip["expires_at"],
    }  # fmt: skip
    assert scanned["invoices"] == slip["lines"]
    register = Till(till.url, till.key, till.store, "R1")
    for place, line in enumerate(slip["lines"], start=1):
        assert register.pay(line, slip=slip["slip"], line=place).status == 201
        left = till.inquire(barcode=bars).body["invoices"]
        assert left == slip["lines"][place:]


def test_a_newer_slip_voids_the_whole_older_one(till: Till, owner: System):
    number = owner.card()
    first, second, third = (owner.register(number) for _ in range(3))
    older = till.print_slip(number, first["invoice"], second["invoice"]).first
    newer = till.print_slip(number, second["invoice"], third["invoice"]).first
    assert till.inquire(barcode=older["barcode"]).refusal == (409, "slip_expired")
    for line in (first, second):
        assert till.pay(line, slip=older["slip"]).refusal == (409, "slip_expired")
    assert till.pay(first).status == 201
    assert till.pay(second, slip=newer["slip"]).status == 201
    assert till.pay(third).status == 201


def test_a_slip_is_of_its_chain_and_its_invoices_and_printed_of_what_can_be_paid(
    till: Till, other_chain: Till, owner: System
):
    number = owner.card()
    invoice, paid, elsewhere = owner.register(number), owner.register(number), owner.register()
    big = [owner.register(number, amount_yen=200_000)["invoice"] for _ in range(2)]
    till.pay(paid)
    slip = till.print_slip(number, invoice["invoice"]).first
    assert other_chain.pay(invoice, slip=slip["slip"]).refusal == (404, "unknown_slip")
    assert other_chain.inquire(barcode=slip["barcode"]).refusal == (404, "unknown_slip")
    assert till.inquire(barcode="9" * 44).refusal == (404, "unknown_slip")
    assert till.pay(elsewhere, slip=slip["slip"]).refusal == (404, "unknown_slip")
    for invoices, refusal in (
        ([], (422, "malformed")),
        ([invoice["invoice"]] * 2, (422, "malformed")),
        ([invoice["invoice"]] * 11, (422, "malformed")),
        ([NOWHERE], (404, "unknown_invoice")),
        ([elsewhere["invoice"]], (404, "unknown_invoice")),
        ([paid["invoice"]], (409, "already_paid")),
        (big, (409, "limit_reached")),
    ):
        assert till.print_slip(number, *invoices).refusal == refusal, refusal
    here = Till(till.url, till.key, terminal="T8")
    assert here.print_slip("2000000000001", NOWHERE).refusal == (404, "unknown_number")
    owner.withdraw(invoice)
    assert till.print_slip(number, invoice["invoice"]).refusal == (409, "invoice_withdrawn")
    assert till.pay(invoice, slip=slip["slip"]).refusal == (409, "invoice_withdrawn")


def test_after_thirty_misses_a_terminal_may_ask_no_more_but_still_takes_cash(
    centre: Running, owner: System
):
    guesser = Till.of(centre.url, centre.demo, "ministop", terminal=f"M{time.time_ns() % 1000:03d}")
    number = owner.card()
    invoice = owner.register(number)
    wrong = [number[:12] + str((int(number[12]) + 1) % 10), "2" + "0" * 11 + _digit("2" + "0" * 11)]
    answers = [guesser.inquire(number=wrong[turn % 2]) for turn in range(30)]
    assert {answer.refusal for answer in answers} == {(404, "unknown_number")}
    assert len({_without_id(answer.body) for answer in answers}) == 1
    refused = guesser.inquire(number=number)
    assert refused.status == 429
    assert 3_500 <= int(refused.headers["retry-after"]) <= 3_600
    assert guesser.pay(invoice).status == 201
    assert guesser.pay(owner.register(), advice=True).status == 201
    neighbour = Till.of(centre.url, centre.demo, "ministop", terminal="N1")
    assert neighbour.inquire(number=number).status == 200


def _without_id(problem: dict[str, Any]) -> str:
    return json.dumps({name: word for name, word in problem.items() if name != "request_id"})


def test_the_chains_own_list_of_the_day_is_whole_and_its_own(
    till: Till, other_chain: Till, owner: System
):
    kept = owner.register(repeats=True)
    notices = [till.notice(kept) for _ in range(5)]
    for notice in notices:
        till.post("payments", notice)
    till.reverse(notices[0])
    other = other_chain.notice(kept)
    other_chain.post("payments", other)
    listed: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    day = notices[0]["business_date"]
    while True:
        page = till.get("payments", business_date=day, **cursor).body
        listed += page["items"]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    keys = [(row["store"], row["terminal"], row["receipt"], row["line"]) for row in listed]
    assert len(keys) == len(set(keys))
    status = {row["receipt"]: row["status"] for row in listed if row["store"] == till.store}
    assert [status[notice["receipt"]] for notice in notices] == ["reversed"] + ["reported"] * 4
    assert other["receipt"] not in status
    assert till.get("payments").refusal == (422, "malformed")
    assert till.get("payments", business_date="2026-02-30").refusal == (422, "malformed")
    assert till.get("payments", business_date=day, cursor="x").refusal == (422, "malformed")


def test_a_days_file_confirms_what_its_tills_told_and_asks_about_the_rest(
    till: Till, owner: System
):
    kept, day = owner.register(repeats=True), datetime.now(JST).date()
    notices = [till.notice(kept) for _ in range(4)]
    for notice in notices:
        till.post("payments", notice)
    till.reverse(notices[3])
    slip = till.print_slip(owner.card(), kept["invoice"])
    assert slip.refusal == (404, "unknown_invoice")
    rows = [
        Row.of("02", notices[0]), Row.of("02", notices[1]).but(amount_yen=5_001),
        Row.of("03", notices[2]), Row.of("03", notices[3]),
        Row.of("02", till.notice(kept)), Row.of("01", notices[2]),
    ]  # fmt: skip
    name = f"OUT{time.time_ns()}"
    raw = chain_file("lawson", day, rows)
    first = till.send_file(name, raw)
    counts = {"records": 6, "confirmed": 1, "reversed": 1, "cases": 3}
    assert first.first == counts | {"file": first.body["file"]}
    for again in (till.send_file(name, raw), till.send_file(f"{name}-2", raw)):
        assert (again.status, again.raw) == (200, first.raw)
    assert till.send_file(name, chain_file("lawson", day, rows[:1])).refusal == (
        409, "file_name_reused",
    )  # fmt: skip
    assert till.send_file(f"{name}-3", raw[:-1]).refusal == (422, "malformed")
    told = till.get(f"confirmations/{first.body['file']}").body
    assert {name: told[name] for name in counts} == counts
    assert sorted(row["record"] for row in told["differences"]) == [2, 3, 5]
    assert all(row["reason"] and row["case"] for row in told["differences"])
    statuses = [till.status(notice)["status"] for notice in notices]
    assert statuses == ["confirmed", "reported", "reported", "reversed"]
    assert till.reverse(notices[0]).refusal == (409, "reversal_too_late")
