"""Keys, forms and bodies of the till API: what no till should send, and what some will."""

import gzip
import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from billing.models import Chain, ChainKey, Payment
from billing.services.chains import rotate_chain_key
from billing.tests.slip_cast import KIOSK, prints
from smartpit.kernel import clock
from tests.cast import (
    Caller,
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

CALLS = ("inquiries", "slips", "payments", "reversals")


# -- Keys ---------------------------------------------------------------------------------------


def test_two_keys_overlap_in_rotation_and_a_third_ends_the_first(cast: Cast):
    lawson = Chain.objects.get(pk="lawson")
    body = KIOSK | {"number": make_card(cast.sakura).number}

    def works(key: str) -> bool:
        return till(key).post("inquiries", body).status_code == 200

    first = cast.lawson
    second = rotate_chain_key(lawson)[1]
    assert (works(first), works(second)) == (True, True)
    third = rotate_chain_key(lawson)[1]
    assert (works(first), works(second), works(third)) == (False, True, True)
    with clock.frozen(clock.now() + timedelta(hours=24)):
        assert (works(second), works(third)) == (False, True)
    assert ChainKey.objects.filter(chain=lawson, expires_at=None).count() == 1


@pytest.mark.fault("A13")
@pytest.mark.fault("A25")
def test_the_chain_is_the_credentials_whatever_the_body_or_the_store_says(cast: Cast):
    """Any store of any name is the chain's own; another chain's key is another namespace."""
    invoice = register(cast.sakura, repeats=True)
    body = payment_body(invoice)
    assert till(cast.lawson).post("payments", body).status_code == 201
    for call in CALLS:
        refused = till(cast.familymart).post(call, body | {"chain": "lawson"})
        assert code_of(refused) == (422, "malformed")
    key = {name: body[name] for name in ("store", "terminal", "business_date", "receipt")}
    path = "/".join(["payments", *key.values(), "1"])
    assert told(till(cast.familymart).get(path)) == {"status": "never_seen"}
    day = body["business_date"]
    assert told(till(cast.familymart).get("payments", business_date=day))["items"] == []
    undone = till(cast.familymart).post("reversals", key | {"reason": "客都合"})
    assert told(undone) == {"status": "tombstone"}
    assert told(till(cast.lawson).get(path))["status"] == "reported"
    # A reversal names no amount: there is no partial one, nor one of a wrong amount.
    named = till(cast.lawson).post("reversals", key | {"reason": "x", "amount_yen": 1})
    assert code_of(named) == (422, "malformed")
    other_terminal = till(cast.lawson).post("reversals", key | {"terminal": "02", "reason": "x"})
    assert told(other_terminal) == {"status": "tombstone"}
    assert Payment.objects.get(chain="lawson", terminal="01").status == "reported"


def test_a_test_chains_till_meets_the_test_side_only(cast: Cast):
    key = chain_key(Chain.objects.get(pk="lawson").twin.pk)
    live, test = register(cast.sakura), register(cast.sakura.twin)
    asked = KIOSK | {"number": live.card.number}
    assert code_of(till(key).post("inquiries", asked)) == (404, "unknown_number")
    assert code_of(till(key).post("payments", payment_body(live))) == (404, "unknown_invoice")
    slip = prints(key, test)
    assert slip["slip"] != ""
    body = payment_body(test) | {"slip": slip["slip"]}
    assert told(till(key).post("payments", body))["status"] == "reported"
    assert code_of(till(cast.lawson).post("payments", body)) == (404, "unknown_invoice")


# -- Bodies -------------------------------------------------------------------------------------

LARGE = 10 * 1024 * 1024


@pytest.mark.fault("A26")
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    ("raw", "refused"),
    [
        (b'{"store": "1", "store": "1"}', (422, "malformed")),
        (b'{"store": "1", "unasked": 1}', (422, "malformed")),
        (b"[" * 1_000_000, (422, "malformed")),
        (b'{"store": ' + b'{"a": ' * 150_000 + b"1", (422, "malformed")),
        (b'{"store": "' + b"1" * LARGE + b'"}', (413, "too_large")),
        (gzip.compress(b" " * LARGE), (422, "malformed")),
        (b'{"amount_yen": ' + b"9" * 5_000 + b"}", (422, "malformed")),
    ],
    ids=["name-twice", "unasked", "deep-lists", "deep-objects", "ten-megabytes", "gzip", "digits"],
)
def test_a_hostile_body_is_refused_unread(
    cast: Cast, call: str, raw: bytes, refused: tuple[int, str]
):
    assert code_of(till(cast.lawson).post(call, raw)) == refused
    assert not Payment.objects.exists()


@pytest.mark.fault("A26")
def test_a_compressed_body_is_never_unpacked(cast: Cast):
    body = gzip.compress(json.dumps(payment_body(register(cast.sakura))).encode())
    client = Client(headers={"Authorization": f"Bearer {cast.lawson}", "Content-Encoding": "gzip"})
    sent = client.post("/api/till/v1/payments", body, content_type="application/json")
    assert code_of(sent) == (422, "malformed")  # type: ignore[arg-type]


@pytest.mark.fault("A26")
def test_a_body_of_untold_length_is_read_no_further_than_allowed(cast: Cast):
    client = Client(headers={"Authorization": f"Bearer {cast.lawson}"})
    sent = client.generic(
        "POST", "/api/till/v1/slips", b"x" * LARGE, "application/json", CONTENT_LENGTH=""
    )
    assert sent.status_code in (413, 422)


@pytest.mark.parametrize(
    "change",
    [{"store": ""}, {"store": "12345678"}, {"store": "ab"}, {"store": "１"}, {"terminal": "12345"},
     {"terminal": "-"}, {"number": "123456789012"}, {"number": "１２３４５６７８９０１２３"},
     {"number": 2000000000008}, {"number": None}, {"barcode": "1" * 14}, {"barcode": "1" * 43},
     {"unasked": True}],
)  # fmt: skip
def test_wrong_words_of_an_inquiry_are_malformed(cast: Cast, change: dict[str, Any]):
    asked = KIOSK | {"number": "2000000000008"} | change
    assert code_of(till(cast.lawson).post("inquiries", asked)) == (422, "malformed")


@pytest.mark.parametrize(
    "change",
    [{"reason": ""}, {"reason": 1}, {"reason": "x" * 201}, {"receipt": "a"}, {"line": 11},
     {"business_date": "2026-2-1"}, {"amount_yen": 1}],
)  # fmt: skip
def test_wrong_words_of_a_reversal_are_malformed(cast: Cast, change: dict[str, Any]):
    key = {"store": "1", "terminal": "1", "business_date": "2026-11-24", "receipt": "A"}
    asked = key | {"reason": "客都合"} | change
    expected = 201 if change == {"reason": ""} else 422
    assert till(cast.lawson).post("reversals", asked).status_code == expected


# -- Reading what became of keys ----------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    [{}, {"business_date": "yesterday"}, {"business_date": "2026-11-24", "store": "1"},
     {"business_date": "2026-11-24", "limit": "1001"},
     {"business_date": "2026-11-24", "limit": "0"},
     {"business_date": "2026-11-24", "cursor": "x"}, {"business_date": "2026-02-30"},
     {"business_date": ["2026-11-23", "2026-11-24"]},
     {"business_date": "2026-11-24", "limit": ["1", "2"]}],
)  # fmt: skip
def test_a_list_asked_wrongly_is_malformed(cast: Cast, query: dict[str, Any]):
    """A filter that is quietly dropped would show too much."""
    assert code_of(till(cast.lawson).get("payments", **query)) == (422, "malformed")


def test_a_status_tells_what_a_key_came_to_in_every_state(cast: Cast):
    caller: Caller = till(cast.lawson)
    with clock.frozen(jst("2026-11-24 12:00")):
        invoice = register(cast.sakura, repeats=True)
        body = payment_body(invoice, receipt="R1")
        lost = payment_body(invoice, receipt="S1", advice=True) | {"invoice": "nobody-knows"}
        key = {"store": "000001", "terminal": "01", "business_date": "2026-11-24"}

        def status(receipt: str) -> dict[str, Any]:
            return dict(told(caller.get(f"payments/000001/01/2026-11-24/{receipt}/1")))

        assert status("R1") == {"status": "never_seen"}
        paid = told(caller.post("payments", body))
        assert status("R1") == paid
        suspense = told(caller.post("payments", lost))
        assert status("S1") == suspense
        assert suspense["status"] == "suspense"
        caller.post("reversals", key | {"receipt": "R1", "reason": "客都合"})
        assert status("R1") == paid | {"status": "reversed"}
        caller.post("reversals", key | {"receipt": "T1", "reason": "客都合"})
        assert status("T1") == {"status": "tombstone"}
        Payment.objects.filter(receipt="S1").update(status="reversed")
        assert status("S1")["status"] == "reversed"
        listed = told(caller.get("payments", business_date="2026-11-24"))["items"]
    assert {row["receipt"]: row["status"] for row in listed} == {
        "R1": "reversed",
        "S1": "reversed",
        "T1": "tombstone",
    }
    assert {"store", "terminal", "line", "booked_at"} <= set(listed[0])
