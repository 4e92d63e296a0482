"""Contract section 4, walked by a client that knows only its text, against the running centre."""

import time
from datetime import datetime, timedelta

import pytest

from tests.outside.centre import Running
from tests.outside.till import JST, NOWHERE, System, Till

pytestmark = pytest.mark.xdist_group("outside")

PAYMENT = {"payment", "invoice", "amount_yen", "status", "business_date", "taken_at"}
LINE = {
    "invoice", "version", "payee", "tenant", "display_name", "contact_name", "contact_phone",
    "contact_hours", "title", "amount_yen", "tax_yen", "due_on", "repeats", "stamp",
}  # fmt: skip


def test_a_card_is_asked_for_shown_and_paid(till: Till, owner: System):
    number = owner.card()
    assert till.inquire(number=number).body == {"number": number, "invoices": []}
    first = owner.register(number, amount_yen=55_000, tax_yen=5_000, title="端末代")
    kept = owner.register(number, repeats=True)
    shown = till.inquire(number=number)
    lines = {line["invoice"]: line for line in shown.body["invoices"]}
    assert (shown.status, set(lines)) == (200, {first["invoice"], kept["invoice"]})
    line = lines[first["invoice"]]
    assert set(line) == LINE
    assert (line["title"], line["amount_yen"], line["tax_yen"]) == ("端末代", 55_000, 5_000)
    assert (line["stamp"], lines[kept["invoice"]]["stamp"]) == (True, False)
    assert (lines[kept["invoice"]]["tax_yen"], line["repeats"]) == (None, False)

    paid = till.pay(line)
    assert set(paid.first) == PAYMENT
    assert paid.first["status"] == "reported"
    assert till.pay(lines[kept["invoice"]]).status == 201
    left = till.inquire(number=number).body["invoices"]
    assert [one["invoice"] for one in left] == [kept["invoice"]]


def test_a_card_is_scanned_by_its_bars(till: Till, owner: System):
    card = owner.post("cards", {"member_reference": f"B-{time.time_ns()}"}).first
    invoice = owner.register(card["number"])
    shown = till.inquire(barcode=card["barcode_number"]).body
    assert shown["number"] == card["number"]
    assert [line["invoice"] for line in shown["invoices"]] == [invoice["invoice"]]


@pytest.mark.parametrize("words", [{}, {"number": "1", "barcode": "1"}, {"number": "1"},
                                   {"number": "２" * 13}, {"barcode": "1" * 12}])  # fmt: skip
def test_an_inquiry_names_one_number_or_one_barcode(till: Till, words: dict[str, str]):
    assert till.inquire(**words).refusal == (422, "malformed")


def test_a_card_that_is_out_of_use_is_named(till: Till, owner: System):
    number = owner.card()
    invoice = owner.register(number)["invoice"]
    owner.suspend(number, suspended=True)
    assert till.inquire(number=number).refusal == (409, "card_suspended")
    assert till.print_slip(number, invoice).refusal == (409, "card_suspended")
    owner.suspend(number, suspended=False)
    new = owner.replace(number)
    assert till.inquire(number=number).refusal == (409, "card_replaced")
    assert till.print_slip(number, invoice).refusal == (409, "card_replaced")
    assert [line["invoice"] for line in till.inquire(number=new).body["invoices"]] == [invoice]


def test_the_same_again_is_answered_with_the_first_bytes(till: Till, owner: System):
    notice = till.notice(owner.register())
    first = till.post("payments", notice)
    later = (datetime.now(JST) + timedelta(minutes=1)).isoformat()
    for words in ({}, {"advice": True}, {"taken_at": later}, {"line": 1}, {"slip": "1" * 16}):
        again = till.post("payments", notice | words)
        assert (again.status, again.raw) == (200, first.raw), words
        assert again.headers["idempotent-replayed"] == "true"
    assert till.status(notice)["status"] == "reported"
    assert till.post("payments", notice | {"line": 2}).refusal == (409, "already_paid")


def test_other_content_under_a_key_is_refused_and_the_first_stands(till: Till, owner: System):
    notice = till.notice(owner.register())
    first = till.post("payments", notice)
    for words in ({"amount_yen": 5_001}, {"version": 2}, {"invoice": NOWHERE}):
        for advice in (False, True):
            refused = till.post("payments", notice | words | {"advice": advice})
            assert refused.refusal == (409, "key_reused")
    assert till.post("payments", notice).raw == first.raw


def test_the_chain_is_the_keys_and_a_store_is_any_word_of_it(
    till: Till, other_chain: Till, owner: System
):
    notice = till.notice(owner.register(repeats=True))
    assert till.post("payments", notice).status == 201
    assert other_chain.status(notice)["status"] == "never_seen"
    assert other_chain.post("payments", notice).status == 201
    assert other_chain.reverse(notice).first["status"] == "reversed"
    assert till.status(notice)["status"] == "reported"


def test_a_reversal_is_answered_the_same_for_ever(till: Till, owner: System):
    invoice = owner.register()
    notice = till.notice(invoice)
    payment = till.post("payments", notice).first["payment"]
    first = till.reverse(notice)
    assert first.first == {"status": "reversed", "payment": payment}
    again = till.reverse(notice, reason="別の理由")
    assert (again.status, again.raw) == (200, first.raw)
    assert again.headers["idempotent-replayed"] == "true"
    assert till.status(notice)["status"] == "reversed"
    for words in ({}, {"amount_yen": 1}, {"invoice": NOWHERE}):
        assert till.post("payments", notice | words).refusal == (409, "reversed_before")
    assert till.pay(invoice).status == 201


def test_a_reversal_that_comes_first_is_a_tombstone(till: Till, owner: System):
    notice = till.notice(owner.register())
    assert till.status(notice) == {"status": "never_seen"}
    first = till.reverse(notice)
    assert first.first == {"status": "tombstone"}
    again = till.reverse(notice)
    assert (again.status, again.raw) == (200, first.raw)
    assert till.status(notice)["status"] == "tombstone"
    assert till.post("payments", notice).refusal == (409, "reversed_before")
    told = till.post("payments", notice | {"advice": True})
    assert (told.status, told.body["status"]) == (201, "tombstone")
    repeated = till.post("payments", notice | {"advice": True})
    assert (repeated.status, repeated.raw) == (200, told.raw)


def test_an_advice_is_booked_late_or_held_and_never_refused(till: Till, owner: System):
    withdrawn, changed, paid = owner.register(), owner.register(), owner.register()
    in_time = till.pay(owner.register(), advice=True)
    assert (in_time.first["status"], in_time.first["late"]) == ("reported", False)
    owner.withdraw(withdrawn)
    owner.change(changed, amount_yen=6_000)
    till.pay(paid)
    old = datetime.now(JST) - timedelta(days=3)
    for line, words, status in (
        (withdrawn, {"taken_at": old}, "reported"),
        (changed, {}, "reported"),
        (owner.register(), {"amount_yen": 4_999}, "suspense"),
        (paid, {}, "suspense"),
        (owner.register(), {"invoice": NOWHERE}, "suspense"),
        (owner.register(), {"invoice": "no-such-invoice"}, "suspense"),
    ):
        notice = till.notice(line, advice=True, **words)
        told = till.post("payments", notice)
        assert (told.first["status"], told.first["late"]) == (status, True)
        again = till.post("payments", notice)
        assert (again.status, again.raw) == (200, told.raw)
        assert till.status(notice)["status"] == status


def test_a_suspense_is_undone_without_naming_a_payment(till: Till, owner: System):
    notice = till.notice(owner.register(), invoice=NOWHERE, advice=True)
    till.post("payments", notice)
    assert till.reverse(notice).first == {"status": "reversed", "payment": None}
    assert till.status(notice)["status"] == "reversed"


def test_the_owner_is_told_of_what_was_late_or_looks_double(till: Till, owner: System):
    kept = owner.register(repeats=True)
    till.pay(kept)
    till.pay(kept)
    owner.change(kept, suspended=True)
    till.pay(kept, advice=True)
    flags = [
        (event["data"]["late"], event["data"]["possible_duplicate"])
        for event in owner.events()
        if event["type"] == "payment.reported" and event["data"]["invoice"] == kept["invoice"]
    ]
    assert flags == [(False, False), (False, True), (True, True)]


def test_a_clock_ten_minutes_ahead_is_right_and_eleven_wrong(till: Till, owner: System):
    kept, now = owner.register(repeats=True), datetime.now(JST)
    for minutes, status in ((9, 201), (-60 * 23 - 55, 201), (11, 422), (-60 * 24 - 5, 422)):
        answer = till.pay(kept, taken_at=now + timedelta(minutes=minutes))
        assert answer.status == status, minutes
        if status == 422:
            assert answer.refusal == (422, "clock")
    long_ago = now - timedelta(days=40)
    assert till.pay(kept, taken_at=long_ago, advice=True).first["late"] is False
    assert till.pay(kept, taken_at=now, business_date=_day(now, 1)).refusal == (422, "malformed")
    assert till.pay(kept, taken_at=now, business_date=_day(now, -1)).status == 201
    assert till.pay(kept, taken_at=now, business_date=_day(now, -2)).refusal == (422, "malformed")


def _day(at: datetime, days: int) -> str:
    return (at + timedelta(days=days)).date().isoformat()


def test_an_invoice_that_has_expired_says_so_before_it_says_anything_later(
    till: Till, owner: System, centre: Running
):
    today = datetime.now(JST).date()
    expired = owner.register(due_on=today.isoformat())
    kept = owner.register(due_on=today.isoformat(), repeats=True)
    owner.change(kept, suspended=True)
    tomorrow = (today + timedelta(days=1)).isoformat()
    settled = centre.manage("manage.py", "settle", "--as-of", tomorrow)
    assert settled.returncode == 0, settled.stderr
    for line in (expired, kept):
        assert till.pay(line, version=9, amount_yen=1).refusal == (409, "invoice_expired")
        told = till.pay(line, advice=True)
        assert (told.first["status"], told.first["late"]) == ("reported", True)
    shown = owner.get(f"invoices/{expired['invoice']}").body
    assert shown["status"] == "paid"


def test_the_audit_finds_nothing_in_all_this(centre: Running):
    audit = centre.manage("manage.py", "audit")
    assert audit.returncode == 0, audit.stdout + audit.stderr
