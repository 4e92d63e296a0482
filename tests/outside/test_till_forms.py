"""What is no request at all is malformed, quickly, and never a fault of ours."""

import gzip
import json
import time
from typing import Any

import pytest

from tests.outside.till import NOWHERE, Till

pytestmark = pytest.mark.xdist_group("outside")


@pytest.mark.parametrize(
    "words",
    [
        {"amount_yen": 0}, {"amount_yen": -5_000}, {"amount_yen": 300_001}, {"amount_yen": 2**63},
        {"amount_yen": 5000.0}, {"amount_yen": "5000"}, {"amount_yen": "５０００"},
        {"amount_yen": True}, {"amount_yen": None}, {"amount_yen": []}, {"version": 0},
        {"store": "abc"}, {"store": ""}, {"store": "12345678"}, {"store": 1}, {"terminal": "12345"},
        {"terminal": "１"}, {"receipt": ""}, {"receipt": "1" * 13}, {"receipt": "a"},
        {"receipt": "1 2"}, {"line": 0}, {"line": 11}, {"line": "1"}, {"line": 1.0},
        {"business_date": "2026-13-01"}, {"business_date": "27.11.2026"}, {"business_date": None},
        {"business_date": "2020-01-01"}, {"taken_at": "2026-11-27T10:00:00"}, {"taken_at": 0},
        {"taken_at": "yesterday"}, {"invoice": None}, {"invoice": 1}, {"slip": 1}, {"advice": 1},
        {"advice": "true"}, {"chain": "lawson"}, {"unknown": None},
    ],
)  # fmt: skip
def test_wrong_words_are_malformed_and_named(till: Till, words: dict[str, Any]):
    line = {"invoice": NOWHERE, "version": 1, "amount_yen": 5_000}
    answer = till.post("payments", till.notice(line) | words)
    assert answer.refusal == (422, "malformed")
    assert next(iter(words)) in {error["field"] for error in answer.body["errors"]}


@pytest.mark.fault("A26")
@pytest.mark.parametrize(
    "raw",
    [b"", b"null", b"[]", b"{", b'"x"', b'{"store": "1", "store": "2"}', b'{"amount_yen": NaN}',
     b'{"amount_yen": Infinity}', b"[" * 500_000, b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
     b"\xff\xfe{\x00", b"1" * 900_000, b'{"store": "\\ud800"}'],
    ids=lambda raw: f"{raw[:8]!r}-{len(raw)}",
)  # fmt: skip
def test_what_is_no_object_of_words_is_malformed_and_quickly_so(till: Till, raw: bytes):
    begun = time.monotonic()
    for path in ("payments", "inquiries", "reversals", "slips"):
        assert till.post(path, raw).refusal == (422, "malformed"), path
    assert time.monotonic() - begun < 5


@pytest.mark.fault("A26")
def test_ten_megabytes_and_a_packed_bomb_cost_nothing(till: Till):
    begun = time.monotonic()
    for path in ("payments", "inquiries", "reversals", "slips"):
        large = b'{"store": "' + b"A" * 10_000_000 + b'"}'
        assert till.post(path, large).refusal == (413, "too_large"), path
    bomb = gzip.compress(b"[" * 50_000_000)
    packed = till.call("POST", "payments", bomb, {"Content-Encoding": "gzip"})
    assert packed.refusal in ((422, "malformed"), (413, "too_large"))
    assert time.monotonic() - begun < 10


@pytest.mark.fault("A26")
def test_cash_that_is_told_of_in_pieces_is_kept(till: Till):
    told = till.notice({"invoice": NOWHERE, "version": 1, "amount_yen": 5_000}, advice=True)
    half = json.dumps(told).encode()
    pieces = iter((half[:40], half[40:]))
    assert till.call("POST", "payments", pieces).first["status"] == "suspense"
    undone = till.place | {name: told[name] for name in ("business_date", "receipt")}
    body = iter((json.dumps(undone | {"reason": "客都合"}).encode(),))
    assert till.call("POST", "reversals", body).first == {"status": "reversed", "payment": None}
    large = (b" " * 100_000 for _ in range(20))
    assert till.call("POST", "payments", large).refusal == (413, "too_large")


def test_an_address_that_is_none_is_a_problem_too(till: Till):
    assert till.get("nothing").refusal == (404, "not_found")
    assert till.get("reversals").status == 405
    assert till.get("payments/000001/01/2026-11-02/A/0").refusal == (422, "malformed")
