"""The door says what Django's views say, byte for byte; what is not its own it lets through."""

import io
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import OperationalError, close_old_connections
from pytest_django.fixtures import Settings

from billing.api.till import credentials, paying
from billing.api.till.door import CALLS, door
from billing.models import Case, Chain, ChainKey, Payment
from billing.services.slips import SlipAsked, print_slip
from smartpit.edge.bridge import Rsgi
from smartpit.edge.forms import BODY_BYTES_MAX
from smartpit.kernel import clock
from tests.cast import Cast, chain_key, jst, make_card, payment_body, register
from tests.rsgi import Asked, Line, ask, on_one_connection

PATH = "/api/till/v1/payments"
ASK = {"PATH_INFO": "/api/till/v1/inquiries"}


@pytest.fixture(autouse=True)
def _one_connection() -> Iterator[None]:
    """Let the end of a request leave the test's transaction open, as Django's own client does."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    with on_one_connection():
        yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def _environ(body: bytes, **environ: Any) -> dict[str, Any]:
    return {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": PATH,
        "SERVER_NAME": "testserver",
        "SERVER_PORT": "80",
        "HTTP_HOST": "testserver",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        "wsgi.url_scheme": "http",
        "wsgi.errors": io.StringIO(),
        "wsgi.version": (1, 0),
    } | environ


def _ask(application: Rsgi, body: bytes, **environ: Any) -> tuple[int, dict[str, str], bytes]:
    line = Line([body])
    ask(application, Asked.of(_environ(body, **environ)), line)
    return line.status, dict(line.headers), b"".join(line.pieces)


def _ask_django(body: bytes, **environ: Any) -> tuple[int, dict[str, str], bytes]:
    said: list[Any] = []

    def start_response(status: str, headers: list[tuple[str, str]], _info: Any = None) -> Any:
        said.extend((int(status[:3]), dict(headers)))

    whole = b"".join(WSGIHandler()(_environ(body, **environ), start_response))
    status, headers = said
    return status, headers, whole


_HEADERS = (*("Content-Type", "WWW-Authenticate", "Idempotent-Replayed", "Retry-After"),)


async def _closed(_scope: Any, _proto: Any) -> None:
    raise AssertionError("the door let it through")


def _is_answered_alike(key: str, body: bytes, **environ: Any) -> tuple[int, bytes]:
    """Ask the door and then Django; both must say the same."""
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {key}"} | environ
    status, headers, said = _ask(door(_closed), body, **bearer)
    same_status, same_headers, same = _ask_django(body, **bearer)
    assert (status, said) == (same_status, same)
    for name in _HEADERS:
        assert headers.get(name) == same_headers.get(name), name
    assert len(headers["Request-Id"]) == len(same_headers["Request-Id"]) == 32
    return status, said


def test_a_payment_is_booked_and_its_repetition_answered_by_the_same_bytes(cast: Cast):
    body = json.dumps(payment_body(register(cast.sakura))).encode()
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {cast.lawson}"}
    status, headers, first = _ask(door(_closed), body, **bearer)
    assert (status, headers["Content-Type"]) == (201, "application/json")
    assert "Idempotent-Replayed" not in headers
    assert _is_answered_alike(cast.lawson, body) == (200, first)
    assert Payment.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"amount_yen": 9_999}, 409),
        ({"amount_yen": 0, "extra": 1}, 422),
        ({"version": 7}, 409),
        ({"invoice": "nobody"}, 404),
        ({"business_date": "2020-01-01"}, 422),
    ],
)
def test_a_refusal_has_the_same_bytes(cast: Cast, change: dict[str, Any], status: int):
    body = json.dumps(payment_body(register(cast.sakura)) | change).encode()
    assert _is_answered_alike(cast.lawson, body)[0] == status


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{", b'{"store": "1", "store": "2"}', b"[" * 100_000, b"\xff\xfe", b"\x1f\x8b"],
)
def test_a_body_that_is_no_object_is_refused_alike(cast: Cast, body: bytes):
    assert _is_answered_alike(cast.lawson, body)[0] == 422


def test_who_calls_is_asked_before_how_much_is_sent(cast: Cast):
    large = b'{"store": "' + b"A" * 1_100_000 + b'"}'
    assert _is_answered_alike("ck_live_wrong", large)[0] == 401
    assert _is_answered_alike(cast.lawson, large)[0] == 413
    for header in ("", "Basic x", "Bearer "):
        told_of = {"HTTP_AUTHORIZATION": header}
        assert _is_answered_alike(cast.lawson, b"{}", **told_of)[0] == 401


def test_an_advice_that_cannot_be_read_is_kept(cast: Cast):
    body = json.dumps(payment_body(register(cast.sakura), advice=True) | {"amount_yen": "ten"})
    assert _is_answered_alike(cast.lawson, body.encode())[0] == 422
    assert Case.objects.get().kind == Case.Kind.ADVICE_MALFORMED


def _inquiry(**words: Any) -> bytes:
    return json.dumps({"store": "000001", "terminal": "K1"} | words).encode()


def test_an_inquiry_is_answered_alike_with_lines_a_stamp_and_none(cast: Cast):
    invoice = register(cast.sakura, amount_yen=60_000)
    register(cast.sakura, number=invoice.card.number, repeats=True, title="月謝「七月」")
    for card in (invoice.card, make_card(cast.aoba)):
        for asked in ({"number": card.number}, {"barcode": card.barcode_number}):
            body = _inquiry(**asked)
            status, said = _is_answered_alike(cast.lawson, body, **ASK)
            assert (status, json.loads(said)["number"]) == (200, card.number)
    lawson, ids = Chain.objects.get(pk="lawson"), (str(invoice.pk),)
    slip = print_slip(SlipAsked(lawson, "000001", "K1", invoice.card.number, ids)).slip
    status, said = _is_answered_alike(cast.lawson, _inquiry(barcode=slip.barcode), **ASK)
    assert (status, json.loads(said)["slip"]) == (200, slip.code)


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        ({}, 422, "malformed"),
        ({"number": "1" * 13, "barcode": "1" * 13}, 422, "malformed"),
        ({"number": "１" * 13}, 422, "malformed"),
        ({"number": "2000000000008"}, 404, "unknown_number"),
        ({"barcode": "9" * 44}, 404, "unknown_slip"),
    ],
)
def test_an_inquiry_is_refused_alike(cast: Cast, asked: dict[str, Any], status: int, code: str):
    said, body = _is_answered_alike(cast.lawson, _inquiry(**asked), **ASK)
    assert (said, json.loads(body)["code"]) == (status, code)
    assert _is_answered_alike("ck_live_wrong", _inquiry(**asked), **ASK)[0] == 401


def test_a_terminal_that_missed_too_often_is_told_alike_when_to_return(cast: Cast):
    with clock.frozen(jst("2026-11-24 12:00")):
        body = _inquiry(number="2000000000008")
        for _ in range(15):
            assert _is_answered_alike(cast.lawson, body, **ASK)[0] == 404
        bearer = {"HTTP_AUTHORIZATION": f"Bearer {cast.lawson}"}
        assert _ask(door(_closed), body, **ASK, **bearer)[1]["Retry-After"] == "3600"
        assert _is_answered_alike(cast.lawson, body, **ASK)[0] == 429


def test_what_a_test_till_does_goes_to_django_where_its_list_is_ticked_off(cast: Cast):
    key = chain_key(Chain.objects.get(pk="lawson").twin.pk)
    for path in CALLS:
        with pytest.raises(AssertionError, match="let it through"):
            _ask(door(_closed), b"{}", PATH_INFO=path, HTTP_AUTHORIZATION=f"Bearer {key}")


@pytest.mark.parametrize(
    "environ",
    [
        {"REQUEST_METHOD": "GET"},
        {"REQUEST_METHOD": "GET", **ASK},
        {"PATH_INFO": "/api/till/v1/payments/"},
        {"PATH_INFO": "/api/till/v1/reversals"},
        {"HTTP_HOST": "evil.example"},
        {"HTTP_HOST": ""},
    ],
)
def test_what_is_not_the_doors_goes_to_django(environ: dict[str, str]):
    with pytest.raises(AssertionError, match="let it through"):
        _ask(door(_closed), b"", **environ)


def test_where_tls_is_asked_for_a_plain_request_goes_to_django(cast: Cast, settings: Settings):
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    with pytest.raises(AssertionError, match="let it through"):
        _ask(door(_closed), b"{}")
    assert _ask(door(_closed), b"{}", HTTP_X_FORWARDED_PROTO="https")[0] == 401


@pytest.mark.parametrize(
    ("failure", "status", "code"),
    [
        (OperationalError("gone"), 503, "unavailable"),
        (ZeroDivisionError(), 500, "internal"),
    ],
)
def test_a_failure_of_ours_is_said_by_name(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, failure: Exception, status: int, code: str
):
    async def fail(_notice: Any) -> Any:
        raise failure

    monkeypatch.setattr(paying, "receive_payment_soon", fail)
    body = json.dumps(payment_body(register(cast.sakura))).encode()
    said = _ask(door(_closed), body, HTTP_AUTHORIZATION=f"Bearer {cast.lawson}")
    assert (said[0], json.loads(said[2])["code"]) == (status, code)


def test_a_remembered_key_works_five_seconds_more_and_not_past_its_hour(
    cast: Cast, settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    settings.KEYS_REMEMBERED_SECONDS = 5
    instant = 1_000.0
    monkeypatch.setattr(time, "monotonic", lambda: instant)
    monkeypatch.setattr(credentials, "_known", {})
    chain = credentials.chain_of(cast.lawson)
    assert chain is not None
    assert chain.pk == "lawson"
    ChainKey.objects.filter(chain="lawson").update(expires_at=clock.now())
    assert credentials.chain_of(cast.lawson) == chain
    instant += 5.1
    assert credentials.chain_of(cast.lawson) is None
    assert credentials.chain_of("ck_live_wrong") is None


def test_a_remembered_key_ends_at_its_own_hour(
    cast: Cast, settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    settings.KEYS_REMEMBERED_SECONDS = 5
    monkeypatch.setattr(credentials, "_known", {})
    ends_at = clock.now()
    ChainKey.objects.filter(chain="lawson").update(expires_at=ends_at)
    with clock.frozen(ends_at.replace(year=ends_at.year - 1)):
        assert credentials.chain_of(cast.lawson) is not None
    with clock.frozen(ends_at):
        assert credentials.chain_of(cast.lawson) is None


@pytest.mark.fault("A26")
def test_a_body_in_pieces_that_say_no_length_is_read_at_both(cast: Cast):
    advice = payment_body(register(cast.sakura), advice=True)
    body = json.dumps(advice).encode()
    pieces = {"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"}
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {cast.lawson}"}
    assert _ask(door(_closed), body, **bearer, **pieces)[0] == 201
    assert _ask_django(body, **bearer, **pieces)[0] == 200
    large = b" " * (BODY_BYTES_MAX + 1)
    status, said = _is_answered_alike(cast.lawson, large, **pieces)
    assert (status, json.loads(said)["code"]) == (413, "too_large")
