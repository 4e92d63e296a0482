"""Sending: again after a failure, in order, past whoever is slow, and by another if killed."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler

import pytest

from billing.delivery import post as wire
from billing.models import Attempt, Delivery
from billing.services import sending
from billing.services.payments import receive_payment
from billing.services.reversals import reverse_payment
from billing.services.sending import claim, deliver_due
from billing.tests.receiver import Receiver, pay, receiving, tell
from smartpit.kernel import clock
from tenants.access import Scope
from tenants.models import Centre
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


def test_a_failed_notification_comes_again_under_its_id_after_5_seconds_and_5_minutes(
    cast: Cast,
):
    with receiving(500, 500, 200) as receiver:
        with clock.frozen(NOON):
            tell(cast.scope, receiver)
            pay(cast.sakura)
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
            tell(cast.scope, receiver)
            pay(cast.sakura)
        at = NOON
        while Delivery.objects.get().status == "pending":
            at = Delivery.objects.get().next_attempt_at or at
            with clock.frozen(at):
                assert deliver_due() == 1
    assert NOON + timedelta(days=29, hours=16) < at <= NOON + timedelta(days=30)
    assert Delivery.objects.get().status == "exhausted"
    assert len(receiver.got) == Delivery.objects.get().attempts == Attempt.objects.count() > 80


@pytest.mark.fault("C05")
@pytest.mark.parametrize("status", [300, 301, 302, 307, 400, 404, 429, 500, 503])
def test_only_a_2xx_is_a_success(cast: Cast, status: int):
    with receiving() as elsewhere, receiving((status, {"Location": elsewhere.url})) as receiver:
        tell(cast.scope, receiver)
        pay(cast.sakura)
        deliver_due()
        assert (len(receiver.got), elsewhere.got) == (1, [])
    assert Delivery.objects.get().status == "pending"


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_every_2xx_is_a_success(cast: Cast, status: int):
    with receiving(status) as receiver:
        tell(cast.scope, receiver)
        pay(cast.sakura)
        deliver_due()
    assert Delivery.objects.get().status == "delivered"


@pytest.mark.fault("C05")
def test_410_disables_the_endpoint_and_gives_up_what_waits(cast: Cast):
    with receiving(410) as receiver, receiving() as other:
        endpoint, _ = tell(cast.scope, receiver)
        tell(cast.scope, other)
        for _ in range(3):
            pay(cast.sakura)
        sending.deliver_due(limit=1)
        endpoint.refresh_from_db()
        assert endpoint.status == "disabled"
        waiting = Delivery.objects.filter(endpoint=endpoint)
        assert set(waiting.values_list("status", flat=True)) == {"exhausted"}
        pay(cast.sakura)
        deliver_due()
        assert (len(receiver.got), sorted(other.sequences())) == (1, [1, 2, 3, 4])


@pytest.mark.fault("C05")
def test_retry_after_is_honoured_up_to_a_day(cast: Cast):
    with receiving((503, {"Retry-After": "120"}), (503, {"Retry-After": "999999"})) as receiver:
        with clock.frozen(NOON):
            tell(cast.scope, receiver)
            pay(cast.sakura)
            deliver_due()
        assert Delivery.objects.get().next_attempt_at == NOON + timedelta(seconds=120)
        later = NOON + timedelta(seconds=120)
        with clock.frozen(later):
            deliver_due()
        assert Delivery.objects.get().next_attempt_at == later + timedelta(hours=24)


@pytest.mark.fault("C05")
def test_a_receiver_that_says_nothing_has_failed_when_the_time_is_up(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(wire, "SECONDS_MAX", 0.2)
    with receiving() as receiver:
        receiver.script = [receiver.hang]
        tell(cast.scope, receiver)
        pay(cast.sakura)
        deliver_due()
    assert Attempt.objects.get().failure.startswith("timeout")
    assert Delivery.objects.get().attempts == 1


@pytest.mark.fault("C05")
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
        tell(cast.scope, receiver)
        pay(cast.sakura)
        deliver_due()
    assert Attempt.objects.get().failure.startswith("timeout")


@pytest.mark.fault("C05")
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
        tell(cast.scope, receiver)
        pay(cast.sakura)
        deliver_due()
    assert Delivery.objects.get().status == "delivered"
    assert len(sent) < 64


def test_nobody_at_home_is_a_failed_attempt_and_no_more(cast: Cast):
    with receiving() as receiver:
        tell(cast.scope, receiver)
    pay(cast.sakura)
    deliver_due()
    assert Attempt.objects.get().failure.startswith("connect")
    assert Delivery.objects.get().status == "pending"


@pytest.mark.fault("C08")
def test_a_later_event_of_the_invoice_waits_for_the_earlier_but_no_other_does(cast: Cast):
    with receiving(500) as receiver:
        with clock.frozen(NOON):
            tell(cast.scope, receiver)
            told = notice(register(cast.sakura))
            receive_payment(told)
            reverse_payment(reversal(told))
            pay(cast.sakura)
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
            tell(cast.scope, receiver)
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


@pytest.mark.fault("C04")
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
        tell(cast.scope, hanging)
        tell(cast.scope, quick)
        for _ in range(12):
            pay(cast.sakura)
        assert deliver_due() == 24
    assert under_way[0] <= sending.UNDER_WAY_PER_ENDPOINT
    assert sorted(quick.sequences()) == sorted(hanging.sequences()) == list(range(1, 13))


def test_fresh_notifications_go_before_those_that_have_failed(cast: Cast):
    with receiving(500) as failing, receiving() as quick:
        with clock.frozen(NOON):
            tell(cast.scope, failing)
            pay(cast.sakura)
            deliver_due()
        with clock.frozen(NOON + timedelta(seconds=30)):
            tell(Scope(owner_id=cast.aoba.pk), quick)
            pay(cast.aoba)
            assert deliver_due(limit=1) == 1
        assert (len(failing.got), len(quick.got)) == (1, 1)


@pytest.mark.fault("C01")
@pytest.mark.fault("C07")
def test_what_a_killed_sender_claimed_is_sent_by_another_when_its_lease_is_out(
    cast: Cast, receiver: Receiver
):
    with clock.frozen(NOON):
        tell(cast.scope, receiver)
        pay(cast.sakura)
        assert len(claim(10)) == 1  # And here it is killed.
    with clock.frozen(NOON + sending.LEASE - timedelta(milliseconds=1)):
        assert deliver_due() == 0
    with clock.frozen(NOON + sending.LEASE):
        assert deliver_due() == 1
    assert receiver.sequences() == [1]


def test_a_sender_that_comes_back_after_its_lease_undoes_nothing(cast: Cast, receiver: Receiver):
    with clock.frozen(NOON):
        tell(cast.scope, receiver)
        pay(cast.sakura)
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

    tell(cast.scope, receiver)
    pay(cast.sakura)
    monkeypatch.setattr(wire, "post", broken)
    deliver_due()
    assert Attempt.objects.get().failure == "fault: LookupError"
    assert Delivery.objects.get().attempts == 1
