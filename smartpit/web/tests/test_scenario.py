"""What a story comes to: each kind of event, and what is refused inside it."""

import json
from pathlib import Path

import pytest

from smartpit.platform.home import CHECKOUT
from smartpit.web.tests.stories import (
    answers,
    confirmed,
    event,
    paid,
    payouts,
    registered,
    story,
)

WORKED = CHECKOUT / "docs" / "examples" / "worked.json"


def test_the_worked_example_pays_out_117742_yen(play):
    told = play(json.loads(WORKED.read_text()))
    (statement,) = told["statements"]
    assert answers(told) == ["ok"] * 8
    assert statement == {
        "closes_on": "2026-11-05",
        "stated_on": "2026-11-13",
        "pays_on": "2026-11-20",
        "payments_count": 3,
        "gross_yen": 119_999,
        "fees_yen": 1_870,
        "tax_yen": 187,
        "stamp_yen": 200,
        "carried_in_yen": 0,
        "payout_yen": 117_742,
        "carried_out_yen": 0,
        "owner_margin_yen": -2_257,
        "lines": [
            {"kind": "payment", "count": 3, "unit_yen": 120, "amount_yen": 360},
            {"kind": "transfer", "count": 1, "unit_yen": 1_500, "amount_yen": 1_500},
            {"kind": "fax", "count": 1, "unit_yen": 10, "amount_yen": 10},
        ],
        "tenants": [{"code": "own", "payments_count": 3, "gross_yen": 119_999, "net_yen": 119_999}],
    }


def test_events_are_played_in_order_of_time_and_told_in_that_order(play):
    told = play(story(confirmed("1"), paid("a", "1"), registered("a")))
    assert answers(told) == ["ok", "ok", "ok"]
    assert payouts(told) == {"2026-11-05": 10_000 - 1_620 - 162}


def test_at_one_instant_the_file_order_counts(play):
    at = "11-02 10:00"
    told = play(story(paid("a", "1", at), registered("a", when=at), paid("a", "1", at)))
    assert answers(told) == ["unknown_invoice", "ok", "ok"]


def _change(starts_on, **words):
    return event("11-02 10:00", "change_contract", **{"from": starts_on}, **words)


REFUSED = [
    (registered("b", 0), "malformed"),
    (registered("b", 300_001), "malformed"),
    (registered("b", -5), "malformed"),
    (registered("b", 10**30), "malformed"),
    (registered("b", 100, tax_yen=100), "malformed"),
    (registered("b", 100, due_on="2026-10-31"), "malformed"),
    (registered("b", 100, due_on="2026-12-31"), "malformed"),
    (registered("b", 100, tenant="stranger"), "unknown_tenant"),
    (registered("b", 100, repeats=True), "repeat_option_missing"),
    (registered("b", 100, when="10-31 10:00"), "tenant_not_live"),
    (registered("a", 9_999, when="11-02 10:00"), "reference_reused"),
    (event("11-02 10:00", "change_invoice", ref="b", amount_yen=5), "unknown_invoice"),
    (event("11-02 10:00", "change_invoice", ref="a", amount_yen=0), "malformed"),
    (event("11-02 10:00", "withdraw_invoice", ref="b"), "unknown_invoice"),
    (paid("b", "1"), "unknown_invoice"),
    (paid("b", "1", advice=True), "unknown_invoice"),
    (paid("a", "1", amount_yen=0), "malformed"),
    (paid("a", "1", amount_yen=300_001), "malformed"),
    (paid("a", "1", version=0), "malformed"),
    (paid("a", "1", version=10**12), "malformed"),
    (paid("a", "small letters"), "malformed"),
    (paid("a", "1", amount_yen=9_999), "amount_differs"),
    (paid("a", "1", version=2), "version_stale"),
    (event("11-02 10:00", "reverse", receipt="small letters"), "malformed"),
    (confirmed("NEVER"), "not_reported"),
    (event("11-02 10:00", "refund", receipt="NEVER"), "not_confirmed"),
    (
        event("11-02 10:00", "change_contract", **{"from": "2026-11-02"}),
        "from_not_period_start",
    ),
    (
        event("11-02 10:00", "change_contract", **{"from": "2026-11-07"}),
        "from_not_period_start",
    ),
    (
        event("11-02 10:00", "change_contract", **{"from": "2026-11-06"}, plan="plan-80"),
        "unknown_plan",
    ),
]


def test_a_story_goes_on_after_what_is_refused(play):
    """Every refusal in one story; its invoice ``a`` is paid at the end all the same."""
    around = [(registered("a"), "ok"), (paid("a", "9", "11-03 10:00"), "ok")]
    expected = sorted([*REFUSED, *around], key=lambda pair: pair[0]["at"])
    told = play(story(*(one for one, _ in REFUSED), *(one for one, _ in around)))
    assert answers(told) == [code for _, code in expected]


def test_a_second_payment_of_a_single_invoice_is_refused_and_of_a_kept_one_is_not(play):
    option = {"yearly_yen": 0, "first_registration_yen": 0}
    told = play(
        story(
            registered("once"), registered("kept", repeats=True),
            paid("once", "1"), paid("once", "2"), paid("kept", "3"), paid("kept", "4"),
            repeat_option=option,
        )
    )  # fmt: skip
    assert answers(told) == ["ok", "ok", "ok", "already_paid", "ok", "ok"]


def test_the_same_receipt_on_the_same_day_is_a_replay_and_other_content_is_refused(play):
    told = play(
        story(
            registered("a"), registered("b"), paid("a", "1"), paid("a", "1", "11-02 18:00"),
            paid("b", "1", "11-02 19:00"), confirmed("1"),
        )
    )  # fmt: skip
    assert answers(told) == ["ok", "ok", "ok", "ok", "key_reused", "ok"]
    assert told["statements"][0]["payments_count"] == 1


def test_an_advice_of_an_invoice_nobody_knows_waits_as_suspense(play):
    told = play(
        story(
            paid("b", "1", advice=True, amount_yen=500), confirmed("1", when="11-02 11:00"),
            event("11-02 12:00", "reverse", receipt="1"),
        )
    )  # fmt: skip
    assert answers(told) == ["ok", "not_reported", "ok"]
    assert [one.get("status") for one in told["events"]] == ["suspense", None, "reversed"]
    assert told["statements"] == []


def test_an_advice_pays_what_has_expired(play):
    told = play(
        story(
            registered("a", due_on="2026-11-01"), paid("a", "1"),
            paid("a", "2", "11-02 11:00", advice=True), confirmed("2"),
        )
    )  # fmt: skip
    assert answers(told) == ["ok", "invoice_expired", "ok", "ok"]
    assert payouts(told) == {"2026-11-05": 10_000 - 1_620 - 162}


def test_a_receipt_means_its_newest_payment_of_any_chain(play):
    told = play(
        story(
            registered("a", 10_000), registered("b", 20_000),
            paid("a", "1", "11-02 10:00"),
            paid("b", "1", "11-02 10:00", chain="familymart"),
            event("11-02 12:00", "reverse", receipt="1"),
            paid("a", "2", "11-02 13:00"), paid("b", "2", "11-02 13:00", chain="ministop"),
            confirmed("2"),
        )
    )  # fmt: skip
    assert answers(told) == ["ok", "ok", "ok", "ok", "ok", "already_paid", "ok", "ok"]
    assert told["statements"][0]["gross_yen"] == 20_000


def test_a_reversal_names_its_chain_or_leaves_a_tombstone(play):
    told = play(
        story(
            registered("a"), registered("b"), paid("a", "1", "11-02 10:00"),
            event("11-02 10:30", "reverse", receipt="1", chain="ministop"),
            event("11-02 11:00", "reverse", receipt="2"),
            paid("b", "1", "11-02 12:00", chain="ministop"),
            paid("b", "2", "11-02 12:00"),
            paid("b", "2", "11-03 00:00"),
            confirmed("1", "2"),
        )
    )  # fmt: skip
    fates = ["ok", "ok", "ok", "ok", "ok", "reversed_before", "reversed_before", "ok", "ok"]
    assert answers(told) == fates
    assert [told["events"][place]["status"] for place in (3, 4)] == ["tombstone", "tombstone"]


def test_a_reversal_is_too_late_after_the_day_or_once_confirmed(play):
    told = play(
        story(
            registered("a"), registered("b"), paid("a", "1", "11-02 10:00"),
            event("11-03 00:00", "reverse", receipt="1"),
            paid("b", "2", "11-03 10:00"), confirmed("2", when="11-03 11:00"),
            event("11-03 12:00", "reverse", receipt="2"),
        )
    )  # fmt: skip
    assert answers(told)[3:] == ["reversal_too_late", "ok", "ok", "reversal_too_late"]


def test_one_that_was_not_reported_does_not_keep_the_others_from_landing(play):
    told = play(story(registered("a"), paid("a", "1"), confirmed("NEVER", "1")))
    assert answers(told) == ["ok", "ok", "not_reported"]
    assert told["statements"][0]["payments_count"] == 1


def test_the_same_receipt_twice_in_one_confirmation_lands_once(play):
    told = play(story(registered("a"), paid("a", "1"), confirmed("1", "1")))
    assert answers(told) == ["ok", "ok", "not_reported"]
    assert told["statements"][0]["payments_count"] == 1


def test_a_confirmation_at_midnight_of_the_statement_day_comes_too_late_for_it(play):
    told = play(
        story(
            registered("a"), registered("b"), paid("a", "1"), paid("b", "2"),
            event("11-12 23:59", "confirm", receipts=["1"]),
            event("11-13 00:00", "confirm", receipts=["2"]),
            until="2026-11-18",
        )
    )  # fmt: skip
    closed = {one["closes_on"]: one["payments_count"] for one in told["statements"]}
    assert closed == {"2026-11-05": 1, "2026-11-10": 1}


def test_a_refund_counts_on_its_day_and_keeps_the_120(play):
    told = play(
        story(
            registered("a", 60_000), registered("b", 80_000), paid("a", "1"),
            paid("b", "2", "11-10 10:00"), confirmed("1", "2", when="11-10 12:00"),
            event("11-10 13:00", "refund", receipt="1"),
            event("11-10 14:00", "refund", receipt="1"),
            until="2026-11-18",
        )
    )  # fmt: skip
    assert answers(told)[-2:] == ["ok", "not_confirmed"]
    first, second = told["statements"]
    assert (first["gross_yen"], first["stamp_yen"], first["payments_count"]) == (60_000, 200, 1)
    assert (second["gross_yen"], second["stamp_yen"], second["payments_count"]) == (20_000, 0, 1)
    assert second["tenants"] == [
        {"code": "own", "payments_count": 1, "gross_yen": 20_000, "net_yen": 20_000}
    ]


def test_a_late_payment_keeps_the_price_of_its_own_day(play):
    told = play(
        story(
            registered("old"), registered("new"), paid("old", "1", "11-05 10:00"),
            event("11-05 12:00", "change_contract", **{"from": "2026-11-06"}, plan="plan-sample"),
            paid("new", "2", "11-06 10:00"),
            confirmed("1", "2", when="11-14 10:00"),
            until="2026-11-18",
        )
    )  # fmt: skip
    (statement,) = told["statements"]
    prices = [line for line in statement["lines"] if line["kind"] == "payment"]
    assert {line["unit_yen"]: line["count"] for line in prices} == {120: 1, 80: 1}
    assert statement["payout_yen"] == 20_000 - 1_700 - 170


def test_a_change_of_cycle_keeps_what_it_does_not_name(play):
    told = play(
        story(
            event("11-02 10:00", "change_contract", **{"from": "2026-11-06"}, plan="plan-sample"),
            event("11-02 11:00", "change_contract", **{"from": "2026-11-11"}, cycle="month-end"),
            event("11-30 10:00", "fax"), until="2026-12-31",
        )
    )  # fmt: skip
    (statement,) = told["statements"]
    assert statement["closes_on"] == "2026-11-30"
    assert {line["kind"]: line["amount_yen"] for line in statement["lines"]} == {
        "fax": 10,
        "monthly_base": 1_000,
    }


def test_nothing_happens_and_no_statement_is_made(play):
    assert play(story(until="2027-11-01")) == {"events": [], "statements": []}


def test_tenants_are_live_and_pass_on_what_they_bear(play):
    tenants = [
        {"code": "cafe", "commission_yen": 30, "commission_basis_points": 250, "passes_fees": True},
        {"code": "books"},
        {"code": "own", "commission_yen": 7},
    ]
    told = play(
        story(
            registered("a", 10_000, tenant="cafe"), registered("b", 20_000, tenant="books"),
            registered("c", 30_000), paid("a", "1"), paid("b", "2"), paid("c", "3"),
            confirmed("1", "2", "3"), tenants=tenants,
        )
    )  # fmt: skip
    (statement,) = told["statements"]
    assert statement["tenants"] == [
        {"code": "books", "payments_count": 1, "gross_yen": 20_000, "net_yen": 20_000},
        {"code": "cafe", "payments_count": 1, "gross_yen": 10_000, "net_yen": 9_654},
        {"code": "own", "payments_count": 1, "gross_yen": 30_000, "net_yen": 29_993},
    ]


@pytest.mark.parametrize("connection", ["regular", "super"])
def test_charges_of_a_contract_stand_in_its_first_statement(play, connection):
    option = {"yearly_yen": 12_000, "first_registration_yen": 300}
    told = play(
        story(
            registered("a", repeats=True), registered("b", repeats=True),
            connection=connection, certified_product="CSAS-XT", setup_fees="first_statement",
            stamp="exempt", repeat_option=option,
        )
    )  # fmt: skip
    lines = {line["kind"]: line["amount_yen"] for line in told["statements"][0]["lines"]}
    work = {"leased_line_work": 130_000} if connection == "super" else {}
    assert (
        lines
        == {
            "contract_administration": 5_000,
            "connection_test": 150_000 if connection == "super" else 30_000,
            "repeat_yearly": 12_000,
            "first_registration": 300,
        }
        | work
    )


def test_the_example_of_the_readme_is_small(tmp_path: Path):
    assert len(WORKED.read_text().splitlines()) < 30
