"""Reading the bank's statement (入出金取引明細, 200 bytes a record), or refusing it whole.

Strict: lengths, order, digits, days, counts, sums and the balance itself must agree; what disagrees
is told with the number of its record. A name may hold any half-width sign a bank can print.
"""

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

from settlement.bank_statement import (
    IN,
    RECORD_BYTES,
    REIWA_BEGINS,
    Account,
    AccountStatement,
    Direction,
    Line,
    StatementUnreadable,
)

# Position (from 1) and length of each field.
_Layout = dict[str, tuple[int, int]]
_HEADER: Final[_Layout] = {
    "service": (2, 2),
    "character_code": (4, 1),
    "made_on": (5, 6),
    "first_day": (11, 6),
    "last_day": (17, 6),
    "bank_code": (23, 4),
    "bank_name": (27, 15),
    "branch_code": (42, 3),
    "branch_name": (45, 15),
    "account_kind": (63, 1),
    "account_number": (64, 10),
    "account_name": (74, 40),
    "opening_sign": (114, 1),
    "opening_yen": (116, 14),
}
_LINE: Final[_Layout] = {
    "inquiry": (2, 8),
    "day": (10, 6),
    "value_day": (16, 6),
    "direction": (22, 1),
    "trade": (23, 2),
    "amount_yen": (25, 12),
    "sender_code": (72, 10),
    "sender_name": (82, 48),
    "bank_name": (130, 15),
    "branch_name": (145, 15),
    "summary": (160, 20),
    "edi": (180, 20),
}
_TRAILER: Final[_Layout] = {
    "in_count": (2, 6),
    "in_yen": (8, 13),
    "out_count": (21, 6),
    "out_yen": (27, 13),
    "closing_sign": (40, 1),
    "closing_yen": (41, 14),
    "lines_count": (55, 7),
}
_END: Final[_Layout] = {"records_count": (2, 10), "accounts_count": (12, 5)}
_LAYOUTS: Final = {"1": _HEADER, "2": _LINE, "8": _TRAILER, "9": _END}

_ORDER = re.compile("(?:12*8)+9")
_DIGITS = re.compile("[0-9]+")
_TRADES = frozenset({"10", "11", "12", "13", "14", "18", "19"})
_FIRST_DAY = date(2019, 5, 1)
_BLANK_KEYS = {"", "0", "00000000"}


@dataclass(frozen=True)
class _Record:
    """One record's fields, and which of the file's it is, so that a fault can be found."""

    number: int
    kind: str
    fields: dict[str, str]

    def text(self, name: str) -> str:
        return self.fields[name].strip(" ")

    def digits(self, name: str) -> int:
        if not _DIGITS.fullmatch(self.fields[name]):
            raise self.fault(f"{name} は数字でない: {self.fields[name]!r}")
        return int(self.fields[name])

    def code(self, name: str) -> str:
        self.digits(name)
        return self.fields[name]

    def one_of(self, name: str, words: frozenset[str]) -> str:
        if self.fields[name] not in words:
            raise self.fault(f"{name} が {self.fields[name]!r}")
        return self.fields[name]

    def day(self, name: str) -> date:
        word = self.code(name)
        try:
            day = date(REIWA_BEGINS + int(word[:2]), int(word[2:4]), int(word[4:]))
        except ValueError:
            raise self.fault(f"{name} は令和の日付でない: {word!r}") from None
        if day < _FIRST_DAY:
            raise self.fault(f"{name} は令和の日付でない: {word!r}")
        return day

    def balance(self, name: str) -> int:
        sign = self.one_of(f"{name}_sign", frozenset("12"))
        yen = self.digits(f"{name}_yen")
        return yen if sign == "1" else -yen

    def fault(self, words: str) -> StatementUnreadable:
        return StatementUnreadable(f"レコード{self.number}: {words}")


def read_statement_file(content: bytes) -> tuple[AccountStatement, ...]:
    """Return each account's statement, or refuse the file whole."""
    records = _records(content)
    order = "".join(record.kind for record in records)
    if not _ORDER.fullmatch(order):
        raise StatementUnreadable(f"レコードの順序: {order[:20]}")
    end = records[-1]
    statements = []
    begins = 0
    for place, record in enumerate(records):
        if record.kind == "8":
            statements.append(_statement(records[begins], records[begins + 1 : place], record))
            begins = place + 1
    counted = {len(records), len(records) - 1}  # Banks differ on whether it counts itself.
    _require(end, end.digits("records_count") in counted, "レコード総件数")
    _require(end, end.digits("accounts_count") == len(statements), "口座数")
    return tuple(statements)


def _records(content: bytes) -> list[_Record]:
    """Cut the file by its line ends where it has them, else by length alone."""
    content = content.removesuffix(b"\x1a")
    if b"\r\n" in content:
        pieces = content.removesuffix(b"\r\n").split(b"\r\n")
    else:
        pieces = [content[at : at + RECORD_BYTES] for at in range(0, len(content), RECORD_BYTES)]
    return [_record(number, piece) for number, piece in enumerate(pieces, start=1)]


def _record(number: int, piece: bytes) -> _Record:
    if len(piece) != RECORD_BYTES:
        raise StatementUnreadable(f"レコード{number}: {len(piece)}バイト（200バイトでない）")
    text = _text(number, piece)
    layout = _LAYOUTS.get(text[0])
    if layout is None:
        raise StatementUnreadable(f"レコード{number}: データ区分が {text[0]!r}")
    fields = {
        name: text[position - 1 : position - 1 + length]
        for name, (position, length) in layout.items()
    }
    return _Record(number, text[0], fields)


def _text(number: int, piece: bytes) -> str:
    """Decode byte by byte: neither a kanji's pair nor a control sign has a place in a record."""
    for byte in piece:
        if not (0x20 <= byte <= 0x7E or 0xA1 <= byte <= 0xDF):
            raise StatementUnreadable(f"レコード{number}: 使えないバイト 0x{byte:02X}")
    return "".join(bytes([byte]).decode("shift_jis") for byte in piece)


def _statement(header: _Record, lines: list[_Record], trailer: _Record) -> AccountStatement:
    header.one_of("service", frozenset({"03"}))
    header.one_of("character_code", frozenset({"0"}))
    read = AccountStatement(
        made_on=header.day("made_on"),
        first_day=header.day("first_day"),
        last_day=header.day("last_day"),
        account=_account(header),
        opening_yen=header.balance("opening"),
        lines=tuple(_line(line) for line in lines),
    )
    _require(header, read.first_day <= read.last_day, "勘定日の自と至")
    for record, line in zip(lines, read.lines, strict=True):
        within = read.first_day <= line.day <= read.last_day
        _require(record, within, f"勘定日 {line.day} が期間の外")
    _require_sums(trailer, read)
    return read


def _account(header: _Record) -> Account:
    return Account(
        bank_code=header.code("bank_code"),
        branch_code=header.code("branch_code"),
        kind=header.one_of("account_kind", frozenset("1249")),
        number=header.code("account_number"),
        bank_name=header.text("bank_name"),
        branch_name=header.text("branch_name"),
        name=header.text("account_name"),
    )


def _line(record: _Record) -> Line:
    inquiry = record.text("inquiry")
    direction: Direction = "1" if record.one_of("direction", frozenset("12")) == IN else "2"
    amount_yen = record.digits("amount_yen")
    _require(record, amount_yen > 0, "取引金額が0円")
    sender_code = record.text("sender_code").lstrip("0")
    return Line(
        day=record.day("day"),
        direction=direction,
        amount_yen=amount_yen,
        inquiry="" if inquiry in _BLANK_KEYS else inquiry,
        value_day=record.day("value_day"),
        trade=record.one_of("trade", _TRADES),
        sender_code=sender_code.zfill(10) if sender_code else "",
        sender_name=record.text("sender_name"),
        bank_name=record.text("bank_name"),
        branch_name=record.text("branch_name"),
        summary=record.text("summary"),
        edi=record.text("edi"),
    )


def _require_sums(trailer: _Record, read: AccountStatement) -> None:
    ins = [line.amount_yen for line in read.lines if line.direction == IN]
    outs = [line.amount_yen for line in read.lines if line.direction != IN]
    told = ("in_count", "in_yen", "out_count", "out_yen", "lines_count")
    meant = (len(ins), sum(ins), len(outs), sum(outs), len(read.lines))
    for name, value in zip(told, meant, strict=True):
        _require(trailer, trailer.digits(name) == value, f"{name} が明細と合わない")
    _require(trailer, trailer.balance("closing") == read.closing_yen, "取引後残高が明細と合わない")


def _require(record: _Record, holds: object, words: str) -> None:
    if not holds:
        raise record.fault(words)
