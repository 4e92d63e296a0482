"""A system that refuses some notifications for good and takes the others stops nobody's."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError

from billing.delivery.post import Outcome
from billing.models import Delivery, EndpointAlert
from billing.services import sending
from billing.services.claiming import Met, claim, record_attempts
from billing.services.sending import Sender, deliver_due
from billing.tests.receiver import pay, receiving, tell
from smartpit.kernel import clock
from tenants.models import Centre
from tests.cast import Cast, make_cast

NOON = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
LATE = NOON + timedelta(days=31)


@pytest.fixture
def cast(db: None) -> Cast:
    """Give the cast in a demo folder, where a receiver may live on loopback."""
    cast = make_cast()
    Centre.objects.update(is_demo=True)
    return cast


def _statuses() -> list[str]:
    return list(Delivery.objects.order_by("pk").values_list("status", flat=True))


@pytest.mark.fault("C04")
def test_what_is_given_up_beside_what_is_taken_is_recorded_with_it(cast: Cast) -> None:
    with receiving() as receiver:
        with clock.frozen(NOON):
            tell(cast.scope, receiver)
            for _ in range(4):
                pay(cast.sakura)
        for hours in (0, 1):
            with clock.frozen(LATE + timedelta(hours=hours)):
                refused, taken = claim(2)
                record_attempts(
                    [Met(refused, Outcome(status=400)), Met(taken, Outcome(status=200))]
                )
    assert _statuses() == ["exhausted", "delivered", "exhausted", "delivered"]
    (alert,) = EndpointAlert.objects.filter(kind="exhausted")
    assert alert.since == NOON


def test_what_cannot_be_recorded_takes_no_others_place(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    sender = Sender()

    def fail(met: list[Met]) -> None:
        raise DatabaseError

    with receiving() as receiver:
        with clock.frozen(NOON):
            tell(cast.scope, receiver)
            pay(cast.sakura)
            with monkeypatch.context() as patched:
                patched.setattr(sending, "record_attempts", fail)
                with pytest.raises(DatabaseError):
                    sender.work()
            assert sender.held == 0
        sender.close()
        with clock.frozen(NOON + timedelta(hours=1)):
            assert deliver_due() == 1
    assert _statuses() == ["delivered"]
