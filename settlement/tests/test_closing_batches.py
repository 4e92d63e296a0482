"""Owners that are closed together are closed as each would be alone."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.models import Confirmation, Delivery, Event
from billing.services.events import EventTold, record_events
from billing.services.faxes import complete_fax
from billing.services.notifications import EndpointAsked, add_endpoint
from settlement.calendar import statement_day
from settlement.due import Due, next_closing, next_windows
from settlement.models import Closing, Statement
from settlement.services import closing, stating
from settlement.services.closing import close_due_periods, close_period
from settlement.takings import Asked, Taken, taken
from settlement.tests.scene import FIRST, at, cast_of, close, confirm, day_of, paid, refund, settled
from tenants.access import Scope
from tenants.models import Owner
from tenants.services import Contact, TermsSigned, open_owner
from tests import databases
from tests.cast import Cast
from tests.faults.settled_text import settled_text


@pytest.fixture
def cast(db: None) -> Cast:
    return cast_of()


def _owner(code: str, **terms: str) -> Owner:
    words = {"cycle": "5-day", "setup_fees": "apart"} | terms
    return open_owner(code, code, Contact(), TermsSigned(FIRST, **words))  # type: ignore[arg-type]


def _world(cast: Cast) -> None:
    """Give owners of three cycles tenants, refunds, FAXes, stamps, carries and receivers."""
    owners = [
        _owner("momiji"),
        _owner("tsubaki", cycle="10-day"),
        _owner("ume", setup_fees="first_statement"),
    ]
    taken_back = settled(cast.sakura, "11-03", 20_000, tenant="dormitory")
    settled(cast.sakura, "11-03", 60_000, tenant="engineering")
    settled(cast.sakura, "11-12", 80_000)
    refund(taken_back, on="11-08")
    settled(cast.aoba, "11-20", 70_000)
    for place, owner in enumerate(owners):
        settled(owner, "11-02", 100 + 55_000 * place)
        settled(owner, "11-17", 90_000)
    with at("11-07"):
        complete_fax(cast.sakura.pk)
        add_endpoint(cast.scope, EndpointAsked("https://hooks.example.com/all"))
        add_endpoint(Scope(owner_id=owners[0].pk), EndpointAsked("https://hooks.example.com/m"))


def _one_by_one(upto: date) -> None:
    for owner_id in Owner.objects.filter(is_test=False).order_by("pk").values_list("pk", flat=True):
        while (closes_on := next_closing(owner_id)) and statement_day(closes_on) <= upto:
            close_period(owner_id, closes_on)


def _told() -> list[tuple[object, ...]]:
    rows = Delivery.objects.order_by("endpoint__url", "event__sequence")
    return list(rows.values_list("endpoint__url", "event__sequence", "event__type", "status"))


def test_a_world_closed_in_batches_equals_one_closed_owner_by_owner(committed_db: str):
    _world(cast_of())
    name, upto = str(connection.settings_dict["NAME"]), day_of("12-31")

    def left_by(close_all: Callable[[date], object]) -> tuple[str, list[tuple[object, ...]]]:
        connection.close()  # None but the copier may be in a database that is copied.
        with databases.scratch_copy(name):
            with at("12-31"):
                close_all(upto)
            assert Statement.objects.count() > 10
            return settled_text(), _told()

    together, alone = left_by(close_due_periods), left_by(_one_by_one)
    assert together == alone
    assert "statement.closed" in together[0]
    assert len(together[1]) > 3


def test_more_owners_cost_no_more_statements(cast: Cast):
    owners = [cast.sakura, *(_owner(f"owner-{place}") for place in range(6))]

    def statements_of(owners: Sequence[Owner], paid_on: str, closed_on: str) -> int:
        for owner in owners:
            settled(owner, paid_on)
        with CaptureQueriesContext(connection) as queries:
            assert len(close(closed_on)) == len(owners)
        return len(queries)

    statements_of(owners, "11-03", "11-13")  # Their streams are made.
    assert statements_of(owners, "11-07", "11-18") == statements_of(owners[:1], "11-12", "11-24")


def test_what_is_confirmed_after_it_was_counted_ahead_is_stated_all_the_same(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
):
    settled(cast.sakura, "11-03")
    late = paid(cast.sakura, "11-04", 7_000)

    def taken_too_early(asked: Sequence[Asked]) -> dict[Asked, Taken]:
        told = taken(asked)
        if late.status != "confirmed":
            confirm(late, on="11-04")
            late.refresh_from_db()
        return told

    monkeypatch.setattr(closing, "taken", taken_too_early)
    (statement,) = close("11-13")
    assert Confirmation.objects.get(payment=late).closes_on == statement.closes_on
    assert (statement.payments_count, statement.gross_yen) == (2, 17_000)


def test_owners_in_trouble_stand_alone_with_it_and_have_their_turn_again(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
):
    owners = [cast.sakura, *(_owner(f"owner-{place}") for place in range(8))]
    for owner in owners:
        settled(owner, "11-03")
        settled(owner, "11-07")
    troubled = {owners[2].pk, owners[3].pk, owners[8].pk}

    def fail_for_some(told: Iterable[EventTold]) -> None:
        facts = list(told)
        if troubled & {fact.owner_id for fact in facts}:
            raise RuntimeError("power cut")
        record_events(facts)

    monkeypatch.setattr(stating, "record_events", fail_for_some)
    with pytest.raises(ExceptionGroup) as raised:
        close("11-18")
    assert len(raised.value.exceptions) == len(troubled)
    assert not Closing.objects.filter(owner_id__in=troubled).exists()
    for owner in owners:
        stated = Statement.objects.filter(owner=owner).count()
        assert stated == (0 if owner.pk in troubled else 2)
        told = Event.objects.filter(owner=owner, tenant=None, type="statement.closed")
        assert told.count() == stated

    monkeypatch.undo()
    again = close("11-18")
    assert {statement.owner_id for statement in again} == troubled
    assert len(again) == 6


def test_owners_whose_terms_cannot_be_read_hold_up_no_other(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
):
    settled(cast.sakura, "11-03")
    settled(cast.aoba, "11-03")

    def fail_for_aoba(owner_ids: Iterable[int]) -> dict[int, Due]:
        asked = list(owner_ids)
        assert cast.aoba.pk not in asked
        return next_windows(asked)

    monkeypatch.setattr(closing, "next_windows", fail_for_aoba)
    with pytest.raises(ExceptionGroup):
        close("12-08")
    assert {statement.owner for statement in Statement.objects.all()} == {cast.sakura}
