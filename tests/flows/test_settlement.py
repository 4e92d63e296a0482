"""A payment's way to the owner's account, to the yen, through the real services."""

from datetime import date

import pytest

from billing.models import Fax
from settlement.models import Payout
from settlement.tests.scene import close, day_of, instant, lines_of, settled
from tests.cast import Cast, make_cast

FIVE_DAY = {"cycle": "5-day", "starts_on": day_of("11-01")}


@pytest.fixture
def five(db: None) -> Cast:
    """The cast, with sakura closing every five days since 1 November 2026."""
    return make_cast(**FIVE_DAY)


def test_the_worked_example_of_the_contract_pays_117742_yen(five: Cast):
    for amount_yen, tax_yen in ((10_000, 909), (55_000, 5_000), (54_999, 5_000)):
        settled(five.sakura, "11-03", amount_yen, tax_yen=tax_yen)
    Fax.objects.create(
        owner=five.sakura, completed_on=day_of("11-04"), completed_at=instant("11-04")
    )
    assert close("11-12") == []

    (statement,) = close("11-13")

    assert statement.owner == five.sakura
    assert statement.closes_on == date(2026, 11, 5)
    assert statement.stated_on == date(2026, 11, 13)
    assert statement.pays_on == date(2026, 11, 20)
    assert statement.payments_count == 3
    assert lines_of(statement) == {"payment": 360, "transfer": 1_500, "fax": 10}
    assert statement.gross_yen == 119_999
    assert statement.fees_yen == 1_870
    assert statement.tax_yen == 187
    assert statement.stamp_yen == 200
    assert statement.payout_yen == 117_742
    payout = Payout.objects.get()
    assert (payout.amount_yen, payout.status) == (117_742, Payout.Status.PROPOSED)
    assert payout.pays_on == date(2026, 11, 20)
