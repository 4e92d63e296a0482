"""A chain's file of confirmed payments, written from the contract's text alone."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Self

CHAINS = {"lawson": "00C002", "ministop": "00C004", "familymart": "00C005"}


@dataclass(frozen=True)
class Row:
    """One data record; ``kind`` is 01 reported, 02 confirmed, 03 reversed."""

    kind: str
    business_date: str
    hour: str
    amount_yen: int
    store: str
    terminal: str
    receipt: str
    line: int = 1
    barcode: str = "0" * 44

    @classmethod
    def of(cls, kind: str, notice: dict[str, Any], *, barcode: str = "0" * 44) -> Self:
        """Return the record of a payment that a till has told of."""
        taken_at = datetime.fromisoformat(notice["taken_at"])
        return cls(
            kind, notice["business_date"], f"{taken_at:%H%M}", notice["amount_yen"],
            notice["store"], notice["terminal"], notice["receipt"], notice.get("line", 1), barcode,
        )  # fmt: skip

    def but(self, **words: Any) -> Self:
        return replace(self, **words)

    def bars(self) -> str:
        """Return the 44 digits with this payment's amount and its check digit."""
        first = f"{self.barcode[:37]}{self.amount_yen:06d}"
        weighted = sum(int(sign) * (3, 1)[place % 2] for place, sign in enumerate(reversed(first)))
        return first + str(-weighted % 10)

    def text(self, chain: str, day: date) -> str:
        return _record({
            1: "2", 2: self.kind, 4: self.business_date.replace("-", ""), 12: self.hour, 16: "1",
            17: self.bars(), 64: self.store, 73: f"{day:%Y%m%d}", 81: f"{day:%Y%m%d}",
            97: CHAINS[chain], 103: self.receipt, 115: f"{self.line:02d}", 117: self.terminal,
        })  # fmt: skip


def chain_file(chain: str, day: date, rows: Sequence[Row], *, ends: str = "\r\n") -> bytes:
    """Return the bytes of a file: header, records, trailer, end."""
    count, total = len(rows), sum(row.amount_yen for row in rows)
    records = [
        _record({1: "1", 2: CHAINS[chain], 8: f"{day:%Y%m%d}"}),
        *(row.text(chain, day) for row in rows),
        _record({1: "8", 2: f"{count:06d}", 8: f"{total:012d}"}),
        _record({1: "9"}),
    ]
    return "".join(record + ends for record in records).encode("ascii")


def _record(fields: dict[int, str]) -> str:
    signs = [" "] * 120
    for place, word in fields.items():
        signs[place - 1 : place - 1 + len(word)] = word
    return "".join(signs)
