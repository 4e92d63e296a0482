"""The centre's books by day and by age: what stands, and since when."""

from datetime import date, timedelta
from random import Random

import pytest

from billing.services.assignments import assign_suspense
from billing.services.payments import key_of, receive_payment
from billing.services.reversals import reverse_payment
from billing.tills.notices import ReversalNotice
from settlement.account_words import account_words
from settlement.ageing import CLEARING, Aged, DaySides, aged, ageing
from settlement.books import trial_balance, trial_balance_of
from settlement.models import Payout
from settlement.tests.payout_cast import person
from settlement.tests.scene import at, cast_of, day_of, only_statement, paid, refund, settled
from settlement.tests.test_books import move, play_a_month
from tenants.services import StaffAsked
from tests.cast import Cast, notice, register
from tests.people import sign_in

LAST = date(2026, 12, 31)


@pytest.fixture
def five(db: None) -> Cast:
    return cast_of()


def by_account(as_of: str) -> dict[str, Aged]:
    return {row.account: row for row in ageing(day_of(as_of))}


def test_what_stands_on_a_clearing_account_is_cut_by_its_age(five: Cast):
    paid(five.sakura, "11-03", 10_000)
    paid(five.sakura, "11-20", 2_000)
    paid(five.sakura, "12-28", 300)
    row = by_account("12-31")["store_receivable:lawson"]
    assert (row.balance_yen, row.oldest) == (12_300, day_of("11-03"))
    assert row.bands_yen == (300, 0, 12_000, 0, 0)
    assert by_account("11-03")["store_receivable:lawson"].bands_yen == (10_000, 0, 0, 0, 0)


def test_a_reversed_payment_is_set_off_against_itself_and_clears_no_older_one(five: Cast):
    paid(five.sakura, "11-03", 10_000)
    undone = paid(five.sakura, "12-30", 7_000)
    with at("12-30"):
        reverse_payment(ReversalNotice(key_of(undone), "客都合"))
    row = by_account("12-31")["store_receivable:lawson"]
    assert (row.balance_yen, row.oldest) == (10_000, day_of("11-03"))
    assert row.bands_yen == (0, 0, 10_000, 0, 0)


def test_assigned_suspense_leaves_the_rest_at_its_own_age(five: Cast):
    with at("11-03"):
        receive_payment(notice("nobody's", amount_yen=10_000, advice=True))
    with at("12-29"):
        found = notice("a number misread", amount_yen=8_000, advice=True)
        receive_payment(found)
        invoice = register(five.sakura, amount_yen=8_000)
        payment = five.sakura.payments.model.objects.get(amount_yen=8_000)
        assign_suspense(person("operator"), payment.pk, invoice.pk, "店舗に確認しました。")
    row = by_account("12-31")["suspense:lawson"]
    assert (row.balance_yen, row.oldest) == (-10_000, day_of("11-03"))
    assert row.bands_yen == (0, 0, -10_000, 0, 0)


def test_a_payout_on_its_way_is_as_old_as_its_export(five: Cast):
    settled(five.sakura, "11-03", 10_000)
    settled(five.sakura, "11-08", 10_000)
    first = only_statement("11-13").payouts.get()
    second = only_statement("11-18").payouts.get()
    move(first, "exported", "11-19")
    move(second, "exported", "11-24")
    move(second, "paid", "11-25")
    row = by_account("11-30")["payout_in_transit"]
    assert Payout.objects.count() == 2
    assert (row.balance_yen, row.oldest) == (-first.amount_yen, day_of("11-19"))
    move(first, "returned", "11-30")
    assert "payout_in_transit" not in by_account("11-30")


def test_refunds_wait_in_the_owners_name(five: Cast):
    refund(settled(five.sakura, "11-03", 60_000, tax_yen=0), "11-04")
    row = by_account("11-30")[f"refund_clearing:{five.sakura.pk}"]
    assert row.bands_yen == (0, -60_000, 0, 0, 0)


def test_money_that_names_no_item_clears_the_oldest_first():
    sides = [
        DaySides(date(2026, 9, 1), 1_000, 0),
        DaySides(date(2026, 11, 15), 500, 0),
        DaySides(date(2026, 12, 1), 0, 1_200),
        DaySides(date(2026, 12, 30), 40, 0),
    ]
    row = aged("store_receivable:lawson", sides, LAST)
    assert row == Aged("store_receivable:lawson", 340, (40, 0, 300, 0, 0), date(2026, 11, 15))


def test_more_cleared_than_stood_is_a_balance_of_the_other_side():
    sides = [DaySides(date(2026, 9, 1), 1_000, 0), DaySides(date(2026, 12, 1), 0, 1_200)]
    row = aged("store_receivable:lawson", sides, LAST)
    assert row == Aged("store_receivable:lawson", -200, (0, -200, 0, 0, 0), date(2026, 12, 1))


@pytest.mark.parametrize("seed", range(30))
def test_the_bands_sum_to_the_balance_and_hold_the_newest(seed: int):
    random = Random(seed)
    days = sorted({LAST - timedelta(days=random.randint(0, 200)) for _ in range(20)})
    sides = [DaySides(day, random.randint(0, 900), random.randint(0, 900)) for day in days]
    row = aged("x", sides, LAST)
    assert sum(row.bands_yen) == row.balance_yen
    assert row.balance_yen == sum(side.debit_yen - side.credit_yen for side in sides)
    assert len({yen > 0 for yen in row.bands_yen if yen}) <= 1
    assert (row.oldest is None) is (row.balance_yen == 0)


def test_each_clearing_balance_is_the_trial_balances_on_every_day(five: Cast):
    play_a_month(five)
    for day in (day_of("11-03"), day_of("11-19"), day_of("11-21"), day_of("12-12"), LAST):
        cleared = {row.account: row.balance_yen for row in ageing(day) if row.balance_yen}
        standing = trial_balance(day).items()
        roots = {name: yen for name, yen in standing if name.partition(":")[0] in CLEARING and yen}
        assert cleared == roots


def test_a_days_trial_balance_goes_from_the_eve_to_the_day(five: Cast):
    play_a_month(five)
    for text in ("11-03", "11-13", "11-20", "12-31"):
        day = day_of(text)
        rows = trial_balance_of(day)
        assert {row.account: row.closing_yen for row in rows} == trial_balance(day)
        eve = trial_balance(day - timedelta(days=1))
        assert {row.account: row.opening_yen for row in rows if row.account in eve} == eve
        assert sum(row.debit_yen for row in rows) == sum(row.credit_yen for row in rows)
        assert sum(row.closing_yen for row in rows) == 0


def test_staff_see_the_books_by_day_and_by_age(five: Cast):
    refund(settled(five.sakura, "11-03", 60_000, tax_yen=0), "11-04")
    auditor = sign_in(StaffAsked("auditor@example.com", "監査", "auditor"))
    books = "/admin/books"
    with at("12-31"):
        day = auditor.get(f"{books}/trial-balance/?on=2026-11-04").content.decode()
        today = auditor.get(f"{books}/trial-balance/").content.decode()
        ages = auditor.get(f"{books}/ageing/").content.decode()
        ahead = auditor.get(f"{books}/ageing/?on=2027-01-01").content.decode()
        menu = auditor.get("/admin/").content.decode()
    assert "オーナー預り金／学校法人さくら学園" in day
    assert "チェーン未収金／ローソン" in ages
    assert "31〜60日" in ages
    assert "訂正未処理／学校法人さくら学園" in ages
    assert "2026/12/31" in today
    assert "今日までの日付" in ahead
    assert f"{books}/ageing/" in menu


def test_who_is_no_staff_of_the_centre_sees_none_of_it(five: Cast):
    boss = sign_in(StaffAsked("boss@example.com", "長", "administrator", five.sakura))
    for name in ("balance", "trial-balance", "ageing"):
        answer = boss.get(f"/admin/books/{name}/")
        assert answer.status_code in (302, 404)


def test_an_account_that_is_new_keeps_its_own_name():
    assert account_words("newcomer:lawson", {}, {"lawson": "ローソン"}) == "newcomer／ローソン"
    assert account_words("suspense:bank", {}, {}) == "仮受金／銀行明細"
    assert account_words("fee_income:fax", {}, {}) == "手数料収入／FAX通信費"
    assert account_words("bank", {}, {}) == "普通預金"
