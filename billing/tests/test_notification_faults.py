"""Faults on the way to owners' systems (docs/faults.toml, C): what must be true all the same."""

import time
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise
from typing import Any, Self

import pytest
from django.core import mail
from django.db import transaction
from standardwebhooks import webhooks
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from billing import tasks
from billing.delivery import post as wire
from billing.delivery.post import Letter, Outcome
from billing.models import Case, Delivery, Endpoint, EndpointAlert
from billing.selectors import events_after
from billing.services import sending
from billing.services.alerts import alert_of_endpoints
from billing.services.cards import hand_over_card
from billing.services.events import EventTold, record_events
from billing.services.invoices import withdraw_invoice
from billing.services.notifications import (
    EndpointAsked,
    add_endpoint,
    enable_endpoint,
    remove_endpoint,
    resend_events,
)
from billing.services.payments import receive_payment, receive_payments
from billing.services.sending import Sender, claim, deliver_due
from billing.tests.receiver import pay, receiving, tell
from cards.services import MemberAsked
from smartpit.kernel import clock
from tenants.access import NotFound, Scope
from tenants.models import Centre
from tenants.services import StaffAsked, invite_staff
from tests.cast import Cast, make_cast, notice, register

NOON = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
NOWHERE = EndpointAsked("https://hook.example/")


@pytest.fixture
def cast(db: None) -> Cast:
    """Give the cast in a demo folder, with an administrator and a developer of sakura."""
    cast = make_cast()
    Centre.objects.update(is_demo=True)
    for role in ("administrator", "developer", "viewer"):
        invite_staff(StaffAsked(f"{role}@sakura.example", role, role, cast.sakura))
    return cast


class Wire:
    """In place of HTTP: answers as told, and keeps what was sent, in order."""

    def __init__(self) -> None:
        self.answer = Outcome(500)
        self.sent: list[Letter] = []

    def post(self, letter: Letter) -> Outcome:
        self.sent.append(letter)
        return self.answer


@pytest.fixture
def faked(monkeypatch: pytest.MonkeyPatch) -> Wire:
    wired = Wire()
    monkeypatch.setattr(wire, "post", wired.post)
    return wired


def _play(until: datetime, since: datetime = NOON) -> datetime:
    """Send whenever something is due, in virtual time; return the last instant of it."""
    at = since
    while True:
        with clock.frozen(at):
            deliver_due()
        later = Delivery.objects.filter(status="pending", next_attempt_at__gt=at)
        due = later.order_by("next_attempt_at").values_list("next_attempt_at", flat=True).first()
        if due is None or due > until:
            return at
        at = due


@pytest.mark.fault("C01")
def test_what_a_dead_web_process_never_rang_for_is_sent_by_the_sweep(cast: Cast, faked: Wire):
    """The process dies between commit and bell; the next takes a claim with it."""
    faked.answer = Outcome(204)
    with clock.frozen(NOON):
        add_endpoint(cast.scope, NOWHERE)
        pay(cast.sakura)
        assert len(claim(10)) == 1  # The first sender dies here.
    with clock.frozen(NOON + timedelta(seconds=60)):
        tasks.sweep()
    assert len(faked.sent) == 1
    assert Delivery.objects.get().status == "delivered"


@pytest.mark.fault("C02")
def test_an_endpoint_that_is_down_for_three_days_loses_nothing_and_keeps_the_order(
    cast: Cast, faked: Wire
):
    with clock.frozen(NOON):
        add_endpoint(cast.scope, NOWHERE)
        kept = [register(cast.sakura, repeats=True) for _ in range(4)]
        for _ in range(5):
            receive_payments([notice(invoice) for invoice in kept])
        with transaction.atomic():
            record_events([EventTold("tenant.live", cast.sakura.pk, None, {})] * 180)
    down = _play(until=NOON + timedelta(hours=72))
    assert down > NOON + timedelta(hours=48)
    assert set(Delivery.objects.values_list("status", flat=True)) == {"pending"}
    with clock.frozen(NOON + timedelta(hours=72)):
        assert alert_of_endpoints() == 1
        assert alert_of_endpoints() == 0
    (message,) = mail.outbox
    assert message.to == ["administrator@sakura.example", "developer@sakura.example"]
    assert "https://hook.example/" in message.body

    faked.answer = Outcome(204)
    faked.sent.clear()
    _play(until=NOON + timedelta(days=30), since=NOON + timedelta(hours=72))
    assert set(Delivery.objects.values_list("status", flat=True)) == {"delivered"}
    assert Endpoint.objects.get().failing_since is None
    sequences = [_sequence(letter) for letter in faked.sent]
    assert sorted(sequences) == list(range(1, 201))


def _sequence(letter: Letter) -> int:
    return int(letter.body.split(b'"sequence": ')[1].split(b",")[0])


@pytest.mark.fault("C02")
@pytest.mark.fault("C08")
def test_after_an_outage_shorter_than_four_failures_each_invoices_events_come_in_order(
    cast: Cast, faked: Wire
):
    with clock.frozen(NOON):
        add_endpoint(cast.scope, NOWHERE)
        kept = [register(cast.sakura, repeats=True) for _ in range(5)]
        for _ in range(6):
            receive_payments([notice(invoice) for invoice in kept])
    _play(until=NOON + timedelta(minutes=10))
    assert {_sequence(letter) for letter in faked.sent} == set(range(1, 6))
    faked.answer = Outcome(204)
    faked.sent.clear()
    _play(until=NOON + timedelta(hours=1), since=NOON + timedelta(minutes=10))
    place = {_sequence(letter): place for place, letter in enumerate(faked.sent)}
    assert sorted(place) == list(range(1, 31))
    for first in range(1, 6):
        places = [place[sequence] for sequence in range(first, 31, 5)]
        assert all(earlier < later for earlier, later in pairwise(places))


@pytest.mark.fault("C03")
def test_after_forty_days_it_is_given_up_told_to_people_and_still_there_to_be_pulled(
    cast: Cast, faked: Wire
):
    with clock.frozen(NOON):
        add_endpoint(cast.scope, NOWHERE)
        for _ in range(3):
            pay(cast.sakura)
    _play(until=NOON + timedelta(days=40))
    assert list(Delivery.objects.values_list("status", flat=True)) == ["exhausted"] * 3
    assert Case.objects.get().kind == "endpoint_disabled"
    assert Endpoint.objects.get().status == "active"
    later = NOON + timedelta(days=40)
    with clock.frozen(later):
        alert_of_endpoints()
        assert {message.subject for message in mail.outbox} == {
            "収納データ通知が届いていません",
            "収納データ通知の送信を停止しました",
        }
        assert [event.sequence for event in events_after(cast.scope, 0, 10)] == [1, 2, 3]
        faked.answer = Outcome(204)
        faked.sent.clear()
        assert resend_events(cast.scope, 1, 3) == 3
        deliver_due()
    assert len(faked.sent) == 3
    assert Endpoint.objects.get().failing_since is None


@pytest.mark.fault("C04")
def test_one_tar_pit_delays_none_of_49_neighbours_nor_the_next_run(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sending, "WORKING_SECONDS", 0.4)
    with receiving() as hanging, receiving() as quick:
        hanging.script = [hanging.hang]
        tell(cast.scope, hanging)
        for place in range(49):
            add_endpoint(cast.scope, EndpointAsked(f"{quick.url}/{place}"))
        pay(cast.sakura)
        sender = Sender()
        began = time.monotonic()
        while len(quick.got) < 49:
            assert not sender.work()  # The time was up, and one is under way still.
        pay(cast.sakura)
        while len(quick.got) < 98:
            assert not sender.work()
        assert len(hanging.got) == 2
        assert time.monotonic() - began < 15
        hanging.release.set()
        while not sender.work():
            pass
        sender.close()
    assert set(Delivery.objects.values_list("status", flat=True)) == {"delivered"}


def test_an_endpoint_that_hangs_is_asked_by_one_lane_and_a_quick_one_gets_a_large_bite():
    place = sending._Place()
    assert place.bite() == 4
    place.note(15, is_failing=True)
    assert place.bite() == 1
    for _ in range(30):
        place.note(0.002, is_failing=False)
    assert place.bite() == 256
    place.note(0.002, is_failing=True)
    assert place.bite() == 64


def test_what_has_no_time_left_before_its_lease_is_out_is_given_back(
    cast: Cast, faked: Wire, monkeypatch: pytest.MonkeyPatch
):
    faked.answer = Outcome(204)
    add_endpoint(cast.scope, NOWHERE)
    pay(cast.sakura)
    real = sending.claim
    late: list[Any] = []

    def claim_late(room: int, bites: Any) -> list[Any]:
        claimed = real(room, bites)
        if not late:
            late.extend(claimed)
            return [replace(one, held_until=time.monotonic() + 14) for one in claimed]
        return claimed

    monkeypatch.setattr(sending, "claim", claim_late)
    assert deliver_due() == 1
    assert (len(late), len(faked.sent)) == (1, 1)
    assert Delivery.objects.get().attempts == 1


@pytest.mark.fault("C05")
def test_410_disables_has_people_told_and_is_undone_by_its_owner(cast: Cast, faked: Wire):
    endpoint, _ = add_endpoint(cast.scope, NOWHERE)
    faked.answer = Outcome(410)
    pay(cast.sakura)
    pay(cast.sakura)
    deliver_due()
    assert Endpoint.objects.get().status == "disabled"
    case = Case.objects.get()
    assert (case.kind, case.owner_id) == ("endpoint_disabled", cast.sakura.pk)
    assert (alert_of_endpoints(), alert_of_endpoints()) == (1, 0)
    assert "410" in mail.outbox[0].body
    assert EndpointAlert.objects.get().sent_at is not None

    with pytest.raises(NotFound):
        enable_endpoint(Scope(owner_id=cast.aoba.pk), str(endpoint.pk))
    for _ in range(2):
        assert enable_endpoint(cast.scope, str(endpoint.pk)).status == "active"
    faked.answer = Outcome(204)
    faked.sent.clear()
    assert resend_events(cast.scope, 1, 2) == 2
    deliver_due()
    assert len(faked.sent) == 2
    remove_endpoint(cast.scope, str(endpoint.pk))
    with pytest.raises(NotFound):
        enable_endpoint(cast.scope, str(endpoint.pk))


def _verified_at(monkeypatch: pytest.MonkeyPatch, at: datetime, secret: str, letter: Letter) -> Any:
    class Frozen(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return cls.fromtimestamp(at.timestamp(), tz)

    monkeypatch.setattr(webhooks, "datetime", Frozen)
    return Webhook(secret).verify(letter.body, dict(letter.headers))


@pytest.mark.fault("C11")
def test_what_a_thief_sends_again_is_too_old_or_known_by_its_id(
    cast: Cast, faked: Wire, monkeypatch: pytest.MonkeyPatch
):
    with clock.frozen(NOON):
        _, secret = add_endpoint(cast.scope, NOWHERE)
        pay(cast.sakura)
        deliver_due()
    with clock.frozen(NOON + timedelta(seconds=5)):
        deliver_due()
    first, again = faked.sent
    ids = {dict(letter.headers)["webhook-id"] for letter in (first, again)}
    assert len(ids) == 1  # A sample receiver keeps the ids it has seen, and so answers it once.
    assert _verified_at(monkeypatch, NOON + timedelta(minutes=4), secret, first)["sequence"] == 1
    with pytest.raises(WebhookVerificationError):
        _verified_at(monkeypatch, NOON + timedelta(minutes=6), secret, first)
    renamed = [
        (name, "msg_other" if name == "webhook-id" else word) for name, word in first.headers
    ]
    with pytest.raises(WebhookVerificationError):
        _verified_at(monkeypatch, NOON, secret, replace(first, headers=tuple(renamed)))


@pytest.mark.fault("C12")
def test_a_notification_carries_numbers_and_amounts_and_nothing_of_a_person(
    cast: Cast, faked: Wire
):
    add_endpoint(cast.scope, NOWHERE)
    member = hand_over_card(cast.scope, MemberAsked("M-1", "金糸雀 花子")).member
    assert member.card is not None
    invoice = register(cast.sakura, number=member.card.number, title="金糸雀の会費")
    receive_payment(notice(invoice))
    other = register(cast.sakura, number=member.card.number)
    withdraw_invoice(cast.scope, str(other.pk))  # Of an invoice its owner's own words are told.
    deliver_due()
    assert len(faked.sent) == 2
    for letter in faked.sent:
        told = letter.body.decode() + "".join(word for _, word in letter.headers)
        assert "金糸雀" not in told
        assert "\\u91d1" not in told


@pytest.mark.fault("C13")
def test_each_endpoint_is_told_its_own_streams_events_and_no_others(cast: Cast, faked: Wire):
    twin = Scope(owner_id=cast.sakura.twin.pk)
    listening = {
        "owner": (cast.scope, None),
        "engineering": (cast.scope, "engineering"),
        "dormitory": (Scope(cast.sakura.pk, cast.dormitory.pk), None),
        "aoba": (Scope(owner_id=cast.aoba.pk), None),
        "twin": (twin, None),
    }
    faked.answer = Outcome(204)
    for name, (scope, tenant) in listening.items():
        add_endpoint(scope, EndpointAsked(f"https://{name}.example/", tenant=tenant))
    facts = {
        "own": register(cast.sakura, amount_yen=1_001),
        "engineering": register(cast.sakura, tenant="engineering", amount_yen=1_002),
        "dormitory": register(cast.sakura, tenant="dormitory", amount_yen=1_003),
        "aoba": register(cast.aoba, amount_yen=1_004),
    }
    for invoice in facts.values():
        receive_payment(notice(invoice))
    deliver_due()
    told = defaultdict(set)
    for letter in faked.sent:
        told[letter.url.split("//")[1].split(".")[0]].add(
            int(letter.body.split(b'"amount_yen": ')[1].split(b",")[0])
        )
    assert told == {
        "owner": {1_001, 1_002, 1_003},
        "engineering": {1_002},
        "dormitory": {1_003},
        "aoba": {1_004},
    }
