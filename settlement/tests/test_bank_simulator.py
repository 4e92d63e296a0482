"""The bank of a demo folder, and the command that takes in a file or writes one."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from settlement.bank_statement_reader import read_statement_file
from settlement.books import balance_yen
from settlement.models import BankEntry, BankStatement, Payout
from settlement.services.bank_simulator import OPENING_YEN, send_days_statement
from settlement.services.payouts import export_payouts
from settlement.tests.bank_cast import agreed
from settlement.tests.payout_cast import approved, make_payee, person
from settlement.tests.scene import at, cast_of, only_statement, settled
from tenants.models import Centre
from tests.cast import Cast


@pytest.fixture
def five(db: None) -> Cast:
    cast = cast_of()
    Centre.objects.update(is_demo=True)
    return cast


@pytest.fixture
def exported(five: Cast) -> Payout:
    agreed(payment_fee_yen=50)
    settled(five.sakura, "11-03", 100_000, tax_yen=100)
    payout = only_statement("11-13").payouts.get()
    with at("11-16"):
        make_payee(five.sakura)
        approved(payout, person("approver"))
    with at("11-17"):
        export_payouts(person("operator"))
    return payout


def play(*days: str, comes_back: bool = False) -> None:
    for day in days:
        with at(day, "18:00"):
            send_days_statement(comes_back=lambda _payout: comes_back)


def test_the_bank_tells_once_an_evening_what_chains_sent_and_what_was_paid(exported: Payout):
    with at("11-16", "17:59"):
        assert send_days_statement() is None
    play("11-16", "11-16", "11-17", "11-18", "11-19", "11-20", "11-21")
    exported.refresh_from_db()
    assert exported.status == "paid"
    assert BankStatement.objects.count() == 5  # None on Saturday.
    assert balance_yen("bank") == OPENING_YEN + 99_950 - exported.amount_yen
    assert balance_yen("store_receivable:lawson") == 0
    assert not BankEntry.objects.filter(ruling=None).exists()


def test_a_transfer_comes_back_on_the_next_bank_day(exported: Payout):
    play("11-20", comes_back=True)
    exported.refresh_from_db()
    assert exported.status == "paid"
    play("11-24", comes_back=True)
    exported.refresh_from_db()
    assert exported.status == "returned"
    assert exported.moves.get(kind="returned").day.isoformat() == "2026-11-24"


def told(*words: object) -> str:
    out = StringIO()
    call_command("bank_statement", *map(str, words), stdout=out)
    return out.getvalue()


def test_the_command_writes_a_file_of_the_demo_and_takes_it_in_once(
    exported: Payout, tmp_path: Path
):
    file = tmp_path / "meisai.txt"
    with at("11-16", "19:00"):
        assert told(file, "--write") == f"{file} 808 bytes\n"
        (statement,) = read_statement_file(file.read_bytes())
        assert [line.amount_yen for line in statement.lines] == [99_950]
        taken = "2026-11-16 - 2026-11-16 明細 1件 新規 {}件 残高 5,099,950円{}\n"
        assert told(file) == taken.format(1, "")
        assert told(file) == taken.format(0, "（取込済み）")


def test_the_command_says_why_not_and_writes_nothing_for_a_real_centre(five: Cast, tmp_path: Path):
    file = tmp_path / "meisai.txt"
    file.write_bytes(b"12345")
    with pytest.raises(CommandError, match=r"bank_statement_unreadable .*レコード1: 5バイト"):
        told(file)
    Centre.objects.update(is_demo=False)
    with pytest.raises(CommandError, match="デモ"):
        told(file, "--write")
