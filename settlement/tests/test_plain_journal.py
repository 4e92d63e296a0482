"""The plain-text journal: a reader that knows nothing of the centre adds it up once more.

The reader below is the oracle and always runs; hledger itself runs too where it is installed.
"""

import csv
import re
import shutil
import subprocess
from collections import defaultdict
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from settlement.books import trial_balance
from settlement.plain_journal import Posting, journal_lines
from settlement.tests.scene import cast_of, day_of, settled
from settlement.tests.test_books import play_a_month
from tests.cast import Cast

HLEDGER = shutil.which("hledger")
_HEAD = re.compile(r"(\d{4}-\d{2}-\d{2}) \* (\S+)(?:  ; fact: (\S+))?")
_POSTING = re.compile(r"    (\S+)  (-?\d+) JPY(?: = (-?\d+) JPY)?")


class Unbalanced(Exception):
    """A transaction of the journal does not add up, or a balance is not what it asserts."""


def read_journal(text: str) -> tuple[int, dict[str, int]]:
    """Read a journal as hledger does: each transaction must be zero, each assertion must hold."""
    declared: set[str] = set()
    standing: dict[str, int] = defaultdict(int)
    count, days = 0, []
    for block in text.split("\n\n"):
        head, *lines = block.splitlines()
        if block.startswith(";"):
            declared = {line.split()[1] for line in lines if line.startswith("account ")}
            continue
        found = _HEAD.fullmatch(head)
        assert found, head
        days.append(date.fromisoformat(found[1]))
        total = 0
        for line in lines:
            posting = _POSTING.fullmatch(line)
            assert posting, line
            account, yen = posting[1], int(posting[2])
            assert account in declared
            total += yen
            standing[account] += yen
            if posting[3] is not None and standing[account] != int(posting[3]):
                raise Unbalanced(f"{account} is {standing[account]}, not {posting[3]}")
        if total:
            raise Unbalanced(f"{head}: {total}")
        count += 1
    assert days == sorted(days)
    return count, dict(standing)


@pytest.fixture
def month(db: None) -> Cast:
    cast = cast_of()
    play_a_month(cast)
    return cast


def written(*options: str) -> str:
    out = StringIO()
    call_command("journal", *options, stdout=out)
    return out.getvalue()


def named(cast: Cast, account: str) -> str:
    """Return an account by its owner's code, as the journal names it."""
    for owner in (cast.sakura, cast.aoba):
        for root in ("owner_payable", "refund_clearing"):
            if account == f"{root}:{owner.pk}":
                return f"{root}:{owner.code}"
    return account


def test_an_independent_reader_comes_to_the_centres_trial_balance(month: Cast):
    count, standing = read_journal(written())
    assert count > 25
    assert standing == {named(month, name): yen for name, yen in trial_balance().items()}
    assert {"owner_payable:sakura", "refund_clearing:sakura", "suspense:lawson"} <= set(standing)


def test_it_can_end_on_any_day(month: Cast):
    day = day_of("11-20")
    _, standing = read_journal(written("--upto", day.isoformat()))
    assert standing == {named(month, name): yen for name, yen in trial_balance(day).items()}


def test_a_centre_without_a_fact_has_an_empty_journal(db: None):
    cast_of()
    assert read_journal(written()) == (0, {})


def test_a_yen_that_is_lost_is_found(month: Cast):
    """Spoil the text in every way: an amount, a missing posting, a missing transaction."""
    text = written()
    some = re.search(r"  (60000) JPY", text)
    assert some
    spoilt = f"{text[: some.start(1)]}60001{text[some.end(1) :]}"
    with pytest.raises(Unbalanced):
        read_journal(spoilt)
    lines = text.splitlines(keepends=True)
    at = next(place for place, line in enumerate(lines) if "60000 JPY" in line)
    with pytest.raises(Unbalanced):
        read_journal("".join(lines[:at] + lines[at + 1 :]))
    blocks = text.split("\n\n")
    with pytest.raises(Unbalanced):
        read_journal("\n\n".join([blocks[0], *blocks[2:]]))


def test_accounts_that_others_bring_are_written_too():
    """Whatever the books name is written; its kind is told where its root is known."""
    posting = Posting("remittance", "1", date(2026, 11, 3), "chain_fee_expense:lawson", "new:x", 5)
    text = "".join(journal_lines([posting], {"chain_fee_expense:lawson": 5, "new:x": -5}))
    assert read_journal(text) == (2, {"chain_fee_expense:lawson": 5, "new:x": -5})


def hledger(text: str, folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    file = folder / "books.journal"
    file.write_text(text, encoding="utf-8")
    assert HLEDGER
    command = [HLEDGER, "-f", str(file), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_hledger_where_there_is_one_comes_to_the_same(month: Cast, tmp_path):
    """Without the program the reader above judges alone, of the same text and the same spoiling."""
    text = written()
    spoilt = re.sub(r"= ([1-9])", r"= 9\1", text, count=1)
    if HLEDGER is None:
        assert read_journal(text)[0] > 25
        with pytest.raises(Unbalanced):
            read_journal(spoilt)
        return
    assert hledger(text, tmp_path, "check", "-s").stderr == ""
    assert "balance assertion" in hledger(spoilt, tmp_path, "check", "-s").stderr
    told = hledger(text, tmp_path, "balance", "--flat", "-N", "-E", "-O", "csv").stdout
    rows = list(csv.reader(told.splitlines()))[1:]
    standing = {account: int(re.sub("[^-0-9]", "", amount)) for account, amount in rows}
    assert standing == {named(month, name): yen for name, yen in trial_balance().items()}


def test_the_command_reads_one_snapshot_outside_any_transaction(committed_db: str):
    cast = cast_of()
    settled(cast.sakura, "11-03", 10_000)
    assert read_journal(written())[1] == {
        "owner_payable:sakura": -10_000,
        "store_receivable:lawson": 10_000,
    }
