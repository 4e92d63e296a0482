"""A till asks, pays, asks again: what contract section 4 promises it, over HTTP."""

from datetime import timedelta, timezone
from typing import Any

import pytest

from billing.models import Case, Event, Invoice, Payment, Terminal
from billing.services.invoices import change_invoice, withdraw_invoice
from cards.models import Card
from smartpit.kernel import clock
from tenants.models import Tenant
from tenants.services import move_tenant
from tests.cast import (
    Cast,
    code_of,
    jst,
    make_card,
    payment_body,
    register,
    system,
    till,
    told,
)


def test_a_kept_invoice_is_shown_paid_and_shown_again(cast: Cast):
    invoice = register(cast.sakura, amount_yen=3_000, tax_yen=272, repeats=True)
    shown = till(cast.lawson).post(
        "inquiries", {"store": "000001", "terminal": "01", "number": invoice.card.number}
    )
    assert shown.status_code == 200
    (line,) = told(shown)["invoices"]
    assert line == {
        "invoice": str(invoice.pk),
        "version": 1,
        "payee": "学校法人さくら学園",
        "tenant": "own",
        "display_name": "学校法人さくら学園",
        "contact_name": "会計課",
        "contact_phone": "03-0000-0001",
        "contact_hours": "9:00-17:00",
        "title": "受講料",
        "amount_yen": 3_000,
        "tax_yen": 272,
        "due_on": None,
        "repeats": True,
        "stamp": False,
    }

    body = payment_body(invoice)
    paid = till(cast.lawson).post("payments", body)
    assert paid.status_code == 201
    assert set(told(paid)) == {
        "payment", "invoice", "amount_yen", "status", "business_date", "taken_at",
    }  # fmt: skip
    assert told(paid)["amount_yen"] == 3_000
    assert told(paid)["status"] == "reported"

    again = till(cast.lawson).post(
        "inquiries", {"store": "000001", "terminal": "01", "barcode": invoice.card.barcode_number}
    )
    assert [row["invoice"] for row in told(again)["invoices"]] == [str(invoice.pk)]


def test_a_card_without_anything_to_pay_shows_an_empty_list(cast: Cast):
    card = make_card(cast.sakura)
    shown = till(cast.lawson).post(
        "inquiries", {"store": "1", "terminal": "K1", "number": card.number}
    )
    assert told(shown) == {"number": card.number, "invoices": []}


def test_a_repeated_payment_is_answered_byte_for_byte_and_booked_once(cast: Cast):
    body = payment_body(register(cast.sakura, amount_yen=50_000))
    first = till(cast.lawson).post("payments", body)
    later = (clock.now() + timedelta(seconds=90)).isoformat()
    again = till(cast.lawson).post("payments", body | {"taken_at": later, "advice": True})
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.content == first.content
    assert again["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first
    assert Payment.objects.count() == 1
    assert Event.objects.count() == 1


@pytest.mark.parametrize("change", [{"amount_yen": 9_999}, {"version": 2}, {"invoice": "other"}])
def test_the_same_key_with_other_content_is_refused_and_opens_one_case(
    cast: Cast, change: dict[str, Any]
):
    body = payment_body(register(cast.sakura))
    till(cast.lawson).post("payments", body)
    for _ in range(2):
        assert code_of(till(cast.lawson).post("payments", body | change)) == (409, "key_reused")
    payment = Payment.objects.get()
    assert (payment.amount_yen, payment.status) == (10_000, "reported")
    assert Case.objects.filter(kind="key_reused").count() == 1


def test_the_same_receipt_of_another_chain_or_line_is_another_payment(cast: Cast):
    invoice = register(cast.sakura, repeats=True)
    body = payment_body(invoice)
    answers = [
        till(cast.lawson).post("payments", body),
        till(cast.familymart).post("payments", body),
        till(cast.lawson).post("payments", body | {"line": 2}),
    ]
    assert [answer.status_code for answer in answers] == [201, 201, 201]
    assert Payment.objects.count() == 3


def test_a_single_invoice_is_paid_once(cast: Cast):
    invoice = register(cast.sakura)
    assert till(cast.lawson).post("payments", payment_body(invoice)).status_code == 201
    refused = till(cast.familymart).post("payments", payment_body(invoice))
    assert code_of(refused) == (409, "already_paid")
    invoice.refresh_from_db()
    assert invoice.status == "paid"


def test_a_refusal_leaves_the_key_never_seen(cast: Cast):
    invoice = register(cast.sakura)
    body = payment_body(invoice, amount_yen=10_001)
    assert code_of(till(cast.lawson).post("payments", body)) == (409, "amount_differs")
    path = f"payments/000001/01/{body['business_date']}/{body['receipt']}/1"
    assert told(till(cast.lawson).get(path)) == {"status": "never_seen"}
    right = body | {"amount_yen": 10_000}
    assert till(cast.lawson).post("payments", right).status_code == 201
    status = told(till(cast.lawson).get(path))
    assert (status["status"], status["amount_yen"]) == ("reported", 10_000)


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda invoice, cast: Card.objects.filter(pk=invoice.card_id).update(status="suspended"),
         "card_suspended"),
        (lambda invoice, cast: Card.objects.filter(pk=invoice.card_id).update(status="replaced"),
         "card_replaced"),
        (lambda invoice, cast: withdraw_invoice(cast.scope, invoice.pk), "invoice_withdrawn"),
        (lambda invoice, cast: Invoice.objects.filter(pk=invoice.pk).update(due_on="2026-01-31"),
         "invoice_expired"),
        (lambda invoice, cast: change_invoice(cast.scope, invoice.pk, {"suspended": True}),
         "invoice_suspended"),
    ],
)  # fmt: skip
def test_what_cannot_be_paid_now_is_refused_by_name(cast: Cast, make: Any, code: str):
    invoice = register(cast.sakura)
    make(invoice, cast)
    assert code_of(till(cast.lawson).post("payments", payment_body(invoice))) == (409, code)
    assert not Payment.objects.exists()
    assert not Event.objects.filter(type="payment.reported").exists()


def test_a_closed_tenants_invoice_is_neither_shown_nor_paid(cast: Cast):
    invoice = register(cast.sakura, tenant="engineering")
    move_tenant(cast.engineering, Tenant.Status.CLOSED)
    place = {"store": "1", "terminal": "1", "number": invoice.card.number}
    assert told(till(cast.lawson).post("inquiries", place))["invoices"] == []
    refused = till(cast.lawson).post("payments", payment_body(invoice))
    assert code_of(refused) == (409, "invoice_withdrawn")


@pytest.mark.fault("A20")
def test_a_stale_version_is_refused_with_the_present_one(cast: Cast):
    invoice = register(cast.sakura)
    change_invoice(cast.scope, str(invoice.pk), {"amount_yen": 12_000})
    refused = till(cast.lawson).post("payments", payment_body(invoice))
    assert code_of(refused) == (409, "version_stale")
    assert told(refused)["current"] == {"version": 2, "amount_yen": 12_000}


@pytest.mark.parametrize(
    ("limits", "paid"),
    [
        ({"count_max": 2}, 2),
        ({"per_day_yen_max": 7_000}, 2),
        ({"per_month_count_max": 1}, 1),
        ({"gap_seconds_min": 600}, 1),
    ],
)
def test_a_limit_is_reached_and_not_passed(cast: Cast, limits: dict[str, int], paid: int):
    words = {
        "reference": "K1",
        "number": make_card(cast.sakura).number,
        "title": "チャージ",
        "amount_yen": 3_000,
        "repeats": True,
        "limits": limits,
    }
    made = told(system(cast.keys["sakura"]).post("invoices", words))
    invoice = Invoice.objects.get(pk=made["invoice"])
    answers = [till(cast.lawson).post("payments", payment_body(invoice)) for _ in range(paid + 1)]
    assert [answer.status_code for answer in answers] == [201] * paid + [409]
    assert code_of(answers[-1]) == (409, "limit_reached")

    # Only a payment that its till took back makes room: a refund is the owner's own, and later.
    for status, code in (("refunded", "limit_reached"), ("reversed", None)):
        Payment.objects.filter(invoice=invoice).update(status=status)
        last = till(cast.lawson).post("payments", payment_body(invoice))
        assert code_of(last)[1] == code if code else last.status_code == 201


@pytest.mark.fault("A24")
@pytest.mark.parametrize(
    ("taken", "code"),
    [("2026-11-24 12:10:01", "clock"), ("2026-11-23 11:59:59", "clock"),
     ("2026-11-24 12:10:00", None), ("2026-11-23 12:00:00", None)],
)  # fmt: skip
def test_a_wrong_clock_is_refused(cast: Cast, taken: str, code: str | None):
    with clock.frozen(jst("2026-11-24 12:00:00")):
        body = payment_body(register(cast.sakura), taken_at=jst(taken))
        answer = till(cast.lawson).post("payments", body)
    if code is None:
        assert answer.status_code == 201
    else:
        assert code_of(answer) == (422, code)


@pytest.mark.fault("B01")
def test_a_due_date_ends_with_its_day_in_japan(cast: Cast):
    with clock.frozen(jst("2026-11-20 09:00")):
        invoice = register(cast.sakura, due_on=jst("2026-11-24 00:00").date(), repeats=True)
    with clock.frozen(jst("2026-11-24 23:59:59.999999")):
        in_time = till(cast.lawson).post("payments", payment_body(invoice))
    with clock.frozen(jst("2026-11-25 00:00:00")):
        late = till(cast.lawson).post("payments", payment_body(invoice))
    assert in_time.status_code == 201
    assert code_of(late) == (409, "invoice_expired")


@pytest.mark.fault("A19")
@pytest.mark.parametrize(
    "change",
    [
        {"amount_yen": 0}, {"amount_yen": -1}, {"amount_yen": 300_001}, {"amount_yen": 2**63},
        {"amount_yen": 1000.0}, {"amount_yen": "1000"}, {"amount_yen": "１０００"},
        {"amount_yen": True}, {"amount_yen": None}, {"store": "lower"}, {"store": "12345678"},
        {"store": "００１"}, {"store": "1\n"}, {"terminal": ""}, {"receipt": "A" * 13}, {"line": 0},
        {"line": 11}, {"line": "1"}, {"business_date": "2026-02-30"}, {"business_date": 20261124},
        {"business_date": "2020-01-01"}, {"taken_at": "2026-11-24T10:00:00"}, {"taken_at": "now"},
        {"version": 0}, {"invoice": 5}, {"invoice": "\x00"}, {"advice": "yes"}, {"extra": 1},
        {"chain": "familymart"}, {"taken_at": "0001-01-01T00:00:00+09:00"},
        {"invoice": "\ud800"}, {"amount_yen": [1]}, {"store": {"a": 1}},
    ],
)  # fmt: skip
def test_wrong_words_are_malformed_and_name_the_field(cast: Cast, change: dict[str, Any]):
    refused = till(cast.lawson).post("payments", payment_body(register(cast.sakura)) | change)
    assert code_of(refused) == (422, "malformed")
    assert next(iter(change)) in {error["field"] for error in told(refused)["errors"]}
    assert not Payment.objects.exists()


@pytest.mark.fault("A26")
@pytest.mark.parametrize(
    "raw",
    [b"", b"[]", b"null", b"{", b'{"a": NaN}', b'{"a": 1e3}', b'{"store": "1", "store": "2"}',
     b"[" * 100_000, b"\xff\xfe", b"1" * 5000, b'"x"'],
)  # fmt: skip
def test_a_body_that_is_no_object_is_malformed(cast: Cast, raw: bytes):
    assert code_of(till(cast.lawson).post("payments", raw)) == (422, "malformed")


@pytest.mark.fault("A26")
def test_a_body_over_one_megabyte_is_too_large(cast: Cast):
    raw = b'{"store": "' + b"A" * 1_100_000 + b'"}'
    assert code_of(till(cast.lawson).post("payments", raw)) == (413, "too_large")


@pytest.mark.parametrize("key", [None, "", "ck_live_wrong"])
def test_without_a_chain_key_nothing_is_answered(cast: Cast, key: str | None):
    for path in ("inquiries", "payments", "reversals"):
        assert code_of(till(key).post(path, b"x" * 2_000_000)) == (401, "unauthorized")
    assert code_of(till(cast.keys["sakura"]).post("payments", {})) == (401, "unauthorized")


@pytest.mark.fault("A22")
def test_unknown_numbers_and_wrong_check_digits_sound_the_same(cast: Cast):
    number = make_card(cast.sakura).number
    wrong = number[:-1] + str((int(number[-1]) + 1) % 10)
    place = {"store": "1", "terminal": "1"}
    asked = [
        place | {"number": wrong},
        place | {"number": "2000000000008"},
        place | {"barcode": "2900000000001"},
    ]
    for body in asked:
        assert code_of(till(cast.lawson).post("inquiries", body)) == (404, "unknown_number")
    slip = till(cast.lawson).post("inquiries", place | {"barcode": "9" * 44})
    assert code_of(slip) == (404, "unknown_slip")
    for body in (place, place | {"number": number, "barcode": "2900000000001"}):
        assert code_of(till(cast.lawson).post("inquiries", body)) == (422, "malformed")


@pytest.mark.parametrize(("status", "code"), [("suspended", "card_suspended"),
                                              ("replaced", "card_replaced")])  # fmt: skip
def test_an_inquiry_on_a_card_that_is_out_of_use_says_so(cast: Cast, status: str, code: str):
    card = make_card(cast.sakura, status=status)
    body = {"store": "1", "terminal": "1", "number": card.number}
    assert code_of(till(cast.lawson).post("inquiries", body)) == (409, code)


def test_an_unknown_invoice_or_slip_is_not_found(cast: Cast):
    invoice = register(cast.sakura)
    stranger = payment_body(invoice) | {"invoice": "00000000-0000-4000-8000-000000000000"}
    assert code_of(till(cast.lawson).post("payments", stranger)) == (404, "unknown_invoice")
    slip = payment_body(invoice, slip="no-such-slip")
    assert code_of(till(cast.lawson).post("payments", slip)) == (404, "unknown_slip")


def test_a_live_till_never_meets_the_test_side(cast: Cast):
    invoice = register(cast.sakura.twin)
    assert invoice.card.number[1:3] == "99"
    place = {"store": "1", "terminal": "1", "number": invoice.card.number}
    assert code_of(till(cast.lawson).post("inquiries", place)) == (404, "unknown_number")
    paid = till(cast.lawson).post("payments", payment_body(invoice))
    assert code_of(paid) == (404, "unknown_invoice")


def test_a_terminal_is_recorded_when_it_is_first_seen(cast: Cast):
    invoice = register(cast.sakura, repeats=True)
    for _ in range(2):
        till(cast.lawson).post("payments", payment_body(invoice))
    seen = Terminal.objects.get()
    assert (seen.chain_id, seen.store, seen.terminal) == ("lawson", "000001", "01")


def test_two_payments_at_one_store_within_five_minutes_are_flagged(cast: Cast):
    invoice = register(cast.sakura, repeats=True)
    with clock.frozen(jst("2026-11-24 12:00:00")):
        for minute in (0, 5, 11):
            taken_at = jst(f"2026-11-24 11:{30 + minute}:00")
            till(cast.lawson).post("payments", payment_body(invoice, taken_at=taken_at))
    flags = Payment.objects.order_by("taken_at").values_list("possible_duplicate", flat=True)
    assert list(flags) == [False, True, False]


def test_the_chains_own_list_of_the_day_shows_its_keys_only(cast: Cast):
    invoice = register(cast.sakura, repeats=True)
    for key in (cast.lawson, cast.lawson, cast.familymart):
        till(key).post("payments", payment_body(invoice))
    today = clock.business_date().isoformat()
    first = told(till(cast.lawson).get("payments", business_date=today, limit=1))
    rest = told(
        till(cast.lawson).get("payments", business_date=today, limit=1, cursor=first["next"])
    )
    assert len(first["items"]) == len(rest["items"]) == 1
    assert first["items"][0]["receipt"] != rest["items"][0]["receipt"]
    assert rest["next"] is None


@pytest.mark.parametrize("cursor", ["x", "bnVsbA==", "WyIyMDI2LTExLTI0VDAwOjAwIiwgIngiXQ=="])
def test_a_cursor_we_never_gave_is_malformed(cast: Cast, cursor: str):
    answer = till(cast.lawson).get("payments", business_date="2026-11-24", cursor=cursor)
    assert code_of(answer) == (422, "malformed")


def test_an_unknown_address_below_the_api_is_a_problem_too(cast: Cast):
    assert code_of(till(cast.lawson).get("nothing/here")) == (404, "not_found")
    assert code_of(till(cast.lawson).get("reversals")) == (405, "method_not_allowed")


@pytest.mark.parametrize("hours", [16, -16, 23])
@pytest.mark.parametrize("words", [{"advice": False}, {"advice": True}])
def test_cash_is_booked_whatever_offset_a_till_writes_its_clock_with(
    cast: Cast, hours: int, words: dict[str, bool]
):
    body = payment_body(register(cast.sakura)) | words
    taken_at = clock.now().astimezone(timezone(timedelta(hours=hours)))
    paid = till(cast.lawson).post("payments", body | {"taken_at": taken_at.isoformat()})
    assert (paid.status_code, told(paid)["status"]) == (201, "reported")
    assert Payment.objects.get().taken_at == taken_at


@pytest.mark.parametrize("line", ["１", "٣", "0", "11", "9" * 5_000, "%00", "1.0"])
def test_a_line_in_an_address_is_a_plain_number(cast: Cast, line: str):
    address = f"payments/000001/01/2026-11-02/A/{line}"
    assert code_of(till(cast.lawson).get(address)) == (422, "malformed")


def test_a_fault_of_our_own_is_told_in_the_apis_form(cast: Cast, monkeypatch: pytest.MonkeyPatch):
    def fall(_notice: object) -> None:
        raise RuntimeError("a fault of our own")

    monkeypatch.setattr("billing.api.till.paying.receive_payment_with_others", fall)
    caller = till(cast.lawson)
    caller.client.raise_request_exception = False
    answer = caller.post("payments", payment_body(register(cast.sakura)))
    assert code_of(answer) == (500, "internal")
