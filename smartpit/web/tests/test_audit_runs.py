"""The audit by the clock: kept, every six hours, by one; it freezes payouts when money is wrong."""

import time
from pathlib import Path
from threading import Event
from typing import Any

import psycopg
import pytest
from django.db import transaction

from settlement.models import AuditRun, PayoutFreeze
from settlement.refusals import PayoutsFrozen
from settlement.seal_anchor import anchor
from settlement.services.freezes import lift_freeze, require_not_frozen
from settlement.services.seals import seal_days
from settlement.tests.payout_cast import person
from settlement.tests.scene import at, day_of, take
from smartpit.web.audit.checks import CHECKS
from smartpit.web.audit.running import NO_MONEY, run_audit_if_due
from smartpit.web.tasks import sweep_audit
from tests.cast import Cast, make_cast, register
from tests.threads import in_threads

Owner = psycopg.Connection[tuple[object, ...]]


@pytest.fixture
def played(committed_db: str, settings, tmp_path: Path) -> Cast:
    settings.SEAL_ANCHOR = tmp_path / "anchor.txt"
    with at("11-03"):
        cast = make_cast(starts_on=day_of("11-01"))
        take(register(cast.sakura, amount_yen=10_000))
    return cast


def spoil(owner: Owner) -> None:
    owner.execute(b"ALTER TABLE billing_payment DROP CONSTRAINT payment_within_cap")


def test_a_healthy_world_is_looked_at_every_six_hours_and_nothing_is_frozen(played: Cast):
    for hour in ("12:00", "17:59", "18:00"):
        with at("11-03", hour):
            sweep_audit()
    assert AuditRun.objects.count() == 2
    run = AuditRun.objects.latest("began_at")
    assert run.faults == {}
    assert run.looked_at > 0
    assert not PayoutFreeze.objects.exists()


def test_wrong_books_freeze_payouts_once_and_no_till(played: Cast, owner_connection: Owner):
    spoil(owner_connection)
    for day in ("11-03", "11-04"):
        with at(day):
            run_audit_if_due()
    freeze = PayoutFreeze.objects.get()
    assert freeze.reason.endswith("constraints")
    with at("11-04"):
        with pytest.raises(PayoutsFrozen), transaction.atomic():
            require_not_frozen({played.sakura.pk})
        take(register(played.sakura, amount_yen=10_000))
        lift_freeze(person("operator"), freeze.pk, "確認しました。")
    with at("11-05"):
        run_audit_if_due()
    assert PayoutFreeze.objects.filter(lifted_at=None).count() == 1


def test_what_is_no_money_is_kept_and_freezes_nothing(
    played: Cast, owner_connection: Owner, monkeypatch: pytest.MonkeyPatch
):
    assert {check.name for check in CHECKS} >= NO_MONEY
    monkeypatch.setattr("smartpit.web.audit.running.NO_MONEY", NO_MONEY | {"constraints"})
    spoil(owner_connection)
    with at("11-03"):
        run = run_audit_if_due()
    assert run is not None
    assert set(run.faults) == {"constraints"}
    assert not PayoutFreeze.objects.exists()


def test_an_audit_waits_while_a_day_is_being_sealed(played: Cast, monkeypatch: pytest.MonkeyPatch):
    """For a moment the anchor is a line ahead of the rows, which is no reason to freeze."""
    is_ahead = Event()

    def anchor_slowly(*words: Any) -> None:
        anchor(*words)
        is_ahead.set()
        time.sleep(0.5)

    monkeypatch.setattr("settlement.services.seals.anchor", anchor_slowly)

    def work(place: int) -> object:
        with at("11-04"):
            if place == 0:
                return len(seal_days())
            assert is_ahead.wait(30)
            run = run_audit_if_due()
            return run and run.faults

    assert in_threads(work, 2) == [1, {}]
    assert not PayoutFreeze.objects.exists()


def test_of_two_who_are_due_at_once_one_looks(played: Cast):
    def look(_place: int) -> AuditRun | None:
        with at("11-03"):
            return run_audit_if_due()

    runs = in_threads(look, 2)
    assert sum(run is not None for run in runs) == 1
    assert AuditRun.objects.count() == 1
