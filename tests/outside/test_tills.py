"""Contract section 4, walked by a client that knows only its text, against the running centre."""

import gzip
import json
import time
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.outside.centre import Running
from tests.outside.chain_file import Row, chain_file
from tests.outside.till import JST, NOWHERE, Caller, System, Till

pytestmark = pytest.mark.xdist_group("outside")

PAYMENT = {"payment", "invoice", "amount_yen", "status", "business_date", "taken_at"}
LINE = {
    "invoice", "version", "payee", "tenant", "display_name", "contact_name", "contact_phone",
    "contact_hours", "title", "amount_yen", "tax_yen", "due_on", "repeats", "stamp",
}  # fmt: skip


@pytest.fixture
def till(centre: Running) -> Till:
    return _till(centre, "lawson")


@pytest.fixture
def other_chain(centre: Running) -> Till:
    return _till(centre, "familymart")


@pytest.fixture
def owner(centre: Running) -> System:
    return System(f"{centre.url}/api/owner/v1/", centre.demo["owners"]["pixel"]["key"])


def _till(centre: Running, chain: str, **place: str) -> Till:
    return Till(f"{centre.url}/api/till/v1/", centre.demo["chains"][chain]["key"], **place)


def _digit(first: str) -> str:
    """Return the check digit: modulus 10, weights 3, 1, 3, 1 ... from the right."""
    weighted = sum(int(sign) * (3, 1)[place % 2] for place, sign in enumerate(reversed(first)))
    return str(-weighted % 10)


# What is asked, paid and asked again


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


# The key


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


# Refusals, in their order


def test_a_caller_without_a_key_is_told_so_before_anything_else(till: Till, centre: Running):
    stranger = Caller(till.url, "ck_live_nobody")
    for path in ("inquiries", "slips", "payments", "reversals", "confirmations"):
        assert stranger.post(path, b"{" * 1_500_000).refusal == (401, "unauthorized"), path
    assert Caller(till.url, None).get("payments").refusal == (401, "unauthorized")
    owners = centre.demo["owners"]["pixel"]["key"]
    assert Caller(till.url, owners).post("payments", {}).refusal == (401, "unauthorized")


def test_of_several_reasons_the_first_of_the_contract_is_told(till: Till, owner: System):
    """Each request has all the reasons that come after the one it is refused for."""
    number = owner.card()
    invoice, neighbour = owner.register(number), owner.register(number)
    voided = till.print_slip(number, invoice["invoice"]).first["slip"]
    of_neighbour = till.print_slip(number, neighbour["invoice"]).first["slip"]
    living = till.print_slip(number, invoice["invoice"]).first["slip"]
    booked, undone = till.notice(owner.register()), till.notice(owner.register())
    till.post("payments", booked)
    till.post("payments", undone)
    till.reverse(undone)
    owner.change(invoice, amount_yen=6_000, suspended=True)

    old = datetime.now(JST) - timedelta(hours=24, minutes=5)
    late = {"taken_at": old.isoformat(), "business_date": old.date().isoformat()}
    wrong = till.notice(invoice, amount_yen=4_999)
    unknown = {"invoice": NOWHERE, "slip": "9" * 16}
    reused = {name: booked[name] for name in ("receipt", "business_date")}
    spent = {name: undone[name] for name in ("receipt", "business_date")}
    recent = {"taken_at": datetime.now(JST).isoformat()}

    def refusal(*words: dict[str, Any]) -> tuple[int, str]:
        body: dict[str, Any] = dict(wrong)
        for some in words:
            body |= some
        return till.post("payments", body).refusal

    assert refusal(late, unknown, reused, {"extra": 1}) == (422, "malformed")
    assert refusal(recent, unknown, reused) == (409, "key_reused")
    assert refusal(recent, unknown, spent) == (409, "reversed_before")
    assert refusal(late, unknown) == (422, "clock")
    assert refusal(unknown) == (404, "unknown_invoice")
    owner.suspend(number, suspended=True)
    assert refusal({"slip": "9" * 16}) == (404, "unknown_slip")
    assert refusal({"slip": of_neighbour}) == (404, "unknown_slip")
    assert refusal({"slip": voided}) == (409, "slip_expired")
    assert refusal({"slip": living}) == (409, "card_suspended")
    assert refusal() == (409, "card_suspended")
    owner.suspend(number, suspended=False)
    new = owner.replace(number)
    owner.suspend(new, suspended=True)
    assert refusal({"slip": living}) == (409, "card_suspended")
    owner.suspend(new, suspended=False)
    assert refusal({"slip": living}) == (409, "card_replaced")
    assert refusal() == (409, "invoice_suspended")
    owner.withdraw(invoice)
    assert refusal({"slip": living}) == (409, "card_replaced")
    assert refusal() == (409, "invoice_withdrawn")


def test_paid_comes_before_stale_and_stale_before_a_wrong_amount(till: Till, owner: System):
    invoice = owner.register()
    changed = owner.change(invoice, amount_yen=7_000)
    stale = till.pay(invoice)
    assert stale.refusal == (409, "version_stale")
    assert stale.body["current"] == {"version": 2, "amount_yen": 7_000}
    assert till.pay(changed, version=3, amount_yen=1).refusal == (409, "version_stale")
    assert till.pay(changed, amount_yen=6_999).refusal == (409, "amount_differs")
    assert till.pay(changed, amount_yen=7_001).refusal == (409, "amount_differs")
    assert till.pay(changed).status == 201
    assert till.pay(changed, version=1, amount_yen=1).refusal == (409, "already_paid")


@pytest.mark.parametrize(
    ("limits", "paid"),
    [({"count_max": 2}, 2), ({"per_day_yen_max": 12_000}, 2), ({"per_month_count_max": 1}, 1),
     ({"gap_seconds_min": 600}, 1)],
)  # fmt: skip
def test_a_limit_comes_last_and_holds_requests_only(
    till: Till, owner: System, limits: dict[str, int], paid: int
):
    invoice = owner.register(repeats=True, limits=limits)
    for _ in range(paid):
        assert till.pay(invoice).status == 201
    assert till.pay(invoice, amount_yen=1).refusal == (409, "amount_differs")
    assert till.pay(invoice).refusal == (409, "limit_reached")
    told = till.pay(invoice, advice=True)
    assert (told.first["status"], told.first["late"]) == ("reported", True)


def test_a_refusal_leaves_its_key_never_seen(till: Till, owner: System):
    invoice = owner.register()
    notice = till.notice(invoice, amount_yen=4_000)
    assert till.post("payments", notice).refusal == (409, "amount_differs")
    assert till.status(notice) == {"status": "never_seen"}
    assert till.post("payments", notice | {"amount_yen": 5_000}).status == 201


def test_a_number_of_the_test_side_is_unknown_to_a_live_till(till: Till, centre: Running):
    twin = System(f"{centre.url}/api/owner/v1/", centre.demo["owners"]["pixel"]["test_key"])
    number = twin.card()
    assert number[1:3] == "99"
    invoice = twin.register(number)
    here = Till(till.url, till.key, terminal="T9")
    assert here.inquire(number=number).refusal == (404, "unknown_number")
    assert here.print_slip(number, invoice["invoice"]).refusal == (404, "unknown_number")
    assert here.pay(invoice).refusal == (404, "unknown_invoice")


# Cash already taken


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


# Slips


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


# Guessed numbers


def test_after_thirty_misses_a_terminal_may_ask_no_more_but_still_takes_cash(
    centre: Running, owner: System
):
    guesser = _till(centre, "ministop", terminal=f"M{time.time_ns() % 1000:03d}")
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
    neighbour = _till(centre, "ministop", terminal="N1")
    assert neighbour.inquire(number=number).status == 200


def _without_id(problem: dict[str, Any]) -> str:
    return json.dumps({name: word for name, word in problem.items() if name != "request_id"})


# The chain's own list


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
        page = till.get("payments", business_date=day, limit=100, **cursor).body
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


# The chain's file


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


# Forms


@pytest.mark.parametrize(
    "words",
    [
        {"amount_yen": 0}, {"amount_yen": -5_000}, {"amount_yen": 300_001}, {"amount_yen": 2**63},
        {"amount_yen": 5000.0}, {"amount_yen": "5000"}, {"amount_yen": "５０００"},
        {"amount_yen": True}, {"amount_yen": None}, {"amount_yen": []}, {"version": 0},
        {"store": "abc"}, {"store": ""}, {"store": "12345678"}, {"store": 1}, {"terminal": "12345"},
        {"terminal": "１"}, {"receipt": ""}, {"receipt": "1" * 13}, {"receipt": "a"},
        {"receipt": "1 2"}, {"line": 0}, {"line": 11}, {"line": "1"}, {"line": 1.0},
        {"business_date": "2026-13-01"}, {"business_date": "27.11.2026"}, {"business_date": None},
        {"business_date": "2020-01-01"}, {"taken_at": "2026-11-27T10:00:00"}, {"taken_at": 0},
        {"taken_at": "yesterday"}, {"invoice": None}, {"invoice": 1}, {"slip": 1}, {"advice": 1},
        {"advice": "true"}, {"chain": "lawson"}, {"unknown": None},
    ],
)  # fmt: skip
def test_wrong_words_are_malformed_and_named(till: Till, words: dict[str, Any]):
    line = {"invoice": NOWHERE, "version": 1, "amount_yen": 5_000}
    answer = till.post("payments", till.notice(line) | words)
    assert answer.refusal == (422, "malformed")
    assert next(iter(words)) in {error["field"] for error in answer.body["errors"]}


@pytest.mark.fault("A26")
@pytest.mark.parametrize(
    "raw",
    [b"", b"null", b"[]", b"{", b'"x"', b'{"store": "1", "store": "2"}', b'{"amount_yen": NaN}',
     b'{"amount_yen": Infinity}', b"[" * 500_000, b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
     b"\xff\xfe{\x00", b"1" * 900_000, b'{"store": "\\ud800"}'],
    ids=lambda raw: f"{raw[:8]!r}-{len(raw)}",
)  # fmt: skip
def test_what_is_no_object_of_words_is_malformed_and_quickly_so(till: Till, raw: bytes):
    begun = time.monotonic()
    for path in ("payments", "inquiries", "reversals", "slips"):
        assert till.post(path, raw).refusal == (422, "malformed"), path
    assert time.monotonic() - begun < 5


@pytest.mark.fault("A26")
def test_ten_megabytes_and_a_packed_bomb_cost_nothing(till: Till):
    begun = time.monotonic()
    for path in ("payments", "inquiries", "reversals", "slips"):
        large = b'{"store": "' + b"A" * 10_000_000 + b'"}'
        assert till.post(path, large).refusal == (413, "too_large"), path
    bomb = gzip.compress(b"[" * 50_000_000)
    packed = till.call("POST", "payments", bomb, {"Content-Encoding": "gzip"})
    assert packed.refusal in ((422, "malformed"), (413, "too_large"))
    assert time.monotonic() - begun < 10


def test_an_address_that_is_none_is_a_problem_too(till: Till):
    assert till.get("nothing").refusal == (404, "not_found")
    assert till.get("reversals").status == 405
    assert till.get("payments/000001/01/2026-11-02/A/0").refusal == (422, "malformed")


# The clock; last, for it moves the demo's world ahead


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
