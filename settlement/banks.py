"""The list of Japan's banks and branches, as the package ``zengin-code`` carries it.

Its files are read one bank at a time: the package itself would read all 29,000 branches into
every process. The list is dated; a newer one comes with a newer package.
"""

import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.metadata import distribution
from pathlib import Path
from typing import ClassVar

from settlement.bank_kana import institution_kana
from smartpit.kernel.errors import DomainError

FOUND_MAX = 50

_CODE = re.compile(r"[0-9]{4}")
_ENDINGS = re.compile("(銀行|支店|出張所)$")


class UnknownBank(DomainError):
    code: ClassVar[str] = "unknown_bank"
    title: ClassVar[str] = "この銀行番号の銀行はありません"
    status: ClassVar[int] = 422


class UnknownBranch(DomainError):
    code: ClassVar[str] = "unknown_branch"
    title: ClassVar[str] = "この銀行に、この支店番号の支店はありません"
    status: ClassVar[int] = 422


@dataclass(frozen=True)
class Institution:
    """A bank or a branch: its number, its name, and the name as the bank's file carries it."""

    code: str
    name: str
    kana: str

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


def bank_of(code: str) -> Institution:
    """Return the bank of a number, or refuse."""
    try:
        return _banks()[code]
    except KeyError:
        raise UnknownBank(code) from None


def branch_of(bank_code: str, code: str) -> Institution:
    """Return a bank's branch of a number, or refuse."""
    bank_of(bank_code)
    try:
        return _branches(bank_code)[code]
    except KeyError:
        raise UnknownBranch(f"{bank_code} {code}") from None


def banks_like(text: str) -> list[Institution]:
    """Return the banks that a number, a part of a name, or the beginning of its kana means."""
    return _like(text, _banks().values())


def branches_like(bank_code: str, text: str) -> list[Institution]:
    """Return a bank's branches that ``text`` means; without a word, all there are."""
    bank_of(bank_code)
    return _like(text, _branches(bank_code).values())


@cache
def listed_on() -> date:
    """Return the day on which the list was drawn up."""
    return date.fromisoformat((_folder() / "updated_at").read_text().strip())


def _like(text: str, rows: Iterable[Institution]) -> list[Institution]:
    wanted = _ENDINGS.sub("", _plain(text))
    if wanted.isdigit():
        return [row for row in rows if row.code.startswith(wanted)]
    kana = _kana(wanted)
    exact = [row for row in rows if wanted == row.name]
    return exact or [
        row for row in rows if wanted in row.name or (kana and row.kana.startswith(kana))
    ]


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()


def _kana(text: str) -> str:
    try:
        return institution_kana(text)
    except DomainError:
        return ""  # A name in kanji is looked for among the names alone.


@cache
def _folder() -> Path:
    found = distribution("zengin-code").locate_file("zengin_code/source-data/data")
    return Path(str(found))


@cache
def _banks() -> dict[str, Institution]:
    return _read(_folder() / "banks.json")


@cache
def _branches(bank_code: str) -> dict[str, Institution]:
    assert _CODE.fullmatch(bank_code)
    place = _folder() / "branches" / f"{bank_code}.json"
    return _read(place) if place.exists() else {}


def _read(place: Path) -> dict[str, Institution]:
    rows = json.loads(place.read_text(encoding="utf-8"))
    return {code: _institution(row) for code, row in rows.items()}


def _institution(row: dict[str, str]) -> Institution:
    """Take a row of the list; a bank's file carries names without spaces and points."""
    kana = _plain(row["kana"]).replace(" ", "").replace(".", "")
    return Institution(row["code"], _plain(row["name"]), institution_kana(kana))
