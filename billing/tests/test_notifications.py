"""What owners' systems are told: what it says, who signs it, and to whom it goes."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Self

import pytest
from standardwebhooks import webhooks
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from billing.models import Attempt, Delivery, Endpoint, Event
from billing.services.events import EventTold, record_event
from billing.services.invoices import withdraw_invoice
from billing.services.notifications import (
    EndpointAsked,
    add_endpoint,
    remove_endpoint,
    resend_events,
    rotate_secret,
)
from billing.services.payments import receive_payment
from billing.services.sending import deliver_due
from billing.tests.receiver import Receiver, pay, receiving, tell
from smartpit.kernel import clock
from tenants.access import Scope
from tenants.models import Centre
from tests.cast import Cast, make_cast, notice, register

NOON = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


@pytest.fixture
def cast(db: None) -> Cast:
    """Give the cast in a demo folder, where a receiver may live on loopback."""
    cast = make_cast()
    Centre.objects.update(is_demo=True)
    return cast


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as opened:
        yield opened


def _verify(monkeypatch: pytest.MonkeyPatch, secret: str, receiver: Receiver, place: int = -1):
    """Have the reference library judge one request by the clock of the test."""

    class Frozen(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return cls.fromtimestamp(clock.now().timestamp(), tz)

    monkeypatch.setattr(webhooks, "datetime", Frozen)
    got = receiver.got[place]
    return Webhook(secret).verify(got.raw, got.headers)


def test_a_payment_is_told_with_a_signature_the_reference_library_accepts(
    cast: Cast, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
):
    _, secret = tell(cast.scope, receiver)
    invoice = register(cast.sakura, amount_yen=55_000)
    receive_payment(notice(invoice))
    assert deliver_due() == 1

    told = _verify(monkeypatch, secret, receiver)
    event = Event.objects.get()
    assert told == {
        "type": "payment.reported",
        "timestamp": event.occurred_at.astimezone(clock.JST).isoformat(),
        "sequence": 1,
        "data": event.body,
    }
    assert told["data"]["amount_yen"] == 55_000
    assert receiver.got[0].headers["content-type"] == "application/json"
    with pytest.raises(WebhookVerificationError):
        _verify(monkeypatch, rotate_secret(cast.scope, str(Endpoint.objects.get().pk))[1], receiver)

    delivery = Delivery.objects.get()
    assert (delivery.status, delivery.attempts) == ("delivered", 1)
    assert Attempt.objects.get().answer_status == 204
    assert deliver_due() == 0


@pytest.mark.fault("C10")
def test_for_24_hours_after_a_rotation_both_secrets_sign_and_then_only_the_new(
    cast: Cast, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
):
    with clock.frozen(NOON):
        endpoint, former = tell(cast.scope, receiver)
        _, new = rotate_secret(cast.scope, str(endpoint.pk))
    with clock.frozen(NOON + timedelta(hours=23, minutes=59)):
        pay(cast.sakura)
        deliver_due()
        assert len(receiver.got[-1].headers["webhook-signature"].split(" ")) == 2
        for secret in (former, new):
            assert _verify(monkeypatch, secret, receiver)["sequence"] == 1
    with clock.frozen(NOON + timedelta(hours=24)):
        pay(cast.sakura)
        deliver_due()
        assert _verify(monkeypatch, new, receiver)["sequence"] == 2
        with pytest.raises(WebhookVerificationError):
            _verify(monkeypatch, former, receiver)


def test_an_endpoints_secret_lies_sealed_and_without_the_key_nothing_is_sent(
    cast: Cast, receiver: Receiver, settings
):
    endpoint, secret = tell(cast.scope, receiver)
    endpoint.refresh_from_db()
    assert secret.startswith("whsec_")
    assert secret.encode() not in bytes(endpoint.secret)
    pay(cast.sakura)
    settings.SECRET_KEY = "another"
    deliver_due()
    assert receiver.got == []
    assert Attempt.objects.get().failure == "secret_unreadable"


@pytest.mark.fault("C13")
def test_an_endpoint_is_told_the_types_it_asked_for_of_its_own_stream(cast: Cast):
    with receiving() as all_, receiving() as withdrawn, receiving() as engineering:
        tell(cast.scope, all_)
        tell(cast.scope, withdrawn, "invoice.withdrawn")
        add_endpoint(cast.scope, EndpointAsked(engineering.url, tenant="engineering"))
        pay(cast.sakura)
        pay(cast.sakura, tenant="engineering")
        pay(cast.aoba)
        withdraw_invoice(cast.scope, str(register(cast.sakura).pk))
        deliver_due()
        assert sorted(all_.sequences()) == [1, 2, 3]
        assert [got.body["type"] for got in withdrawn.got] == ["invoice.withdrawn"]
        assert [got.body["sequence"] for got in engineering.got] == [1]
        assert engineering.got[0].body["data"]["tenant"] == "engineering"


def test_a_removed_endpoint_is_told_nothing_more(cast: Cast, receiver: Receiver):
    endpoint, _ = tell(cast.scope, receiver)
    pay(cast.sakura)
    for _ in range(2):
        assert remove_endpoint(cast.scope, str(endpoint.pk)).status == "deleted"
    pay(cast.sakura)
    assert deliver_due() == 0
    assert list(Delivery.objects.values_list("status", flat=True)) == ["exhausted"]


@pytest.mark.parametrize("status", ["disabled", "deleted"])
def test_what_was_still_written_for_an_endpoint_out_of_use_is_not_sent(
    cast: Cast, receiver: Receiver, status: str
):
    """A payment may read the endpoints just before one is removed, and commit just after."""
    tell(cast.scope, receiver)
    pay(cast.sakura)
    Endpoint.objects.update(status=status)
    assert deliver_due() == 0
    assert receiver.got == []


def test_events_are_sent_again_under_their_ids_and_to_endpoints_made_later(cast: Cast):
    with receiving() as first, receiving() as later, receiving() as foreign:
        tell(cast.scope, first)
        tell(Scope(owner_id=cast.aoba.pk), foreign)
        for _ in range(4):
            pay(cast.sakura)
        deliver_due()
        tell(cast.scope, later)
        assert resend_events(cast.scope, 2, 3) == 4
        deliver_due()
        assert sorted(first.sequences()) == [1, 2, 2, 3, 3, 4]
        assert len({got.headers["webhook-id"] for got in first.got}) == 4
        assert sorted(later.sequences()) == [2, 3]
        assert foreign.got == []
    assert resend_events(Scope(owner_id=cast.sakura.twin.pk), 1, 9) == 0


def test_a_test_twins_events_say_so_and_a_live_owners_do_not(cast: Cast, receiver: Receiver):
    twin = cast.sakura.twin
    tell(Scope(owner_id=twin.pk), receiver)
    record_event(EventTold("tenant.live", twin.pk, None, {"tenant": "own"}))
    deliver_due()
    assert receiver.got[0].body["data"] == {"tenant": "own", "test": True}
    assert "test" not in pay(cast.sakura).body
