"""The bank's statement, taken in: each line once, whatever files tell of it, then matched.

One transaction a file. Locks: the account's statements, then what matching takes.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256

from django.db import transaction

from billing.services.events import record_events
from settlement import books
from settlement.bank_statement import (
    IN,
    Account,
    AccountStatement,
    Line,
    StatementUnreadable,
)
from settlement.bank_statement_reader import read_statement_file
from settlement.models import BankEntry, BankOpening, BankStatement
from settlement.money_in import balance_told
from settlement.refusals import BankAccountUnknown, BankBalanceDiffers, BankEntryDiffers
from settlement.services.bank_matching import match_entries
from settlement.services.remittances import draw_remittances
from settlement.services.roles import WRITERS, require_centre_role
from smartpit.kernel import clock
from smartpit.kernel.database import lock
from smartpit.kernel.limits import unhurried
from tenants.models import Staff
from tenants.selectors import centre

_ONE_DAY = timedelta(days=1)
_TOLD = (
    "value_day", "direction", "trade", "amount_yen", "sender_code", "sender_kana", "bank_kana",
    "branch_kana", "summary", "edi",
)  # fmt: skip


@dataclass(frozen=True)
class StatementSent:
    """A file as it came; ``staff`` is who brought it, None for a command of the server."""

    name: str
    content: bytes
    staff: Staff | None = None


@dataclass(frozen=True)
class Taken:
    """What a file came to; ``is_repeated`` where it had been taken in before."""

    statements: tuple[BankStatement, ...]
    is_repeated: bool = False

    @property
    def new_count(self) -> int:
        return 0 if self.is_repeated else sum(one.new_count for one in self.statements)


def take_bank_statement(sent: StatementSent) -> Taken:
    """Take in a file whole, or refuse it whole; the same content again changes nothing."""
    if sent.staff is not None:
        require_centre_role(sent.staff, WRITERS)
    told = read_statement_file(sent.content)
    _require_ours(told)
    draw_remittances()
    with transaction.atomic(durable=True):
        unhurried()
        lock("bank_statement", "all")
        digest = sha256(sent.content).hexdigest()
        before = tuple(BankStatement.objects.filter(sha256=digest).order_by("part"))
        if before:
            return Taken(before, is_repeated=True)
        rows, fresh = [], []
        for part, statement in enumerate(told, start=1):
            row, entries = _enter(_row(sent, digest, part, statement), statement)
            rows.append(row)
            fresh += entries
        record_events(match_entries(fresh))
    return Taken(tuple(rows))


def account_key(account: Account) -> str:
    return f"{account.bank_code}-{account.branch_code}-{account.kind}-{account.number}"


def own_account() -> Account | None:
    """Return the account the centre pays from, as a statement names it."""
    standing = centre()
    if standing is None or not standing.account_number:
        return None
    return Account(
        bank_code=standing.bank_code,
        branch_code=standing.branch_code,
        kind=standing.account_kind,
        number=standing.account_number.zfill(10),
    )


def _require_ours(told: Sequence[AccountStatement]) -> None:
    ours = own_account()
    for statement in told:
        if ours is None or account_key(statement.account) != account_key(ours):
            raise BankAccountUnknown(account_key(statement.account))
        if statement.last_day > clock.business_date():
            raise StatementUnreadable(f"勘定日 {statement.last_day} が未来")


def _row(sent: StatementSent, digest: str, part: int, statement: AccountStatement) -> BankStatement:
    return BankStatement(
        name=sent.name[:100],
        sha256=digest,
        part=part,
        content=sent.content,
        account=account_key(statement.account),
        first_day=statement.first_day,
        last_day=statement.last_day,
        opening_yen=statement.opening_yen,
        closing_yen=statement.closing_yen,
        entries_count=len(statement.lines),
        new_count=0,
        taken_by=sent.staff,
        taken_at=clock.now(),
    )


def _enter(row: BankStatement, told: AccountStatement) -> tuple[BankStatement, list[BankEntry]]:
    """Write the lines that no file told before; all of them must fit what is known."""
    entries = _entries(row, told.lines)
    known = {
        (entry.day, entry.own_key): entry
        for entry in BankEntry.objects.filter(
            account=row.account, day__range=(row.first_day, row.last_day)
        )
    }
    fresh = []
    for entry in entries:
        former = known.get((entry.day, entry.own_key))
        if former is None:
            fresh.append(entry)
        elif any(getattr(former, name) != getattr(entry, name) for name in _TOLD):
            raise BankEntryDiffers(f"{entry.day} {entry.own_key}")
    row.new_count = len(fresh)
    row.save(force_insert=True)
    if not BankOpening.objects.filter(account=row.account).exists():
        _open(row)
    BankEntry.objects.bulk_create(fresh)
    if fresh and balance_told(row.account, row.last_day) != row.closing_yen:
        raise BankBalanceDiffers(f"{row.last_day}: {row.closing_yen:,}円")
    return row, fresh


def _open(row: BankStatement) -> None:
    """Let the books begin where the bank does, whatever they say of the days before."""
    eve = row.first_day - _ONE_DAY
    BankOpening.objects.create(
        statement=row,
        account=row.account,
        day=eve,
        amount_yen=row.opening_yen - books.trial_balance(eve).get("bank", 0),
    )


def _entries(row: BankStatement, lines: Sequence[Line]) -> list[BankEntry]:
    """Return the lines as rows, each with its own key within its day."""
    seen: Counter[tuple[date, str]] = Counter()
    entries = []
    for line in lines:
        entry = _entry(row, line)
        if line.inquiry:
            entry.own_key = line.inquiry
            if seen[(line.day, entry.own_key)]:
                raise StatementUnreadable(f"照会番号 {line.inquiry} が {line.day} に2つ")
        else:
            content = _content_of(entry)
            entry.own_key = f"{content}#{seen[(line.day, content)] + 1}"
            seen[(line.day, content)] += 1
        seen[(line.day, entry.own_key)] += 1
        entries.append(entry)
    return entries


def _entry(row: BankStatement, line: Line) -> BankEntry:
    return BankEntry(
        statement=row,
        account=row.account,
        day=line.day,
        value_day=line.value_day or line.day,
        direction=BankEntry.Direction.IN if line.direction == IN else BankEntry.Direction.OUT,
        trade=line.trade,
        amount_yen=line.amount_yen,
        sender_code=line.sender_code,
        sender_kana=line.sender_name,
        bank_kana=line.bank_name,
        branch_kana=line.branch_name,
        summary=line.summary,
        edi=line.edi,
    )


def _content_of(entry: BankEntry) -> str:
    words = "|".join(str(getattr(entry, name)) for name in _TOLD)
    return sha256(words.encode()).hexdigest()[:32]
