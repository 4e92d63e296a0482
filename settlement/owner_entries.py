"""An owner's own journal: what the centre's facts are in the owner's books. Pure.

Each line moves one positive amount from one account to another, so an entry cannot be out of
balance. What the owner has to get from the centre stands in ``receivable``: after any day it is
the total of that day's 残高確認書.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

Role = Literal["receivable", "collected", "bank", "fee", "input_tax", "stamp"]


@dataclass(frozen=True)
class Accounts:
    """The owner's names for the accounts, and how it books the tax on the centre's fees.

    ``separates_tax``: fee and tax on two lines (別記); else the fee stands with its tax in it
    (税込) and the line says how much of it is tax, to the yen of the statement.
    """

    receivable: str = "未収入金"
    receivable_sub: str = "スマートピット"
    collected: str = "売掛金"
    collected_sub: str = ""
    bank: str = "普通預金"
    bank_sub: str = ""
    fee: str = "支払手数料"
    input_tax: str = "仮払消費税"
    stamp: str = "租税公課"
    separates_tax: bool = False

    def named(self, role: Role) -> tuple[str, str]:
        """Return an account's name and its sub-account's."""
        return str(getattr(self, role)), str(getattr(self, f"{role}_sub", ""))


@dataclass(frozen=True)
class EntryLine:
    """One amount from one account to another.

    A line with a ``tax_percent`` is taxed; ``tax_yen`` says how much of it is tax, and without one
    the tax is a line of its own.
    """

    debit: Role
    credit: Role
    amount_yen: int
    tax_yen: int | None = None
    tax_percent: int = 0

    def __post_init__(self) -> None:
        assert self.amount_yen > 0


@dataclass(frozen=True)
class Entry:
    """One business event in the owner's books."""

    day: date
    text: str
    lines: tuple[EntryLine, ...]

    @property
    def amount_yen(self) -> int:
        return sum(line.amount_yen for line in self.lines)


@dataclass(frozen=True)
class StatedFees:
    """What a statement takes off."""

    closes_on: date
    stated_on: date
    fees_yen: int
    tax_yen: int
    tax_percent: int
    stamp_yen: int


def taken_entry(day: date, place: str, count: int, amount_yen: int) -> Entry:
    """Return payments of a day as the claim on payers becoming one on the centre."""
    line = EntryLine("receivable", "collected", amount_yen)
    return Entry(day, f"コンビニ収納 {place} {count}件", (line,))


def undone_entry(day: date, word: str, place: str, count: int, amount_yen: int) -> Entry:
    """Return payments that were undone: the claim on the payers is back."""
    line = EntryLine("collected", "receivable", amount_yen)
    return Entry(day, f"{word} {place} {count}件", (line,))


def stated_entry(stated: StatedFees, *, separates_tax: bool) -> Iterable[Entry]:
    """Yield what a statement takes off, if it takes anything off."""
    lines = tuple(_fee_lines(stated, separates_tax=separates_tax))
    if lines:
        text = f"収納代行手数料 {stated.closes_on:%Y/%m/%d}締 精算書"
        yield Entry(stated.stated_on, text, lines)


def paid_entry(day: date, closes_on: date, amount_yen: int) -> Entry:
    line = EntryLine("bank", "receivable", amount_yen)
    return Entry(day, f"精算入金 {closes_on:%Y/%m/%d}締", (line,))


def returned_entry(day: date, closes_on: date, amount_yen: int) -> Entry:
    """Return a payout that the bank took back after it had paid it."""
    line = EntryLine("receivable", "bank", amount_yen)
    return Entry(day, f"精算入金の組戻し {closes_on:%Y/%m/%d}締", (line,))


def _fee_lines(stated: StatedFees, *, separates_tax: bool) -> Iterable[EntryLine]:
    percent = stated.tax_percent
    if separates_tax:
        if stated.fees_yen:
            yield EntryLine("fee", "receivable", stated.fees_yen, None, percent)
        if stated.tax_yen:
            yield EntryLine("input_tax", "receivable", stated.tax_yen)
    elif stated.fees_yen + stated.tax_yen:
        whole_yen = stated.fees_yen + stated.tax_yen
        yield EntryLine("fee", "receivable", whole_yen, stated.tax_yen, percent)
    if stated.stamp_yen > 0:
        yield EntryLine("stamp", "receivable", stated.stamp_yen)
    elif stated.stamp_yen < 0:  # Stamps of refunds came back.
        yield EntryLine("receivable", "stamp", -stated.stamp_yen)
