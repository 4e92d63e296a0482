"""What chains agreed to remit, and what each period shall bring, in yen."""

from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from billing.models import Case, Chain
from settlement.models import Remittance
from settlement.refusals import (
    ChainIsTest,
    RemittanceStartRefused,
    RemittanceTermsRefused,
    SenderTaken,
)
from settlement.remittances import fee_yen, overdue_from, periods, remittance_day
from settlement.services.remittances import (
    TermsAgreed,
    agree_remittance,
    draw_remittances,
    open_overdue,
)
from settlement.services.settling import settle
from settlement.tests.bank_cast import agreed, bank_says, came
from settlement.tests.payout_cast import person
from settlement.tests.scene import at, cast_of, confirm, day_of, instant, paid, refund, settled
from tenants.access import NotAllowed
from tests.cast import Cast


@pytest.fixture
def five(db: None) -> Cast:
    return cast_of()


def drawn(day: str, hour: str = "12:00") -> list[tuple[str, str, int, int, int]]:
    """Draw what is due by ``day``; return all as cut-off, day, count, gross and amount."""
    draw_remittances(instant(day, hour))
    rows = Remittance.objects.order_by("chain", "cut_off")
    return [
        (
            f"{one.cut_off:%m-%d}",
            f"{one.remits_on:%m-%d}",
            one.payments_count,
            one.gross_yen,
            one.amount_yen,
        )
        for one in rows
        if one.payments_count
    ]


# -- the calendar ---------------------------------------------------------------------------------


def words(starts_on: date, cut_off: str, after_days: int) -> Any:
    return SimpleNamespace(starts_on=starts_on, cut_off=cut_off, after_days=after_days)


def test_a_period_is_remitted_forward_on_a_bank_day():
    assert remittance_day(date(2026, 11, 5), 10) == date(2026, 11, 16)  # The 15th is a Sunday.
    assert remittance_day(date(2026, 12, 20), 11) == date(2027, 1, 4)


def test_periods_come_in_their_order_when_their_day_has_come():
    terms = [words(date(2026, 11, 1), "10-day", 9)]
    found = periods(terms, date(2026, 11, 30))
    assert [(one.cut_off.day, one.remits_on.day) for one in found] == [(10, 19), (20, 30)]
    assert periods(terms, date(2026, 10, 31)) == []
    assert periods([], date(2026, 11, 30)) == []


def test_changed_terms_leave_no_day_between_two_periods_and_pass_nobody():
    terms = [words(date(2026, 11, 1), "half-month", 30), words(date(2026, 11, 16), "5-day", 1)]
    found = periods(terms, date(2026, 12, 15))
    assert [one.cut_off.day for one in found][:3] == [15, 20, 25]
    assert found[0].remits_on == found[1].remits_on == date(2026, 12, 15)


def test_a_chain_keeps_its_fee_and_never_more_than_it_took():
    assert fee_yen(119_999, 3, each_yen=50, transfer_yen=440) == 590
    assert fee_yen(100, 3, each_yen=50, transfer_yen=440) == 100
    assert fee_yen(0, 0, each_yen=50, transfer_yen=440) == 0


def test_a_bank_days_grace_passes_before_money_is_late():
    assert overdue_from(date(2026, 11, 20)) == date(2026, 11, 25)  # The 23rd is a holiday.


# -- what is agreed -------------------------------------------------------------------------------


def test_what_was_agreed_stays_and_new_terms_begin_with_a_period(five: Cast):
    agreed()
    with pytest.raises(RemittanceStartRefused):
        agreed(starts_on=date(2026, 11, 12))
    with pytest.raises(RemittanceStartRefused):
        agreed(starts_on=date(2026, 11, 1))
    for mistyped in (date(2028, 11, 11), date(2100, 1, 1)):
        with pytest.raises(RemittanceStartRefused):
            agreed(starts_on=mistyped)
        with pytest.raises(RemittanceStartRefused):
            agreed("familymart", starts_on=mistyped)
    second = agreed(starts_on=date(2026, 11, 11), payment_fee_yen=60)
    assert (second.number, second.payment_fee_yen) == (2, 60)
    draw_remittances(instant("12-01"))
    with pytest.raises(RemittanceStartRefused):
        agreed(starts_on=date(2026, 11, 16))


@pytest.mark.parametrize(
    "asked",
    [
        {"cut_off": "weekly"},
        {"after_days": 0},
        {"after_days": 91},
        {"payment_fee_yen": -1},
        {"transfer_fee_yen": 100_001},
        {"sender_code": "12345678901"},
        {"sender_code": "LAWSON"},
    ],
)
def test_terms_outside_the_range_are_refused(five: Cast, asked: dict[str, Any]):
    with pytest.raises(RemittanceTermsRefused):
        agreed(**asked)


def test_two_chains_cannot_send_under_one_name_or_code(five: Cast):
    agreed(sender_code="21")
    with pytest.raises(SenderTaken):
        agreed("familymart", sender_kana="カ)ローソン")
    with pytest.raises(SenderTaken):
        agreed("familymart", sender_code="0000000021")


def test_a_test_twin_remits_nothing_and_an_auditor_agrees_nothing(five: Cast):
    with pytest.raises(ChainIsTest):
        agreed("lawson-test", sender_kana="テスト")
    asked = TermsAgreed(date(2026, 11, 1), "5-day", 10, "カ)ローソン")
    with pytest.raises(NotAllowed):
        agree_remittance(person("auditor"), Chain.objects.get(pk="lawson"), asked)


# -- what shall come ------------------------------------------------------------------------------


def test_confirmed_payments_come_by_business_date_less_the_chains_fee(five: Cast):
    agreed(payment_fee_yen=50, transfer_fee_yen=440)
    for day, yen in (("11-03", 10_000), ("11-05", 55_000), ("11-06", 54_999)):
        settled(five.sakura, day, yen)
    settled(five.aoba, "11-04", 8_000)
    paid(five.sakura, "11-04", 7_000)  # Never confirmed.
    assert drawn("11-15") == []
    assert drawn("11-16", "02:59") == []
    assert drawn("11-16", "03:00") == [("11-05", "11-16", 3, 73_000, 72_410)]
    assert drawn("11-24")[1:] == [("11-10", "11-20", 1, 54_999, 54_509)]


def test_a_period_is_drawn_once_and_a_late_confirmation_comes_with_the_next(five: Cast):
    agreed()
    late = paid(five.sakura, "11-04", 3_000)
    settled(five.sakura, "11-04", 10_000)
    assert drawn("11-16") == [("11-05", "11-16", 1, 10_000, 10_000)]
    confirm(late, on="11-16")
    assert drawn("12-01") == [
        ("11-05", "11-16", 1, 10_000, 10_000),
        ("11-10", "11-20", 1, 3_000, 3_000),
    ]


def test_a_refund_comes_from_the_owner_so_the_chain_still_remits_it(five: Cast):
    agreed()
    person("approver")
    refund(settled(five.sakura, "11-04", 10_000), "11-05")
    assert drawn("11-16") == [("11-05", "11-16", 1, 10_000, 10_000)]


def test_payments_before_the_first_terms_come_with_their_first_period(five: Cast):
    settled(five.sakura, "11-04", 10_000)
    agreed(starts_on=date(2026, 11, 11))
    assert drawn("12-01") == [("11-15", "11-25", 1, 10_000, 10_000)]


@pytest.mark.fault("A28")
def test_money_that_does_not_come_is_a_case_once_until_it_comes(five: Cast):
    agreed()
    settled(five.sakura, "11-04", 10_000)
    with at("11-17"):
        settle(day_of("11-17"))
        assert not Case.objects.filter(kind="remittance_overdue").exists()
    with at("11-18"):
        settle()
        settle()
    case = Case.objects.get(kind="remittance_overdue")
    assert (case.chain_id, case.due_on, case.told["amount_yen"]) == (
        "lawson",
        day_of("11-19"),
        10_000,
    )
    assert open_overdue(day_of("11-19")) == 0
    bank_says(came("11-19", 10_000))
    case.refresh_from_db()
    assert (case.status, case.resolution) == ("closed", "入金が届きました。")
