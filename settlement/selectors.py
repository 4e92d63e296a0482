"""Reads of statements and payouts; the scope comes first.

A statement and its payout are the owner's: a tenant's scope sees neither, only its own
sub-statements.
"""

from datetime import datetime

from django.db.models import F, Q, QuerySet

from billing.models import Chain, ChainFile, ChainFileRecord, ChainKey
from settlement.models import (
    BankFile,
    EntryRuling,
    Issuer,
    Payee,
    Payout,
    PayoutFreeze,
    PayoutMove,
    Statement,
    StatementLine,
    SubStatement,
)
from smartpit.kernel import clock
from tenants.access import Scope
from tenants.keys import sha256_of


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
    """Return the account an owner is paid into today: of those that hold, the newest."""
    holds = Q(status=Payee.Status.STANDING) | Q(
        status=Payee.Status.APPROVED, holds_from__lte=clock.business_date()
    )
    rows = Payee.objects.select_related("changed_by", "checked_by").filter(holds)
    return rows.filter(owner_id=owner_id).order_by("-number").first()


def issuer_of(owner_id: int, at: datetime | None = None) -> Issuer | None:
    """Return under which name and number an owner issues; at ``at``, if it was told by then.

    What was issued before anything was told is issued under the first that was.
    """
    rows = Issuer.objects.filter(owner_id=owner_id)
    if at is None:
        return rows.order_by("-number").first()
    return rows.filter(told_at__lte=at).order_by("-number").first() or (
        rows.order_by("number").first()
    )


def standing_freezes() -> QuerySet[PayoutFreeze]:
    """Return what stops payouts today."""
    rows = PayoutFreeze.objects.select_related("owner", "frozen_by")
    return rows.filter(lifted_at=None).order_by("frozen_at", "pk")


def payouts_to_approve() -> QuerySet[Payout]:
    """Return what waits for an approver, the most urgent first."""
    rows = Payout.objects.select_related("owner", "statement")
    return rows.filter(status=Payout.Status.PROPOSED).order_by("pays_on", "owner__code", "id")


def payouts_to_export() -> QuerySet[Payout]:
    """Return what is approved and in no bank file yet."""
    rows = Payout.objects.select_related("owner", "statement", "payee", "approved_by")
    return rows.filter(status=Payout.Status.APPROVED).order_by("pays_on", "owner__code", "id")


def is_still_debited(payout: Payout) -> bool:
    """Say whether the bank took the money for a transfer and has not given it back, by its word.

    Where no debit has been read yet, the bank has said nothing.
    """
    if payout.bank_file is None:
        return False
    debit = EntryRuling.objects.filter(bank_file=payout.bank_file).select_related("entry").first()
    if debit is None:
        return False
    was_sent = (
        debit.entry.amount_yen == payout.bank_file.total_yen
        or payout.moves.filter(kind=PayoutMove.Kind.PAID).exists()
    )
    return was_sent and not EntryRuling.objects.filter(payout=payout).exists()


def bank_files() -> QuerySet[BankFile]:
    return BankFile.objects.select_related("exported_by").defer("content").order_by("-exported_at")


def chain_files_of(chain: Chain) -> QuerySet[ChainFile]:
    """Return a chain's own files, newest first."""
    return ChainFile.objects.filter(chain=chain).order_by("-received_at", "-id")


def differences_of(file: ChainFile) -> QuerySet[ChainFileRecord]:
    """Return the records of a file that disagree with the books, in their order."""
    rows = ChainFileRecord.objects.filter(file=file).exclude(reason="")
    return rows.order_by("record")


def chain_key_of(secret: str) -> ChainKey | None:
    """Return the valid key that this secret opens."""
    return _valid_chain_keys().filter(sha256=sha256_of(secret)).first()


def valid_chain_key(key_id: int | None) -> ChainKey | None:
    """Return a key that somebody came in with, as long as it holds."""
    return None if key_id is None else _valid_chain_keys().filter(pk=key_id).first()


def _valid_chain_keys() -> QuerySet[ChainKey]:
    valid = Q(expires_at=None) | Q(expires_at__gt=clock.now())
    return ChainKey.objects.select_related("chain").filter(valid)
