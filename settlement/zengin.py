"""The bank's transfer file (総合振込): 120-byte records, half-width kana, Shift_JIS.

Header, one record a transfer, trailer, end; CRLF after each. Nothing is converted or cut here: a
name that was not brought into the bank's form at its registration is refused. What was written is
read back by ``settlement.zengin_reader`` before it leaves the house.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Literal

from settlement.bank_kana import (
    CONSIGNOR_WIDTH,
    INSTITUTION_WIDTH,
    PAYEE_WIDTH,
    BankNameRefused,
    require_institution_characters,
    require_payee_characters,
)
from settlement.calendar import is_bank_day
from smartpit.kernel.errors import DomainError

RECORD_BYTES = 120
LINE_END = b"\r\n"
AMOUNT_YEN_MAX = 9_999_999_999
TRANSFERS_MAX = 999_999
TOTAL_YEN_MAX = 999_999_999_999

AccountKind = Literal["1", "2", "4", "9"]  # 普通, 当座, 貯蓄, その他

_CUSTOMER_CODE = re.compile(r"[0-9A-Z]{0,10}")


class BankCodeRefused(DomainError):
    """A code or account number of a bank has another length or other signs than digits."""

    code: ClassVar[str] = "bank_code_refused"
    title: ClassVar[str] = "金融機関コード・口座番号などの形式が正しくありません"
    status: ClassVar[int] = 422


class TransferAmountRefused(DomainError):
    """A transfer is of no yen, of negative yen, or of more than its field holds."""

    code: ClassVar[str] = "transfer_amount_refused"
    title: ClassVar[str] = "振込金額が正しくありません"


class PayDayRefused(DomainError):
    """The day of the transfer is not a bank day."""

    code: ClassVar[str] = "pay_day_refused"
    title: ClassVar[str] = "振込指定日が銀行営業日ではありません"


class NothingToTransfer(DomainError):
    """A file without a transfer is no order to a bank."""

    code: ClassVar[str] = "nothing_to_transfer"
    title: ClassVar[str] = "振込の対象がありません"


class TransferFileFull(DomainError):
    """More transfers, or more yen, than a trailer can count."""

    code: ClassVar[str] = "transfer_file_full"
    title: ClassVar[str] = "1ファイルの上限を超えています"


@dataclass(frozen=True)
class Consignor:
    """Who orders the transfers, and the account that pays them."""

    code: str
    name: str
    bank_code: str
    bank_name: str
    branch_code: str
    branch_name: str
    account_kind: AccountKind
    account_number: str

    def __post_init__(self) -> None:
        _require_digits(self.code, 10)
        _require_name(self.name, CONSIGNOR_WIDTH)
        _require_account(self)


@dataclass(frozen=True)
class Transfer:
    """One payout: the payee's account and the amount; the codes are the centre's own.

    ``customer_code_1`` names the owner. A code of digits alone is filled with zeros, any other
    with spaces, as the layout has it.
    """

    bank_code: str
    bank_name: str
    branch_code: str
    branch_name: str
    account_kind: AccountKind
    account_number: str
    payee_name: str
    amount_yen: int
    customer_code_1: str = ""
    customer_code_2: str = ""

    def __post_init__(self) -> None:
        _require_name(self.payee_name, PAYEE_WIDTH)
        _require_account(self)
        if not 1 <= self.amount_yen <= AMOUNT_YEN_MAX:
            raise TransferAmountRefused(f"{self.amount_yen}")
        for code in (self.customer_code_1, self.customer_code_2):
            if not _CUSTOMER_CODE.fullmatch(code):
                raise BankCodeRefused(f"{code!r}")


def transfer_file(consignor: Consignor, pay_day: date, transfers: Sequence[Transfer]) -> bytes:
    """Return the bytes the bank is sent for one pay day."""
    total_yen = sum(transfer.amount_yen for transfer in transfers)
    if not is_bank_day(pay_day):
        raise PayDayRefused(f"{pay_day}")
    if not transfers:
        raise NothingToTransfer
    if len(transfers) > TRANSFERS_MAX or total_yen > TOTAL_YEN_MAX:
        raise TransferFileFull(f"{len(transfers)}, {total_yen}")

    records = [
        _header(consignor, pay_day),
        *(_transfer(transfer) for transfer in transfers),
        _record("8", f"{len(transfers):06}", f"{total_yen:012}"),
        _record("9"),
    ]
    return b"".join(record + LINE_END for record in records)


def _header(consignor: Consignor, pay_day: date) -> bytes:
    return _record(
        "1",
        "21",
        "0",
        consignor.code,
        consignor.name.ljust(CONSIGNOR_WIDTH),
        f"{pay_day:%m%d}",
        consignor.bank_code,
        consignor.bank_name.ljust(INSTITUTION_WIDTH),
        consignor.branch_code,
        consignor.branch_name.ljust(INSTITUTION_WIDTH),
        consignor.account_kind,
        consignor.account_number,
    )


def _transfer(transfer: Transfer) -> bytes:
    return _record(
        "2",
        transfer.bank_code,
        transfer.bank_name.ljust(INSTITUTION_WIDTH),
        transfer.branch_code,
        transfer.branch_name.ljust(INSTITUTION_WIDTH),
        "0000",  # The clearing house is no longer used.
        transfer.account_kind,
        transfer.account_number,
        transfer.payee_name.ljust(PAYEE_WIDTH),
        f"{transfer.amount_yen:010}",
        "0",  # Neither the first transfer to this account nor a changed one.
        _customer_code(transfer.customer_code_1),
        _customer_code(transfer.customer_code_2),
        "7",  # By wire.
    )


def _record(*fields: str) -> bytes:
    record = "".join(fields).ljust(RECORD_BYTES).encode("shift_jis")
    assert len(record) == RECORD_BYTES
    return record


def _customer_code(code: str) -> str:
    return code.zfill(10) if code.isdigit() else code.ljust(10)


def _require_account(account: Consignor | Transfer) -> None:
    for name in (account.bank_name, account.branch_name):
        require_institution_characters(name)
        _require_width(name, INSTITUTION_WIDTH)
    _require_digits(account.bank_code, 4)
    _require_digits(account.branch_code, 3)
    _require_digits(account.account_number, 7)
    if account.account_kind not in {"1", "2", "4", "9"}:
        raise BankCodeRefused(f"{account.account_kind!r}")


def _require_digits(code: str, width: int) -> None:
    if not (code.isascii() and code.isdigit() and len(code) == width):
        raise BankCodeRefused(f"{code!r}")


def _require_name(name: str, width: int) -> None:
    require_payee_characters(name)
    _require_width(name, width)


def _require_width(name: str, width: int) -> None:
    if len(name) > width:
        raise BankNameRefused(f"{name!r} > {width}")
