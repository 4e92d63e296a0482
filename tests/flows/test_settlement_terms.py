"""What was agreed, and from when: cycles, plans, options and charges, to the yen."""

from datetime import date
from typing import Any

import pytest

from billing.models import Event, Invoice
from billing.services.expiry import expire_invoices
from billing.services.invoices import withdraw_invoice
from billing.services.payments import key_of
from billing.services.reversals import reverse_payment
from billing.tills.notices import ReversalNotice
from settlement.models import Closing, Statement, StatementLine
from settlement.services.confirmations import confirm_payments
from settlement.services.contracts import (
    ContractOver,
    EndsBeforeToday,
    FromNotPeriodStart,
    change_contract,
    end_contract,
)
from settlement.tests.scene import (
    at,
    cast_of,
    close,
    confirm,
    day_of,
    instant,
    lines_of,
    only_statement,
    paid,
    refund,
    settled,
    take,
)
from tenants.access import Scope
from tenants.models import Owner
from tenants.selectors import terms_of
from tenants.services import TermsSigned
from tests.cast import Cast, make_card, register


@pytest.fixture
def five(db: None) -> Cast:
    return cast_of()


def change(owner: Owner, on: str, starts_on: str, **words: Any) -> None:
    with at(on):
        terms: dict[str, Any] = {
            "cycle": "5-day",
            "repeat_yearly_yen": 0,
            "first_registration_yen": 0,
        }
        terms |= {"setup_fees": "apart"} | words
        change_contract(owner, TermsSigned(starts_on=day_of(starts_on), **terms))


@pytest.mark.fault("E07")
@pytest.mark.fault("E19")
def test_a_new_cycle_begins_with_a_period_and_prices_by_the_business_date(five: Cast):
    change(five.sakura, "11-04", "11-06", cycle="10-day", plan="plan-sample")
    settled(five.sakura, "11-05")
    settled(five.sakura, "11-06")
    first, second = close("11-18")
    assert [first.closes_on.day, second.closes_on.day] == [5, 10]
    assert lines_of(first)["payment"] == 120
    assert lines_of(second)["payment"] == 80
    assert terms_of(five.sakura.twin.pk)[-1].cycle == "10-day"


@pytest.mark.fault("E07")
def test_a_late_payment_of_old_terms_is_priced_by_them_beside_new_ones(five: Cast):
    old = paid(five.sakura, "11-05")
    change(five.sakura, "11-05", "11-06", plan="plan-sample")
    confirm(old, on="11-13")
    settled(five.sakura, "11-10")
    statement = only_statement("11-18")
    lines = StatementLine.objects.filter(statement=statement, kind="payment")
    assert [(line.count, line.unit_yen) for line in lines] == [(1, 120), (1, 80)]


@pytest.mark.parametrize(("on", "starts_on"), [("11-05", "11-05"), ("11-04", "11-05"),
                         ("11-04", "11-07"), ("11-12", "11-11"), ("11-11", "11-11"),
                         ("11-04", "0001-01-01")])  # fmt: skip
def test_a_new_cycle_is_refused_within_a_period_today_and_before(
    five: Cast, on: str, starts_on: str
):
    with pytest.raises(FromNotPeriodStart) as refused:
        change(five.sakura, on, starts_on, cycle="10-day")
    assert refused.value.code == "from_not_period_start"


def test_what_a_demo_settled_ahead_keeps_the_terms_it_was_settled_by(five: Cast):
    settled(five.sakura, "11-05")
    close("11-28")  # As ``settle --as-of`` does: the periods up to 11-15 are stated.
    for words in ({"plan": "plan-sample"}, {"stamp": "exempt", "stamp_reason": "学校法人"}):
        with pytest.raises(FromNotPeriodStart):
            change(five.sakura, "11-10", "11-11", **words)
    change(five.sakura, "11-10", "11-16", plan="plan-sample")


def test_an_option_may_change_within_a_period_but_not_before_today(five: Cast):
    change(five.sakura, "11-04", "11-04", stamp="exempt", stamp_reason="学校法人")
    with pytest.raises(FromNotPeriodStart):
        change(five.sakura, "11-05", "11-04", connection="super")


def test_the_same_terms_again_are_a_new_cycle_and_plan_too(five: Cast):
    with pytest.raises(FromNotPeriodStart):
        change(five.sakura, "11-04", "11-07")
    change(five.sakura, "11-04", "11-06")
    assert len(terms_of(five.sakura.pk)) == 2


def test_a_contract_after_a_gap_is_a_new_one_with_its_own_setup_fees(five: Cast):
    change(five.sakura, "11-04", "11-05", ends_on=day_of("11-12"))
    with at("11-12"):
        invoice = register(five.sakura)
    with at("11-14"):  # In the gap: priced by the terms that ended.
        confirm_payments([key_of(take(invoice))])
    with at("11-14"):
        again = TermsSigned(day_of("12-01"), plan="plan-sample", cycle="month-end")
        change_contract(five.sakura, again)
    close("2027-01-12")
    closed = Closing.objects.filter(owner=five.sakura).order_by("closes_on")
    days = [f"{row.closes_on:%m-%d}" for row in closed]
    assert days == ["11-05", "11-10", "11-12", "11-15", "12-31"]
    gap, anew = Statement.objects.order_by("closes_on")
    assert lines_of(gap) == {"payment": 120, "transfer": 1_500}
    assert lines_of(anew) == {
        "contract_administration": 5_000,
        "connection_test": 150_000,
        "monthly_base": 1_000,
    }


def test_an_exempt_contract_is_charged_no_stamp_and_gets_none_back(db: None):
    cast = cast_of(stamp="exempt", stamp_reason="学校法人")
    payment = settled(cast.sakura, "11-03", 100_000)
    assert only_statement("11-13").stamp_yen == 0
    refund(payment, on="11-13")
    *_, statement = close("11-26")
    assert (statement.gross_yen, statement.stamp_yen) == (-100_000, 0)


def test_a_contracts_last_day_closes_and_after_it_only_what_is_unstated_does(five: Cast):
    late = paid(five.sakura, "11-12")
    change(five.sakura, "11-04", "11-05", ends_on=day_of("11-12"))
    settled(five.sakura, "11-11")
    close("12-31")
    days = Closing.objects.filter(owner=five.sakura).order_by("closes_on")
    assert [row.closes_on.day for row in days] == [5, 10, 12]
    confirm(late, on="12-31")
    (statement,) = close("2027-01-08")
    assert (statement.closes_on, statement.gross_yen) == (date(2026, 12, 25), 10_000)
    assert close("2027-06-30") == []
    assert days.last() == statement.closing


def test_a_contract_is_ended_by_its_last_day_which_closes_and_is_stated(five: Cast):
    with at("11-04"):
        ended = end_contract(five.sakura, day_of("11-12"))
        assert (ended.starts_on, ended.cycle) == (day_of("11-04"), "5-day")
        with pytest.raises(ContractOver) as over:
            end_contract(five.sakura, day_of("11-20"))
    assert over.value.code == "contract_over"
    assert terms_of(five.sakura.twin.pk)[-1].ends_on == day_of("11-12")
    settled(five.sakura, "11-12", 20_000)
    statements = close("2027-03-31")
    assert [row.closes_on for row in statements] == [day_of("11-12")]
    days = Closing.objects.filter(owner=five.sakura).order_by("closes_on")
    assert [row.closes_on.day for row in days] == [5, 10, 12]


def test_the_end_of_a_contract_voids_what_was_signed_for_later_but_not_what_comes_before(
    five: Cast,
):
    change(five.sakura, "11-04", "11-06", cycle="10-day", setup_fees="apart")
    change(five.sakura, "11-04", "12-01", cycle="month-end", setup_fees="apart")
    with at("11-05"):
        end_contract(five.sakura, day_of("11-24"))
    terms = terms_of(five.sakura.pk)
    assert [row.cycle for row in terms] == ["5-day", "10-day"]
    assert (terms[-1].starts_on, terms[-1].ends_on) == (day_of("11-06"), day_of("11-24"))
    assert terms[-1].ends_contract


def test_a_contract_does_not_end_in_the_past(five: Cast):
    with at("11-05"), pytest.raises(EndsBeforeToday) as refused:
        end_contract(five.sakura, day_of("11-04"))
    assert refused.value.code == "ends_before_today"
    assert terms_of(five.sakura.pk)[-1].ends_on is None


def test_charges_fall_into_the_first_statement_and_anniversaries_later(db: None):
    cast = cast_of(
        cycle="month-end",
        setup_fees="first_statement",
        connection="super",
        certified_product="CSAS",
        repeat_yearly_yen=60_000,
        first_registration_yen=3_000,
    )
    with at("11-03"):
        kept = [register(cast.sakura, repeats=True) for _ in range(2)]
        for _ in range(40):
            confirm_payments([key_of(take(kept[0]))])
    first = only_statement("12-08")
    assert lines_of(first) == {
        "payment": 4_800,
        "transfer": 1_500,
        "contract_administration": 5_000,
        "connection_test": 30_000,
        "leased_line_work": 130_000,
        "repeat_yearly": 60_000,
        "first_registration": 3_000,
    }
    (second,) = close("2027-12-08")
    assert (second.closes_on, lines_of(second)) == (date(2027, 11, 30), {"repeat_yearly": 60_000})


@pytest.mark.parametrize(("basis", "charged"), [("contract", [1]), ("number", [2, 1]),
                                                ("invoice", [3, 2])])  # fmt: skip
def test_first_registrations_are_counted_by_contract_by_number_or_each(
    db: None, basis: str, charged: list[int]
):
    cast = cast_of(first_registration_yen=1_000, first_registration_basis=basis)
    known, other, new = (make_card(cast.sakura).number for _ in range(3))
    for day, numbers in (("11-03", (known, known, other)), ("11-07", (known, new))):
        with at(day):
            for number in numbers:
                register(cast.sakura, number=number, repeats=True)
    statements = close("11-18")
    lines = StatementLine.objects.filter(kind="first_registration").order_by("statement__closes_on")
    assert [line.count for line in lines] == charged
    assert statements


def test_uncollected_invoices_are_counted_on_their_last_day_if_never_paid(db: None):
    cast = cast_of(plan="plan-sample")
    with at("11-02"):
        _open, _expired = (register(cast.sakura, due_on=day_of(day)) for day in ("11-20", "11-04"))
        gone, kept, used = (register(cast.sakura, repeats=yes) for yes in (False, True, True))
        paid_one, undone = (register(cast.sakura, due_on=day_of("11-04")) for _ in range(2))
        take(used)
        take(paid_one)
        reverse_payment(ReversalNotice(key_of(take(undone)), "客都合"))
    with at("11-05", "23:59:59"):
        for invoice in (gone, kept, used):
            withdraw_invoice(Scope(owner_id=cast.sakura.pk), str(invoice.pk))
    statement = only_statement("11-13")
    # The one that expired, two withdrawn, and the one whose payment was undone.
    assert lines_of(statement) == {"uncollected": 40}


def test_an_invoice_expires_once_and_tells_both_streams(five: Cast):
    with at("11-03"):
        invoice = register(five.sakura, due_on=day_of("11-04"))
        register(five.sakura.twin, due_on=day_of("11-04"))
    assert expire_invoices(instant("11-04", "23:59:59")) == 0
    assert expire_invoices(instant("11-05", "00:00")) == 2
    assert expire_invoices(instant("11-05", "00:00")) == 0
    event = Event.objects.get(invoice=invoice, type="invoice.expired")
    assert event.body["status"] == Invoice.Status.EXPIRED
    assert (event.sequence, event.tenant_sequence) == (1, 1)
