"""Expiring what was not paid in time, though no index says what is unpaid."""

from datetime import date

import pytest
from django.db import connection

from billing.models import DayExpired, Invoice, SlipLine
from billing.services.expiry import expire_invoices
from billing.services.payments import receive_payment
from billing.tests.slip_cast import prints
from smartpit.kernel import clock
from tests.cast import Cast, jst, notice, register

DUE = date(2026, 11, 24)
_DEPENDS_ON = """
SELECT index.relname FROM pg_depend AS needs
  JOIN pg_class AS index ON index.oid = needs.objid AND index.relkind = 'i'
  JOIN pg_attribute AS needed
    ON needed.attrelid = needs.refobjid AND needed.attnum = needs.refobjsubid
 WHERE needs.refobjid = 'billing_invoice'::regclass AND needed.attname = %s
"""


def due(cast: Cast) -> Invoice:
    with clock.frozen(jst("2026-11-24 10:00")):
        return register(cast.sakura, due_on=DUE)


def expired_at(text: str) -> int:
    with clock.frozen(jst(text)):
        return expire_invoices()


def days_noted() -> list[date]:
    return list(DayExpired.objects.order_by("due_on").values_list("due_on", flat=True))


def test_a_payment_moves_its_invoice_on_its_page_and_touches_no_index(cast: Cast):
    with connection.cursor() as cursor:
        cursor.execute(_DEPENDS_ON, ["due_on"])
        assert cursor.fetchall() == [("invoice_of_due_day",)]  # So it is asked rightly.
        cursor.execute(_DEPENDS_ON, ["status"])
        assert cursor.fetchall() == []
        cursor.execute("SELECT reloptions FROM pg_class WHERE relname = 'billing_invoice'")
        assert cursor.fetchone() == (["fillfactor=85"],)


def test_a_day_is_noted_once_nobody_can_add_to_it_and_is_read_no_more(cast: Cast):
    due(cast)
    assert expired_at("2026-11-25 00:00") == 1
    assert days_noted() == [date(2026, 11, 23)]
    late_comer = due(cast)  # Its registration began before midnight and was slow.
    assert expired_at("2026-11-25 00:02") == 1
    assert expired_at("2026-11-26 00:00") == 0
    assert days_noted() == [date(2026, 11, 23), DUE]

    Invoice.objects.filter(pk=late_comer.pk).update(status="open", expired_at=None)
    assert expired_at("2026-11-26 00:01") == 0
    DayExpired.objects.all().delete()
    assert expired_at("2026-11-26 00:02") == 1


def test_days_are_caught_up_after_a_long_stop(cast: Cast):
    due(cast)
    assert expired_at("2027-01-31 09:00") == 1
    assert days_noted() == [date(2027, 1, 29)]


def test_what_is_paid_does_not_keep_a_day_from_being_noted(cast: Cast):
    paid = due(cast)
    with clock.frozen(jst("2026-11-24 11:00")):
        receive_payment(notice(paid))
    assert expired_at("2026-11-26 00:00") == 0
    assert days_noted() == [DUE]


def test_what_is_still_held_keeps_its_day_open(cast: Cast, monkeypatch: pytest.MonkeyPatch):
    invoice = due(cast)
    with clock.frozen(jst("2026-11-24 23:59")):
        prints(cast.lawson, invoice)
    with monkeypatch.context() as patched:
        patched.setattr("billing.services.expiry.live_slip_lines", lambda at: SlipLine.objects)
        assert expired_at("2026-11-28 00:00") == 0
        assert days_noted() == [date(2026, 11, 23)]
    assert expired_at("2026-11-28 00:01") == 1
    assert days_noted() == [date(2026, 11, 23), date(2026, 11, 26)]


def test_a_day_that_has_not_truly_ended_is_not_noted(cast: Cast):
    with clock.frozen(jst("2026-11-24 10:00")):
        register(cast.sakura, due_on=date(2026, 12, 1))
        assert expire_invoices(jst("2026-12-10 00:00")) == 1
    assert days_noted() == [date(2026, 11, 22)]
