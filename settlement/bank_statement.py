"""The bank's statement of an account (入出金取引明細): 200-byte records, half-width kana.

Header, one record a line, trailer, for each account; then one end record. Days are years of Reiwa.
This module says what a statement is and writes one, for the simulator and the tests;
``settlement.bank_statement_reader`` reads it, from the layout and not from this writer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Literal

from smartpit.kernel.errors import DomainError

RECORD_BYTES = 200
LINE_END = b"\r\n"
REIWA_BEGINS = 2018  # Its first year is 2019.

BY_TRANSFER = "11"  # 取引区分: 振込
CORRECTED = "19"  # 訂正
OTHER = "18"

Direction = Literal["1", "2"]  # 入金, 出金
IN: Direction = "1"
OUT: Direction = "2"


class StatementUnreadable(DomainError):
    """The bytes are not a statement a bank would send; ``detail`` says where they fail."""

    code: ClassVar[str] = "bank_statement_unreadable"
    title: ClassVar[str] = "入出金取引明細ファイル（全銀協規定形式・200バイト）として読めません"
    status: ClassVar[int] = 422


@dataclass(frozen=True)
class Account:
    """Whose lines these are; ``number`` has ten digits, zeros before."""

    bank_code: str
    branch_code: str
    kind: str
    number: str
    bank_name: str = ""
    branch_name: str = ""
    name: str = ""


@dataclass(frozen=True)
class Line:
    """One movement; ``sender`` is who transferred, ``inquiry`` the bank's number of the line."""

    day: date
    direction: Direction
    amount_yen: int
    inquiry: str = ""
    value_day: date | None = None
    trade: str = BY_TRANSFER
    sender_code: str = ""
    sender_name: str = ""
    bank_name: str = ""
    branch_name: str = ""
    summary: str = ""
    edi: str = ""

    @property
    def signed_yen(self) -> int:
        return self.amount_yen if self.direction == IN else -self.amount_yen


@dataclass(frozen=True)
class AccountStatement:
    """An account's lines from ``first_day`` to ``last_day``, and what stood before them."""

    made_on: date
    first_day: date
    last_day: date
    account: Account
    opening_yen: int
    lines: tuple[Line, ...]

    @property
    def closing_yen(self) -> int:
        return self.opening_yen + sum(line.signed_yen for line in self.lines)


def statement_file(statements: Sequence[AccountStatement]) -> bytes:
    """Return the bytes a bank would send of these accounts."""
    records = [record for statement in statements for record in _records(statement)]
    end = _record("9", f"{len(records) + 1:010}", f"{len(statements):05}")
    return b"".join(record + LINE_END for record in [*records, end])


def _records(statement: AccountStatement) -> list[bytes]:
    return [_header(statement), *map(_line, statement.lines), _trailer(statement)]


def _header(statement: AccountStatement) -> bytes:
    account = statement.account
    return _record(
        "1030",
        *map(_reiwa, (statement.made_on, statement.first_day, statement.last_day)),
        account.bank_code,
        account.bank_name.ljust(15),
        account.branch_code,
        account.branch_name.ljust(15),
        "000",
        account.kind,
        account.number,
        account.name.ljust(40),
        _sign(statement.opening_yen),
        "1",  # A passbook account.
        f"{abs(statement.opening_yen):014}",
    )


def _line(line: Line) -> bytes:
    return _record(
        "2",
        line.inquiry.rjust(8, "0") if line.inquiry else " " * 8,
        _reiwa(line.day),
        _reiwa(line.value_day or line.day),
        line.direction,
        line.trade,
        f"{line.amount_yen:012}",
        "0" * (12 + 6 + 6 + 1 + 7 + 3),  # Nothing of it by cheque or bill.
        line.sender_code.rjust(10, "0"),
        line.sender_name.ljust(48),
        line.bank_name.ljust(15),
        line.branch_name.ljust(15),
        line.summary.ljust(20),
        line.edi.ljust(20),
    )


def _trailer(statement: AccountStatement) -> bytes:
    ins = [line.amount_yen for line in statement.lines if line.direction == IN]
    outs = [line.amount_yen for line in statement.lines if line.direction == OUT]
    return _record(
        "8",
        f"{len(ins):06}{sum(ins):013}{len(outs):06}{sum(outs):013}",
        _sign(statement.closing_yen),
        f"{abs(statement.closing_yen):014}",
        f"{len(statement.lines):07}",
    )


def _reiwa(day: date) -> str:
    return f"{day.year - REIWA_BEGINS:02}{day:%m%d}"


def _sign(yen: int) -> str:
    return "1" if yen >= 0 else "2"


def _record(*fields: str) -> bytes:
    record = "".join(fields).ljust(RECORD_BYTES).encode("shift_jis")
    assert len(record) == RECORD_BYTES
    return record
