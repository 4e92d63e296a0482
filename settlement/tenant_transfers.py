"""What an owner transfers to each tenant of a statement, and who bears the charge."""

from dataclasses import dataclass

from settlement.models import OwnerConsignor, Statement, SubStatement, TenantAccount
from tenants.models import Tenant


@dataclass(frozen=True)
class TenantTransfer:
    """One tenant's net, what a receiver's charge takes off it, and the account."""

    share: SubStatement
    account: TenantAccount | None
    charge_yen: int

    @property
    def amount_yen(self) -> int:
        return self.share.net_yen - self.charge_yen

    @property
    def is_due(self) -> bool:
        """Say that there is something to transfer; a tenant that owes is no transfer."""
        return self.amount_yen > 0


def consignor_of(owner_id: int) -> OwnerConsignor | None:
    return OwnerConsignor.objects.filter(owner_id=owner_id).order_by("-number").first()


def account_of_tenant(tenant_id: int) -> TenantAccount | None:
    return TenantAccount.objects.filter(tenant_id=tenant_id).order_by("-number").first()


def transfers_of(statement: Statement, ordering: OwnerConsignor | None) -> list[TenantTransfer]:
    """Return the tenants of a statement by code; what the owner took itself is not transferred."""
    shares = statement.sub_statements.exclude(tenant__code=Tenant.OWN)
    rows = TenantAccount.objects.filter(tenant__in=shares.values("tenant"))
    newest = {row.tenant_id: row for row in rows.order_by("number")}
    return [
        TenantTransfer(
            share,
            newest.get(share.tenant_id),
            _charge_yen(ordering, newest.get(share.tenant_id)),
        )
        for share in shares.select_related("tenant").order_by("tenant__code")
    ]


def _charge_yen(ordering: OwnerConsignor | None, account: TenantAccount | None) -> int:
    if ordering is None or account is None or ordering.bearer == OwnerConsignor.Bearer.SENDER:
        return 0
    if account.bank_code == ordering.bank_code:
        return ordering.charge_same_bank_yen
    return ordering.charge_other_bank_yen
