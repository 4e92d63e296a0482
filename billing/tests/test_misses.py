"""A terminal that guesses numbers is stopped; one that pays never is (contract section 4)."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext

from billing.models import Case, Chain, Miss, Terminal
from billing.services.terminals import forget_old_misses
from billing.tests.slip_cast import KIOSK, asks_for_slip
from smartpit.kernel import clock
from tests.cast import (
    Cast,
    chain_key,
    code_of,
    jst,
    make_card,
    payment_body,
    register,
    till,
    told,
)

pytestmark = pytest.mark.usefixtures("either_way")

NOBODYS = "2000000000008"  # Its check digit is right.
NOON = jst("2026-11-24 12:00")
REFUSED = (429, "too_many_misses")


@pytest.fixture
def at_noon() -> Iterator[None]:
    with clock.frozen(NOON):
        yield


def asks(key: str, number: str = NOBODYS, **words: str) -> HttpResponse:
    return till(key).post("inquiries", KIOSK | {"number": number} | words)


def misses(key: str, count: int, **words: str) -> None:
    for _ in range(count):
        assert code_of(asks(key, **words)) == (404, "unknown_number")


@pytest.mark.fault("A22")
def test_after_the_thirtieth_miss_a_terminals_inquiries_wait_an_hour(cast: Cast, at_noon: None):
    invoice = register(cast.sakura)
    number = invoice.card.number
    misses(cast.lawson, 29)
    assert asks(cast.lawson, number).status_code == 200
    misses(cast.lawson, 1)
    refused = asks(cast.lawson, number)
    assert code_of(refused) == REFUSED
    assert refused["Retry-After"] == "3600"
    assert code_of(asks_for_slip(cast.lawson, invoice)) == REFUSED
    with clock.frozen(NOON + timedelta(minutes=60) - timedelta(seconds=1)):
        refused = asks(cast.lawson, number)
        assert (code_of(refused), refused["Retry-After"]) == (REFUSED, "1")
    with clock.frozen(NOON + timedelta(minutes=60)):
        assert asks(cast.lawson, number).status_code == 200
        misses(cast.lawson, 1)
        assert asks(cast.lawson, number).status_code == 200


def test_one_case_is_opened_for_each_time_a_terminal_is_stopped(cast: Cast, at_noon: None):
    misses(cast.lawson, 30)
    for _ in range(3):
        assert code_of(asks(cast.lawson)) == REFUSED
    case = Case.objects.get()
    assert (case.kind, case.chain_id) == (Case.Kind.TERMINAL_MISSES, "lawson")
    assert (case.told["store"], case.told["terminal"]) == ("000001", "K1")
    with clock.frozen(NOON + timedelta(hours=1)):
        misses(cast.lawson, 30)
        assert code_of(asks(cast.lawson)) == REFUSED
    assert Case.objects.count() == 2


@pytest.mark.fault("A22")
def test_every_way_to_guess_counts_and_only_at_its_own_terminal(cast: Cast, at_noon: None):
    number = make_card(cast.sakura).number
    wrong = number[:-1] + str((int(number[-1]) + 1) % 10)
    place = KIOSK | {"barcode": "2900000000001"}
    for _ in range(10):
        misses(cast.lawson, 1, number=wrong)
        assert code_of(till(cast.lawson).post("inquiries", place)) == (404, "unknown_number")
        asked = asks_for_slip(cast.lawson, register(cast.sakura), number=NOBODYS)
        assert code_of(asked) == (404, "unknown_number")
    assert code_of(asks(cast.lawson, number)) == REFUSED
    for words in ({"terminal": "K2"}, {"store": "000002"}):
        assert asks(cast.lawson, number, **words).status_code == 200
    assert asks(cast.familymart, number).status_code == 200


def test_what_is_no_miss_is_not_counted(cast: Cast, at_noon: None):
    stopped = make_card(cast.sakura, status="suspended").number
    for _ in range(31):
        assert code_of(asks(cast.lawson, stopped)) == (409, "card_suspended")
        assert code_of(asks(cast.lawson, "1")) == (422, "malformed")
        slip = till(cast.lawson).post("inquiries", KIOSK | {"barcode": "9" * 44})
        assert code_of(slip) == (404, "unknown_slip")
    assert not Miss.objects.exists()


def test_misses_far_apart_stop_nobody(cast: Cast):
    for minute in range(0, 120, 3):
        with clock.frozen(NOON + timedelta(minutes=minute)):
            misses(cast.lawson, 1)
    assert not Case.objects.exists()


def test_money_is_never_rate_limited(cast: Cast, at_noon: None):
    misses(cast.lawson, 30, terminal="01")
    assert code_of(asks(cast.lawson, terminal="01")) == REFUSED
    body = payment_body(register(cast.sakura))
    assert till(cast.lawson).post("payments", body).status_code == 201
    assert (
        till(cast.lawson).post("payments", body | {"receipt": "A", "advice": True}).status_code
        == 201
    )
    key = {name: body[name] for name in ("store", "terminal", "business_date", "receipt")}
    assert till(cast.lawson).post("reversals", key | {"reason": "客都合"}).status_code == 201
    path = f"payments/000001/01/{body['business_date']}/{body['receipt']}/1"
    assert told(till(cast.lawson).get(path))["status"] == "reversed"


def test_the_sweep_forgets_what_counts_no_more(cast: Cast, at_noon: None):
    misses(cast.lawson, 2)
    with clock.frozen(NOON + timedelta(minutes=30)):
        misses(cast.lawson, 1)
        assert forget_old_misses() == 0
    with clock.frozen(NOON + timedelta(minutes=60)):
        assert forget_old_misses() == 2
    assert Miss.objects.count() == 1


def test_an_inquirys_terminal_is_recorded_once(cast: Cast):
    card = make_card(cast.sakura)
    for _ in range(2):
        asks(cast.lawson, card.number)
    assert [str(seen) for seen in Terminal.objects.all()] == ["lawson 000001 K1"]


def test_a_test_terminal_is_stopped_as_a_live_one_and_stops_no_live_one(cast: Cast, at_noon: None):
    key = chain_key(Chain.objects.get(pk="lawson").twin.pk)
    misses(key, 30)
    assert code_of(asks(key)) == REFUSED
    assert code_of(asks(cast.lawson)) == (404, "unknown_number")


@pytest.mark.parametrize("barcode", [False, True])
def test_an_inquiry_asks_the_database_three_times_at_most(cast: Cast, *, barcode: bool):
    """Whose key it is, what is payable, and whether those of 50,000 yen and more carry a stamp."""
    card = make_card()
    for owner in (cast.sakura, cast.aoba):
        for _ in range(5):
            register(owner, number=card.number, amount_yen=60_000)
    asked: dict[str, Any] = {"barcode": card.barcode_number} if barcode else {"number": card.number}
    till(cast.lawson).post("inquiries", KIOSK | asked)
    with CaptureQueriesContext(
        connection,
    ) as asks_made:
        shown = told(till(cast.lawson).post("inquiries", KIOSK | asked))
    assert len(shown["invoices"]) == 10
    assert all(line["stamp"] for line in shown["invoices"])
    assert len(asks_made) <= 3, [query["sql"] for query in asks_made.captured_queries]
