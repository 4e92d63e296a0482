"""A payment's way to the owner's account, to the yen, through the real services."""

from collections.abc import Iterable
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.models import Confirmation, Event, Fax, Payment
from billing.services.events import EventTold, record_events
from billing.services.payments import key_of
from billing.services.reversals import reverse_payment
from billing.tills.notices import ReversalNotice, TillKey
from settlement.models import Closing, Payout, Statement, StatementLine, SubStatement
from settlement.services import stating
from settlement.services.closing import close_due_periods, close_period, preview_period
from settlement.services.confirmations import Confirmed, confirm_payments
from settlement.services.refunds import refund_payment
from settlement.tests.scene import (
    at,
    cast_of,
    centre_staff,
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
from smartpit.kernel.errors import DomainError
from tenants.access import NotFound, Scope
from tenants.models import Staff
from tenants.services import StaffAsked, change_tenant, invite_staff
from tests.cast import Cast, notice, register


@pytest.fixture
def five(db: None) -> Cast:
    return cast_of()


def test_the_worked_example_of_the_contract_pays_117742_yen(five: Cast):
    for amount_yen, tax_yen in ((10_000, 909), (55_000, 5_000), (54_999, 5_000)):
        settled(five.sakura, "11-03", amount_yen, tax_yen=tax_yen)
    sent_at = instant("11-04")
    Fax.objects.create(owner=five.sakura, completed_on=day_of("11-04"), completed_at=sent_at)
    assert close("11-12") == []

    statement = only_statement("11-13")

    assert statement.owner == five.sakura
    assert statement.closes_on == date(2026, 11, 5)
    assert statement.stated_on == date(2026, 11, 13)
    assert statement.pays_on == date(2026, 11, 20)
    assert statement.payments_count == 3
    assert lines_of(statement) == {"payment": 360, "transfer": 1_500, "fax": 10}
    assert statement.gross_yen == 119_999
    assert (statement.fees_yen, statement.tax_yen, statement.stamp_yen) == (1_870, 187, 200)
    assert statement.payout_yen == 117_742
    payout = Payout.objects.get()
    assert (payout.amount_yen, payout.status) == (117_742, Payout.Status.PROPOSED)
    assert payout.pays_on == date(2026, 11, 20)


# Confirmation


@pytest.mark.fault("E01")
def test_a_payment_gets_the_closing_date_whose_statement_day_has_not_begun(five: Cast):
    payments = [paid(five.sakura, "11-03") for _ in range(3)]
    in_time, too_late, later = payments
    with at("11-12", "23:59:59"):
        confirm_payments([key_of(in_time)])
    with at("11-13", "00:00"):
        confirm_payments([key_of(too_late)])
    confirm(later, on="11-30")
    dates = [Confirmation.objects.get(payment=payment).closes_on.day for payment in payments]
    assert dates == [5, 10, 25]


@pytest.mark.fault("E01")
def test_a_late_confirmation_is_stated_later_and_an_unconfirmed_payment_never(five: Cast):
    first, late, _never = (paid(five.sakura, "11-03", yen) for yen in (10_000, 20_000, 40_000))
    confirm(first, on="11-03")
    assert only_statement("11-13").gross_yen == 10_000
    confirm(late, on="11-13")
    assert only_statement("11-18").gross_yen == 20_000
    assert close("11-30") == []


def test_confirming_says_of_each_key_what_it_came_to(five: Cast):
    reported, reversed_, confirmed = (paid(five.sakura, "11-03") for _ in range(3))
    confirm(confirmed, on="11-03")
    with at("11-03"):
        reverse_payment(ReversalNotice(key_of(reversed_), "客都合"))
        tombstone, suspense = notice("none"), notice("none", advice=True)
        reverse_payment(ReversalNotice(tombstone.key, "客都合"))
        closing_key = TillKey("lawson", "1", "1", day_of("11-03"), "unknown", 1)
        keys = [closing_key, key_of(reported), key_of(reversed_), tombstone.key, suspense.key]
        outcomes = confirm_payments([*keys, key_of(confirmed), key_of(reported)])

    shown = ["ok" if isinstance(one, Confirmed) else one.code for one in outcomes]
    assert shown == ["not_reported", "ok", *["not_reported"] * 3, *["confirmed_before"] * 2]
    assert Confirmation.objects.count() == 2
    assert Event.objects.filter(type="payment.confirmed").count() == 2
    assert confirm_payments([]) == []


def test_many_payments_are_confirmed_with_as_many_questions_as_few(five: Cast):
    counts = []
    with at("11-03"):
        kept = register(five.sakura, repeats=True)
        payments = [take(kept) for _ in range(24)]
        for some in (payments[:4], payments[4:]):
            with CaptureQueriesContext(connection) as asked:
                confirm_payments([key_of(payment) for payment in some])
            counts.append(len(asked))
    assert counts[0] == counts[1]


def test_a_confirmed_payment_cannot_be_reversed_any_more(five: Cast):
    payment = settled(five.sakura, "11-03")
    with at("11-03"), pytest.raises(DomainError) as refused:
        reverse_payment(ReversalNotice(key_of(payment), "客都合"))
    assert refused.value.code == "reversal_too_late"


# What is carried


@pytest.mark.fault("E03")
def test_a_negative_balance_is_carried_and_borne_by_the_next_payout(db: None):
    cast = cast_of(setup_fees="first_statement")
    settled(cast.sakura, "11-03", 100_000)
    first = only_statement("11-13")
    assert lines_of(first) == {
        "payment": 120,
        "contract_administration": 5_000,
        "connection_test": 150_000,
    }
    assert (first.fees_yen, first.tax_yen, first.stamp_yen) == (155_120, 15_512, 200)
    assert (first.payout_yen, first.carried_out_yen) == (0, -70_832)
    assert not Payout.objects.exists()

    settled(cast.sakura, "11-13", 200_000)
    second, third = close("11-26")
    assert lines_of(second) == {}  # Nothing but the balance: it is stated and carried on.
    assert (second.carried_in_yen, second.tax_yen, second.carried_out_yen) == (-70_832, 0, -70_832)
    assert (third.closes_on.day, third.carried_in_yen) == (15, -70_832)
    assert third.payout_yen == 200_000 - 120 - 1_500 - 162 - 200 - 70_832


@pytest.mark.parametrize(
    ("amount_yen", "payout_yen", "carried_yen"),
    [(1_782, 0, 1_650), (1_783, 1, 0), (132, 0, 0), (100, 0, -32)],
)
def test_what_the_transfer_would_eat_up_is_carried_without_it(
    five: Cast, amount_yen: int, payout_yen: int, carried_yen: int
):
    settled(five.sakura, "11-03", amount_yen)
    statement = only_statement("11-13")
    assert (statement.payout_yen, statement.carried_out_yen) == (payout_yen, carried_yen)
    assert ("transfer" in lines_of(statement)) == (payout_yen > 0)


@pytest.mark.fault("E04")
def test_nothing_collected_and_nothing_due_makes_no_statement_but_a_closing(five: Cast):
    assert close("12-01") == []
    closed = Closing.objects.filter(owner=five.sakura).order_by("closes_on")
    assert [closing.closes_on.day for closing in closed] == [5, 10, 15, 20]
    assert not Statement.objects.exists()


# Refunds


def test_a_refund_gives_gross_and_stamp_back_and_the_120_stays(five: Cast):
    payment = settled(five.sakura, "11-03", 55_000, tax_yen=5_000)
    assert only_statement("11-13").payout_yen == 55_000 - 1_620 - 162 - 200
    refund(payment, on="11-14")
    settled(five.sakura, "11-14", 80_000, tax_yen=40_000)

    *_, statement = close("11-24")

    assert statement.closes_on == day_of("11-15")
    assert (statement.payments_count, statement.gross_yen) == (1, 25_000)
    assert lines_of(statement) == {"payment": 120, "transfer": 1_500}
    assert statement.stamp_yen == -200
    assert statement.payout_yen == 25_000 - 1_620 - 162 + 200
    payment.refresh_from_db()
    assert payment.status == Payment.Status.REFUNDED
    assert Event.objects.filter(type="payment.refunded", payment=payment).count() == 1


def test_a_refund_before_the_statement_meets_its_payment_there(five: Cast):
    payment = settled(five.sakura, "11-03", 55_000, tax_yen=5_000)
    refund(payment, on="11-04")
    statement = only_statement("11-13")
    assert (statement.payments_count, statement.gross_yen, statement.stamp_yen) == (1, 0, 0)
    assert statement.carried_out_yen == -132
    share = SubStatement.objects.get()
    assert (share.payments_count, share.gross_yen) == (1, 0)


def test_a_refund_takes_a_confirmed_payment_and_two_people_of_the_centre(five: Cast):
    reported, confirmed = paid(five.sakura, "11-03"), settled(five.sakura, "11-03")
    first, second = centre_staff("a"), centre_staff("b")
    auditor = centre_staff("c", Staff.Role.AUDITOR)
    asked = StaffAsked("keiri@example.com", "経理", Staff.Role.ACCOUNTANT, five.sakura)
    stranger = invite_staff(asked, "password")[0]

    def code(payment: Payment, asked_by: Staff, approved_by: Staff) -> str:
        with at("11-04"), pytest.raises(DomainError) as refused:
            refund_payment(payment.pk, asked_by=asked_by, approved_by=approved_by)
        return refused.value.code

    assert code(reported, first, second) == "not_confirmed"
    assert code(confirmed, first, first) == "two_people_needed"
    assert code(confirmed, first, stranger) == "not_allowed"
    assert code(confirmed, auditor, second) == "not_allowed"
    with pytest.raises(NotFound):
        refund_payment("nobody", asked_by=first, approved_by=second)
    refund(confirmed, on="11-04")
    assert code(confirmed, first, second) == "not_confirmed"


# Tenants


def test_tenants_get_their_shares_and_only_those_that_pass_fees_bear_them(five: Cast):
    scope = Scope(owner_id=five.sakura.pk)
    change_tenant(scope, "engineering", {"commission_yen": 30, "passes_fees": True})
    change_tenant(scope, "dormitory", {"commission_basis_points": 250})
    settled(five.sakura, "11-03", 60_000, tenant="engineering")
    settled(five.sakura, "11-03", 20_000, tenant="dormitory")
    settled(five.sakura, "11-03", 20_001)
    statement = only_statement("11-13")
    assert statement.payout_yen == 100_001 - 1_860 - 186 - 200

    # Passable: 360 + 36 + 200 = 596, of which engineering's part is 596 * 60000 / 100001.
    shares = {share.tenant.code: share for share in statement.sub_statements.all()}
    assert {code: share.net_yen for code, share in shares.items()} == {
        "dormitory": 20_000 - 500,
        "engineering": 60_000 - 30 - 358,
        "own": 20_001,
    }
    assert statement.owner_margin_yen == 97_755 - (19_500 + 59_612 + 20_001)


def test_the_owner_is_told_its_statement_and_each_tenant_its_own_figures_only(five: Cast):
    settled(five.sakura, "11-03", 60_000, tenant="engineering")
    settled(five.sakura, "11-03", 20_000, tenant="dormitory")
    statement = only_statement("11-13")
    told = {event.tenant_id: event.body for event in Event.objects.filter(type="statement.closed")}
    assert set(told) == {None, five.engineering.pk, five.dormitory.pk}
    assert told[None]["payout_yen"] == statement.payout_yen
    assert told[five.dormitory.pk]["gross_yen"] == 20_000
    assert "payout_yen" not in told[five.dormitory.pk]


# How it runs


@pytest.mark.fault("D02")
def test_a_beat_that_stood_still_catches_up_in_the_order_of_the_days(five: Cast):
    for day, amount_yen in (("11-03", 100), ("11-08", 100), ("11-13", 90_000)):
        settled(five.sakura, day, amount_yen, tax_yen=0)
    statements = close("11-30")
    assert [statement.closes_on.day for statement in statements] == [5, 10, 15]
    assert [statement.carried_in_yen for statement in statements] == [0, -32, -64]
    assert close("11-30") == []


def test_a_period_closes_once_and_a_test_twin_never(five: Cast):
    settled(five.sakura, "11-03")
    settled_twin = register(five.sakura.twin)
    assert settled_twin.owner.is_test
    with at("11-13"):
        first = close_period(five.sakura.pk, day_of("11-05"))
        assert close_period(five.sakura.pk, day_of("11-05")) == first
        assert close_due_periods(day_of("11-13")) == []
    assert Payout.objects.count() == 1
    assert not Closing.objects.filter(owner__is_test=True).exists()


def test_a_preview_is_the_statement_itself_and_leaves_nothing(five: Cast):
    settled(five.sakura, "11-03", 60_000, tenant="engineering")
    with at("11-04"):
        draft = preview_period(five.sakura.pk, day_of("11-05"))
    assert draft is not None
    assert draft.statement.payout_yen == 60_000 - 1_620 - 162 - 200
    assert [line.kind for line in draft.lines] == ["payment", "transfer"]
    assert [share.tenant.code for share in draft.sub_statements] == ["engineering"]
    assert not Statement.objects.exists()
    assert not Closing.objects.exists()
    assert not Event.objects.filter(type="statement.closed").exists()
    assert only_statement("11-13").payout_yen == draft.statement.payout_yen


def test_a_day_that_is_no_closing_date_or_before_the_last_one_is_refused(five: Cast):
    with at("11-30"):
        with pytest.raises(DomainError) as refused:
            close_period(five.sakura.pk, day_of("11-06"))
        assert refused.value.code == "not_a_closing_date"
        close_period(five.sakura.pk, day_of("11-10"))
        with pytest.raises(DomainError) as refused:
            close_period(five.sakura.pk, day_of("11-05"))
        assert refused.value.code == "period_closed"


@pytest.mark.fault("D15")
def test_a_closing_that_fails_half_way_leaves_nothing_and_holds_up_no_other(
    five: Cast, monkeypatch: pytest.MonkeyPatch
):
    settled(five.sakura, "11-03")
    settled(five.aoba, "11-03")

    def fail_for_sakura(told: Iterable[EventTold]) -> None:
        facts = list(told)
        if five.sakura.pk in {fact.owner_id for fact in facts}:
            raise RuntimeError("power cut")
        record_events(facts)

    monkeypatch.setattr(stating, "record_events", fail_for_sakura)
    with pytest.raises(ExceptionGroup):
        close("12-08")
    assert [statement.owner for statement in Statement.objects.all()] == [five.aoba]
    assert not Closing.objects.filter(owner=five.sakura).exists()
    assert not StatementLine.objects.filter(owner=five.sakura).exists()

    monkeypatch.undo()
    assert only_statement("12-08").owner == five.sakura
