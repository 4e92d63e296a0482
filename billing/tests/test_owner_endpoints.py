"""Owner API: endpoints and sending again, over HTTP; and the bell that never fails a payment."""

import threading
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from kombu.exceptions import OperationalError

from billing import tasks
from billing.models import Delivery, Endpoint, Payment
from billing.services import notifications, sending
from billing.services.payments import receive_payment
from billing.tests.receiver import Receiver, receiving
from smartpit.kernel import clock
from smartpit.kernel.errors import Malformed
from tenants.access import Scope
from tenants.models import Centre
from tenants.services import (
    Contact,
    TermsSigned,
    open_owner,
    rotate_api_key,
    waive_connection_test,
)
from tests.cast import Cast, code_of, notice, payment_body, register, system, till, told

URL = "https://93.184.216.34/hook"


@pytest.fixture
def receiver(cast: Cast) -> Iterator[Receiver]:
    Centre.objects.update(is_demo=True)
    with receiving() as opened:
        yield opened


def _add(cast: Cast, key: str, **words: Any) -> Any:
    return system(cast.keys[key]).post("endpoints", {"url": URL} | words)


def test_an_endpoint_is_answered_with_its_secret_once(cast: Cast):
    made = _add(cast, "sakura", types=["payment.reported"])
    assert made.status_code == 201
    answer = told(made)
    assert set(answer) == {"endpoint", "secret"}
    assert answer["secret"].startswith("whsec_")
    (listed,) = told(system(cast.keys["sakura"]).get("endpoints"))["items"]
    assert listed | {"made_at": ""} == {
        "endpoint": answer["endpoint"],
        "url": URL,
        "types": ["payment.reported"],
        "tenant": None,
        "status": "active",
        "made_at": "",
    }


def test_a_rotation_answers_a_new_secret(cast: Cast):
    first = told(_add(cast, "sakura"))
    rotated = system(cast.keys["sakura"]).post(f"endpoints/{first['endpoint']}/rotate", {})
    assert rotated.status_code == 200
    assert told(rotated)["endpoint"] == first["endpoint"]
    assert told(rotated)["secret"] != first["secret"]


def test_a_removed_endpoint_is_listed_no_more_and_removing_it_twice_is_fine(cast: Cast):
    path = f"endpoints/{told(_add(cast, 'sakura'))['endpoint']}"
    for _ in range(2):
        removed = system(cast.keys["sakura"]).send("delete", path)
        assert (removed.status_code, told(removed)["status"]) == (200, "deleted")
    assert told(system(cast.keys["sakura"]).get("endpoints"))["items"] == []
    again = system(cast.keys["sakura"]).post(f"{path}/rotate", {})
    assert code_of(again) == (404, "not_found")


def test_a_tenants_key_registers_for_its_own_tenant_only(cast: Cast):
    assert _add(cast, "engineering").status_code == 201
    assert _add(cast, "engineering", tenant="engineering").status_code == 201
    assert code_of(_add(cast, "engineering", tenant="dormitory")) == (404, "unknown_tenant")
    assert code_of(_add(cast, "aoba", tenant="dormitory")) == (404, "unknown_tenant")
    assert _add(cast, "sakura", tenant="engineering").status_code == 201
    streams = Endpoint.objects.values_list("stream__tenant__code", flat=True)
    assert list(streams) == ["engineering"] * 3


def test_another_owners_endpoint_is_one_that_never_was(cast: Cast):
    endpoint = told(_add(cast, "sakura"))["endpoint"]
    for name in (endpoint, str(uuid.uuid4()), "nonsense"):
        for key in ("aoba", "engineering", "test"):
            caller = system(cast.keys[key])
            assert code_of(caller.send("delete", f"endpoints/{name}")) == (404, "not_found")
            assert code_of(caller.post(f"endpoints/{name}/rotate", {})) == (404, "not_found")
    assert Endpoint.objects.get().status == "active"


@pytest.mark.parametrize(
    "words",
    [
        {"url": "http://93.184.216.34/"},
        {"url": "https://127.0.0.1/"},
        {"url": "https://localhost/"},
        {"url": "https://user@hook.example/"},
        {"url": "https://hook.example:25/"},
        {"url": "nonsense"},
        {"url": ""},
        {"url": 5},
        {"url": "https://hook.example/" + "x" * 500},
        {"types": ["payment.unheard"]},
        {"types": "payment.reported"},
        {"types": [None]},
        {"tenant": 5},
        {"secret": "whsec_mine"},
    ],
)
def test_words_of_a_wrong_form_are_malformed(cast: Cast, words: dict[str, Any]):
    refused = _add(cast, "sakura", **words)
    assert code_of(refused) == (422, "malformed")
    assert told(refused)["errors"][0]["field"] == next(iter(words))


def test_types_are_known_ones_whoever_asks(cast: Cast):
    asked = notifications.EndpointAsked(URL, types=("payment.unheard",))
    with pytest.raises(Malformed):
        notifications.add_endpoint(cast.scope, asked)


def test_a_stream_has_only_so_many_endpoints(cast: Cast, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(notifications, "ENDPOINTS_MAX", 2)
    first = told(_add(cast, "sakura"))["endpoint"]
    assert _add(cast, "sakura").status_code == 201
    assert code_of(_add(cast, "sakura")) == (409, "endpoints_full")
    assert _add(cast, "engineering").status_code == 201
    system(cast.keys["sakura"]).send("delete", f"endpoints/{first}")
    assert _add(cast, "sakura").status_code == 201


def test_a_super_owner_may_be_told_inside_its_own_network_and_nobody_else(cast: Cast):
    Centre.objects.update(is_demo=True)  # Loopback is a network of one's own in a demo only.
    terms = TermsSigned(
        clock.business_date(), connection="super", networks=("10.20.0.0/16", "127.0.0.1/32")
    )
    pixel = open_owner("pixel", "ピクセル通信", Contact(), terms)
    waive_connection_test(pixel, None, "試験の配役")
    cast.keys["pixel"] = rotate_api_key(Scope(owner_id=pixel.pk))[1]
    assert _add(cast, "pixel", url="https://10.20.0.9/").status_code == 201
    assert code_of(_add(cast, "pixel", url="https://10.21.0.9/")) == (422, "malformed")
    assert code_of(_add(cast, "sakura", url="https://10.20.0.9/")) == (422, "malformed")


def test_events_are_sent_again_on_request(cast: Cast, receiver: Receiver):
    assert _add(cast, "sakura", url=receiver.url).status_code == 201
    for _ in range(3):
        receive_payment(notice(register(cast.sakura)))
    sending.deliver_due()
    again = system(cast.keys["sakura"]).post("events/resend", {"from": 2, "to": 9})
    assert (again.status_code, told(again)) == (200, {"queued": 2})
    sending.deliver_due()
    assert sorted(receiver.sequences()) == [1, 2, 2, 3, 3]
    for words in (
        {"from": 3, "to": 2},
        {"from": 0, "to": 2},
        {"from": 1},
        {"from": 1, "to": 10_001},
    ):
        refused = system(cast.keys["sakura"]).post("events/resend", words)
        assert code_of(refused) == (422, "malformed")


@pytest.mark.fault("D09")
def test_a_dead_broker_fails_no_payment_and_the_sweep_finds_what_it_lost(
    cast: Cast, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
):
    rung = threading.Event()

    def dead(*_: Any, **__: Any) -> None:
        rung.set()
        raise OperationalError("no broker")

    monkeypatch.setattr(tasks.deliver, "apply_async", dead)
    _add(cast, "sakura", url=receiver.url)
    paid = till(cast.lawson).post("payments", payment_body(register(cast.sakura)))
    assert paid.status_code == 201
    assert rung.wait(10)
    assert Payment.objects.count() == 1
    assert Delivery.objects.get().status == "pending"
    tasks.sweep()
    assert Delivery.objects.get().status == "delivered"
    assert receiver.sequences() == [1]


def test_a_ring_while_the_bell_is_being_carried_is_carried_too(monkeypatch: pytest.MonkeyPatch):
    carried: list[float] = []
    twice = threading.Event()
    doorbell = tasks.Doorbell()

    def tell(countdown: float = 0) -> None:
        carried.append(countdown)
        if len(carried) == 1:
            doorbell.ring()
        else:
            twice.set()

    monkeypatch.setattr(tasks, "tell_worker", tell)
    doorbell.ring()
    assert twice.wait(10)


def test_many_rings_at_once_are_few_bells(monkeypatch: pytest.MonkeyPatch):
    carried: list[float] = []
    monkeypatch.setattr(tasks, "tell_worker", lambda countdown=0: carried.append(countdown))
    doorbell = tasks.Doorbell()
    for _ in range(500):
        doorbell.ring()
    assert len(carried) < 50


def test_a_retry_that_is_due_soon_is_promised_once(
    cast: Cast, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
):
    promised: list[float] = []
    monkeypatch.setattr(
        tasks, "tell_worker", lambda countdown=0: promised.append(round(countdown, 3))
    )
    receiver.script = [500]
    _add(cast, "sakura", url=receiver.url)
    now = clock.now()
    with clock.frozen(now):
        receive_payment(notice(register(cast.sakura)))
        shift = tasks.Shift()
        shift.work()
        shift.work()
        assert promised == [5.0]
    with clock.frozen(now + timedelta(seconds=5)):
        shift.work()  # Now it is due in five minutes: that is the sweep's.
        assert promised == [5.0]
    assert Delivery.objects.get().attempts == 2


def test_one_run_at_a_time_sends_and_hears_the_bell_meanwhile(monkeypatch: pytest.MonkeyPatch):
    runs: list[datetime] = []
    shift = tasks.Shift()

    class Sender:
        def __init__(self, bell: threading.Event) -> None:
            self.bell = bell

        def work(self) -> bool:
            self.bell.clear()
            runs.append(clock.now())
            if len(runs) == 1:
                other = threading.Thread(target=shift.work)
                other.start()
                other.join(10)  # It returns at once, and its bell is heard by the run under way.
                assert not other.is_alive()
            return True

    monkeypatch.setattr(sending, "Sender", Sender)
    monkeypatch.setattr(sending, "next_due", lambda within: None)
    shift.work()
    assert len(runs) == 2
