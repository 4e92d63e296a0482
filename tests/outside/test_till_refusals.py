"""A request that has several reasons to be refused is told the first of the contract."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.outside.centre import Running
from tests.outside.till import JST, NOWHERE, Caller, System, Till

pytestmark = pytest.mark.xdist_group("outside")


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
