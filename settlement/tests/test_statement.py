"""What a period's account comes to."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settlement.fees import (
    LINE_KINDS,
    Line,
    PeriodSums,
    gather,
    settle_period,
    stamp_yen,
    tax_percent,
)


def sums_of(
    gross_yen: int = 0,
    lines: tuple[Line, ...] = (),
    stamp_yen: int = 0,
    carried_in_yen: int = 0,
    entries_count: int = 1,
) -> PeriodSums:
    return PeriodSums(entries_count, gross_yen, stamp_yen, carried_in_yen, lines)


def test_the_worked_example_pays_117742_yen() -> None:
    payments = [(10_000, 909), (55_000, 5_000), (54_999, 5_000)]
    stamps_yen = sum(stamp_yen(amount, tax, exempt=False) for amount, tax in payments)
    sums = sums_of(119_999, (Line("payment", 3, 120), Line("fax", 1, 10)), stamps_yen)

    settled = settle_period(sums, transfer_yen=1_500, tax_percent=10)

    assert stamps_yen == 200
    assert settled.lines == (
        Line("payment", 3, 120),
        Line("transfer", 1, 1_500),
        Line("fax", 1, 10),
    )
    assert (settled.fees_yen, settled.tax_yen) == (1_870, 187)
    assert (settled.payout_yen, settled.carried_out_yen) == (117_742, 0)


@pytest.mark.fault("E06")
def test_a_stamp_is_judged_on_the_net_price_or_on_the_whole_where_the_tax_is_unknown() -> None:
    assert stamp_yen(55_000, 5_000, exempt=False) == 200
    assert stamp_yen(54_999, 5_000, exempt=False) == 0
    assert stamp_yen(50_000, 0, exempt=False) == 200
    assert stamp_yen(50_000, 1, exempt=False) == 0
    assert stamp_yen(50_000, None, exempt=False) == 200
    assert stamp_yen(49_999, None, exempt=False) == 0
    assert stamp_yen(300_000, 0, exempt=True) == 0


def test_a_balance_that_the_transfer_would_eat_up_is_carried_without_its_fee() -> None:
    sums = sums_of(1_782, (Line("payment", 1, 120),))  # 1,782 = 120 + 1,500 + 162 tax.

    settled = settle_period(sums, transfer_yen=1_500, tax_percent=10)

    assert settled.lines == (Line("payment", 1, 120),)
    assert (settled.fees_yen, settled.tax_yen) == (120, 12)
    assert (settled.payout_yen, settled.carried_out_yen) == (0, 1_650)


def test_one_yen_more_than_the_transfer_costs_is_paid_out() -> None:
    sums = sums_of(1_783, (Line("payment", 1, 120),))

    settled = settle_period(sums, transfer_yen=1_500, tax_percent=10)

    assert (settled.payout_yen, settled.carried_out_yen) == (1, 0)


def test_a_negative_balance_is_carried_and_taxed_no_second_time() -> None:
    setup = (Line("contract_administration", 1, 5_000), Line("connection_test", 1, 150_000))
    first = settle_period(sums_of(10_000, setup), transfer_yen=1_500, tax_percent=10)
    assert (first.payout_yen, first.carried_out_yen) == (0, 10_000 - 155_000 - 15_500)

    later = settle_period(
        sums_of(200_000, (Line("payment", 1, 120),), carried_in_yen=first.carried_out_yen),
        transfer_yen=1_500,
        tax_percent=10,
    )
    assert (later.fees_yen, later.tax_yen) == (1_620, 162)
    assert later.payout_yen == 200_000 - 1_620 - 162 - 160_500


def test_a_refund_of_an_earlier_period_gives_its_stamp_back_but_not_its_fee() -> None:
    sums = sums_of(gross_yen=-55_000, stamp_yen=-200)

    settled = settle_period(sums, transfer_yen=1_500, tax_percent=10)

    assert (settled.fees_yen, settled.carried_out_yen) == (0, -54_800)


@pytest.mark.fault("E05")
def test_the_tax_is_dropped_once_on_the_total_and_not_line_by_line() -> None:
    lines = (Line("payment", 1, 105), Line("fax", 1, 105), Line("uncollected", 1, 105))

    settled = settle_period(sums_of(100_000, lines), transfer_yen=0, tax_percent=10)

    assert settled.tax_yen == 31


def test_lines_stand_in_the_contracts_order_one_for_each_price_and_none_of_0_yen() -> None:
    lines = [
        Line("uncollected", 4, 0),
        Line("monthly_base", 1, 1_000),
        Line("fax", 0, 10),
        Line("payment", 2, 120),
        Line("payment", 3, 80),
        Line("payment", 1, 120),
    ]

    assert gather(lines) == (
        Line("payment", 3, 120),
        Line("payment", 3, 80),
        Line("monthly_base", 1, 1_000),
    )


def test_a_period_is_empty_only_without_entries_dues_and_balance() -> None:
    assert sums_of(entries_count=0).is_empty
    assert sums_of(entries_count=0, lines=(Line("uncollected", 3, 0),)).is_empty
    assert not sums_of(entries_count=2).is_empty  # A payment and its refund come to 0 yen.
    assert not sums_of(entries_count=0, lines=(Line("fax", 1, 10),)).is_empty
    assert not sums_of(entries_count=0, carried_in_yen=-1).is_empty
    assert not sums_of(entries_count=0, carried_in_yen=1).is_empty


def test_the_tax_rate_is_10_percent() -> None:
    assert tax_percent(date(2019, 10, 1)) == 10
    assert tax_percent(date(2026, 11, 5)) == 10
    assert tax_percent(date(2019, 9, 30)) == 10  # The first row counts for earlier days too.


lines_of_any_kind = st.builds(
    Line,
    kind=st.sampled_from([kind for kind in LINE_KINDS if kind != "transfer"]),
    count=st.integers(0, 40),
    unit_yen=st.sampled_from([0, 10, 80, 105, 120, 1_000, 5_000, 150_000]),
)
yen = st.one_of(st.integers(-3_000, 3_000), st.integers(-900_000, 9_000_000))


@pytest.mark.fault("E03")
@pytest.mark.fault("E05")
@given(
    gross_yen=yen,
    stamp=st.integers(-10, 90),
    carried_in_yen=yen,
    lines=st.lists(lines_of_any_kind, max_size=8),
    transfer_yen=st.sampled_from([0, 1_500]),
)
def test_any_account_equals_one_added_up_by_hand(
    gross_yen: int, stamp: int, carried_in_yen: int, lines: list[Line], transfer_yen: int
) -> None:
    sums = PeriodSums(1, gross_yen, stamp * 200, carried_in_yen, tuple(lines))
    settled = settle_period(sums, transfer_yen=transfer_yen, tax_percent=10)

    charged = 0
    for line in lines:
        for _ in range(line.count):
            charged += line.unit_yen
    before_fees = gross_yen + carried_in_yen - stamp * 200
    with_transfer = charged + transfer_yen
    left = before_fees - with_transfer - int(str(with_transfer)[:-1] or 0)
    without = before_fees - charged - int(str(charged)[:-1] or 0)

    if left > 0:
        assert (settled.payout_yen, settled.carried_out_yen) == (left, 0)
        assert settled.fees_yen == with_transfer
    else:
        assert (settled.payout_yen, settled.carried_out_yen) == (0, without)
        assert settled.fees_yen == charged
        assert all(line.kind != "transfer" for line in settled.lines)
    assert sum(line.amount_yen for line in settled.lines) == settled.fees_yen
    kinds_and_prices = [(line.kind, line.unit_yen) for line in settled.lines]
    assert len(set(kinds_and_prices)) == len(kinds_and_prices)
    assert all(line.amount_yen > 0 for line in settled.lines)
    places = [LINE_KINDS.index(line.kind) for line in settled.lines]
    assert places == sorted(places)
