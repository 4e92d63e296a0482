"""The account of one period: what its rows add up to, priced by the terms of each one's day.

The rows are counted by day before they come here, so that a period of a million payments is as
short to price as one of three.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from settlement.charges import Charge
from settlement.fees import Line, PeriodSums, Settled, settle_period, tax_percent
from settlement.shares import Share, TenantPeriod, owner_margin_yen, passable_yen, tenant_shares
from tenants.terms import Terms, priced_by


@dataclass(frozen=True)
class Takings:
    """What one tenant took on one business date, or gave back of it.

    Days that one price holds for may stand together, as the first day of its terms.
    ``stamp_count`` counts those whose net price asks for a stamp, exempt or not.
    """

    day: date
    tenant_id: int
    count: int
    gross_yen: int
    stamp_count: int


@dataclass(frozen=True)
class DayCount:
    """So many of one thing on one day."""

    day: date
    count: int


@dataclass(frozen=True)
class PeriodFacts:
    """All that a period is stated from. Refunds stand by the business date of their payment."""

    payments: tuple[Takings, ...]
    refunds: tuple[Takings, ...]
    faxes: tuple[DayCount, ...]
    uncollected: tuple[DayCount, ...]
    charges: tuple[Charge, ...]
    carried_in_yen: int


@dataclass(frozen=True)
class Account:
    """A period's account, ready to be written down."""

    sums: PeriodSums
    payments_count: int
    tax_percent: int
    settled: Settled
    shares: tuple[Share, ...]
    owner_margin_yen: int


def account_of(
    facts: PeriodFacts, terms: list[Terms], tenants: Iterable[TenantPeriod], closes_on: date
) -> Account:
    """Return the account of the period that closes on ``closes_on``.

    The transfer and the tax are asked of the closing date; everything else of its own day.
    """
    sums = period_sums(facts, terms)
    percent = tax_percent(closes_on)
    transfer_yen = priced_by(terms, closes_on).transfer_yen
    settled = settle_period(sums, transfer_yen=transfer_yen, tax_percent=percent)
    passable = passable_yen(settled.lines, sums.stamp_yen, tax_percent=percent)
    shares = tuple(tenant_shares(tenants, passable))
    return Account(
        sums=sums,
        payments_count=sum(takings.count for takings in facts.payments),
        tax_percent=percent,
        settled=settled,
        shares=shares,
        owner_margin_yen=owner_margin_yen(settled.payout_yen, shares),
    )


def period_sums(facts: PeriodFacts, terms: list[Terms]) -> PeriodSums:
    """Return what the period brought, before the transfer is thought of."""
    return PeriodSums(
        entries_count=sum(takings.count for takings in (*facts.payments, *facts.refunds)),
        gross_yen=_gross_yen(facts.payments) - _gross_yen(facts.refunds),
        stamp_yen=_stamp_yen(facts.payments, terms) - _stamp_yen(facts.refunds, terms),
        carried_in_yen=facts.carried_in_yen,
        lines=tuple(_lines(facts, terms)),
    )


def takings_by_tenant(facts: PeriodFacts) -> dict[int, tuple[int, int, int]]:
    """Return each tenant's payments, its refunds, and its gross with these taken off."""
    found: dict[int, tuple[int, int, int]] = {}
    for sign, takings in ((1, facts.payments), (-1, facts.refunds)):
        for one in takings:
            payments, refunds, gross_yen = found.get(one.tenant_id, (0, 0, 0))
            found[one.tenant_id] = (
                payments + (one.count if sign > 0 else 0),
                refunds + (one.count if sign < 0 else 0),
                gross_yen + sign * one.gross_yen,
            )
    return found


def _lines(facts: PeriodFacts, terms: list[Terms]) -> Iterable[Line]:
    for takings in facts.payments:
        yield Line("payment", takings.count, priced_by(terms, takings.day).payment_yen)
    for fax in facts.faxes:
        yield Line("fax", fax.count, priced_by(terms, fax.day).fax_yen)
    for ended in facts.uncollected:
        yield Line("uncollected", ended.count, priced_by(terms, ended.day).uncollected_yen)
    for charge in facts.charges:
        yield charge.line


def _gross_yen(takings: Iterable[Takings]) -> int:
    return sum(one.gross_yen for one in takings)


def _stamp_yen(takings: Sequence[Takings], terms: list[Terms]) -> int:
    """Sum the stamps; a payment's own day says whether it was exempt, also when it is refunded."""
    priced = [(one.stamp_count, priced_by(terms, one.day)) for one in takings]
    return sum(count * row.stamp_yen for count, row in priced if not row.stamp_exempt)
