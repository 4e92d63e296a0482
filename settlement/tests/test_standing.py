"""残高確認書: every part of an owner's balance in yen, and none that the books deny."""

import pytest

import settlement.standing
from billing.services.payments import key_of
from billing.services.reversals import reverse_payment
from billing.tills.notices import ReversalNotice
from settlement.models import Payout
from settlement.standing import BalanceDisagrees, Standing, standing_of
from settlement.tests.scene import (
    at,
    cast_of,
    close,
    confirm,
    day_of,
    only_statement,
    paid,
    refund,
    settled,
)
from settlement.tests.test_books import move, play_a_month
from tests.cast import Cast


@pytest.fixture
def five(db: None) -> Cast:
    return cast_of()


def parts(standing: Standing) -> tuple[int, int, int, int, int]:
    """Return taken, confirmed, stated, on its way, carried."""
    return (
        standing.unconfirmed_yen,
        standing.unstated_yen,
        standing.stated_yen,
        standing.in_transit_yen,
        standing.carried_yen,
    )


def test_money_goes_from_part_to_part_and_the_sum_is_the_books(five: Cast):
    payment = paid(five.sakura, "11-03", 10_000)
    confirm(payment, on="11-06")
    payout = only_statement("11-13").payouts.get()
    move(payout, "exported", "11-19")
    move(payout, "paid", "11-20")
    net_yen = 10_000 - 1_620 - 162
    days = {
        "11-02": (0, 0, 0, 0, 0),
        "11-03": (10_000, 0, 0, 0, 0),
        "11-05": (10_000, 0, 0, 0, 0),
        "11-06": (0, 10_000, 0, 0, 0),
        "11-12": (0, 10_000, 0, 0, 0),
        "11-13": (0, 0, net_yen, 0, 0),
        "11-19": (0, 0, 0, net_yen, 0),
        "11-20": (0, 0, 0, 0, 0),
    }
    seen = {day: standing_of(five.sakura, day_of(day)) for day in days}
    assert {day: parts(standing) for day, standing in seen.items()} == days
    assert seen["11-05"].unconfirmed_count == 1
    assert seen["11-12"].confirmed_count == 1
    assert seen["11-19"].payable_yen == 0
    assert seen["11-19"].total_yen == net_yen


def test_a_reversed_payment_leaves_on_the_day_of_its_reversal(five: Cast):
    with at("11-03"):
        payment = paid(five.sakura, "11-03", 7_000)
        reverse_payment(ReversalNotice(key_of(payment), "客都合"))
    assert standing_of(five.sakura, day_of("11-03")).total_yen == 0


def test_a_refund_lowers_what_is_not_stated_and_is_told_beside(five: Cast):
    payment = settled(five.sakura, "11-03", 60_000, tax_yen=0)
    settled(five.sakura, "11-03", 5_000)
    refund(payment, "11-04")
    standing = standing_of(five.sakura, day_of("11-04"))
    assert (standing.confirmed_yen, standing.refunds_yen) == (65_000, 60_000)
    assert (standing.refunds_count, standing.refund_clearing_yen) == (1, 60_000)
    assert standing.total_yen == 5_000


def test_a_negative_balance_is_carried(five: Cast):
    payment = settled(five.sakura, "11-03", 60_000, tax_yen=0)
    payout = only_statement("11-13").payouts.get()
    move(payout, "exported", "11-19")
    move(payout, "paid", "11-20")
    refund(payment, "11-21")
    close("12-31")
    standing = standing_of(five.sakura, day_of("12-31"))
    assert parts(standing) == (0, 0, 0, 0, -60_000 + 200)
    assert standing.total_yen < 0


def test_a_payout_that_came_back_is_owed_again(five: Cast):
    settled(five.sakura, "11-03", 10_000)
    payout = only_statement("11-13").payouts.get()
    move(payout, "exported", "11-19")
    move(payout, "paid", "11-20")
    move(payout, "returned", "11-24")
    on_the_way, paid_out, back = (
        parts(standing_of(five.sakura, day_of(day))) for day in ("11-19", "11-20", "11-24")
    )
    assert on_the_way[2:4] == (0, payout.amount_yen)
    assert paid_out[2:4] == (0, 0)
    assert back[2:4] == (payout.amount_yen, 0)


def test_the_sums_are_the_books_on_every_day_of_a_busy_month(five: Cast):
    play_a_month(five)
    assert Payout.objects.filter(owner=five.aoba).exists()
    for owner in (five.sakura, five.aoba):
        for day in range(1, 31):
            for month in (11, 12):
                standing_of(owner, day_of(f"{month}-{day:02}"))  # It refuses what does not agree.


@pytest.mark.parametrize(
    ("word", "spoilt"),
    [
        ("WHERE is_reversed", "WHERE FALSE"),
        ("sum(yen) FILTER (WHERE is_confirmed)", "sum(yen) FILTER (WHERE FALSE)"),
        ("- moved.exported", ""),
        ("AND is_stated IS NOT TRUE", ""),
        ("carried.yen::bigint", "0"),
        ("'returned' AND NOT EXISTS", "'returned' AND EXISTS"),
    ],
)
def test_a_balance_that_is_not_the_books_is_refused(five: Cast, monkeypatch, word, spoilt):
    """Spoil one word of the sums, so that rows and books part: nothing may be shown."""
    play_a_month(five)
    undone = paid(five.sakura, "12-03", 7_000)
    with at("12-03"):
        reverse_payment(ReversalNotice(key_of(undone), "客都合"))
    query = settlement.standing._STANDING
    assert word in query
    monkeypatch.setattr(settlement.standing, "_STANDING", query.replace(word, spoilt))
    days = [day_of(day) for day in ("11-04", "11-19", "12-05", "12-14", "12-30", "12-31")]
    with pytest.raises(BalanceDisagrees):
        [standing_of(owner, day) for owner in (five.sakura, five.aoba) for day in days]


def test_an_owner_of_whom_nothing_is_known_has_nothing(five: Cast):
    assert parts(standing_of(five.aoba, day_of("11-30"))) == (0, 0, 0, 0, 0)
