"""A payment that names a kiosk's slip: what the paper allows, and for how long."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from billing.models import Chain, Invoice, Payment, Slip, SlipLine
from billing.services.invoices import change_invoice, withdraw_invoice
from cards.models import Card
from smartpit.kernel import clock
from tests.cast import Cast, code_of, jst, make_card, payment_body, register, till

CODE = "1234567890123456"


def _slip(invoice: Invoice, **words: Any) -> Slip:
    printed_at: datetime = words.pop("printed_at", clock.now())
    slip = Slip.objects.create(
        **{
            "code": CODE,
            "chain": Chain.objects.get(pk="lawson"),
            "store": "000001",
            "terminal": "K1",
            "card": invoice.card,
            "barcode": "9" * 44,
            "amount_yen": invoice.amount_yen,
            "printed_at": printed_at,
            "expires_at": printed_at + timedelta(minutes=30),
        }
        | words
    )
    SlipLine.objects.create(
        slip=slip,
        place=1,
        owner=invoice.owner,
        tenant=invoice.tenant,
        invoice=invoice,
        version=invoice.version,
        amount_yen=invoice.amount_yen,
    )
    return slip


def _pay(cast: Cast, invoice: Invoice, **words: Any) -> tuple[int, str]:
    answer = till(cast.lawson).post("payments", payment_body(invoice, slip=CODE, **words))
    return (201, "") if answer.status_code == 201 else code_of(answer)


def test_a_live_slip_is_paid(cast: Cast):
    invoice = register(cast.sakura)
    _slip(invoice)
    assert _pay(cast, invoice) == (201, "")


def test_a_slip_of_another_chain_or_without_this_invoice_is_unknown(cast: Cast):
    invoice, other = register(cast.sakura), register(cast.sakura)
    slip = _slip(invoice)
    assert _pay(cast, other) == (404, "unknown_slip")
    body = payment_body(invoice, slip=slip.code)
    assert code_of(till(cast.familymart).post("payments", body)) == (404, "unknown_slip")


def test_a_voided_slip_and_one_past_its_half_hour_are_expired(cast: Cast):
    invoice, other = register(cast.sakura), register(cast.sakura)
    _slip(invoice, voided_at=clock.now())
    assert _pay(cast, invoice) == (409, "slip_expired")
    with clock.frozen(jst("2026-11-24 12:00")):
        _slip(other, code="6" * 16, barcode="8" * 44)
    for at, status in (("12:29:59.999999", 201), ("12:30:00", 409)):
        with clock.frozen(jst(f"2026-11-24 {at}")):
            kept = register(cast.sakura, repeats=True)
            with clock.frozen(jst("2026-11-24 12:00")):
                _slip(kept, code=f"{status}".zfill(16), barcode=f"{status}".zfill(44))
            body = payment_body(kept, slip=f"{status}".zfill(16))
            assert till(cast.lawson).post("payments", body).status_code == status


def test_a_slip_of_a_replaced_number_is_refused_though_the_invoice_moved_on(cast: Cast):
    invoice = register(cast.sakura)
    _slip(invoice)
    Invoice.objects.filter(pk=invoice.pk).update(card=make_card(cast.sakura))
    assert _pay(cast, invoice) == (409, "card_replaced")


def test_a_live_slip_is_paid_past_midnight_and_nothing_else_is(cast: Cast):
    with clock.frozen(jst("2026-11-24 23:50")):
        invoice = register(cast.sakura, due_on=date(2026, 11, 24))
        _slip(invoice)
    with clock.frozen(jst("2026-11-25 00:10")):
        bare = till(cast.lawson).post("payments", payment_body(invoice))
        assert code_of(bare) == (409, "invoice_expired")
        assert _pay(cast, invoice) == (201, "")


def test_after_its_half_hour_a_slip_holds_nothing_open(cast: Cast):
    with clock.frozen(jst("2026-11-24 23:50")):
        invoice = register(cast.sakura, due_on=date(2026, 11, 24))
        _slip(invoice)
    with clock.frozen(jst("2026-11-25 00:20")):
        assert _pay(cast, invoice) == (409, "slip_expired")


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda one, cast: withdraw_invoice(cast.scope, one.pk), "invoice_withdrawn"),
        (lambda one, cast: change_invoice(cast.scope, one.pk, {"suspended": True}),
         "invoice_suspended"),
        (lambda one, cast: change_invoice(cast.scope, one.pk, {"title": "新"}), "version_stale"),
        (lambda one, cast: Card.objects.filter(pk=one.card_id).update(status="suspended"),
         "card_suspended"),
    ],
)  # fmt: skip
def test_a_live_slip_lifts_no_other_refusal(cast: Cast, make: Any, code: str):
    invoice = register(cast.sakura)
    _slip(invoice)
    make(invoice, cast)
    assert _pay(cast, invoice) == (409, code)
    assert not Payment.objects.exists()


def test_of_two_reasons_the_earlier_in_the_contracts_order_is_told(cast: Cast):
    """Each line adds a reason that stands before the last."""
    invoice = register(cast.sakura)
    body = payment_body(invoice, amount_yen=9_999, slip=CODE)
    change_invoice(cast.scope, str(invoice.pk), {"suspended": True})

    def answered(**words: Any) -> str:
        return code_of(till(cast.lawson).post("payments", body | words))[1]

    _slip(invoice)
    assert answered() == "invoice_suspended"
    Invoice.objects.filter(pk=invoice.pk).update(status="expired")
    assert answered() == "invoice_expired"
    Invoice.objects.filter(pk=invoice.pk).update(status="paid")
    assert answered() == "already_paid"
    Invoice.objects.filter(pk=invoice.pk).update(status="withdrawn")
    assert answered() == "invoice_withdrawn"
    Card.objects.filter(pk=invoice.card_id).update(status="replaced")
    assert answered() == "card_replaced"
    Card.objects.filter(pk=invoice.card_id).update(status="suspended")
    assert answered() == "card_suspended"
    Slip.objects.filter(pk=CODE).update(voided_at=clock.now())
    assert answered() == "slip_expired"
    assert answered(slip="no-such") == "unknown_slip"
    assert answered(invoice="no-such", slip="no-such") == "unknown_invoice"
    assert answered(invoice="no-such", taken_at="2026-01-01T10:00:00+09:00",
                    business_date="2026-01-01") == "clock"  # fmt: skip


def test_an_advice_on_a_dead_slip_is_booked_late(cast: Cast):
    invoice = register(cast.sakura)
    _slip(invoice, voided_at=clock.now())
    assert _pay(cast, invoice, advice=True) == (201, "")
    assert Payment.objects.get().late
