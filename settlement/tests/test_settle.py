"""``settle --as-of DAY``: what beat would have done by then, once."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from billing.models import Invoice
from settlement.models import Closing, Statement
from settlement.services.settling import settle
from settlement.tests.scene import at, day_of, settled
from tenants.models import Centre
from tests.cast import Cast, make_cast, register


@pytest.fixture
def five(db: None) -> Cast:
    return make_cast(starts_on=day_of("11-01"), cycle="5-day")


def told(as_of: str, *words: str) -> str:
    out = StringIO()
    call_command("settle", "--as-of", day_of(as_of).isoformat(), *words, stdout=out)
    return out.getvalue()


def test_a_day_of_today_or_before_is_caught_up_and_twice_is_once(five: Cast):
    settled(five.sakura, "11-03")
    with at("11-13"):
        first, again = told("11-13"), told("11-13")
    assert "学校法人さくら学園（sakura）　2026-11-05 締め　収納 1件 10,000円" in first
    assert "2026-11-20 入金 8,218円" in first
    assert "精算書 0件" in again
    assert Statement.objects.count() == 1


def test_a_preview_tells_period_by_period_what_will_be_stated_and_leaves_nothing(five: Cast):
    settled(five.sakura, "11-03", 1_000)
    settled(five.sakura, "11-08", 30_000)
    with at("11-09"):
        seen = told("11-18", "--preview")
        assert "見込みの精算書 2件" in seen
        assert not Statement.objects.exists()
        assert not Closing.objects.exists()
        assert "見込みの精算書 0件" in told("11-12", "--preview")
    with at("11-18"):
        done = told("11-18")
    ours = [line for line in seen.splitlines() if "締め" in line]
    assert ours == [line for line in done.splitlines() if "締め" in line]
    assert "次回繰越 868円" in ours[0]
    assert "　　収納手数料 1 × 120円 = 120円" in seen


def test_a_day_ahead_is_for_a_demo_only(five: Cast):
    settled(five.sakura, "11-03")
    with at("11-04"), pytest.raises(CommandError, match="デモ"):
        told("11-13")
    assert not Closing.objects.exists()

    Centre.objects.update(is_demo=True)
    with at("11-04"):
        assert "8,218円" in told("11-13")


@pytest.mark.fault("D11")
def test_a_payment_confirmed_after_a_demo_was_settled_ahead_is_stated_later(five: Cast):
    Centre.objects.update(is_demo=True)
    with at("11-04"):
        told("11-13")
    settled(five.sakura, "11-04")
    with at("11-04"):
        assert "2026-11-10 締め　収納 1件" in told("11-18")


def test_an_invoice_is_expired_when_its_day_has_ended_and_not_before(five: Cast):
    with at("11-03"):
        invoice = register(five.sakura, due_on=day_of("11-05"))
    with at("11-06", "09:00"):
        told("11-05")
        assert Invoice.objects.get().status == Invoice.Status.OPEN
        assert "期限切れ 1件" in told("11-06")
    invoice.refresh_from_db()
    assert invoice.status == Invoice.Status.EXPIRED


def test_the_beat_does_the_same_by_its_own_clock(five: Cast):
    settled(five.sakura, "11-03")
    with at("11-12", "23:59"):
        assert settle().statements == []
    with at("11-13", "00:00"):
        assert len(settle().statements) == 1


@pytest.mark.parametrize("word", ["soon", "2026-02-30", ""])
def test_a_word_that_is_no_day_is_refused(word: str):
    with pytest.raises(CommandError):
        call_command("settle", "--as-of", word)
