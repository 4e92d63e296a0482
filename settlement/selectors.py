"""Reads of statements and payouts; the scope comes first.

A statement and its payout are the owner's: a tenant's scope sees neither, only its own
sub-statements.
"""

from django.db.models import F, QuerySet

from billing.models import Chain, ChainFile, ChainFileRecord
from settlement.models import BankFile, Payee, Payout, Statement, StatementLine, SubStatement
from tenants.access import Scope


def statements_of(scope: Scope) -> QuerySet[Statement]:
    rows = Statement.objects.select_related("owner")
    return scope.rows(rows).order_by("-closes_on", "-id")


def statement_lines(statement: Statement) -> QuerySet[StatementLine]:
    return statement.lines.order_by("place")


def sub_statements_of(scope: Scope) -> QuerySet[SubStatement]:
    """Return tenants' shares; ``closed_at`` is the statement's, by which they are listed."""
    rows = SubStatement.objects.select_related("statement", "tenant")
    return scope.rows(rows.annotate(closed_at=F("statement__closed_at"))).order_by(
        "-statement__closes_on", "tenant__code"
    )


def payouts_of(scope: Scope) -> QuerySet[Payout]:
    rows = Payout.objects.select_related("owner", "statement", "payee", "approved_by", "bank_file")
    return scope.rows(rows).order_by("-proposed_at", "-id")


def payee_of(owner_id: int) -> Payee | None:
    """Return the account an owner is paid into today."""
    rows = Payee.objects.select_related("changed_by")
    return rows.filter(owner_id=owner_id).order_by("-number").first()


def payouts_to_approve() -> QuerySet[Payout]:
    """Return what waits for an approver, the most urgent first."""
    rows = Payout.objects.select_related("owner", "statement")
    return rows.filter(status=Payout.Status.PROPOSED).order_by("pays_on", "owner__code", "id")


def payouts_to_export() -> QuerySet[Payout]:
    """Return what is approved and in no bank file yet."""
    rows = Payout.objects.select_related("owner", "statement", "payee", "approved_by")
    return rows.filter(status=Payout.Status.APPROVED).order_by("pays_on", "owner__code", "id")


def bank_files() -> QuerySet[BankFile]:
    return BankFile.objects.select_related("exported_by").defer("content").order_by("-exported_at")


def chain_files_of(chain: Chain) -> QuerySet[ChainFile]:
    """Return a chain's own files, newest first."""
    return ChainFile.objects.filter(chain=chain).order_by("-received_at", "-id")


def differences_of(file: ChainFile) -> QuerySet[ChainFileRecord]:
    """Return the records of a file that disagree with the books, in their order."""
    rows = ChainFileRecord.objects.filter(file=file).exclude(reason="")
    return rows.order_by("record")
