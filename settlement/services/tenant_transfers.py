"""An owner pays its tenants: its consignor, their accounts, one Zengin file a statement.

The money is the owner's own, ordered with its own bank, which asks its own people to approve.
A statement's file is drawn once and stays, byte for byte: whoever asks again gets the same.
"""

import hashlib
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db import transaction

from settlement.bank_kana import CONSIGNOR_WIDTH, bank_kana
from settlement.banks import bank_of, branch_of
from settlement.models import OwnerConsignor, Statement, TenantAccount, TenantTransferFile
from settlement.services.bank_files import require_the_same
from settlement.tenant_transfers import (
    TenantTransfer,
    account_of_tenant,
    consignor_of,
    transfers_of,
)
from settlement.whole import whole_of
from settlement.zengin import AccountKind, Consignor, Transfer, transfer_file
from smartpit.kernel import clock
from smartpit.kernel.database import lock
from smartpit.kernel.errors import DomainError
from tenants.access import NotAllowed, Scope
from tenants.models import Staff, Tenant

# The bank's record names month and day alone, and a file is drawn once: no year may be mistyped.
_DAYS_AHEAD = timedelta(days=90)
_TELLERS = frozenset({Staff.Role.ADMINISTRATOR})
_DRAWERS = frozenset({Staff.Role.ADMINISTRATOR, Staff.Role.ACCOUNTANT})


class ConsignorNotTold(DomainError):
    code = "consignor_not_told"
    title = "振込依頼人が登録されていません"


class TenantAccountMissing(DomainError):
    code = "tenant_account_missing"
    title = "口座が登録されていないテナントがあります"


class TransferDayRefused(DomainError):
    code = "transfer_day_refused"
    title = "振込指定日は、今日から90日後までの日付にしてください"
    status = 422


@dataclass(frozen=True)
class AccountAsked:
    """An account as people write it; what bank and branch are called is looked up in the list."""

    bank_code: str
    branch_code: str
    account_kind: AccountKind
    account_number: str


@dataclass(frozen=True)
class ConsignorAsked:
    consignor_code: str
    consignor_name: str
    account: AccountAsked
    bearer: str
    charge_same_bank_yen: int
    charge_other_bank_yen: int


def tell_consignor(scope: Scope, staff: Staff, asked: ConsignorAsked) -> OwnerConsignor:
    """Note who orders the owner's transfers, from now on."""
    _require(scope, staff, _TELLERS)
    row = OwnerConsignor(
        owner_id=scope.owner,
        consignor_code=_digits(asked.consignor_code).rjust(10, "0"),
        consignor_kana=bank_kana(asked.consignor_name, width=CONSIGNOR_WIDTH),
        bearer=asked.bearer,
        charge_same_bank_yen=asked.charge_same_bank_yen,
        charge_other_bank_yen=asked.charge_other_bank_yen,
        told_by=staff,
        **_in_the_banks_words(asked.account),
    )
    _ordering(row)  # What is refused when it is told fails no file.
    with transaction.atomic(durable=True):
        lock("owner_consignor", scope.owner)
        standing = consignor_of(scope.owner)
        row.number = standing.number + 1 if standing else 1
        row.told_at = clock.now()
        row.save(force_insert=True)
    return row


def tell_tenant_account(
    scope: Scope, staff: Staff, tenant: Tenant, asked: AccountAsked, holder_name: str
) -> TenantAccount:
    """Note where a tenant is paid, from now on."""
    _require(scope, staff, _TELLERS)
    row = TenantAccount(
        owner_id=scope.owner,
        tenant=scope.get(Tenant.objects.all(), pk=tenant.pk),
        holder_kana=bank_kana(holder_name),
        told_by=staff,
        **_in_the_banks_words(asked),
    )
    _transfer(row, 1)
    with transaction.atomic(durable=True):
        lock("tenant_account", tenant.pk)
        standing = account_of_tenant(tenant.pk)
        row.number = standing.number + 1 if standing else 1
        row.told_at = clock.now()
        row.save(force_insert=True)
    return row


def draw_tenant_transfers(
    scope: Scope, staff: Staff, statement_id: UUID, pays_on: date
) -> TenantTransferFile:
    """Draw the statement's file, or return the one that was drawn; nobody is left out of it."""
    _require(scope, staff, _DRAWERS)
    statement = scope.get(Statement.objects.all(), pk=statement_id)
    whole_of(statement)
    today = clock.business_date()
    if not today <= pays_on <= today + _DAYS_AHEAD:
        raise TransferDayRefused(f"{pays_on}")
    with transaction.atomic(durable=True):
        lock("tenant_transfers", statement.pk)
        drawn = TenantTransferFile.objects.filter(statement=statement).first()
        if drawn is not None:
            return drawn
        return _draw(statement, staff, pays_on)


def _draw(statement: Statement, staff: Staff, pays_on: date) -> TenantTransferFile:
    standing = consignor_of(statement.owner_id)
    if standing is None:
        raise ConsignorNotTold
    due = transfers_of(statement, standing)
    missing = [one.share.tenant.name for one in due if one.account is None and one.is_due]
    if missing:
        raise TenantAccountMissing("、".join(missing))
    transfers = [_transfer_of(one) for one in due if one.is_due]
    ordering = _ordering(standing)
    content = transfer_file(ordering, pays_on, transfers)
    require_the_same(content, ordering, pays_on, transfers)
    return TenantTransferFile.objects.create(
        owner_id=statement.owner_id,
        statement=statement,
        pays_on=pays_on,
        content=content,
        sha256=hashlib.sha256(content).hexdigest(),
        count=len(transfers),
        total_yen=sum(transfer.amount_yen for transfer in transfers),
        drawn_by=staff,
        drawn_at=clock.now(),
    )


def _transfer_of(one: TenantTransfer) -> Transfer:
    assert one.account is not None
    return _transfer(one.account, one.amount_yen)


def _transfer(account: TenantAccount, amount_yen: int) -> Transfer:
    return Transfer(
        bank_code=account.bank_code,
        bank_name=account.bank_kana,
        branch_code=account.branch_code,
        branch_name=account.branch_kana,
        account_kind=account.account_kind,  # type: ignore[arg-type]  # The column's choices.
        account_number=account.account_number,
        payee_name=account.holder_kana,
        amount_yen=amount_yen,
        customer_code_1=f"{account.tenant_id:010}",
    )


def _ordering(row: OwnerConsignor) -> Consignor:
    return Consignor(
        code=row.consignor_code,
        name=row.consignor_kana,
        bank_code=row.bank_code,
        bank_name=row.bank_kana,
        branch_code=row.branch_code,
        branch_name=row.branch_kana,
        account_kind=row.account_kind,  # type: ignore[arg-type]  # The column's choices.
        account_number=row.account_number,
    )


def _in_the_banks_words(asked: AccountAsked) -> dict[str, str]:
    bank = bank_of(_digits(asked.bank_code))
    branch = branch_of(bank.code, _digits(asked.branch_code))
    return {
        "bank_code": bank.code,
        "bank_kana": bank.kana,
        "branch_code": branch.code,
        "branch_kana": branch.kana,
        "account_kind": asked.account_kind,
        "account_number": _digits(asked.account_number).rjust(7, "0"),
    }


def _digits(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()


def _require(scope: Scope, staff: Staff, roles: frozenset[Staff.Role]) -> None:
    is_owners = staff.is_active and staff.owner_id == scope.owner and staff.tenant_id is None
    if not is_owners or staff.role not in roles:
        raise NotAllowed
