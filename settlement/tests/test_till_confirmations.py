"""``POST confirmations`` and ``GET confirmations/{file}``, as a chain's system sees them."""

import pytest
from django.test import Client

from billing.models import Case, ChainFile, Payment
from settlement.api import till as api
from settlement.tests.chain_file_cast import file_bytes, post, row
from settlement.tests.scene import take
from tests.cast import Cast, code_of, notice, register, till, told


@pytest.fixture
def payment(cast: Cast) -> Payment:
    return take(register(cast.sakura))


def test_a_file_is_taken_and_its_differences_can_be_asked_for(cast: Cast, payment: Payment):
    wrong = row(take(register(cast.sakura)), amount_yen=9_999)
    answer = post(cast.lawson, file_bytes(row(payment), wrong))
    assert answer.status_code == 201
    words = told(answer)
    file = words.pop("file")
    assert words == {"records": 2, "confirmed": 1, "reversed": 0, "cases": 1}
    asked = till(cast.lawson).get(f"confirmations/{file}")
    assert asked.status_code == 200
    assert told(asked) == {
        "file": file,
        "records": 2,
        "confirmed": 1,
        "reversed": 0,
        "cases": 1,
        "differences": [
            {
                "record": 2,
                "kind": "02",
                "reason": "amount_differs",
                "case": str(Case.objects.get().pk),
            }
        ],
    }


def test_a_repeated_file_is_answered_with_the_first_bytes(cast: Cast, payment: Payment):
    raw = file_bytes(row(payment))
    first, again = post(cast.lawson, raw), post(cast.lawson, raw)
    renamed = post(cast.lawson, raw, "other.dat")
    assert (first.status_code, again.status_code, renamed.status_code) == (201, 200, 200)
    assert first.content == again.content == renamed.content
    assert again["Idempotent-Replayed"] == renamed["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first


def test_a_name_that_was_used_is_refused(cast: Cast, payment: Payment):
    post(cast.lawson, file_bytes())
    refused = post(cast.lawson, file_bytes(row(payment)))
    assert code_of(refused) == (409, "file_name_reused")
    payment.refresh_from_db()
    assert payment.status == "reported"


@pytest.mark.parametrize("name", [None, "", "日報.dat", "a" * 101, "a b"])
def test_a_file_has_a_plain_name(cast: Cast, name: str | None):
    refused = post(cast.lawson, file_bytes(), name)
    assert code_of(refused) == (422, "malformed")
    assert told(refused)["errors"][0]["field"] == "File-Name"


@pytest.mark.fault("A27")
def test_what_is_no_file_is_malformed(cast: Cast, payment: Payment):
    raw = file_bytes(row(payment))
    for spoilt in (b"", b"{}", raw[:-1], raw + b"\x1a", raw.replace(b"00C002", b"00C004")):
        refused = post(cast.lawson, spoilt)
        assert code_of(refused) == (422, "malformed")
        assert told(refused)["errors"]
    assert not ChainFile.objects.exists()


def test_a_file_that_is_too_large_is_refused(cast: Cast, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(api, "FILE_BYTES_MAX", 300)
    assert code_of(post(cast.lawson, file_bytes())) == (413, "too_large")
    monkeypatch.undo()
    headers = {"Authorization": f"Bearer {cast.lawson}", "File-Name": "x"}
    told_large = Client(headers=headers).post(
        "/api/till/v1/confirmations",
        b"",
        content_type="application/octet-stream",
        CONTENT_LENGTH=str(257 * 1024 * 1024),
    )
    assert code_of(told_large) == (413, "too_large")  # type: ignore[arg-type]


def test_a_file_may_be_larger_than_other_bodies(cast: Cast):
    lost = [row(take(register(cast.sakura)), "01")] * 9_000
    raw = file_bytes(*lost)
    assert len(raw) > 1_048_576
    assert post(cast.lawson, raw).status_code == 201


def test_only_the_chain_itself_sees_its_file(cast: Cast, payment: Payment):
    file = told(post(cast.lawson, file_bytes(row(payment))))["file"]
    assert code_of(till(cast.familymart).get(f"confirmations/{file}")) == (404, "not_found")
    assert code_of(till(cast.lawson).get("confirmations/nonsense")) == (404, "not_found")
    assert code_of(post("ck_live_nonsense", file_bytes())) == (401, "unauthorized")


def test_a_confirmed_payment_can_no_longer_be_reversed(cast: Cast, payment: Payment):
    post(cast.lawson, file_bytes(row(payment)))
    words = {
        "store": payment.store,
        "terminal": payment.terminal,
        "business_date": payment.business_date.isoformat(),
        "receipt": payment.receipt,
        "reason": "客都合",
    }
    refused = till(cast.lawson).post("reversals", words)
    assert code_of(refused) == (409, "reversal_too_late")
    status = till(cast.lawson).get(
        f"payments/{payment.store}/{payment.terminal}/{payment.business_date}/{payment.receipt}/1"
    )
    assert told(status)["status"] == "confirmed"
    assert notice(register(cast.sakura)).key.chain == "lawson"
