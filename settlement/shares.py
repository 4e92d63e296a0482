"""How a statement's money divides between an owner and its tenants.

The centre pays the owner; what each tenant gets of it is the owner's own reckoning, given here so
that no yen is lost between them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from settlement.fees import Line
from smartpit.kernel.yen import split, tax_on

BASIS_POINTS = 10_000


@dataclass(frozen=True)
class TenantPeriod:
    """What one tenant took in a period, and on which terms it stands with its owner.

    Refunds are taken off ``gross_yen``; ``payments_count`` does not know them.
    """

    code: str
    payments_count: int
    refunds_count: int
    gross_yen: int
    commission_yen: int = 0
    commission_basis_points: int = 0
    passes_fees: bool = False


@dataclass(frozen=True)
class Share:
    """One tenant's line of a statement, with the terms its commission was reckoned on."""

    code: str
    payments_count: int
    gross_yen: int
    commission_yen: int
    passed_yen: int
    commission_each_yen: int = 0
    commission_basis_points: int = 0

    @property
    def net_yen(self) -> int:
        """Return what the owner owes the tenant; negative where the tenant owes."""
        return self.gross_yen - self.commission_yen - self.passed_yen


def passable_yen(lines: Iterable[Line], stamp_yen: int, *, tax_percent: int) -> int:
    """Return what may be passed on: the payments' fees, the tax on these alone, and the stamp.

    Never below 0: a period in which refunded stamps outweigh the fees passes nothing on.
    """
    fees_yen = sum(line.amount_yen for line in lines if line.kind == "payment")
    return max(fees_yen + tax_on(fees_yen, percent=tax_percent) + stamp_yen, 0)


def commission_yen(tenant: TenantPeriod) -> int:
    """Return the owner's commission, tax included, its fraction dropped."""
    by_rate_yen = at_rate_yen(tenant.gross_yen, tenant.commission_basis_points)
    return tenant.commission_yen * tenant.payments_count + by_rate_yen


def at_rate_yen(gross_yen: int, basis_points: int) -> int:
    """Return the part of a commission that goes by gross; of what was given back there is none."""
    return max(gross_yen, 0) * basis_points // BASIS_POINTS


def tenant_shares(tenants: Iterable[TenantPeriod], passable_yen: int) -> list[Share]:
    """Return the shares of all tenants that had a payment or a refund, by code.

    Every tenant with positive gross has its part of ``passable_yen``, but only one that passes
    fees bears it; the others' parts stay with the owner.
    """
    taking_part = sorted(
        (tenant for tenant in tenants if tenant.payments_count or tenant.refunds_count),
        key=lambda tenant: tenant.code,
    )
    parts = parts_yen({tenant.code: tenant.gross_yen for tenant in taking_part}, passable_yen)
    return [
        Share(
            code=tenant.code,
            payments_count=tenant.payments_count,
            gross_yen=tenant.gross_yen,
            commission_yen=commission_yen(tenant),
            passed_yen=parts.get(tenant.code, 0) if tenant.passes_fees else 0,
            commission_each_yen=tenant.commission_yen,
            commission_basis_points=tenant.commission_basis_points,
        )
        for tenant in taking_part
    ]


def owner_margin_yen(payout_yen: int, shares: Iterable[Share]) -> int:
    """Return what the owner keeps; carries stay with the owner, so it may be negative."""
    return payout_yen - sum(share.net_yen for share in shares)


def parts_yen(gross_of: Mapping[str, int], passable_yen: int) -> dict[str, int]:
    """Split by gross; the order by code decides which of equal remainders gets the odd yen."""
    bearing = [code for code in sorted(gross_of) if gross_of[code] > 0]
    if not bearing:
        return {}
    parts = split(passable_yen, [gross_of[code] for code in bearing])
    return dict(zip(bearing, parts, strict=True))
