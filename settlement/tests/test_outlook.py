"""精算の見通し: what it says of open periods is what their statements then say."""

import pytest
from django.test import Client
from django.utils.html import strip_tags

from settlement.outlook import forecasts, past_of, stamped_invoices, unconfirmed
from settlement.tests.scene import at, cast_of, close, confirm, paid, refund, settled
from tenants.selectors import terms_of
from tenants.services import StaffAsked
from tests.cast import Cast, register
from tests.people import sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def sakura() -> Cast:
    return cast_of()


def page_of(cast: Cast, day: str) -> str:
    with at(day):
        client = sign_in(StaffAsked("accountant@example.com", "経理", "accountant", cast.sakura))
        return strip_tags(client.get("/dashboard/outlook/").content.decode())


def test_the_forecast_becomes_the_statement(sakura: Cast) -> None:
    settled(sakura.sakura, "11-02")
    settled(sakura.sakura, "11-06", 60_000)
    with at("11-07"):
        first, second = forecasts(sakura.sakura.pk, terms_of(sakura.sakura.pk))
    assert str(first.pays_on) == "2026-11-20"
    assert first.account.settled.payout_yen == 10_000 - 1_620 - 162
    assert second.account.settled.payout_yen == 60_000 - 1_620 - 162 - 200

    stated = {statement.closes_on: statement for statement in close("11-20")}
    for told in (first, second):
        statement = stated[told.closes_on]
        assert statement.payout_yen == told.account.settled.payout_yen
        assert (statement.stated_on, statement.pays_on) == (told.stated_on, told.pays_on)


def test_a_forecast_carries_what_the_period_before_it_leaves(sakura: Cast) -> None:
    settled(sakura.sakura, "11-02", 1_000)
    settled(sakura.sakura, "11-06")
    with at("11-07"):
        first, second = forecasts(sakura.sakura.pk, terms_of(sakura.sakura.pk))
    assert first.account.settled.carried_out_yen == 868
    assert second.account.settled.payout_yen == 10_000 + 868 - 1_620 - 162


def test_what_is_not_confirmed_is_told_apart(sakura: Cast) -> None:
    payment = paid(sakura.sakura, "11-02", 7_000)
    paid(sakura.aoba, "11-02", 9_000)
    owner_id = sakura.sakura.pk
    assert (unconfirmed(owner_id).count, unconfirmed(owner_id).yen) == (1, 7_000)
    with at("11-03"):
        assert forecasts(owner_id, terms_of(owner_id))[0].account.payments_count == 0
    confirm(payment, on="11-03")
    assert unconfirmed(owner_id).count == 0


def test_the_past_holds_ninety_days_of_the_owner_alone(sakura: Cast) -> None:
    settled(sakura.sakura, "11-01")
    given_back = settled(sakura.sakura, "11-02", 60_000)
    settled(sakura.aoba, "11-02", 9_000)
    refund(given_back, on="11-20")
    with at("2027-01-30"):
        past = past_of(sakura.sakura.pk)
    assert (str(past.first), str(past.last), past.gross_yen) == ("2026-11-01", "2027-01-29", 70_000)
    assert [(str(one.day), one.takings.gross_yen) for one in past.refunds] == [
        ("2026-11-20", 60_000)
    ]
    with at("2027-01-31"):
        assert past_of(sakura.sakura.pk).gross_yen == 60_000


def test_only_invoices_just_above_the_limit_are_named(sakura: Cast) -> None:
    with at("11-02"):
        untold = register(sakura.sakura, amount_yen=54_999)
        near = register(sakura.sakura, amount_yen=55_000, tax_yen=5_000)
        register(sakura.sakura, amount_yen=54_999, tax_yen=5_000)
        register(sakura.sakura, amount_yen=60_500, tax_yen=5_500)
        register(sakura.sakura, amount_yen=55_000)
        register(sakura.aoba, amount_yen=54_999)
        found = stamped_invoices(sakura.sakura.pk)
    assert list(found.untold) == [untold]
    assert list(found.near) == [near]


def test_the_page_shows_yen_and_days(sakura: Cast) -> None:
    settled(sakura.sakura, "11-02", 60_000)
    with at("11-03"):
        register(sakura.sakura, amount_yen=54_999)
    body = page_of(sakura, "11-04")
    for words in (
        "2026/11/05(木)",
        "58,018円",  # The payout, and the cycle's own.
        "2026/11/20(金) 入金予定",
        "18.0日",  # From 11-02 to 11-20.
        "43.0日",  # From 11-02 to 12-15.
        "1件、200円",
        "54,999円",
        "132円",
        "68円",
    ):
        assert words in body


def test_a_school_is_told_that_no_stamp_is_due() -> None:
    cast = cast_of(stamp="exempt", stamp_reason="学校")
    settled(cast.sakura, "11-02", 60_000)
    body = page_of(cast, "11-04")
    assert "印紙は不要" in body
    assert "58,218円" in body


def test_a_tenant_sees_nothing_of_it(sakura: Cast) -> None:
    warden: Client = sign_in(
        StaffAsked("warden@example.com", "寮監", "administrator", sakura.sakura, sakura.dormitory)
    )
    assert warden.get("/dashboard/outlook/").status_code in {302, 403, 404}
