"""What a contract and its plan say on a day, as one frozen value."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

Cycle = Literal["5-day", "10-day", "half-month", "month-end"]
Connection = Literal["regular", "super"]


@dataclass(frozen=True)
class Terms:
    """The terms in force from ``starts_on`` to ``ends_on`` (None: until superseded).

    ``ends_contract`` says that ``ends_on`` is the contract's own last day, after which no terms
    follow. Prices are whole yen before tax.
    """

    contract_id: int
    starts_on: date
    ends_on: date | None
    ends_contract: bool
    plan: str
    connection: Connection
    certified_product: str | None
    cycle: Cycle
    setup_fees: str
    stamp_exempt: bool
    repeat_yearly_yen: int | None
    first_registration_yen: int | None
    first_registration_basis: str
    networks: tuple[str, ...]
    client_certificates: tuple[str, ...]
    monthly_base_yen: int
    payment_yen: int
    uncollected_yen: int
    transfer_yen: int
    fax_yen: int
    stamp_yen: int

    @property
    def repeat_option(self) -> bool:
        return self.repeat_yearly_yen is not None

    def hold_on(self, day: date) -> bool:
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)


def in_force(terms: list[Terms], day: date) -> Terms | None:
    """Return the terms that hold on ``day``; none before the first or after the last."""
    return next((row for row in terms if row.hold_on(day)), None)


def priced_by(terms: list[Terms], day: date) -> Terms:
    """Return the terms that price a fact of ``day``.

    A fact before the first terms (a payment taken on the eve of a contract) is priced by the
    first, one after a contract's end by the last before it: money that came in is never left
    without a price.
    """
    assert terms
    begun = [row for row in terms if row.starts_on <= day]
    return begun[-1] if begun else terms[0]
