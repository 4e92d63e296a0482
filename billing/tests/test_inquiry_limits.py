"""What an inquiry shows of kept invoices with limits is what a payment would be taken for then."""

import random
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from billing.models import Chain, Invoice, Payment
from billing.selectors import payable_invoices, payable_invoices_of, slip_scanned
from billing.services.invoices import Limits, change_invoice
from billing.services.payments import receive_payment
from billing.services.reversals import reverse_payment
from billing.tests.slip_cast import asks_for_slip, pays, prints, scans
from billing.tills.notices import PaymentNotice
from smartpit.kernel import clock
from smartpit.kernel.errors import DomainError
from tests.cast import (
    Cast,
    code_of,
    jst,
    make_card,
    notice,
    payment_body,
    register,
    reversal,
    till,
    told,
)

NOON = jst("2026-11-29 12:00")
INSTANT = timedelta(microseconds=1)


def is_shown(cast: Cast, invoice: Invoice) -> bool:
    """Ask with the number and with the bars, and see that pages and a kiosk say the same."""
    invoice.refresh_from_db()
    place = {"store": "000001", "terminal": "01"}
    card = invoice.card
    listed = [str(row.pk) for row in payable_invoices(card)]
    for asked in ({"number": card.number}, {"barcode": card.barcode_number}):
        answer = told(till(cast.lawson).post("inquiries", place | asked))
        assert [line["invoice"] for line in answer["invoices"]] == listed
    return str(invoice.pk) in listed


def refusal(cast: Cast, invoice: Invoice) -> str | None:
    """Return why a payment would be refused now, and see that a slip would be for the same."""
    before = transaction.savepoint()
    asked = asks_for_slip(cast.lawson, invoice)
    paid = till(cast.lawson).post("payments", payment_body(invoice))
    transaction.savepoint_rollback(before)
    if paid.status_code == asked.status_code == 201:
        return None
    assert code_of(paid) == code_of(asked)
    return code_of(paid)[1]


def stands(cast: Cast, invoice: Invoice, at: datetime) -> bool:
    """Is it shown at an instant? It must be just where a payment is taken."""
    with clock.frozen(at):
        shown, refused = is_shown(cast, invoice), refusal(cast, invoice)
        assert (shown, refused) in ((True, None), (False, "limit_reached"))
        return shown


def pay(invoice: Invoice, at: datetime, **words: Any) -> PaymentNotice:
    with clock.frozen(at):
        invoice.refresh_from_db()
        taken = notice(invoice, taken_at=at, **words)
        receive_payment(taken)
        return taken


def kept(cast: Cast, number: str | None = None, **limits: int) -> Invoice:
    number = number or make_card(cast.sakura).number
    words = {"number": number, "repeats": True, "amount_yen": 3_000}
    return register(cast.sakura, limits=Limits(**limits), **words)


def test_a_count_is_reached_and_a_reversal_makes_room_but_no_refund(cast: Cast):
    invoice = kept(cast, count_max=2)
    pay(invoice, NOON)
    assert stands(cast, invoice, NOON)
    last = pay(invoice, NOON)
    assert not stands(cast, invoice, NOON)
    assert not stands(cast, invoice, NOON + timedelta(days=400))
    before = transaction.savepoint()
    Payment.objects.update(status=Payment.Status.REFUNDED)
    assert not stands(cast, invoice, NOON)
    transaction.savepoint_rollback(before)
    with clock.frozen(NOON):
        reverse_payment(reversal(last))
    assert stands(cast, invoice, NOON)


def test_a_days_yen_are_reached_until_the_day_ends_or_the_amount_fits(cast: Cast):
    invoice = kept(cast, per_day_yen_max=7_000)
    pay(invoice, NOON)
    assert stands(cast, invoice, NOON)
    pay(invoice, NOON, advice=True)
    midnight = jst("2026-11-30 00:00")
    assert not stands(cast, invoice, midnight - INSTANT)
    assert stands(cast, invoice, midnight)
    with clock.frozen(NOON):
        change_invoice(cast.scope, str(invoice.pk), {"amount_yen": 1_000})
    assert stands(cast, invoice, NOON)
    with clock.frozen(NOON):
        change_invoice(cast.scope, str(invoice.pk), {"amount_yen": 1_001})
    assert not stands(cast, invoice, NOON)


def test_a_months_count_is_reached_until_the_month_ends(cast: Cast):
    invoice = kept(cast, per_month_count_max=1)
    assert stands(cast, invoice, NOON)
    pay(invoice, NOON)
    december = jst("2026-12-01 00:00")
    assert not stands(cast, invoice, december - INSTANT)
    assert stands(cast, invoice, december)


def test_a_gap_hides_until_it_has_passed(cast: Cast):
    invoice = kept(cast, gap_seconds_min=600)
    taken = pay(invoice, NOON)
    gap = timedelta(seconds=600)
    assert not stands(cast, invoice, NOON + gap - INSTANT)
    assert stands(cast, invoice, NOON + gap)
    with clock.frozen(NOON):
        reverse_payment(reversal(taken))
    assert stands(cast, invoice, NOON)


def test_of_several_the_others_stay_also_on_a_slip_that_is_printed(cast: Cast):
    number = make_card(cast.sakura).number
    limited, free = kept(cast, number, count_max=1), kept(cast, number)
    with clock.frozen(NOON):
        slip = prints(cast.lawson, limited, free)
        assert pays(cast.lawson, limited, slip).status_code == 201
        left = [line["invoice"] for line in told(scans(cast.lawson, slip))["invoices"]]
        scanned = slip_scanned(Chain.objects.get(pk="lawson"), slip["barcode"], clock.now())
        assert left == [str(free.pk)] == [str(row.pk) for row in payable_invoices_of(scanned)]
        assert code_of(pays(cast.lawson, limited, slip)) == (409, "limit_reached")
        assert pays(cast.lawson, free, slip).status_code == 201


def test_no_slip_is_printed_past_a_limit_and_an_earlier_reason_is_told_first(cast: Cast):
    number = make_card(cast.sakura).number
    limited, stopped = kept(cast, number, count_max=1), kept(cast, number)
    pay(limited, NOON)
    with clock.frozen(NOON):
        assert code_of(asks_for_slip(cast.lawson, stopped, limited)) == (409, "limit_reached")
        change_invoice(cast.scope, str(stopped.pk), {"suspended": True})
        assert code_of(asks_for_slip(cast.lawson, limited, stopped)) == (409, "invoice_suspended")


LIMITS: tuple[dict[str, int], ...] = (
    {}, {"count_max": 3}, {"per_day_yen_max": 8_000}, {"per_month_count_max": 2},
    {"gap_seconds_min": 3_600}, {"count_max": 5, "gap_seconds_min": 86_400},
    {"per_day_yen_max": 3_000, "per_month_count_max": 3},
)  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
def test_at_any_moment_what_is_shown_is_what_is_taken(cast: Cast, seed: int):
    """Payments of today and yesterday, advices, reversals and other amounts come at random."""
    chance, now, taken = random.Random(seed), NOON, list[PaymentNotice]()
    number = make_card(cast.sakura).number
    invoices = [kept(cast, number, **limits) for limits in LIMITS]
    seen = set()
    for _ in range(30):
        now += timedelta(seconds=chance.choice((0, 1, 1_800, 3_600, 40_000, 86_400)))
        invoice = chance.choice(invoices)
        try:
            day = clock.business_date(now) - timedelta(days=chance.choice((0, 0, 0, 1)))
            taken.append(pay(invoice, now, advice=chance.random() < 0.3, business_date=day))
            with clock.frozen(now):
                if chance.random() < 0.2:
                    reverse_payment(reversal(chance.choice(taken)))
                if chance.random() < 0.1:
                    words = {"amount_yen": chance.choice((1_000, 3_000, 5_000))}
                    change_invoice(cast.scope, str(invoice.pk), words)
        except DomainError:
            pass
        for looked_at in chance.sample(invoices, 3):
            seen.add((invoices.index(looked_at), stands(cast, looked_at, now)))
    assert {shown for _, shown in seen} == {True, False}
