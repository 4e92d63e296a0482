"""Terms in the calendar's words: a plan's new price parts the prices, not the calendar."""

from dataclasses import replace
from datetime import date

import pytest

from settlement.agreed import charged_terms, spans_of
from settlement.calendar import Span
from settlement.tests.scene import cast_of, close, day_of, settled
from tenants.models import Plan
from tenants.selectors import terms_of
from tenants.terms import Terms, priced_by

TERMS = Terms(
    contract_id=1, starts_on=date(2026, 11, 1), ends_on=date(2026, 11, 30), ends_contract=False,
    plan="plan-120", connection="super", certified_product="CSAS", cycle="10-day",
    setup_fees="apart", stamp_exempt=False, repeat_yearly_yen=100, first_registration_yen=20,
    first_registration_basis="number", networks=(), client_certificates=(),
    monthly_base_yen=5, payment_yen=120, uncollected_yen=0,
    transfer_yen=1_500, fax_yen=10, stamp_yen=200,
)  # fmt: skip
DEARER = replace(TERMS, starts_on=date(2026, 12, 1), ends_on=date(2026, 12, 15), monthly_base_yen=7)
ENDED = replace(DEARER, ends_contract=True)
NEXT = replace(TERMS, contract_id=2, starts_on=date(2027, 2, 1), ends_on=None, cycle="month-end")


def test_the_price_rows_of_one_contract_are_one_span():
    assert spans_of([TERMS, ENDED, NEXT]) == [
        Span(date(2026, 11, 1), date(2026, 12, 15), "10-day", ends_contract=True),
        Span(date(2027, 2, 1), None, "month-end"),
    ]


def test_charges_know_each_price_row():
    first, second = charged_terms([TERMS, ENDED])
    assert (first.monthly_base_yen, second.monthly_base_yen) == (5, 7)
    assert (first.ends_contract, second.ends_contract) == (False, True)
    assert first.repeat_option is not None
    assert first.repeat_option.first_registration_basis == "number"
    (without,) = charged_terms(
        [replace(TERMS, repeat_yearly_yen=None, first_registration_yen=None)]
    )
    assert without.repeat_option is None


@pytest.mark.parametrize(("day", "row"), [(date(2026, 10, 31), TERMS), (date(2026, 12, 1), ENDED),
                         (date(2027, 1, 1), ENDED), (date(2027, 2, 1), NEXT)])  # fmt: skip
def test_a_day_outside_all_terms_is_priced_by_the_nearest_before_else_the_first(
    day: date, row: Terms
):
    assert priced_by([TERMS, ENDED, NEXT], day) == row


@pytest.mark.fault("E07")
def test_a_plans_new_price_holds_from_its_day_within_a_period(db: None):
    cast = cast_of()
    plan = Plan.objects.get(code="plan-120")
    plan.pk, plan.starts_on, plan.payment_yen = None, day_of("11-04"), 130
    plan.save()
    assert len(spans_of(terms_of(cast.sakura.pk))) == 1
    for day in ("11-03", "11-04", "11-04"):
        settled(cast.sakura, day)
    (statement,) = close("11-13")
    lines = statement.lines.filter(kind="payment")
    assert [(line.count, line.unit_yen) for line in lines] == [(1, 120), (2, 130)]
