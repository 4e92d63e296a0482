"""A second reader of the bank's transfer file, written from the layout and not from the writer.

It trusts nothing: lengths, order, fixed signs, blanks, the trailer's count and sum. A file that it
reads back to the transfers that were meant may be sent.
"""

import re
from dataclasses import dataclass
from typing import ClassVar, cast

from settlement.zengin import AccountKind, Consignor, Transfer
from smartpit.kernel.errors import DomainError

# Position (from 1) and length of each field.
_Layout = dict[str, tuple[int, int]]
_HEADER: _Layout = {
    "record": (1, 1),
    "service": (2, 2),
    "character_code": (4, 1),
    "consignor_code": (5, 10),
    "consignor_name": (15, 40),
    "month_day": (55, 4),
    "bank_code": (59, 4),
    "bank_name": (63, 15),
    "branch_code": (78, 3),
    "branch_name": (81, 15),
    "account_kind": (96, 1),
    "account_number": (97, 7),
    "blank": (104, 17),
}
_TRANSFER: _Layout = {
    "record": (1, 1),
    "bank_code": (2, 4),
    "bank_name": (6, 15),
    "branch_code": (21, 3),
    "branch_name": (24, 15),
    "clearing_house": (39, 4),
    "account_kind": (43, 1),
    "account_number": (44, 7),
    "payee_name": (51, 30),
    "amount_yen": (81, 10),
    "new": (91, 1),
    "customer_code_1": (92, 10),
    "customer_code_2": (102, 10),
    "manner": (112, 1),
    "edi_mark": (113, 1),
    "blank": (114, 7),
}
_TRAILER: _Layout = {"record": (1, 1), "count": (2, 6), "total_yen": (8, 12), "blank": (20, 101)}
_END: _Layout = {"record": (1, 1), "blank": (2, 119)}

_FIXED = {"service": "21", "character_code": "0", "edi_mark": " "}
_ORDER = re.compile("12+89")
_DIGITS = re.compile("[0-9]+")


class TransferFileUnreadable(DomainError):
    """The bytes are not a transfer file a bank would take."""

    code: ClassVar[str] = "transfer_file_unreadable"
    title: ClassVar[str] = "総合振込ファイルの形式が正しくありません"
    status: ClassVar[int] = 422


@dataclass(frozen=True)
class TransferFile:
    """What a transfer file says. The layout tells the pay day as MMDD, without its year."""

    consignor: Consignor
    month_day: str
    transfers: tuple[Transfer, ...]
    total_yen: int


def read_transfer_file(content: bytes) -> TransferFile:
    """Return what the file says, or refuse it whole."""
    records = _records(content)
    order = "".join(record[0] for record in records)
    _require(_ORDER.fullmatch(order) is not None, f"order {order[:20]}")

    header = _fields(records[0], _HEADER)
    transfers = tuple(_transfer(_fields(record, _TRANSFER)) for record in records[1:-2])
    trailer = _fields(records[-2], _TRAILER)
    _fields(records[-1], _END)

    total_yen = sum(transfer.amount_yen for transfer in transfers)
    _require(trailer["count"] == f"{len(transfers):06d}", "count of the trailer")
    _require(trailer["total_yen"] == f"{total_yen:012d}", "sum of the trailer")
    _require(_DIGITS.fullmatch(header["month_day"]) is not None, "month and day")
    return TransferFile(_consignor(header), header["month_day"], transfers, total_yen)


def _records(content: bytes) -> list[str]:
    """Cut the file by its line ends where it has them, else by length alone."""
    if b"\r\n" in content:
        pieces = content.removesuffix(b"\r\n").split(b"\r\n")
    else:
        pieces = [content[start : start + 120] for start in range(0, len(content), 120)]

    for number, piece in enumerate(pieces, start=1):
        _require(len(piece) == 120, f"record {number} has {len(piece)} bytes")
    return [_text(piece) for piece in pieces]


def _text(piece: bytes) -> str:
    """Decode byte by byte: a pair that makes one kanji has no place in a record."""
    try:
        return "".join(bytes([byte]).decode("shift_jis") for byte in piece)
    except UnicodeDecodeError as strange:
        raise TransferFileUnreadable("byte") from strange


def _fields(record: str, layout: _Layout) -> dict[str, str]:
    fields = {
        name: record[position - 1 : position - 1 + length]
        for name, (position, length) in layout.items()
    }
    for name, value in fields.items():
        _require(value == _FIXED.get(name, value), name)
    _require(fields["blank"].strip(" ") == "", "blank")
    return fields


def _consignor(header: dict[str, str]) -> Consignor:
    try:
        return Consignor(
            code=header["consignor_code"],
            name=header["consignor_name"].rstrip(" "),
            bank_code=header["bank_code"],
            bank_name=header["bank_name"].rstrip(" "),
            branch_code=header["branch_code"],
            branch_name=header["branch_name"].rstrip(" "),
            account_kind=cast(AccountKind, header["account_kind"]),
            account_number=header["account_number"],
        )
    except DomainError as refused:
        raise TransferFileUnreadable(f"consignor: {refused}") from refused


def _transfer(fields: dict[str, str]) -> Transfer:
    _require(_DIGITS.fullmatch(fields["amount_yen"]) is not None, "amount")
    _require(fields["clearing_house"] in {"0000", "    "}, "clearing house")
    _require(fields["new"] in {"0", "1", "2"}, "new")
    _require(fields["manner"] in {"7", " "}, "manner")
    try:
        return Transfer(
            bank_code=fields["bank_code"],
            bank_name=fields["bank_name"].rstrip(" "),
            branch_code=fields["branch_code"],
            branch_name=fields["branch_name"].rstrip(" "),
            account_kind=cast(AccountKind, fields["account_kind"]),
            account_number=fields["account_number"],
            payee_name=fields["payee_name"].rstrip(" "),
            amount_yen=int(fields["amount_yen"]),
            customer_code_1=fields["customer_code_1"].rstrip(" "),
            customer_code_2=fields["customer_code_2"].rstrip(" "),
        )
    except DomainError as refused:
        raise TransferFileUnreadable(f"transfer: {refused}") from refused


def _require(holds: object, what: str) -> None:
    if not holds:
        raise TransferFileUnreadable(what)
