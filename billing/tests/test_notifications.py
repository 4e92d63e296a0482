"""What owners' systems are told: signed, in order, again and again, and never twice as new."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from http.server import BaseHTTPRequestHandler
from typing import Self

import pytest
from standardwebhooks import webhooks
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from billing.delivery import post as wire
from billing.models import Attempt, Delivery, Endpoint, Event
from billing.services import sending
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
from billing.services.reversals import reverse_payment
from billing.services.sending import claim, deliver_due
from billing.tests.receiver import Receiver, receiving
from smartpit.kernel import clock
from tenants.access import Scope
from tenants.models import Centre, Owner
from tests.cast import Cast, make_cast, notice, register, reversal

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


def _tell(scope: Scope, receiver: Receiver, *types: str) -> tuple[Endpoint, str]:
    return add_endpoint(scope, EndpointAsked(receiver.url, types))


def _pay(owner: Owner, **words: object) -> Event:
    receive_payment(notice(register(owner, **words)))
    return Event.objects.filter(tenant=None).latest("id")


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
    _, secret = _tell(cast.scope, receiver)
    invoice = register(cast.sakura, amount_yen=55_000)
    receive_payment(notice(invoice))
    assert deliver_due() == 1

    told = _verify(monkeypatch, secret, receiver)
    event = Event.objects.get(tenant=None)
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


def test_for_24_hours_after_a_rotation_both_secrets_sign_and_then_only_the_new(
    cast: Cast, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
):
    with clock.frozen(NOON):
        endpoint, former = _tell(cast.scope, receiver)
        _, new = rotate_secret(cast.scope, str(endpoint.pk))
    with clock.frozen(NOON + timedelta(hours=23, minutes=59)):
        _pay(cast.sakura)
        deliver_due()
        assert len(receiver.got[-1].headers["webhook-signature"].split(" ")) == 2
        for secret in (former, new):
            assert _verify(monkeypatch, secret, receiver)["sequence"] == 1
    with clock.frozen(NOON + timedelta(hours=24)):
        _pay(cast.sakura)
        deliver_due()
        assert _verify(monkeypatch, new, receiver)["sequence"] == 2
        with pytest.raises(WebhookVerificationError):
            _verify(monkeypatch, former, receiver)


def test_an_endpoints_secret_lies_sealed_and_without_the_key_nothing_is_sent(
    cast: Cast, receiver: Receiver, settings
):
    endpoint, secret = _tell(cast.scope, receiver)
    endpoint.refresh_from_db()
    assert secret.startswith("whsec_")
    assert secret.encode() not in bytes(endpoint.secret)
    _pay(cast.sakura)
    settings.SECRET_KEY = "another"
    deliver_due()
    assert receiver.got == []
    assert Attempt.objects.get().failure == "secret_unreadable"


def test_a_failed_notification_comes_again_under_its_id_after_5_seconds_and_5_minutes(
    cast: Cast,
):
    with receiving(500, 500, 200) as receiver:
        with clock.frozen(NOON):
            _tell(cast.scope, receiver)
            _pay(cast.sakura)
            assert (deliver_due(), deliver_due()) == (1, 0)
        for wait, sent in ((4.9, 0), (5, 1), (304.9, 0), (305, 1), (9_999, 0)):
            with clock.frozen(NOON + timedelta(seconds=wait)):
                assert deliver_due() == sent
        assert len(receiver.got) == 3
        assert len({got.headers["webhook-id"] for got in receiver.got}) == 1
        assert len({got.raw for got in receiver.got}) == 1
        assert len({got.headers["webhook-timestamp"] for got in receiver.got}) == 3
    statuses = Attempt.objects.order_by("id").values_list("answer_status", flat=True)
    assert list(statuses) == [500, 500, 200]


def test_after_30_days_of_failures_it_is_left_to_be_pulled(cast: Cast):
    with receiving(503) as receiver:
        with clock.frozen(NOON):
            _tell(cast.scope, receiver)
            _pay(cast.sakura)
        at = NOON
        while Delivery.objects.get().status == "pending":
            at = Delivery.objects.get().next_attempt_at or at
            with clock.frozen(at):
                assert deliver_due() == 1
    assert NOON + timedelta(days=29, hours=16) < at <= NOON + timedelta(days=30)
    assert Delivery.objects.get().status == "exhausted"
    assert len(receiver.got) == Delivery.objects.get().attempts == Attempt.objects.count() > 80


@pytest.mark.parametrize("status", [300, 301, 302, 307, 400, 404, 429, 500, 503])
def test_only_a_2xx_is_a_success(cast: Cast, status: int):
    with receiving() as elsewhere, receiving((status, {"Location": elsewhere.url})) as receiver:
        _tell(cast.scope, receiver)
        _pay(cast.sakura)
        deliver_due()
        assert (len(receiver.got), elsewhere.got) == (1, [])
    assert Delivery.objects.get().status == "pending"


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_every_2xx_is_a_success(cast: Cast, status: int):
    with receiving(status) as receiver:
        _tell(cast.scope, receiver)
        _pay(cast.sakura)
        deliver_due()
    assert Delivery.objects.get().status == "delivered"


def test_410_disables_the_endpoint_and_gives_up_what_waits(cast: Cast):
    with receiving(410) as receiver, receiving() as other:
        endpoint, _ = _tell(cast.scope, receiver)
        _tell(cast.scope, other)
        for _ in range(3):
            _pay(cast.sakura)
        sending.deliver_due(limit=1)
        endpoint.refresh_from_db()
        assert endpoint.status == "disabled"
        waiting = Delivery.objects.filter(endpoint=endpoint)
        assert set(waiting.values_list("status", flat=True)) == {"exhausted"}
        _pay(cast.sakura)
        deliver_due()
        assert (len(receiver.got), other.sequences()) == (1, [1, 2, 3, 4])


def test_retry_after_is_honoured_up_to_a_day(cast: Cast):
    with receiving((503, {"Retry-After": "120"}), (503, {"Retry-After": "999999"})) as receiver:
        with clock.frozen(NOON):
            _tell(cast.scope, receiver)
            _pay(cast.sakura)
            deliver_due()
        assert Delivery.objects.get().next_attempt_at == NOON + timedelta(seconds=120)
        later = NOON + timedelta(seconds=120)
        with clock.frozen(later):
            deliver_due()
        assert Delivery.objects.get().next_attempt_at == later + timedelta(hours=24)


def test_a_receiver_that_says_nothing_has_failed_when_the_time_is_up(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(wire, "SECONDS_MAX", 0.2)
    with receiving() as receiver:
        receiver.script = [receiver.hang]
        _tell(cast.scope, receiver)
        _pay(cast.sakura)
        deliver_due()
    assert Attempt.objects.get().failure.startswith("timeout")
    assert Delivery.objects.get().attempts == 1


def test_a_receiver_that_drips_its_answer_gains_no_time(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(wire, "SECONDS_MAX", 0.4)
    with receiving() as receiver:

        def drip(request: BaseHTTPRequestHandler) -> None:
            request.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            while not receiver.release.wait(0.05):
                request.wfile.write(b"x")

        receiver.script = [drip]
        _tell(cast.scope, receiver)
        _pay(cast.sakura)
        deliver_due()
    assert Attempt.objects.get().failure.startswith("timeout")


def test_a_success_with_a_giant_body_is_a_success_and_not_read_to_its_end(cast: Cast):
    sent = []

    def flood(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        try:
            for _ in range(64):
                request.wfile.write(b"x" * 1_048_576)
                sent.append(1)
        except OSError:
            return

    with receiving(flood) as receiver:
        _tell(cast.scope, receiver)
        _pay(cast.sakura)
        deliver_due()
    assert Delivery.objects.get().status == "delivered"
    assert len(sent) < 64


def test_nobody_at_home_is_a_failed_attempt_and_no_more(cast: Cast):
    with receiving() as receiver:
        _tell(cast.scope, receiver)
    _pay(cast.sakura)
    deliver_due()
    assert Attempt.objects.get().failure.startswith("connect")
    assert Delivery.objects.get().status == "pending"


def test_a_later_event_of_the_invoice_waits_for_the_earlier_but_no_other_does(cast: Cast):
    with receiving(500) as receiver:
        with clock.frozen(NOON):
            _tell(cast.scope, receiver)
            told = notice(register(cast.sakura))
            receive_payment(told)
            reverse_payment(reversal(told))
            _pay(cast.sakura)
            deliver_due()
        assert sorted(receiver.sequences()) == [1, 3]
        receiver.script = [204]
        with clock.frozen(NOON + timedelta(seconds=5)):
            deliver_due()
    in_order = [number for number in receiver.sequences()[2:] if number != 3]
    assert in_order == [1, 2]
    assert set(Delivery.objects.values_list("status", flat=True)) == {"delivered"}


def test_after_four_failures_of_the_earlier_the_later_goes_ahead(cast: Cast):
    with receiving(500) as receiver:
        with clock.frozen(NOON):
            _tell(cast.scope, receiver)
            told = notice(register(cast.sakura))
            receive_payment(told)
            reverse_payment(reversal(told))
        for _ in range(4):
            assert receiver.sequences().count(2) == 0
            due = Delivery.objects.get(event__sequence=1).next_attempt_at
            assert due
            with clock.frozen(max(due, NOON)):
                deliver_due()
        assert receiver.sequences() == [1, 1, 1, 1, 2]


def test_one_hanging_endpoint_delays_no_other(cast: Cast):
    """While it hangs, only four of its own are under way and all others go out."""
    with receiving() as hanging, receiving() as quick:
        hanging.script = [hanging.hang]

        under_way: list[int] = []

        def last_one(request: BaseHTTPRequestHandler) -> None:
            under_way.append(len(hanging.got))
            hanging.release.set()  # Reached only if the quick one is not behind the hanging.
            request.send_response(204)
            request.end_headers()

        quick.script = [*[204] * 11, last_one, 204]
        _tell(cast.scope, hanging)
        _tell(cast.scope, quick)
        for _ in range(12):
            _pay(cast.sakura)
        assert deliver_due() == 24
    assert under_way[0] <= sending.UNDER_WAY_PER_ENDPOINT
    assert sorted(quick.sequences()) == sorted(hanging.sequences()) == list(range(1, 13))


def test_what_a_killed_sender_claimed_is_sent_by_another_when_its_lease_is_out(
    cast: Cast, receiver: Receiver
):
    with clock.frozen(NOON):
        _tell(cast.scope, receiver)
        _pay(cast.sakura)
        assert len(claim(10)) == 1  # And here it is killed.
    with clock.frozen(NOON + sending.LEASE - timedelta(milliseconds=1)):
        assert deliver_due() == 0
    with clock.frozen(NOON + sending.LEASE):
        assert deliver_due() == 1
    assert receiver.sequences() == [1]


def test_a_sender_that_comes_back_after_its_lease_undoes_nothing(cast: Cast, receiver: Receiver):
    with clock.frozen(NOON):
        _tell(cast.scope, receiver)
        _pay(cast.sakura)
        (late,) = claim(10)
    with clock.frozen(NOON + sending.LEASE):
        (other,) = claim(10)
        sending.record_attempt(late, wire.Outcome(failure="timeout"))
        assert Delivery.objects.get().next_attempt_at == other.lease
        sending.record_attempt(other, wire.Outcome(204))
        sending.record_attempt(late, wire.Outcome(failure="timeout"))
    assert Delivery.objects.get().status == "delivered"


def test_a_fault_of_our_own_is_a_failed_attempt_like_any_other(
    cast: Cast, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
):
    def broken(_letter: wire.Letter) -> wire.Outcome:
        raise LookupError

    _tell(cast.scope, receiver)
    _pay(cast.sakura)
    monkeypatch.setattr(wire, "post", broken)
    deliver_due()
    assert Attempt.objects.get().failure == "fault: LookupError"
    assert Delivery.objects.get().attempts == 1


def test_an_endpoint_is_told_the_types_it_asked_for_of_its_own_stream(cast: Cast):
    with receiving() as all_, receiving() as withdrawn, receiving() as engineering:
        _tell(cast.scope, all_)
        _tell(cast.scope, withdrawn, "invoice.withdrawn")
        add_endpoint(cast.scope, EndpointAsked(engineering.url, tenant="engineering"))
        _pay(cast.sakura)
        _pay(cast.sakura, tenant="engineering")
        _pay(cast.aoba)
        withdraw_invoice(cast.scope, str(register(cast.sakura).pk))
        deliver_due()
        assert sorted(all_.sequences()) == [1, 2, 3]
        assert [got.body["type"] for got in withdrawn.got] == ["invoice.withdrawn"]
        assert [got.body["sequence"] for got in engineering.got] == [1]
        assert engineering.got[0].body["data"]["tenant"] == "engineering"


def test_a_removed_endpoint_is_told_nothing_more(cast: Cast, receiver: Receiver):
    endpoint, _ = _tell(cast.scope, receiver)
    _pay(cast.sakura)
    for _ in range(2):
        assert remove_endpoint(cast.scope, str(endpoint.pk)).status == "deleted"
    _pay(cast.sakura)
    assert deliver_due() == 0
    assert list(Delivery.objects.values_list("status", flat=True)) == ["exhausted"]


def test_events_are_sent_again_under_their_ids_and_to_endpoints_made_later(cast: Cast):
    with receiving() as first, receiving() as later, receiving() as foreign:
        _tell(cast.scope, first)
        _tell(Scope(owner_id=cast.aoba.pk), foreign)
        for _ in range(4):
            _pay(cast.sakura)
        deliver_due()
        _tell(cast.scope, later)
        assert resend_events(cast.scope, 2, 3) == 4
        deliver_due()
        assert sorted(first.sequences()) == [1, 2, 2, 3, 3, 4]
        assert len({got.headers["webhook-id"] for got in first.got}) == 4
        assert sorted(later.sequences()) == [2, 3]
        assert foreign.got == []
    assert resend_events(Scope(owner_id=cast.sakura.twin.pk), 1, 9) == 0


def test_a_test_twins_events_say_so_and_a_live_owners_do_not(cast: Cast, receiver: Receiver):
    twin = cast.sakura.twin
    _tell(Scope(owner_id=twin.pk), receiver)
    record_event(EventTold("tenant.live", twin.pk, None, {"tenant": "own"}))
    deliver_due()
    assert receiver.got[0].body["data"] == {"tenant": "own", "test": True}
    assert "test" not in _pay(cast.sakura).body
