"""The one statement of an inquiry shows what the pages' selectors show, in the same order."""

import random
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import connection, transaction

from billing.models import Chain, Invoice
from billing.selectors import card_keyed, payable_invoices, payable_invoices_of, slip_scanned
from billing.services.inquiries import inquire
from billing.services.invoices import Limits, change_invoice
from billing.services.payments import receive_payment
from billing.services.slips import SlipAsked, print_slip
from billing.tills.inquiry import InquiryAsked, PayableLine, Place
from cards.models import Card
from smartpit.kernel import clock
from tenants.models import Tenant
from tests.cast import Cast, jst, make_card, make_cast, notice, register

if TYPE_CHECKING:
    import psycopg

# What is fetched by an index is counted there, what is read without one at the table.
_ROWS_READ = """
SELECT relname, pg_stat_get_xact_tuples_returned(oid) + pg_stat_get_xact_tuples_fetched(oid)
       + (SELECT coalesce(sum(pg_stat_get_xact_tuples_fetched(indexrelid)), 0)::bigint
            FROM pg_index WHERE indrelid = pg_class.oid)
  FROM pg_class
 WHERE relkind = 'r'
   AND relname IN ('billing_invoice', 'billing_slip', 'billing_slipline', 'cards_card',
                   'billing_terminal', 'tenants_owner', 'tenants_tenant', 'billing_payment')
"""
CROWD = 40
KIOSK = Place("lawson", "000001", "K1")


def _shown(number: str | None = None, barcode: str | None = None) -> list[PayableLine]:
    lawson = Chain.objects.get(pk="lawson")
    return list(inquire(InquiryAsked(lawson, KIOSK, number, barcode)).lines)


def _crowd(cast: Cast, card: Card, dice: random.Random) -> None:
    """Put invoices of two owners in every state on one card; many are of one day and amount."""
    today = clock.business_date()
    Tenant.objects.filter(pk=cast.dormitory.pk).update(status="live")
    for _ in range(60):
        owner = dice.choice((cast.sakura, cast.aoba))
        repeats = owner == cast.sakura and dice.random() < 0.5
        tenant = dice.choice((None, "engineering", "dormitory")) if owner == cast.sakura else None
        invoice = register(owner, number=card.number, repeats=repeats, tenant=tenant)
        states = ["open"] * 6 + ["suspended", "withdrawn", "expired"]
        days = [today + timedelta(days=dice.randint(-1, 2)), None if repeats else today]
        Invoice.objects.filter(pk=invoice.pk).update(
            status=dice.choice(states if repeats else [*states, "paid"]),
            due_on=dice.choice(days),
            amount_yen=dice.choice((1_000, 60_000)),
        )
    Tenant.objects.filter(pk=cast.dormitory.pk).update(status="closed")


def test_a_number_and_its_bars_show_what_is_payable(cast: Cast):
    for seed in range(3):
        card = make_card()
        _crowd(cast, card, random.Random(seed))
        expected = [PayableLine.of(row) for row in payable_invoices(card_keyed(card.number))]
        assert 5 < len(expected) < 55
        assert _shown(number=card.number) == _shown(barcode=card.barcode_number) == expected


def test_a_slip_shows_what_is_left_of_it_in_its_own_order(cast: Cast):
    dice = random.Random(1)
    card = make_card()
    rows = [register(cast.sakura, number=card.number) for _ in range(12)]
    lawson = Chain.objects.get(pk="lawson")
    chosen = tuple(str(row.pk) for row in dice.sample(rows, 10))
    slip = print_slip(SlipAsked(lawson, "000001", "K1", card.number, chosen)).slip
    elsewhere = make_card()
    for place, state in enumerate(("suspended", "withdrawn", "paid")):
        Invoice.objects.filter(pk=chosen[place]).update(status=state)
    Invoice.objects.filter(pk=chosen[3]).update(card=elsewhere)
    Invoice.objects.filter(pk=chosen[4]).update(due_on=clock.business_date() - timedelta(days=1))
    left = payable_invoices_of(slip_scanned(lawson, slip.barcode, clock.now()))
    shown = _shown(barcode=slip.barcode)
    assert shown == [PayableLine.of(row) for row in left]
    assert [str(line.pk) for line in shown] == list(chosen[4:])


def test_an_inquiry_reads_the_rows_it_shows_and_no_others(
    committed_db: str, owner_connection: "psycopg.Connection[tuple[object, ...]]"
):
    """Rows are counted, not plans looked at: an index that is read whole is no better than none."""
    cast = make_cast()
    lawson = Chain.objects.get(pk="lawson")
    for _ in range(CROWD):
        card = make_card()
        invoice = register(cast.sakura, number=card.number)
        slip = print_slip(SlipAsked(lawson, "000001", "K1", card.number, (str(invoice.pk),))).slip
    owner_connection.execute("ANALYZE")
    for asked in ({"number": card.number}, {"barcode": card.barcode_number},
                  {"barcode": slip.barcode}):  # fmt: skip
        with transaction.atomic():
            before = _rows_read()
            assert [line.pk for line in _shown(**asked)] == [invoice.pk]
            read = {table: count - before[table] for table, count in _rows_read().items()}
        assert max(read.values()) < CROWD / 4, (asked, read)
        assert read["billing_invoice"] >= 1
        assert read["billing_payment"] == 0


def test_of_payments_those_are_read_that_a_limit_counts(
    committed_db: str, owner_connection: "psycopg.Connection[tuple[object, ...]]"
):
    cast, noon = make_cast(), jst("2026-11-24 12:00")
    allowed = Limits(3, 12_000, 4, 60)
    number = make_card().number
    one, *others = (
        register(cast.sakura, number=number, amount_yen=3_000, repeats=True, limits=limits)
        for limits in (allowed, *[Limits()] * 3)
    )
    for days in range(CROWD):
        with clock.frozen(noon - timedelta(days=days)):
            for invoice in (one, *others):
                receive_payment(notice(invoice, advice=True))
    owner_connection.execute("ANALYZE")
    for limits, shown, most in ((allowed, 3, 3), (Limits(CROWD + 1, 12_000, 30, 60), 4, 60),
                                (Limits(gap_seconds_min=60), 4, 1)):  # fmt: skip
        change_invoice(cast.scope, str(one.pk), {"limits": limits})
        with clock.frozen(noon + timedelta(minutes=1)), transaction.atomic():
            before = _rows_read()
            assert len(_shown(number=number)) == shown
            read = _rows_read()["billing_payment"] - before["billing_payment"]
        assert 1 <= read <= most * 2, (limits, read)


def _rows_read() -> dict[str, int]:
    """Return how many rows of each table were read and not reported yet: take differences."""
    with connection.cursor() as cursor:
        cursor.execute(_ROWS_READ)
        return dict(cursor.fetchall())
