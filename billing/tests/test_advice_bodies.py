"""An advice that is refused: cash was taken, so what the till sent is kept to the letter."""

import json
from typing import Any

import pytest

from billing.models import Case
from billing.services.cases import close_case
from tenants.services import StaffAsked, invite_staff
from tests.cast import Cast, code_of, payment_body, register, till
from tests.people import PASSWORD

pytestmark = pytest.mark.usefixtures("either_way")


def sent(body: dict[str, Any], **words: Any) -> bytes:
    """Return a body as a till spaces and spells it, which parsing would not give back."""
    return json.dumps(body | words, indent=1).replace("-", "\\u002d").encode() + b"\r\n"


def reuse(key: str, raw: bytes) -> Case:
    """Send what a key refuses, and return the one case there is of it."""
    assert code_of(till(key).post("payments", raw)) == (409, "key_reused")
    return Case.objects.get(kind=Case.Kind.KEY_REUSED)


def test_of_an_advice_whose_key_was_used_the_body_is_kept_as_it_was_sent(cast: Cast):
    body = payment_body(register(cast.sakura))
    till(cast.lawson).post("payments", body)
    raw = sent(body, advice=True, amount_yen=9_999)
    elsewhen = json.dumps(body | {"advice": True, "amount_yen": 9_999}).encode()
    for later in (raw, raw, elsewhen):
        case = reuse(cast.lawson, later)
        assert case.told["body"] == raw.decode()
        assert (case.told["amount_yen"], case.told["advice"]) == (9_999, True)
    assert Case.objects.count() == 1


def test_a_reversed_key_keeps_the_body_of_another_content_too(cast: Cast):
    body = payment_body(register(cast.sakura))
    till(cast.lawson).post("payments", body)
    key = {name: body[name] for name in ("store", "terminal", "business_date", "receipt")}
    till(cast.lawson).post("reversals", key | {"reason": "客都合"})
    raw = sent(body, advice=True, version=2)
    assert reuse(cast.lawson, raw).told["body"] == raw.decode()


def test_a_request_is_kept_in_words_until_an_advice_says_the_cash_is_taken(cast: Cast):
    """Nobody paid for a request; the advice of the same content finds its case and tells more."""
    body = payment_body(register(cast.sakura))
    till(cast.lawson).post("payments", body)
    case = reuse(cast.lawson, sent(body, version=2))
    assert "body" not in case.told
    assert not case.told["advice"]
    raw = sent(body, version=2, advice=True)
    told = reuse(cast.lawson, raw).told
    assert told == case.told | {"advice": True, "body": raw.decode()}
    reuse(cast.lawson, sent(body, version=2))
    assert Case.objects.get().told == told


def test_what_a_person_wrote_to_a_case_stays(cast: Cast):
    body = payment_body(register(cast.sakura))
    till(cast.lawson).post("payments", body)
    case = reuse(cast.lawson, sent(body, version=2))
    staff, _ = invite_staff(StaffAsked("op@example.com", "担当", "operator"), PASSWORD)
    close_case(staff, case.pk, "現金なし")
    closed = reuse(cast.lawson, sent(body, version=2, advice=True))
    assert (closed.status, closed.resolution) == (Case.Status.CLOSED, "現金なし")
    assert "body" in closed.told


def test_what_is_no_text_is_spelt_out(cast: Cast):
    """Only a body that is malformed can hold such bytes: what is well-formed is text."""
    raw = b'{"advice": true, "store": "\xff\x00"}'
    assert code_of(till(cast.lawson).post("payments", raw)) == (422, "malformed")
    assert Case.objects.get().told["body"] == '{"advice": true, "store": "\\xff\\x00"}'
