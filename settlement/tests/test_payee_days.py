"""From which day a changed 入金口座 holds: the third bank day after that of its approval."""

import re
from datetime import date, timedelta

import pytest

from settlement.selectors import payee_of
from settlement.services.payees import approve_payee, holding_day, propose_payee
from settlement.tests.payout_cast import account, make_payee, person
from smartpit.kernel import clock
from smartpit.platform.home import CHECKOUT
from tests.cast import Cast, jst


@pytest.mark.fault("E13")
@pytest.mark.parametrize(
    ("approved_on", "holds_from"),
    [
        ("2026-11-16", "2026-11-19"),  # Tuesday, Wednesday, Thursday.
        ("2026-11-19", "2026-11-25"),  # Friday, Tuesday, Wednesday; Monday the 23rd is a holiday.
        ("2026-11-21", "2026-11-26"),  # A Saturday.
        ("2026-12-29", "2027-01-05"),  # 30 December, then 4 and 5 January.
    ],
)
def test_the_waiting_days_are_the_banks_own(approved_on: str, holds_from: str):
    assert holding_day(date.fromisoformat(approved_on)) == date.fromisoformat(holds_from)
    # The page tells the same: approved, day one, day two, holds.
    page = (CHECKOUT / "docs" / "payouts.md").read_text(encoding="utf-8")
    assert re.search(rf"^  \| \w{{3}} {approved_on}\b.*\| \w{{3}} {holds_from} \|$", page, re.M)


@pytest.mark.fault("E13")
@pytest.mark.parametrize(
    ("approved_at", "holds_at"),
    [
        ("2026-11-16 00:00", "2026-11-19 00:00"),
        ("2026-11-16 23:59", "2026-11-19 00:00"),
        ("2026-11-17 00:00", "2026-11-20 00:00"),
    ],
)
def test_the_day_of_approval_is_none_of_the_three_and_the_third_begins_at_midnight(
    cast: Cast, approved_at: str, holds_at: str
):
    with clock.frozen(jst("2026-11-15 10:00")):
        former = make_payee(cast.sakura)
        asked = account(account_number="7770777")
        proposed = propose_payee(person("operator"), cast.sakura, asked)
    with clock.frozen(jst(approved_at)):
        approve_payee(person("approver"), proposed.pk)
    with clock.frozen(jst(holds_at) - timedelta(seconds=1)):
        assert payee_of(cast.sakura.pk) == former
    with clock.frozen(jst(holds_at)):
        held = payee_of(cast.sakura.pk)
        assert held is not None
        assert held.pk == proposed.pk
