"""Many kiosks at once: one live slip an invoice, thirty misses a terminal, nobody deadlocked."""

from collections import Counter
from typing import Any

import pytest

from billing.models import Case, Chain, Invoice, Miss, Slip, Terminal
from billing.refusals import AlreadyPaid, InvoiceExpired, SlipExpired, TerminalMissedTooOften
from billing.selectors import live_slip_lines
from billing.services.expiry import expire_invoices
from billing.services.inquiries import inquire
from billing.services.payments import receive_payment
from billing.services.slips import PrintedSlip, SlipAsked, print_slip
from billing.services.terminals import inquiring
from billing.tills.inquiry import InquiryAsked, Place
from billing.tills.notices import Receipt
from cards.refusals import UnknownNumber
from smartpit.kernel import clock
from tests.cast import Cast, jst, make_card, make_cast, notice, register
from tests.threads import in_threads


@pytest.fixture
def cast(committed_db: str) -> Cast:
    return make_cast()


def asked(*invoices: Invoice) -> SlipAsked:
    ids = tuple(str(invoice.pk) for invoice in invoices)
    return SlipAsked(Chain.objects.get(pk="lawson"), "1", "K1", invoices[0].card.number, ids)


def test_kiosks_that_print_the_same_invoices_leave_one_live_slip_each(cast: Cast):
    number = make_card(cast.sakura).number
    rows = [register(cast.sakura, number=number) for _ in range(4)]
    chosen = [(0, 1), (1, 2), (2, 3), (3, 0), (0, 2), (1, 3), (3, 2), (2, 0)]
    for _ in range(10):
        made = in_threads(
            lambda place: print_slip(asked(*(rows[at] for at in chosen[place]))), len(chosen)
        )
        assert all(isinstance(outcome, PrintedSlip) for outcome in made), made
        live = Counter(live_slip_lines(clock.now()).values_list("invoice", flat=True))
        assert set(live.values()) == {1}
        assert 1 <= Slip.objects.filter(voided_at=None).count() <= 2


def test_a_slip_that_is_paid_while_a_newer_one_is_printed_is_paid_or_void(cast: Cast):
    seen: Counter[str] = Counter()
    for _ in range(15):
        invoice = register(cast.sakura)
        slip = print_slip(asked(invoice)).slip

        def play(place: int, invoice: Invoice = invoice, code: str = slip.pk) -> Any:
            if place:
                return print_slip(asked(invoice))
            return receive_payment(notice(invoice, slip=code))

        paid, printed = in_threads(play, 2)
        seen[type(paid).__name__] += 1
        if isinstance(paid, Receipt):
            assert isinstance(printed, PrintedSlip | AlreadyPaid)
        else:
            assert isinstance(paid, SlipExpired)
            assert isinstance(printed, PrintedSlip)
    assert sum(seen.values()) == 15


@pytest.mark.fault("B01")
def test_at_midnight_a_slip_is_printed_or_the_invoice_expires_never_both(cast: Cast):
    for _ in range(15):
        with clock.frozen(jst("2026-11-24 09:00")):
            invoice = register(cast.sakura, due_on=jst("2026-11-24 00:00").date())

        def play(place: int, invoice: Invoice = invoice) -> Any:
            at = jst("2026-11-25 00:00") if place else jst("2026-11-24 23:59:59.999999")
            with clock.frozen(at):
                return expire_invoices() if place else print_slip(asked(invoice))

        printed, expired = in_threads(play, 2)
        invoice.refresh_from_db()
        if isinstance(printed, PrintedSlip):
            assert (expired, invoice.status) == (0, Invoice.Status.OPEN)
            Invoice.objects.filter(pk=invoice.pk).update(status="suspended", due_on="2026-12-24")
        else:
            assert isinstance(printed, InvoiceExpired)
            assert (expired, invoice.status) == (1, Invoice.Status.EXPIRED)


@pytest.mark.fault("A22")
def test_of_many_who_miss_at_once_exactly_thirty_are_told_so(cast: Cast):
    lawson, kiosk = Chain.objects.get(pk="lawson"), Place("lawson", "1", "K1")

    def miss(place: int) -> None:
        if place % 2:
            inquire(InquiryAsked(lawson, kiosk, "2000000000008", None))
        with inquiring(kiosk):
            raise UnknownNumber

    outcomes = [outcome for _ in range(3) for outcome in in_threads(miss, 16)]
    counted = Counter(type(outcome) for outcome in outcomes)
    assert counted == {UnknownNumber: 30, TerminalMissedTooOften: 18}
    assert (Miss.objects.count(), Terminal.objects.count(), Case.objects.count()) == (30, 1, 1)
