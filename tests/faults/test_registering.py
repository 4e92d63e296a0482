"""Registering an invoice: twice is once, and one rule for its due date everywhere."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.models import Invoice, InvoiceVersion, Registration
from billing.services.invoices import InvoiceAsked, change_invoice, register_invoice
from smartpit.kernel import clock
from smartpit.kernel.errors import Malformed
from tests.cast import Cast, code_of, make_card, system, told

WORDS = {
    "reference": "R-1", "title": "受講料", "amount_yen": 10_000, "tax_yen": 909, "repeats": False,
}  # fmt: skip


@pytest.mark.fault("B04")
def test_an_owners_retry_is_answered_as_at_first_also_after_the_invoice_changed(cast: Cast):
    number = make_card(cast.sakura).number
    body = WORDS | {"number": number}
    owner = system(cast.keys["sakura"])
    first = owner.post("invoices", body)
    assert first.status_code == 201
    change_invoice(cast.scope, told(first)["invoice"], {"amount_yen": 9_000})
    for _ in range(3):
        again = owner.post("invoices", dict(reversed(body.items())))
        assert (again.status_code, again.content) == (200, first.content)
    assert (Invoice.objects.count(), Registration.objects.count()) == (1, 1)


@pytest.mark.fault("B04")
@pytest.mark.parametrize(
    "change",
    [{"amount_yen": 10_001}, {"tax_yen": 910}, {"tax_yen": None}, {"title": "受講料 "},
     {"repeats": True}, {"due_on": "tomorrow"}, {"number": "another"}],
)  # fmt: skip
def test_other_words_under_a_reference_are_refused_and_change_nothing(
    cast: Cast, change: dict[str, Any]
):
    body = WORDS | {"number": make_card(cast.sakura).number}
    owner = system(cast.keys["sakura"])
    owner.post("invoices", body)
    if "due_on" in change:
        change = {"due_on": (clock.business_date() + timedelta(days=1)).isoformat()}
    if "number" in change:
        change = {"number": make_card(cast.sakura).number}
    refused = owner.post("invoices", body | change)
    assert code_of(refused)[1] in ("reference_reused", "malformed")
    assert code_of(refused)[1] == "reference_reused" or "title" in change
    assert InvoiceVersion.objects.count() == 1


def is_due_day(today: date, due_on: date) -> bool:
    """Tell by the contract: from today to the sixtieth day, the registration day the first."""
    return 1 <= (due_on - today).days + 1 <= 60


_days = st.dates(date(2026, 1, 1), date(2036, 12, 31))
_month_ends = _days.map(lambda day: day.replace(day=1) - timedelta(days=1)).filter(
    lambda day: day >= date(2026, 1, 1)
)
_leap_days = st.sampled_from([date(2028, 2, 29), date(2032, 2, 29), date(2036, 2, 29)])
_offsets = st.one_of(st.sampled_from([-1, 0, 1, 58, 59, 60]), st.integers(-400, 400))


@pytest.mark.fault("B10")
@settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
@given(
    today=st.one_of(_days, _month_ends, _leap_days),
    offset=_offsets,
    hour=st.sampled_from(["00:00:00", "08:59:59", "09:00:00", "23:59:59"]),
)
def test_a_due_date_is_judged_by_one_rule_wherever_it_is_said(
    cast: Cast, today: date, offset: int, hour: str
):
    due_on = today + timedelta(days=offset)
    with clock.frozen(datetime.fromisoformat(f"{today} {hour}+09:00")):
        number = make_card(cast.sakura).number
        default = _register(cast, number, None)
        assert default is not None
        assert default.due_on == today + timedelta(days=59)
        made = _register(cast, number, due_on)
        assert (made is not None) is is_due_day(today, due_on)
        assert _may_change(cast, default, due_on) is is_due_day(today, due_on)
        kept = _register(cast, number, due_on, repeats=True)
        assert (kept is not None) is (offset >= 0)


@pytest.mark.fault("B10")
def test_a_changed_due_date_is_counted_from_the_day_of_registration(cast: Cast):
    with clock.frozen(datetime.fromisoformat("2028-01-31 23:59:59+09:00")):
        invoice = _register(cast, make_card(cast.sakura).number, date(2028, 1, 31))
    assert invoice is not None
    with clock.frozen(datetime.fromisoformat("2028-01-31 10:00:00+09:00")):
        assert _may_change(cast, invoice, date(2028, 3, 30))  # Over a 29 February.
        assert not _may_change(cast, invoice, date(2028, 3, 31))
    with clock.frozen(datetime.fromisoformat("2028-02-29 10:00:00+09:00")):
        assert not _may_change(cast, invoice, date(2028, 3, 31))
        assert _may_change(cast, invoice, date(2028, 2, 29))
        assert not _may_change(cast, invoice, date(2028, 2, 28))


def _register(
    cast: Cast, number: str, due_on: date | None, *, repeats: bool = False
) -> Invoice | None:
    asked = InvoiceAsked(
        reference=f"D{Invoice.objects.count()}", number=number, title="会費", amount_yen=1_000,
        due_on=due_on, repeats=repeats,
    )  # fmt: skip
    try:
        return register_invoice(cast.scope, asked).invoice
    except Malformed:
        return None


def _may_change(cast: Cast, invoice: Invoice, due_on: date) -> bool:
    try:
        change_invoice(cast.scope, str(invoice.pk), {"due_on": due_on})
    except Malformed:
        return False
    return True
