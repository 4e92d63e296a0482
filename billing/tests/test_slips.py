"""申込券: thirty minutes, one live slip an invoice, also past midnight (contract section 4)."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from django.db.models import QuerySet

from billing.models import Case, Event, Invoice, Payment, Slip, SlipLine, Terminal
from billing.refusals import InvoiceExpired
from billing.selectors import live_slip_lines
from billing.services.cards import replace_card
from billing.services.expiry import expire_invoices
from billing.services.invoices import change_invoice, withdraw_invoice
from billing.services.payments import receive_payment
from billing.tests.slip_cast import KIOSK, asks_for_slip, on_one_card, pays, prints, scans
from billing.tills.slip_barcode import slip_digits
from cards.models import Card
from smartpit.kernel import clock
from tenants.models import Tenant
from tenants.services import move_tenant
from tests.cast import Cast, code_of, jst, make_card, notice, register, till, told

pytestmark = pytest.mark.usefixtures("either_way")


def test_a_slip_says_what_was_chosen_and_what_its_bars_hold(cast: Cast):
    single = register(cast.sakura, amount_yen=60_000, tax_yen=5_000)
    kept = register(cast.sakura, amount_yen=3_000, repeats=True, number=single.card.number)
    with clock.frozen(jst("2026-11-24 23:45:00")):
        slip = prints(cast.lawson, kept, single)
    assert slip["expires_at"] == "2026-11-25T00:15:00+09:00"
    assert slip["amount_yen"] == 63_000
    assert [line["invoice"] for line in slip["lines"]] == [str(kept.pk), str(single.pk)]
    assert [line["stamp"] for line in slip["lines"]] == [False, True]
    assert set(slip) == {"slip", "expires_at", "amount_yen", "barcode", "lines"}
    said = slip_digits(slip["barcode"])
    assert said is not None
    assert (said.code, said.chain, said.amount_yen) == (slip["slip"], "02", 63_000)
    assert (said.day, said.stamp) == (jst("2026-11-24 00:00").date(), True)
    assert Terminal.objects.get().terminal == "K1"


def test_the_register_is_shown_what_the_slip_can_still_pay(cast: Cast):
    first, second = on_one_card(cast, 2)
    slip = prints(cast.lawson, first, second)
    shown = told(scans(cast.lawson, slip))
    assert (shown["slip"], shown["expires_at"]) == (slip["slip"], slip["expires_at"])
    assert shown["number"] == first.card.number
    assert shown["invoices"] == slip["lines"]

    assert pays(cast.lawson, first, slip).status_code == 201
    left = told(scans(cast.lawson, slip))["invoices"]
    assert [line["invoice"] for line in left] == [str(second.pk)]
    assert pays(cast.lawson, second, slip).status_code == 201
    assert told(scans(cast.lawson, slip))["invoices"] == []


@pytest.mark.fault("A21")
def test_a_slip_binds_nobody_another_till_may_be_faster(cast: Cast):
    (invoice,) = on_one_card(cast, 1)
    slip = prints(cast.lawson, invoice)
    assert pays(cast.familymart, invoice).status_code == 201
    assert code_of(pays(cast.lawson, invoice, slip)) == (409, "already_paid")


@pytest.mark.parametrize(
    ("after", "answered"),
    [(timedelta(minutes=30) - timedelta(microseconds=1), None), (timedelta(minutes=30), "expired")],
)
@pytest.mark.fault("A20")
def test_a_slip_lives_thirty_minutes(cast: Cast, after: timedelta, answered: str | None):
    (invoice,) = on_one_card(cast, 1)
    printed_at = jst("2026-11-24 12:00")
    with clock.frozen(printed_at):
        slip = prints(cast.lawson, invoice)
    with clock.frozen(printed_at + after):
        scanned, paid = scans(cast.lawson, slip), pays(cast.lawson, invoice, slip)
    if answered is None:
        assert (scanned.status_code, paid.status_code) == (200, 201)
    else:
        assert code_of(scanned) == code_of(paid) == (409, "slip_expired")


def test_a_newer_slip_voids_the_whole_older_one(cast: Cast):
    first, second, third = on_one_card(cast, 3)
    older = prints(cast.lawson, first, second)
    untouched = prints(cast.lawson, third)
    newer = prints(cast.familymart, second)
    assert code_of(scans(cast.lawson, older)) == (409, "slip_expired")
    for invoice in (first, second):
        assert code_of(pays(cast.lawson, invoice, older)) == (409, "slip_expired")
    assert pays(cast.familymart, second, newer).status_code == 201
    assert pays(cast.lawson, third, untouched).status_code == 201
    assert pays(cast.lawson, first).status_code == 201  # At a register, without a slip.


def test_a_slip_is_its_chains_own_and_holds_its_own_invoices(cast: Cast):
    first, second = on_one_card(cast, 2)
    slip = prints(cast.lawson, first)
    assert code_of(scans(cast.familymart, slip)) == (404, "unknown_slip")
    assert code_of(pays(cast.familymart, first, slip)) == (404, "unknown_slip")
    assert code_of(pays(cast.lawson, second, slip)) == (404, "unknown_slip")
    assert code_of(pays(cast.lawson, first, {"slip": "1" * 16})) == (404, "unknown_slip")
    assert code_of(scans(cast.lawson, {"barcode": "9" * 44})) == (404, "unknown_slip")


@pytest.mark.fault("A20")
def test_a_changed_invoice_is_stale_on_the_paper_and_new_at_the_register(cast: Cast):
    (invoice,) = on_one_card(cast, 1)
    slip = prints(cast.lawson, invoice)
    change_invoice(cast.scope, str(invoice.pk), {"amount_yen": 12_000})
    refused = pays(cast.lawson, invoice, slip)
    assert code_of(refused) == (409, "version_stale")
    assert told(refused)["current"] == {"version": 2, "amount_yen": 12_000}
    (line,) = told(scans(cast.lawson, slip))["invoices"]
    assert (line["version"], line["amount_yen"]) == (2, 12_000)
    invoice.refresh_from_db()
    assert pays(cast.lawson, invoice, slip).status_code == 201


def test_withdrawal_and_suspension_refuse_a_slip(cast: Cast):
    first, second = on_one_card(cast, 2)
    slip = prints(cast.lawson, first, second)
    withdraw_invoice(cast.scope, str(first.pk))
    change_invoice(cast.scope, str(second.pk), {"suspended": True})
    assert told(scans(cast.lawson, slip))["invoices"] == []
    assert code_of(pays(cast.lawson, first, slip)) == (409, "invoice_withdrawn")
    assert code_of(pays(cast.lawson, second, slip)) == (409, "invoice_suspended")


def test_a_slip_of_a_replaced_number_pays_nothing(cast: Cast):
    (invoice,) = on_one_card(cast, 1)
    slip = prints(cast.lawson, invoice)
    new = replace_card(cast.scope, invoice.card.number)
    invoice.refresh_from_db()
    assert invoice.card == new
    assert code_of(scans(cast.lawson, slip)) == (409, "card_replaced")
    assert code_of(pays(cast.lawson, invoice, slip)) == (409, "card_replaced")
    assert pays(cast.lawson, invoice).status_code == 201


def test_a_slip_of_a_stopped_card_pays_nothing_until_it_goes_on(cast: Cast):
    (invoice,) = on_one_card(cast, 1)
    slip = prints(cast.lawson, invoice)
    Card.objects.filter(pk=invoice.card_id).update(status="suspended")
    assert code_of(scans(cast.lawson, slip)) == (409, "card_suspended")
    assert code_of(pays(cast.lawson, invoice, slip)) == (409, "card_suspended")
    Card.objects.filter(pk=invoice.card_id).update(status="active")
    assert pays(cast.lawson, invoice, slip).status_code == 201


# -- What no slip is printed for ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "refused"),
    [
        (lambda one, cast: withdraw_invoice(cast.scope, str(one.pk)), (409, "invoice_withdrawn")),
        (lambda one, cast: receive_payment(notice(one)), (409, "already_paid")),
        (lambda one, cast: Invoice.objects.filter(pk=one.pk).update(due_on="2026-01-31"),
         (409, "invoice_expired")),
        (lambda one, cast: change_invoice(cast.scope, str(one.pk), {"suspended": True}),
         (409, "invoice_suspended")),
        (lambda one, cast: move_tenant(cast.engineering, Tenant.Status.CLOSED),
         (409, "invoice_withdrawn")),
        (lambda one, cast: replace_card(cast.scope, one.card.number), (409, "card_replaced")),
        (lambda one, cast: Card.objects.filter(pk=one.card_id).update(status="suspended"),
         (409, "card_suspended")),
        (lambda one, cast: Card.objects.filter(pk=one.card_id).update(status="retired"),
         (404, "unknown_number")),
    ],
)  # fmt: skip
def test_what_cannot_be_paid_is_not_printed(cast: Cast, make: Any, refused: tuple[int, str]):
    payable, other = on_one_card(cast, 2, tenant="engineering")
    make(other, cast)
    assert code_of(asks_for_slip(cast.lawson, payable, other)) == refused
    assert not Slip.objects.exists()


def test_of_several_reasons_the_contracts_first_is_told(cast: Cast):
    paid, withdrawn, fresh = on_one_card(cast, 3)
    receive_payment(notice(paid))
    assert code_of(asks_for_slip(cast.lawson, paid, withdrawn)) == (409, "already_paid")
    withdraw_invoice(cast.scope, str(withdrawn.pk))
    assert code_of(asks_for_slip(cast.lawson, paid, withdrawn)) == (409, "invoice_withdrawn")
    Card.objects.filter(pk=paid.card_id).update(status="suspended")
    assert code_of(asks_for_slip(cast.lawson, paid, fresh)) == (409, "card_suspended")
    stranger = register(cast.sakura)
    assert code_of(asks_for_slip(cast.lawson, paid, stranger)) == (404, "unknown_invoice")
    unknown = asks_for_slip(cast.lawson, paid, stranger, number="2000000000008")
    assert code_of(unknown) == (404, "unknown_number")


@pytest.mark.parametrize("invoice", ["nobody", "00000000-0000-4000-8000-000000000000"])
def test_an_invoice_that_never_was_is_unknown(cast: Cast, invoice: str):
    words = KIOSK | {"number": make_card(cast.sakura).number, "invoices": [invoice]}
    assert code_of(till(cast.lawson).post("slips", words)) == (404, "unknown_invoice")


def test_a_live_kiosk_prints_nothing_of_the_test_side(cast: Cast):
    invoice = register(cast.sakura.twin)
    assert code_of(asks_for_slip(cast.lawson, invoice)) == (404, "unknown_number")
    live = make_card(cast.sakura).number
    assert code_of(asks_for_slip(cast.lawson, invoice, number=live)) == (404, "unknown_invoice")


def test_a_slip_is_for_three_hundred_thousand_yen_at_most(cast: Cast):
    first, second, small = on_one_card(cast, 3, amount_yen=150_000)
    change_invoice(cast.scope, str(small.pk), {"amount_yen": 1})
    assert prints(cast.lawson, first, second)["amount_yen"] == 300_000
    assert code_of(asks_for_slip(cast.lawson, first, second, small)) == (409, "limit_reached")


@pytest.mark.parametrize(
    "change",
    [{"invoices": []}, {"invoices": ["A"] * 11}, {"invoices": ["A", "A"]}, {"invoices": "A"},
     {"invoices": [1]}, {"invoices": [[]]}, {"number": "1"}, {"number": None}, {"store": "x"},
     {"terminal": ""}, {"amount_yen": 1}],
)  # fmt: skip
def test_wrong_words_for_a_slip_are_malformed(cast: Cast, change: dict[str, Any]):
    refused = asks_for_slip(cast.lawson, register(cast.sakura), **change)
    assert code_of(refused) == (422, "malformed")
    assert next(iter(change)) in {error["field"] for error in told(refused)["errors"]}


def test_ten_invoices_fit_on_a_slip(cast: Cast):
    invoices = on_one_card(cast, 10)
    slip = prints(cast.lawson, *invoices)
    assert [line["invoice"] for line in slip["lines"]] == [str(one.pk) for one in invoices]
    assert slip["amount_yen"] == 100_000


# -- Midnight -----------------------------------------------------------------------------------


def due_today(cast: Cast) -> Invoice:
    with clock.frozen(jst("2026-11-20 09:00")):
        return register(cast.sakura, due_on=jst("2026-11-24 00:00").date())


@pytest.fixture
def past_midnight(cast: Cast) -> Any:
    """Give an invoice due on the 24th and its slip, printed on the 24th at 23:50."""
    invoice = due_today(cast)
    with clock.frozen(jst("2026-11-24 23:50")):
        return invoice, prints(cast.lawson, invoice)


def test_past_midnight_only_the_slip_may_pay(cast: Cast, past_midnight: Any):
    invoice, slip = past_midnight
    with clock.frozen(jst("2026-11-25 00:10")):
        place = KIOSK | {"number": invoice.card.number}
        assert told(till(cast.lawson).post("inquiries", place))["invoices"] == []
        assert code_of(pays(cast.lawson, invoice)) == (409, "invoice_expired")
        assert code_of(asks_for_slip(cast.lawson, invoice)) == (409, "invoice_expired")
        assert len(told(scans(cast.lawson, slip))["invoices"]) == 1
        assert pays(cast.lawson, invoice, slip).status_code == 201
    payment = Payment.objects.get()
    assert (payment.business_date.isoformat(), payment.late) == ("2026-11-25", False)


def test_an_invoice_with_a_live_slip_expires_at_the_slips_end(cast: Cast, past_midnight: Any):
    invoice, slip = past_midnight
    with clock.frozen(jst("2026-11-25 00:19:59")):
        assert expire_invoices() == 0
    with clock.frozen(jst("2026-11-25 00:20:00")):
        assert code_of(pays(cast.lawson, invoice, slip)) == (409, "slip_expired")
        assert expire_invoices() == 1
    assert Event.objects.get().type == "invoice.expired"


def test_cash_taken_on_a_slip_is_told_late_only_if_the_slip_had_ended(
    cast: Cast, past_midnight: Any
):
    invoice, slip = past_midnight
    other = due_today(cast)
    with clock.frozen(jst("2026-11-24 23:30")):
        ended = prints(cast.lawson, other)
    with clock.frozen(jst("2026-11-25 00:10")):
        in_time = told(pays(cast.lawson, invoice, slip, advice=True))
        late = told(pays(cast.lawson, other, ended, advice=True))
    assert (in_time["status"], in_time["late"]) == ("reported", False)
    assert (late["status"], late["late"]) == ("reported", True)
    assert Case.objects.get().told["why"] == "slip_expired"


@pytest.mark.fault("B01")
def test_a_sweep_that_began_before_the_slip_was_printed_sees_it_under_the_locks(
    cast: Cast, past_midnight: Any, monkeypatch: pytest.MonkeyPatch
):
    looks = count()

    def seen(at: datetime) -> QuerySet[SlipLine]:
        first = next(looks) == 0  # A statement's view from before the slip's commit.
        return SlipLine.objects.filter(pk=-1) if first else live_slip_lines(at)

    monkeypatch.setattr("billing.services.expiry.live_slip_lines", seen)
    with clock.frozen(jst("2026-11-25 00:00")):
        assert expire_invoices() == 0
    assert not Event.objects.exists()


def test_a_voided_slip_holds_nothing_past_midnight(cast: Cast, past_midnight: Any):
    invoice, slip = past_midnight
    with clock.frozen(jst("2026-11-24 23:59")):
        newer = prints(cast.familymart, invoice)
    with clock.frozen(jst("2026-11-25 00:21")):
        assert code_of(pays(cast.lawson, invoice, slip)) == (409, "slip_expired")
        assert expire_invoices() == 0
        assert pays(cast.familymart, invoice, newer).status_code == 201


def test_its_owner_may_still_change_or_withdraw_what_a_slip_holds(cast: Cast, past_midnight: Any):
    invoice, slip = past_midnight
    with clock.frozen(jst("2026-11-25 00:05")):
        change_invoice(cast.scope, str(invoice.pk), {"amount_yen": 9_000})
        assert code_of(pays(cast.lawson, invoice, slip)) == (409, "version_stale")
        withdraw_invoice(cast.scope, str(invoice.pk))
        assert code_of(pays(cast.lawson, invoice, slip)) == (409, "invoice_withdrawn")
    other = due_today(cast)
    with clock.frozen(jst("2026-11-25 00:05")), pytest.raises(InvoiceExpired):
        withdraw_invoice(cast.scope, str(other.pk))


def test_what_a_slip_paid_and_the_till_took_back_is_open_for_the_slip(
    cast: Cast, past_midnight: Any
):
    invoice, slip = past_midnight
    with clock.frozen(jst("2026-11-25 00:10")):
        body = {"receipt": "A1"}
        assert pays(cast.lawson, invoice, slip, **body).status_code == 201
        key = {"store": "000001", "terminal": "01", "business_date": "2026-11-25", "receipt": "A1"}
        assert till(cast.lawson).post("reversals", key | {"reason": "客都合"}).status_code == 201
        invoice.refresh_from_db()
        assert invoice.status == Invoice.Status.OPEN
        assert pays(cast.lawson, invoice, slip).status_code == 201
