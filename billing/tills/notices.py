"""What a till tells, as frozen values: no Django, no JSON."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, order=True)
class TillKey:
    """The key of a payment, unique for ever (contract section 4)."""

    chain: str
    store: str
    terminal: str
    business_date: date
    receipt: str
    line: int

    def __str__(self) -> str:
        return "/".join(
            (
                self.chain,
                self.store,
                self.terminal,
                self.business_date.isoformat(),
                self.receipt,
                str(self.line),
            )
        )


@dataclass(frozen=True)
class PaymentNotice:
    """A payment a till asks to book, or (``advice``) tells of when the cash is already taken."""

    key: TillKey
    invoice: str
    version: int
    amount_yen: int
    taken_at: datetime
    slip: str | None = None
    advice: bool = False

    @property
    def content(self) -> tuple[str, int, int]:
        """What must be the same for a key to be the same payment."""
        return self.invoice, self.version, self.amount_yen


@dataclass(frozen=True)
class ReversalNotice:
    """A till undoes the payment of a key."""

    key: TillKey
    reason: str


@dataclass(frozen=True)
class Receipt:
    """What the till is answered: the bytes of the first answer, whenever it asks."""

    answer: str
    replayed: bool
