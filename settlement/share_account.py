"""How one tenant's share of a statement was reckoned: commission, what it bears of fees, net."""

from collections.abc import Sequence
from dataclasses import dataclass

from settlement.fees import Line
from settlement.models import Statement, StatementLine, SubStatement
from settlement.shares import at_rate_yen, parts_yen, passable_yen
from smartpit.kernel.yen import tax_on


@dataclass(frozen=True)
class Commission:
    """A commission by its two terms: so much a payment, so much of what was collected."""

    each_yen: int
    by_count_yen: int
    basis_points: int
    charged_gross_yen: int
    by_rate_yen: int

    @property
    def total_yen(self) -> int:
        return self.by_count_yen + self.by_rate_yen


@dataclass(frozen=True)
class Passable:
    """What of the centre's charge may be passed on to tenants, and how much of them bears it."""

    fees_yen: int
    tax_yen: int
    stamp_yen: int
    total_yen: int
    bearing_gross_yen: int


@dataclass(frozen=True)
class ShareAccount:
    """A share with what its figures were made of; of ``part_yen`` it bears all or nothing."""

    share: SubStatement
    commission: Commission | None
    passable: Passable
    part_yen: int

    @property
    def is_commission_so(self) -> bool:
        return self.commission is None or self.commission.total_yen == self.share.commission_yen

    @property
    def is_passed_so(self) -> bool:
        return self.share.passed_yen in (0, self.part_yen)


def share_accounts(
    statement: Statement, lines: Sequence[StatementLine], shares: Sequence[SubStatement]
) -> dict[int, ShareAccount]:
    """Return the account of each tenant's share, by tenant; ``shares`` are all of the statement."""
    passable = _passable(statement, lines, shares)
    parts = parts_yen({one.tenant.code: one.gross_yen for one in shares}, passable.total_yen)
    return {
        one.tenant_id: ShareAccount(one, _commission(one), passable, parts.get(one.tenant.code, 0))
        for one in shares
    }


def _commission(share: SubStatement) -> Commission | None:
    """Return what was agreed when the statement was made; of older ones that was not kept."""
    each_yen, basis_points = share.commission_each_yen, share.commission_basis_points
    if each_yen is None or basis_points is None:
        return None
    return Commission(
        each_yen=each_yen,
        by_count_yen=each_yen * share.payments_count,
        basis_points=basis_points,
        charged_gross_yen=max(share.gross_yen, 0),
        by_rate_yen=at_rate_yen(share.gross_yen, basis_points),
    )


def _passable(
    statement: Statement, lines: Sequence[StatementLine], shares: Sequence[SubStatement]
) -> Passable:
    percent, stamp_yen = statement.tax_percent, statement.stamp_yen
    stated = [Line(line.kind, line.count, line.unit_yen) for line in lines]  # type: ignore[arg-type]
    fees_yen = passable_yen(stated, 0, tax_percent=0)
    return Passable(
        fees_yen=fees_yen,
        tax_yen=tax_on(fees_yen, percent=percent),
        stamp_yen=stamp_yen,
        total_yen=passable_yen(stated, stamp_yen, tax_percent=percent),
        bearing_gross_yen=sum(one.gross_yen for one in shares if one.gross_yen > 0),
    )
