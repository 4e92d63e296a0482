"""月次収納集計表: from the stores' days to the statements' gross, and no yen lost on the way."""

import csv
from datetime import date
from typing import Any

import pytest

import settlement.monthly
from billing.services.payments import key_of
from billing.services.reversals import reverse_payment
from billing.tills.notices import ReversalNotice
from settlement.monthly import BridgeDisagrees, StatedRow, Sums, monthly_of
from settlement.tests.scene import at, cast_of, close, confirm, day_of, paid, refund, settled
from settlement.tests.test_books import play_a_month
from tenants.services import StaffAsked
from tests.cast import Cast
from tests.people import sign_in

NOVEMBER, DECEMBER = date(2026, 11, 1), date(2026, 12, 1)


@pytest.fixture
def month_end(db: None) -> Cast:
    return cast_of(cycle="month-end")


def play(cast: Cast) -> None:
    """November takes 4 payments: stated, confirmed late, never confirmed; one is refunded."""
    settled(cast.sakura, "11-03", 10_000, tenant="engineering")
    back = settled(cast.sakura, "11-03", 20_000, tenant="engineering")
    late = paid(cast.sakura, "11-30", 3_000, tenant="dormitory")
    paid(cast.sakura, "11-30", 400)
    undone = paid(cast.sakura, "11-04", 7_000)
    with at("11-04"):
        reverse_payment(ReversalNotice(key_of(undone), "客都合"))
    refund(back, "11-10")
    close("12-08")
    confirm(late, on="12-09")
    settled(cast.sakura, "12-10", 50)
    close("2027-01-08")


def test_november_leads_to_its_statement(month_end: Cast):
    play(month_end)
    found = monthly_of(month_end.sakura, NOVEMBER)
    assert [(row.day, row.tenant, row.sums) for row in found.rows] == [
        (date(2026, 11, 3), "工学部", Sums(2, 30_000)),
        (date(2026, 11, 30), "学校法人さくら学園", Sums(1, 400)),
        (date(2026, 11, 30), "学生寮", Sums(1, 3_000)),
    ]
    assert [(count, yen) for _, count, yen in found.steps] == [
        (4, 33_400),
        (-1, -400),
        (0, 0),
        (-1, -3_000),
        (0, 0),
        (None, -20_000),
    ]
    assert found.stated == Sums(2, 10_000)


def test_december_states_what_november_left(month_end: Cast):
    play(month_end)
    found = monthly_of(month_end.sakura, DECEMBER)
    assert [(count, yen) for _, count, yen in found.steps] == [
        (1, 50),
        (0, 0),
        (0, 0),
        (0, 0),
        (1, 3_000),
        (None, 0),
    ]
    assert found.stated == Sums(2, 3_050)


def test_before_its_statement_a_month_is_not_stated_yet(month_end: Cast):
    settled(month_end.sakura, "11-03", 10_000)
    found = monthly_of(month_end.sakura, NOVEMBER)
    assert found.unstated == Sums(1, 10_000)
    assert found.stated == Sums(0, 0)


def test_every_month_of_a_busy_owner_arrives(db: None):
    cast = cast_of()
    play_a_month(cast)
    for owner in (cast.sakura, cast.aoba):
        for month in (10, 11, 12):
            monthly_of(owner, date(2026, month, 15))


@pytest.mark.parametrize("part", ["of_month", "of_others", "refunds"])
def test_a_bridge_that_does_not_arrive_is_refused(month_end: Cast, monkeypatch, part: str):
    play(month_end)
    true_row = StatedRow

    def spoilt(*words: Any) -> StatedRow:
        row = true_row(*words)
        vars(row)[part] = getattr(row, part) + Sums(0, 1)
        return row

    monkeypatch.setattr(settlement.monthly, "StatedRow", spoilt)
    with pytest.raises(BridgeDisagrees):
        monthly_of(month_end.sakura, DECEMBER)


def test_a_statement_that_holds_other_payments_is_refused(month_end: Cast, monkeypatch):
    play(month_end)
    monkeypatch.setattr(settlement.monthly, "_window", lambda *_: (date.min, day_of("12-31")))
    with pytest.raises(BridgeDisagrees):
        monthly_of(month_end.sakura, DECEMBER)


def test_the_page_and_the_csv_tell_the_same_month(month_end: Cast):
    play(month_end)
    accountant = sign_in(StaffAsked("a@example.com", "経理", "accountant", month_end.sakura))
    with at("2027-01-10"):
        page = accountant.get("/dashboard/records/monthly/?month=2026-11").content.decode()
        answer = accountant.get("/dashboard/records/monthly.csv?month=2026-11")
        by_default = accountant.get("/dashboard/records/monthly/").content.decode()
        wide = accountant.get("/dashboard/records/monthly/?month=２０２６ー１１").content.decode()
        wrong = accountant.get("/dashboard/records/monthly.csv?month=2027-02")
    told = answer.getvalue().decode("utf-8-sig")
    rows = list(csv.reader(told.splitlines()))
    assert rows[1] == ["収納", "2026-11-03", "ローソン", "工学部", "2", "30000"]
    assert rows[-1] == ["精算書の収納額の合計", "", "", "", "2", "10000"]
    bridge = [row for row in rows[1:] if row[0] != "収納" and not row[0].startswith("精算書の")]
    assert sum(int(row[5]) for row in bridge) == 10_000
    assert "33,400円" in page
    assert "33,400円" in wide  # Where a browser has no control for months, people type.
    assert 'value="2026-12"' in by_default
    assert wrong.status_code == 422


def test_a_month_that_does_not_arrive_is_shown_nowhere(month_end: Cast, monkeypatch):
    play(month_end)
    accountant = sign_in(StaffAsked("a@example.com", "経理", "accountant", month_end.sakura))
    monkeypatch.setattr(settlement.monthly, "_window", lambda *_: (date.min, day_of("12-31")))
    with at("2027-01-10"):
        for address in ("monthly/", "monthly.csv"):
            answer = accountant.get(f"/dashboard/records/{address}?month=2026-12")
            assert answer.status_code == 500
            assert "一致しない" in answer.content.decode()
