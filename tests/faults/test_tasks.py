"""A task is a doorbell: it is told names, and reads what stands when it runs."""

from inspect import signature

import pytest

from billing.models import Payment
from settlement.models import Statement
from settlement.tasks import settle_due
from settlement.tests.scene import at, cast_of, paid, settled
from smartpit.celery import app
from tests.cast import Cast

_OURS = ("billing.", "cards.", "settlement.", "smartpit.", "tenants.")


@pytest.fixture
def cast(db: None) -> Cast:
    return cast_of()


@pytest.mark.fault("D16")
def test_every_task_is_given_ids_and_nothing_that_can_grow_old():
    app.loader.import_default_modules()
    tasks = {name: task for name, task in app.tasks.items() if name.startswith(_OURS)}
    assert len(tasks) > 10
    for name, task in tasks.items():
        words = signature(task.run).parameters
        assert all(word.endswith("_id") for word in words), name


@pytest.mark.fault("D02")
@pytest.mark.fault("D16")
def test_a_task_that_was_rung_for_long_ago_settles_what_stands_now(cast: Cast):
    settled(cast.sakura, "11-03")
    unconfirmed = paid(cast.sakura, "11-03", 20_000)
    with at("11-16"):
        settle_due()
        settle_due()
    assert Statement.objects.get().gross_yen == 10_000
    assert unconfirmed.status == Payment.Status.REPORTED
