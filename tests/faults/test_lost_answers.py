"""A line that loses requests and answers: a till that keeps to the contract is never wrong."""

import json
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from billing.models import Event, Invoice, Payment, Reversal
from tests.cast import Cast, make_cast, payment_body, register
from tests.faults.lossy import DELIVER, LOSE_ANSWER, LOSE_REQUEST, Line, lossy_line
from tests.served import served


@pytest.fixture
def cast(committed_db: str) -> Cast:
    return make_cast()


@pytest.fixture
def line(cast: Cast) -> Iterator[Line]:
    with served() as site, lossy_line(site.address) as line:
        yield line


@dataclass
class PatientTill:
    """Sends up to four times; still without an answer it reverses until that is acknowledged."""

    line: Line
    key: str

    def pay(self, body: dict[str, Any]) -> str:
        """Return how it ended for the payer at the register: what the till then knows."""
        raw = json.dumps(body).encode()
        for _ in range(4):
            answer = self.line.send("payments", raw, self.key)
            if answer is not None:
                status, _, told = answer
                return "paid" if status < 300 else str(json.loads(told)["code"])
        key = ("store", "terminal", "business_date", "receipt")
        undo = json.dumps({name: body[name] for name in key} | {"reason": "応答なし"}).encode()
        while (answer := self.line.send("reversals", undo, self.key)) is None:
            pass
        assert answer[0] in (200, 201), answer
        return "reversed"


@pytest.mark.fault("A01")
def test_an_answer_that_is_lost_is_given_again_byte_for_byte(cast: Cast, line: Line):
    raw = json.dumps(payment_body(register(cast.sakura))).encode()
    line.script = [LOSE_ANSWER, LOSE_ANSWER]
    assert line.send("payments", raw, cast.lawson) is None
    assert line.send("payments", raw, cast.lawson) is None
    answer = line.send("payments", raw, cast.lawson)
    assert answer is not None
    status, headers, body = answer
    assert (status, headers["Idempotent-Replayed"]) == (200, "true")
    assert line.lost == [body, body]
    assert Payment.objects.count() == 1
    assert Event.objects.count() == 1


@pytest.mark.fault("A02")
def test_a_request_that_is_lost_books_nothing_and_the_next_books_once(cast: Cast, line: Line):
    raw = json.dumps(payment_body(register(cast.sakura))).encode()
    line.script = [LOSE_REQUEST]
    assert line.send("payments", raw, cast.lawson) is None
    assert not Payment.objects.exists()
    answer = line.send("payments", raw, cast.lawson)
    assert answer is not None
    assert answer[0] == 201
    assert Payment.objects.count() == 1


@pytest.mark.fault("A12")
def test_a_till_that_gave_up_is_obeyed_also_when_the_late_answer_says_booked(
    cast: Cast, line: Line
):
    invoice = register(cast.sakura)
    line.script = [LOSE_ANSWER] * 4 + [LOSE_REQUEST, LOSE_ANSWER]
    assert PatientTill(line, cast.lawson).pay(payment_body(invoice)) == "reversed"
    assert [json.loads(told)["status"] for told in line.lost] == ["reported"] * 4 + ["reversed"]
    assert Payment.objects.get().status == Payment.Status.REVERSED
    assert Reversal.objects.count() == 1
    invoice.refresh_from_db()
    assert invoice.status == Invoice.Status.OPEN


@pytest.mark.fault("A12")
def test_on_a_bad_line_the_tills_drawer_and_the_centre_say_the_same(cast: Cast, line: Line):
    dice = random.Random(12)
    singles = [register(cast.sakura) for _ in range(8)]
    kept = register(cast.aoba), register(cast.sakura, repeats=True)
    till = PatientTill(line, cast.lawson)
    drawer: dict[str, str] = {}
    for _ in range(60):
        line.script = dice.choices((LOSE_REQUEST, LOSE_ANSWER, DELIVER), (3, 4, 2), k=12)
        body = payment_body(dice.choice([*singles, *kept]))
        drawer[body["receipt"]] = till.pay(body)
    assert {"paid", "reversed", "already_paid"} <= set(drawer.values())

    standing = dict(Payment.objects.values_list("receipt", "status"))
    for receipt, end in drawer.items():
        known = {"paid": {"reported"}, "reversed": {"reversed", "tombstone"}}
        assert standing.get(receipt) in known.get(end, {None}), (receipt, end)
    told = Counter(Event.objects.values_list("type", flat=True))
    paid = sum(status == "reported" for status in standing.values())
    assert told["payment.reported"] - told["payment.reversed"] == paid
