"""The chain that is played: its files agree with the books, and never speak of today."""

from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from billing.chain_file import ChainFileReader
from billing.models import Case, Chain, ChainFile, Payment
from billing.services.payments import key_of
from billing.services.reversals import reverse_payment
from billing.tills.notices import ReversalNotice
from settlement.services.chain_simulator import FileAsked, send_days_files, write_file
from settlement.tests.scene import at, cast_of, paid
from tenants.models import Centre
from tests.cast import Cast


@pytest.fixture
def five(db: None) -> Cast:
    return cast_of()


def kinds_of(day: date) -> list[tuple[str, int]]:
    content = BytesIO()
    size, _ = write_file(FileAsked(Chain.objects.get(pk="lawson"), day), content)
    content.seek(0)
    records = ChainFileReader(content, bytes_count=size).records()
    return [(record.kind, record.amount_yen) for record in records]


def test_a_days_file_tells_of_yesterday_and_confirms_the_day_before(five: Cast):
    paid(five.sakura, "11-22", 1_022)
    paid(five.sakura, "11-23", 1_023)
    undone = paid(five.sakura, "11-23", 1_024)
    paid(five.sakura, "11-24", 1_025)
    with at("11-23", "13:00"):
        reverse_payment(ReversalNotice(key_of(undone), "客都合"))
    assert kinds_of(date(2026, 11, 24)) == [
        ("01", 1_023), ("01", 1_024), ("03", 1_024), ("02", 1_022),
    ]  # fmt: skip


def test_the_days_files_are_sent_once_and_never_before_five(five: Cast):
    payment = paid(five.sakura, "11-22")
    with at("11-24", "04:59"):
        assert send_days_files() == 0
    with at("11-24", "05:00"):
        assert send_days_files() == 3
        assert send_days_files() == 0
    payment.refresh_from_db()
    assert payment.status == "confirmed"
    assert ChainFile.objects.count() == 3
    assert not Case.objects.exists()


def test_what_is_held_back_comes_when_it_is_let_go(five: Cast):
    payment = paid(five.sakura, "11-20")
    with at("11-24"):
        send_days_files(held_back=lambda one: one.pk == payment.pk)
    assert Payment.objects.get().status == "reported"
    with at("11-25"):
        send_days_files()
    assert Payment.objects.get().status == "confirmed"


def test_the_command_writes_a_file_of_a_demo_and_of_nothing_else(five: Cast, tmp_path: Path):
    paid(five.sakura, "11-24")
    out = tmp_path / "day.dat"
    words = {"chain": "lawson", "day": date(2026, 11, 24), "confirmed_after_days": 0}
    with pytest.raises(CommandError):
        call_command("chain_file", out=out, **words)
    Centre.objects.update(is_demo=True)
    call_command("chain_file", out=out, **words)
    raw = out.read_bytes()
    reader = ChainFileReader(BytesIO(raw), bytes_count=len(raw))
    assert [record.kind for record in reader.records()] == ["02"]
    with pytest.raises(CommandError):
        call_command("chain_file", out=out, **(words | {"chain": "nobody"}))
