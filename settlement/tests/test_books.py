"""The books: the worked example of docs/books.md, and what must hold after every story."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.models import Sum

from billing.models import Confirmation, Fax, Payment, Refund
from billing.services.assignments import assign_suspense
from billing.services.payments import key_of, receive_payment
from billing.services.reversals import reverse_payment
from billing.tills.notices import ReversalNotice
from settlement.books import balance_yen, owner_payable, trial_balance
from settlement.facts import balance_yen as carried_out_yen
from settlement.models import Payout, PayoutMove, Statement
from settlement.services.bank_rulings import rule_as_own
from settlement.tests.bank_cast import agreed, bank_says, came, entry_of, went
from settlement.tests.payout_cast import person
from settlement.tests.scene import (
    at,
    cast_of,
    close,
    day_of,
    instant,
    only_statement,
    paid,
    refund,
    settled,
)
from smartpit.platform.home import CHECKOUT
from tenants.models import Owner
from tests.cast import Cast, notice, register, reversal

DOCUMENT = Path(CHECKOUT) / "docs" / "books.md"


@pytest.fixture
def five(db: None) -> Cast:
    return cast_of()


def tables() -> list[list[list[str]]]:
    """Return the rows of the document's tables, their headings and code marks left out."""
    found: list[list[list[str]]] = [[]]
    for line in DOCUMENT.read_text(encoding="utf-8").splitlines():
        if line.startswith("|"):
            found[-1].append([cell.strip(" `") for cell in line.strip("|").split("|")])
        elif found[-1]:
            found.append([])
    return [table[2:] for table in found if table]


def yen(word: str) -> int:
    return int(word.replace(",", ""))


def told_postings(table: list[list[str]]) -> list[tuple[Any, ...]]:
    return sorted((date.fromisoformat(day), *words, yen(sum_)) for day, *words, sum_ in table)


def books(owner: Owner) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT day, fact, debit, credit, amount_yen FROM books")
        rows = [tuple(row) for row in cursor.fetchall()]
    return [
        tuple(_named(cell, owner) if isinstance(cell, str) else cell for cell in row)
        for row in rows
    ]


def _named(account: str, owner: Owner) -> str:
    return f"owner_payable:{owner.code}" if account == owner_payable(owner) else account


def move(payout: Payout, kind: str, day: str) -> None:
    PayoutMove.objects.create(
        payout=payout,
        owner=payout.owner,
        kind=kind,
        amount_yen=payout.amount_yen,
        day=day_of(day),
        moved_at=instant(day),
    )


def play_the_example(five: Cast) -> None:
    for amount_yen, tax_yen in ((10_000, 909), (55_000, 5_000), (54_999, 5_000)):
        settled(five.sakura, "11-03", amount_yen, tax_yen=tax_yen)
    undone = paid(five.sakura, "11-03", 7_000)
    with at("11-03", "13:00"):
        reverse_payment(ReversalNotice(key_of(undone), "客都合"))
    Fax.objects.create(
        owner=five.sakura, completed_on=day_of("11-04"), completed_at=instant("11-04")
    )
    close("11-13")
    payout = Payout.objects.get()
    move(payout, "exported", "11-19")
    move(payout, "paid", "11-20")


def standing(owner: Owner) -> dict[str, int]:
    return {_named(name, owner): sum_ for name, sum_ in trial_balance().items()}


def test_the_worked_example_is_what_the_books_say(five: Cast):
    play_the_example(five)
    _chart, _facts, _assigned, postings, balances, *_ = tables()
    assert sorted(books(five.sakura)) == told_postings(postings)
    assert standing(five.sakura) == {account: yen(sum_) for account, sum_ in balances}


def test_money_that_comes_in_is_what_the_books_say(five: Cast):
    agreed(payment_fee_yen=50, transfer_fee_yen=440)
    play_the_example(five)
    before = set(books(five.sakura))
    bank_says(came("11-16", 119_409), opening_yen=1_000_000)
    bank_says(came("11-17", 3_000, "ｾﾝﾀ-"), opening_yen=1_119_409)
    with at("11-18"):
        rule_as_own(person("operator"), entry_of(3_000).pk, "資金の移動")
    *_, added, balances = tables()
    assert sorted(set(books(five.sakura)) - before) == told_postings(added)
    assert standing(five.sakura) == {account: yen(sum_) for account, sum_ in balances}


def test_assigned_money_is_what_the_books_say(five: Cast):
    with at("11-03"):
        receive_payment(notice("a number misread", amount_yen=10_000, advice=True))
    with at("11-06"):
        invoice = register(five.sakura, amount_yen=10_000)
        payment = Payment.objects.get()
        assign_suspense(person("operator"), payment.pk, invoice.pk, "店舗に確認しました。")
    _chart, _facts, assigned, *_ = tables()
    assert sorted(books(five.sakura)) == told_postings(assigned)


def test_every_account_and_fact_of_the_books_is_in_the_document(five: Cast):
    play_a_month(five)
    chart, facts, *_ = tables()
    accounts = {row[0].partition(":")[0] for row in chart}
    named = {row[0].split("`")[0].split()[0] for row in facts}
    rows = books(five.sakura)
    assert {row[1] for row in rows} <= named
    assert {account.partition(":")[0] for row in rows for account in row[2:4]} == accounts


def test_the_trial_balance_is_zero_on_every_day(five: Cast):
    play_a_month(five)
    for day in ("11-02", "11-03", "11-13", "11-14", "11-20", "12-31"):
        assert sum(trial_balance(day_of(day)).values()) == 0
    assert trial_balance(day_of("11-02")) == {}
    assert sum(trial_balance().values()) == 0


def test_owner_payable_is_what_is_unstated_carried_or_not_yet_paid_out(five: Cast):
    settled(five.sakura, "11-03", 50_000, tax_yen=4_000)
    assert balance_yen(owner_payable(five.sakura)) == 50_000
    play_a_month(five)
    for owner in (five.sakura, five.aoba):
        assert balance_yen(owner_payable(owner)) == owed_yen(owner)
    assert owed_yen(five.sakura) != 0


def owed_yen(owner: Owner) -> int:
    """Add up what the centre owes an owner from the rows themselves, without the books."""
    last = Statement.objects.filter(owner=owner).order_by("-closes_on").first()
    stated_upto = last.closes_on if last else date.min
    stated = Confirmation.objects.filter(owner=owner, closes_on__lte=stated_upto)
    standing = Payment.objects.filter(owner=owner, status__in=["reported", "confirmed", "refunded"])
    unstated = standing.exclude(pk__in=stated.values("payment"))
    refunds = Refund.objects.filter(owner=owner, closes_on__gt=stated_upto)
    payouts = Payout.objects.filter(owner=owner)
    waiting = payouts.exclude(moves__kind="exported")
    returned = payouts.filter(moves__kind="returned", reissued_as=None)
    return (
        _sum(unstated, "amount_yen")
        - _sum(refunds, "payment__amount_yen")
        + carried_out_yen(owner.pk)
        + _sum(waiting, "amount_yen")
        + _sum(returned, "amount_yen")
    )


def _sum(rows: Any, field: str) -> int:
    return rows.aggregate(yen=Sum(field))["yen"] or 0


def play_a_month(cast: Cast) -> None:
    """Play payments, a reversal, suspense, refunds, and payouts paid, returned and waiting."""
    first = settled(cast.sakura, "11-03", 60_000, tax_yen=0)
    settled(cast.aoba, "11-03", 8_000)
    with at("11-03"):
        for told in (notice("nobody", advice=True), notice("nobody else", advice=True)):
            receive_payment(told)
        reverse_payment(reversal(told))
        reverse_payment(reversal(notice("tombstone")))
    payout = only_statement("11-13").payouts.get()
    refund(first, "11-14")
    settled(cast.sakura, "11-15", 20_000)
    move(payout, "exported", "11-19")
    move(payout, "paid", "11-20")
    move(payout, "returned", "11-21")
    close("12-31")
    for later in Payout.objects.filter(owner=cast.aoba):
        move(later, "exported", "12-11")
        move(later, "returned", "12-14")
    _bring_money(cast)
    paid(cast.sakura, "12-30", 3_000)
    refund(settled(cast.sakura, "12-30", 4_000), "12-31")


def _bring_money(cast: Cast) -> None:
    """The bank tells of a remittance, and of two lines that are the centre's own."""
    agreed(payment_fee_yen=50)
    yen = 88_000 - 3 * 50
    deposits = [came("12-21", yen), came("12-21", 5_000, "ﾀﾞﾚｶ"), went("12-21", 440)]
    bank_says(*deposits, opening_yen=1_000_000)
    with at("12-22"):
        rule_as_own(person("operator"), entry_of(440).pk, "振込手数料")


def test_a_refund_is_cleared_in_the_owners_name_and_is_no_income(five: Cast):
    payment = settled(five.sakura, "11-03", 60_000, tax_yen=0)
    refund(payment, "11-04")
    assert balance_yen(f"refund_clearing:{five.sakura.pk}") == 60_000
    assert balance_yen("store_receivable:lawson") == 60_000
    assert balance_yen(owner_payable(five.sakura)) == 0


def test_stamps_given_back_swap_the_accounts(five: Cast):
    payment = settled(five.sakura, "11-03", 60_000, tax_yen=0)
    close("11-13")
    assert balance_yen("stamp_reimbursement") == 200
    refund(payment, "11-14")
    close("12-31")
    assert balance_yen("stamp_reimbursement") == 0
    assert all(row[-1] > 0 for row in books(five.sakura))


def test_nothing_of_a_test_twin_is_in_the_books(five: Cast):
    settled(five.sakura, "11-03")
    before = len(books(five.sakura))
    Owner.objects.filter(pk=five.sakura.pk).update(is_test=True, code="sakura-test")
    assert before > 0
    assert books(five.sakura) == []
