"""The four cycles on the same days, reckoned by hand."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from settlement.account import DayCount, Takings
from settlement.calendar import Cycle
from settlement.simulator import CYCLES, GivenBack, Outcome, Past, simulate
from settlement.stamps import Split, splits
from tenants.terms import Terms

TERMS = Terms(
    contract_id=1,
    starts_on=date(2026, 1, 1),
    ends_on=None,
    ends_contract=False,
    plan="plan-120",
    connection="regular",
    certified_product=None,
    cycle="5-day",
    setup_fees="apart",
    stamp_exempt=False,
    repeat_yearly_yen=None,
    first_registration_yen=None,
    first_registration_basis="contract",
    networks=(),
    client_certificates=(),
    monthly_base_yen=0,
    payment_yen=120,
    uncollected_yen=0,
    transfer_yen=1_500,
    fax_yen=10,
    stamp_yen=200,
)


def november(day: int) -> date:
    return date(2026, 11, day)


def took(day: int, gross_yen: int, stamp_count: int = 0) -> Takings:
    return Takings(november(day), 1, 1, gross_yen, stamp_count)


def past(*payments: Takings) -> Past:
    return Past(november(1), november(30), payments, (), ())


def outcome(cycle: Cycle, days: Past) -> Outcome:
    return simulate(cycle, days, [TERMS])


@pytest.mark.parametrize(
    ("cycle", "transfers", "fees_yen", "tax_yen", "payout_yen", "wait_tenths", "longest"),
    [
        # 11-05 pays on 11-20, 11-20 on 12-07: 19 days for 10,000, 21 days for 20,000.
        ("5-day", 2, 3_240, 324, 26_436, 203, 21),
        # 11-10 pays on 11-26, for 11-23 is a holiday.
        ("10-day", 2, 3_240, 324, 26_436, 223, 25),
        # 11-15 pays on 12-01, 11-30 on 12-15.
        ("half-month", 2, 3_240, 324, 26_436, 293, 30),
        ("month-end", 1, 1_740, 174, 28_086, 340, 44),
    ],
)
def test_a_cycle_costs_its_transfers_and_pays_sooner(
    cycle: Cycle,
    transfers: int,
    fees_yen: int,
    tax_yen: int,
    payout_yen: int,
    wait_tenths: int,
    longest: int,
) -> None:
    found = outcome(cycle, past(took(1, 10_000), took(16, 20_000)))
    assert found.transfers_count == transfers
    assert (found.fees_yen, found.tax_yen, found.payout_yen) == (fees_yen, tax_yen, payout_yen)
    assert (found.wait_tenths, found.longest_days) == (wait_tenths, longest)


def test_what_is_too_small_to_pay_waits_for_the_next_transfer() -> None:
    found = outcome("5-day", past(took(1, 1_000), took(6, 10_000)))
    # 1,000 - 132 = 868 is carried; 10,000 + 868 - 1,620 - 162 is paid on 11-26.
    assert (found.transfers_count, found.payout_yen, found.carried_yen) == (1, 9_086, 0)
    assert (found.yen_days, found.longest_days) == (1_000 * 25 + 10_000 * 20, 25)


def test_what_no_transfer_pays_is_told_as_carried() -> None:
    found = outcome("month-end", past(took(1, 1_000)))
    assert (found.transfers_count, found.carried_yen, found.paid_yen) == (0, 868, 0)
    assert found.wait_tenths == 0


def test_stamps_faxes_and_refunds_are_counted_on_their_days() -> None:
    given_back = GivenBack(november(12), took(1, 10_000))
    days = replace(
        past(took(1, 10_000), took(2, 60_000, 1)),
        refunds=(given_back,),
        faxes=(DayCount(november(3), 1),),
    )
    month = outcome("month-end", days)
    # Fees of 240 and 10 and 1,500, their tax, and one stamp.
    assert (month.fees_yen, month.tax_yen, month.stamp_yen) == (1_750, 175, 200)
    assert month.payout_yen == 57_875
    five = outcome("5-day", days)
    # Paid before it was given back: the next period stands at -10,000 and is carried on.
    assert (five.payout_yen, five.carried_yen) == (67_875, -10_000)


@pytest.mark.parametrize("cycle", CYCLES)
def test_no_yen_is_lost_in_any_cycle(cycle: Cycle) -> None:
    days = past(*(took(day, 3_000 + 517 * day) for day in range(1, 31)))
    found = outcome(cycle, days)
    assert found.payout_yen + found.carried_yen + found.cost_yen == days.gross_yen


@pytest.mark.parametrize("cycle", CYCLES)
def test_an_owner_without_payments_pays_nothing(cycle: Cycle) -> None:
    found = outcome(cycle, past())
    assert (found.transfers_count, found.cost_yen, found.payout_yen) == (0, 0, 0)


def test_two_parts_cost_less_than_a_stamp_and_three_cost_more() -> None:
    found: Callable[[int], Split] = {one.parts: one for one in splits(TERMS)}.__getitem__
    assert found(2) == Split(50_000, 2, 132, 200)
    assert (found(2).gain_yen, found(3).gain_yen, found(6).gain_yen) == (68, -64, -460)
    assert found(6).from_yen == 250_000
