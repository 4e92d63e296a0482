"""Which charges of a contract fall due on which day.

Decided here, where the contract's words leave room:

- A contract is a chain of rows, each superseding the one before; only a row marked
  ``ends_contract`` ends it. What an owner signs after that is a new contract with its own first
  day. A superseding row brings no set-up fees, also where it moves to the super connection.
- The repeat option's year begins on the day the option does: on the contract's first day, or
  with the later row that takes it up. Rows that keep it keep its anniversary.
- The monthly base falls due once a month, on the last day of the month on which the contract is
  in force: the contract's own last day in the month it ends. The row of that day names the
  price, so that a plan given up before the month's end costs none of it.
- "First" registrations are the first within a contract; a registration before the option was
  taken up cannot be, and one after a contract's end is not charged.
"""

from calendar import monthrange
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count, pairwise, takewhile
from typing import Literal

from settlement.fees import LINE_KINDS, Line, LineKind

Connection = Literal["regular", "super"]
CertifiedProduct = Literal["CSAS", "CSAS-XT"]
SetupFees = Literal["first_statement", "apart"]
FirstRegistrationBasis = Literal["contract", "number", "invoice"]

CONTRACT_ADMINISTRATION_YEN = 5_000
CONNECTION_TEST_YEN = 150_000
CONNECTION_TEST_CERTIFIED_YEN = 30_000
LEASED_LINE_WORK_YEN = 130_000

_ONE_DAY = timedelta(days=1)
_CERTIFIED_FOR: dict[Connection, CertifiedProduct] = {"regular": "CSAS-XT", "super": "CSAS"}


@dataclass(frozen=True)
class RepeatOption:
    """What an owner pays to keep invoices after their payment."""

    yearly_yen: int
    first_registration_yen: int
    first_registration_basis: FirstRegistrationBasis = "contract"


@dataclass(frozen=True)
class ChargedTerms:
    """What one contract row says about charges, and on which days it holds.

    ``ends_on`` of a superseded row need not be told: it holds until the next one begins.
    """

    starts_on: date
    ends_on: date | None = None
    ends_contract: bool = False
    connection: Connection = "regular"
    certified_product: CertifiedProduct | None = None
    setup_fees: SetupFees = "first_statement"
    repeat_option: RepeatOption | None = None
    monthly_base_yen: int = 0


@dataclass(frozen=True)
class Registration:
    """A kept invoice was registered; ``number`` is the one it was registered for."""

    day: date
    number: str


@dataclass(frozen=True)
class Charge:
    """One charge and the day it falls due, which decides its period."""

    day: date
    kind: LineKind
    unit_yen: int

    @property
    def line(self) -> Line:
        """Return the charge as a line of a statement."""
        return Line(self.kind, 1, self.unit_yen)


@dataclass(frozen=True)
class _Run:
    """Rows that follow each other without a break, and the last day of the last (None: open)."""

    rows: tuple[ChargedTerms, ...]
    ends_on: date | None

    @property
    def starts_on(self) -> date:
        return self.rows[0].starts_on

    def holds_on(self, day: date) -> bool:
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)

    def terms_on(self, day: date) -> ChargedTerms:
        return [row for row in self.rows if row.starts_on <= day][-1]


def charges_due(
    rows: Sequence[ChargedTerms], registrations: Iterable[Registration], first: date, last: date
) -> list[Charge]:
    """Return what falls due from ``first`` to ``last``, by day and in the contract's order.

    ``rows`` are all of the owner's, oldest first. ``registrations`` must reach back to the
    contract's first day, as the first of them is the one that is charged; their order is free.
    """
    assert all(one.starts_on < other.starts_on for one, other in pairwise(rows))

    kept = sorted(registrations, key=lambda registration: registration.day)
    charges: list[Charge] = []
    for contract in _contracts(rows):
        charges += _setup_charges(contract.rows[0])
        charges += _monthly_charges(contract, last)
        charges += _registration_charges(contract, kept)
        for option in _option_runs(contract):
            charges += _yearly_charges(option, last)

    due = [charge for charge in charges if first <= charge.day <= last]
    return sorted(due, key=lambda charge: (charge.day, LINE_KINDS.index(charge.kind)))


def anniversary(day: date, years: int) -> date:
    """Return the day ``years`` later; of 29 February the 28th where there is no 29th."""
    last_day = monthrange(day.year + years, day.month)[1]
    return date(day.year + years, day.month, min(day.day, last_day))


def _contracts(rows: Sequence[ChargedTerms]) -> Iterator[_Run]:
    chained: list[ChargedTerms] = []
    for row in rows:
        chained.append(row)
        if row.ends_contract:
            yield _Run(tuple(chained), row.ends_on)
            chained = []
    if chained:
        yield _Run(tuple(chained), chained[-1].ends_on)


def _option_runs(contract: _Run) -> Iterator[_Run]:
    """Yield the stretches of a contract that hold the repeat option without a break."""
    chained: list[ChargedTerms] = []
    for row in contract.rows:
        if row.repeat_option:
            chained.append(row)
        elif chained:
            yield _Run(tuple(chained), row.starts_on - _ONE_DAY)
            chained = []
    if chained:
        yield _Run(tuple(chained), contract.ends_on)


def _setup_charges(row: ChargedTerms) -> Iterator[Charge]:
    if row.setup_fees == "apart":
        return
    certified = row.certified_product == _CERTIFIED_FOR[row.connection]
    test_yen = CONNECTION_TEST_CERTIFIED_YEN if certified else CONNECTION_TEST_YEN

    yield Charge(row.starts_on, "contract_administration", CONTRACT_ADMINISTRATION_YEN)
    yield Charge(row.starts_on, "connection_test", test_yen)
    if row.connection == "super":
        yield Charge(row.starts_on, "leased_line_work", LEASED_LINE_WORK_YEN)


def _yearly_charges(option: _Run, last: date) -> Iterator[Charge]:
    days = (anniversary(option.starts_on, years) for years in count())
    for day in takewhile(lambda day: day <= last and option.holds_on(day), days):
        terms = option.terms_on(day).repeat_option
        assert terms
        yield Charge(day, "repeat_yearly", terms.yearly_yen)


def _monthly_charges(contract: _Run, last: date) -> Iterator[Charge]:
    day = contract.starts_on
    while day <= last and contract.holds_on(day):
        month_end = day.replace(day=monthrange(day.year, day.month)[1])
        due = min(month_end, contract.ends_on or month_end)
        yield Charge(due, "monthly_base", contract.terms_on(due).monthly_base_yen)
        day = month_end + _ONE_DAY


def _registration_charges(contract: _Run, kept: Sequence[Registration]) -> Iterator[Charge]:
    numbers: set[str] = set()
    for registration in kept:
        if not contract.holds_on(registration.day):
            continue
        option = contract.terms_on(registration.day).repeat_option
        if option is None:
            continue
        is_first = {
            "contract": not numbers,
            "number": registration.number not in numbers,
            "invoice": True,
        }
        if is_first[option.first_registration_basis]:
            yield Charge(registration.day, "first_registration", option.first_registration_yen)
        numbers.add(registration.number)
