"""Taking in: only what is genuine, fresh and new, and nothing is answered before it is kept."""

import http.client
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from connector_cast import NOON, OTHER, SECRET, World, body_of, event, signed
from standardwebhooks.webhooks import Webhook

from smartpit_connector.connector import Connector, Refusal
from smartpit_connector.server import Door
from smartpit_connector.signature import SignatureRefused, key_of, verified_id
from smartpit_connector.store import Conflict

BODY = body_of(event(1))


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def connector(world: World) -> Iterator[Connector]:
    made = world.connector()
    yield made
    made.close()


def test_what_the_standards_own_library_signs_is_genuine() -> None:
    at = datetime.fromtimestamp(NOON, tz=UTC)
    headers = {
        "Webhook-Id": "msg_1",
        "Webhook-Timestamp": str(int(NOON)),
        "Webhook-Signature": Webhook(SECRET).sign("msg_1", at, BODY.decode()),
    }
    assert verified_id([SECRET], headers, BODY, NOON) == "msg_1"


@pytest.mark.parametrize("by", [SECRET, OTHER])
def test_during_a_rotation_either_secret_will_do(by: str) -> None:
    headers = signed(BODY, by=by)
    headers["webhook-signature"] = f"v1,AAAA {headers['webhook-signature']} v2,whatever"
    assert verified_id([SECRET, OTHER], headers, BODY, NOON) == "msg_1"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"webhook-signature": "v1,AAAA"}, "signature_wrong"),
        ({"webhook-signature": "v1,ü"}, "signature_wrong"),
        ({"webhook-signature": ""}, "signature_missing"),
        ({"webhook-id": ""}, "signature_missing"),
        ({"webhook-id": "msg_2"}, "signature_wrong"),
        ({"webhook-timestamp": "soon"}, "timestamp_malformed"),
        ({"webhook-timestamp": "-1"}, "timestamp_malformed"),
        ({"webhook-timestamp": str(int(NOON) + 1)}, "signature_wrong"),
    ],
)
def test_a_forgery_is_refused(change: dict[str, str], code: str) -> None:
    with pytest.raises(SignatureRefused) as refused:
        verified_id([SECRET], signed(BODY) | change, BODY, NOON)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("seconds", "is_taken"), [(0, True), (300, True), (-300, True), (301, False), (-301, False)]
)
def test_five_minutes_off_is_too_old_or_too_new(seconds: int, *, is_taken: bool) -> None:
    headers = signed(BODY)
    if is_taken:
        assert verified_id([SECRET], headers, BODY, NOON + seconds)
        return
    with pytest.raises(SignatureRefused, match="timestamp_stale"):
        verified_id([SECRET], headers, BODY, NOON + seconds)


def test_a_body_changed_on_the_way_is_refused(connector: Connector) -> None:
    assert connector.receive(signed(BODY), BODY.replace(b"1000", b"9000")) == 401
    assert connector.store.last() == 0


@pytest.mark.parametrize("secret", ["sk_live_x", "whsec_%%%", "whsec_AAAA"])
def test_a_secret_that_is_none_is_found_out_early(secret: str) -> None:
    with pytest.raises(ValueError, match="a secret"):
        key_of(secret)


def test_the_same_notification_twice_is_kept_once(connector: Connector) -> None:
    assert [connector.receive(signed(BODY), BODY) for _ in range(2)] == [204, 204]
    assert connector.store.standing().payments_count == 1


def test_what_was_pulled_before_it_is_pushed_is_kept_once(connector: Connector) -> None:
    assert connector.store.take(event(1), way="pull", at=NOON)
    assert connector.receive(signed(BODY), BODY) == 204
    assert connector.store.standing().amount_yen == 1_000


def test_another_event_under_the_same_number_is_not_taken_for_it(connector: Connector) -> None:
    connector.receive(signed(BODY), BODY)
    other = body_of(event(1, amount_yen=9_000))
    assert connector.receive(signed(other, mark="msg_2"), other) == 500
    second = body_of(event(2))
    assert connector.receive(signed(second, mark="msg_1"), second) == 500
    with pytest.raises(Conflict):
        connector.store.take(event(1, "payment.reversed"), way="pull", at=NOON)
    assert connector.store.last() == 1


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", BODY.replace(b'"sequence": 1', b'"sequence": "1"'), b"[" * 9_999]
)
def test_a_genuine_one_that_cannot_be_read_must_come_again(
    connector: Connector, body: bytes
) -> None:
    assert connector.receive(signed(body), body) == 500


def test_what_was_answered_is_on_disk(world: World, connector: Connector) -> None:
    """Another process sees it before this one has closed the file."""
    connector.receive(signed(BODY), BODY)
    with sqlite3.connect(world.folder / "connector.sqlite3") as file:
        assert file.execute("SELECT sequence FROM event").fetchall() == [(1,)]
    assert connector.store.file.execute("PRAGMA synchronous").fetchone() == (2,)


def test_a_full_disk_is_answered_so_that_it_comes_again(connector: Connector) -> None:
    connector.store.file.execute("PRAGMA max_page_count = 1")
    door = Door(connector)
    door.open()
    big = body_of(event(1, title="x" * 500_000))
    assert posted(door, "/hook", big, signed(big)) == 500
    door.close()
    assert connector.store.last() == 0


def posted(door: Door, path: str, body: bytes, headers: dict[str, str]) -> int:
    caller = http.client.HTTPConnection("127.0.0.1", door.server_port, timeout=5)
    caller.request("POST", path, body, headers)
    status = caller.getresponse().status
    caller.close()
    return status


def test_the_door_answers_what_it_is_for_and_no_more(connector: Connector) -> None:
    door = Door(connector)
    door.open()
    assert posted(door, "/hook", BODY, signed(BODY)) == 204
    assert posted(door, "/other", BODY, signed(BODY)) == 404
    assert posted(door, "/hook", BODY, {}) == 401
    assert posted(door, "/hook", b"", {"Content-Length": "9999999"}) == 413
    assert posted(door, "/hook", b"", {"Content-Length": "-1"}) == 411
    caller = http.client.HTTPConnection("127.0.0.1", door.server_port, timeout=5)
    caller.request("GET", "/healthz")
    assert caller.getresponse().status == 200
    caller.close()
    door.close()


def test_an_operator_plays_an_error_and_an_outage(world: World, connector: Connector) -> None:
    connector.refusal = Refusal(500, first=1)
    assert [connector.receive(signed(BODY), BODY) for _ in range(2)] == [500, 204]
    connector.refusal = Refusal(503, until=NOON + 600)
    again = body_of(event(2))
    assert connector.receive(signed(again, mark="msg_2"), again) == 503
    world.clock.at += 600
    late = signed(again, mark="msg_2", at=world.clock.at)
    assert connector.receive(late, again) == 204
