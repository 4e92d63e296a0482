"""Journal files that accounting software takes in: 弥生, freee, マネーフォワード. Pure.

- 弥生 (弥生インポート形式): 25 columns, no heads, Shift_JIS, CRLF. An entry of several lines begins
  with the flag 2110, goes on with 2100 and ends with 2101; one of a single line has 2111.
- freee (仕訳インポート): heads behind ``[表題行]``, rows behind ``[明細行]``; lines of one entry
  share their day and 伝票番号. Shift_JIS.
- マネーフォワード (仕訳帳): 27 columns with heads; lines of one entry share 取引日 and 取引No.
  UTF-8.

A fee's line says in each one's own words that it is taxed and qualified, and how much of it is tax;
all other lines are outside the tax.
"""

import csv
import io
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from settlement.owner_entries import Accounts, Entry, EntryLine

UNTAXED: Final = "対象外"
YAYOI_TEXT_BYTES: Final = 64
TEXT_LETTERS: Final = 200
_FREEE_SIDE: Final = (
    "勘定科目", "科目コード", "補助科目", "取引先", "取引先コード", "部門", "品目", "メモタグ",
    "セグメント1", "セグメント2", "セグメント3", "金額", "税区分", "税額",
)  # fmt: skip
FREEE_HEADS: Final = (
    "[表題行]", "日付", "伝票番号", "決算整理仕訳",
    *(f"借方{head}" for head in _FREEE_SIDE), *(f"貸方{head}" for head in _FREEE_SIDE), "摘要",
)  # fmt: skip
_MF_SIDE: Final = (
    "勘定科目", "補助科目", "部門", "取引先", "税区分", "インボイス", "金額(円)", "税額",
)  # fmt: skip
MF_HEADS: Final = (
    "取引No", "取引日",
    *(f"借方{head}" for head in _MF_SIDE), *(f"貸方{head}" for head in _MF_SIDE),
    "摘要", "仕訳メモ", "タグ", "MF仕訳タイプ", "決算整理仕訳",
    "作成日時", "作成者", "最終更新日時", "最終更新者",
)  # fmt: skip

Row = tuple[object, ...]


@dataclass(frozen=True)
class Software:
    """One accounting program: its name, its heads, its rows of an entry, its letters."""

    word: str
    encoding: str
    heads: tuple[str, ...] | None
    rows: Callable[[int, Entry, Accounts], Iterator[Row]]


def journal_bytes(
    software: Software, entries: Iterable[Entry], accounts: Accounts
) -> Iterator[bytes]:
    """Yield a journal file, a piece an entry; entries are numbered from 1."""
    if software.heads is not None:
        yield _line(software, software.heads)
    for number, entry in enumerate(entries, start=1):
        yield b"".join(_line(software, row) for row in software.rows(number, entry, accounts))


def _yayoi_rows(_number: int, entry: Entry, accounts: Accounts) -> Iterator[Row]:
    last = len(entry.lines) - 1
    for place, line in enumerate(entry.lines):
        flag = "2111" if not last else "2110" if not place else "2101" if place == last else "2100"
        debit, credit = accounts.named(line.debit), accounts.named(line.credit)
        yield (
            flag, "", "", f"{entry.day:%Y/%m/%d}",
            *debit, "", _yayoi_tax(line), line.amount_yen, _tax(line),
            *credit, "", UNTAXED, line.amount_yen, "",
            _cut(entry.text, YAYOI_TEXT_BYTES), "", "", "3", "", "", "0", "0", "no",
        )  # fmt: skip


def _freee_rows(number: int, entry: Entry, accounts: Accounts) -> Iterator[Row]:
    for line in entry.lines:
        debit, credit = accounts.named(line.debit), accounts.named(line.credit)
        taxed = f"課対仕入{line.tax_percent}%" if line.tax_percent else UNTAXED
        yield (
            "[明細行]", f"{entry.day:%Y/%m/%d}", number, "",
            debit[0], "", debit[1], *[""] * 8, line.amount_yen, taxed, _tax(line),
            credit[0], "", credit[1], *[""] * 8, line.amount_yen, UNTAXED, "",
            _plain(entry.text)[:TEXT_LETTERS],
        )  # fmt: skip


def _mf_rows(number: int, entry: Entry, accounts: Accounts) -> Iterator[Row]:
    for line in entry.lines:
        debit, credit = accounts.named(line.debit), accounts.named(line.credit)
        taxed, invoice = UNTAXED, ""
        if line.tax_percent:
            taxed, invoice = f"課税仕入 {line.tax_percent}%", "適格"
        yield (
            number, f"{entry.day:%Y/%m/%d}",
            *debit, "", "", taxed, invoice, line.amount_yen, _tax(line),
            *credit, "", "", UNTAXED, "", line.amount_yen, "",
            _plain(entry.text)[:TEXT_LETTERS], *[""] * 8,
        )  # fmt: skip


SOFTWARE: Final = {
    "yayoi": Software("弥生会計", "cp932", None, _yayoi_rows),
    "freee": Software("freee会計", "cp932", FREEE_HEADS, _freee_rows),
    "mf": Software("マネーフォワード クラウド会計", "utf-8", MF_HEADS, _mf_rows),
}


def _yayoi_tax(line: EntryLine) -> str:
    """Return the tax's kind: the fee with its tax in it (込), or apart from it (別)."""
    if not line.tax_percent:
        return UNTAXED
    return f"課対仕入{'別' if line.tax_yen is None else '込'}{line.tax_percent}%適格"


def _tax(line: EntryLine) -> object:
    return "" if line.tax_yen is None else line.tax_yen


def _line(software: Software, row: Row) -> bytes:
    cells = io.StringIO()
    csv.writer(cells, lineterminator="\r\n").writerow(row)
    return b"".join(_letter(letter, software.encoding) for letter in cells.getvalue())


def _letter(letter: str, encoding: str) -> bytes:
    """Return a letter's bytes; one that the software cannot hold is a 〓, as print shops do."""
    try:
        return letter.encode(encoding)
    except UnicodeEncodeError:
        return "〓".encode(encoding)


def _plain(text: str) -> str:
    """Return a text on one line, without letters that nobody sees."""
    return " ".join("".join(c if unicodedata.category(c)[0] != "C" else " " for c in text).split())


def _cut(text: str, most: int) -> str:
    """Return as much of a text as fits, and no half letter."""
    kept, length = [], 0
    for letter in _plain(text):
        length += len(_letter(letter, "cp932"))
        if length > most:
            break
        kept.append(letter)
    return "".join(kept)
