"""What a person says a line in suspense was. The rules of amounts stand for people too.

Locks: the account's statements, then the payouts.
"""

from collections.abc import Callable
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction

from billing.models import Chain
from billing.services.events import record_events
from settlement.models import BankEntry, BankFile, EntryRuling
from settlement.refusals import ChainIsTest, EntryRuled, ReasonMissing, RulingRefused
from settlement.services.bank_matching import (
    Found,
    Hand,
    close_unknown,
    debits_of,
    remittance_of,
    returnable_payouts,
    rule,
)
from settlement.services.roles import WRITERS, require_centre_role
from smartpit.kernel.database import lock
from tenants.access import NotFound
from tenants.models import Staff

Kind = EntryRuling.Kind


def rule_as_remittance(staff: Staff, entry_id: int, chain: Chain, reason: str) -> EntryRuling:
    """Say that a chain sent it; what it waits for is found by the amount, as at the taking in.

    Where nothing waits for this sum, the chain's receivable is lowered all the same.
    """
    if chain.is_test:
        raise ChainIsTest

    def found(entry: BankEntry) -> Found:
        _require(entry, BankEntry.Direction.IN)
        return remittance_of(entry, chain.pk) or Found(Kind.REMITTANCE, chain.pk)

    return _rule(staff, entry_id, reason, found)


def rule_as_returned(
    staff: Staff, entry_id: int, payout_id: UUID | str, reason: str
) -> EntryRuling:
    """Say that it is a transfer that came back."""

    def found(entry: BankEntry) -> Found:
        _require(entry, BankEntry.Direction.IN)
        payouts = returnable_payouts().filter(amount_yen=entry.amount_yen)
        try:
            payout = payouts.filter(pk=payout_id).first()
        except ValidationError:
            raise NotFound from None
        if payout is None:
            raise RulingRefused(f"{payout_id}")
        return Found(Kind.RETURNED, payout=payout)

    return _rule(staff, entry_id, reason, found)


def rule_as_transfers(staff: Staff, entry_id: int, bank_file: BankFile, reason: str) -> EntryRuling:
    """Say that it is the debit of one of our files."""

    def found(entry: BankEntry) -> Found:
        _require(entry, BankEntry.Direction.OUT)
        ruled = EntryRuling.objects.filter(bank_file=bank_file).exists()
        if ruled or entry.amount_yen not in debits_of(bank_file):
            raise RulingRefused(bank_file.name)
        return Found(Kind.TRANSFERS, bank_file=bank_file)

    return _rule(staff, entry_id, reason, found)


def rule_as_own(staff: Staff, entry_id: int, reason: str) -> EntryRuling:
    """Say that it is the centre's own money: its capital, its charges, its interest."""
    return _rule(staff, entry_id, reason, lambda _entry: Found(Kind.OWN))


def _rule(
    staff: Staff, entry_id: int, reason: str, found: Callable[[BankEntry], Found]
) -> EntryRuling:
    require_centre_role(staff, WRITERS)
    if not reason.strip():
        raise ReasonMissing
    with transaction.atomic(durable=True):
        lock("bank_statement", "all")
        entry = BankEntry.objects.filter(pk=entry_id).first()
        if entry is None:
            raise NotFound
        if EntryRuling.objects.filter(entry=entry).exists():
            raise EntryRuled
        events = rule(entry, found(entry), Hand(staff, reason.strip(), at_once=False))
        ruling = EntryRuling.objects.get(entry=entry)
        close_unknown(entry, f"{ruling.get_kind_display()}として消し込みました。")
        record_events(events)
    return ruling


def _require(entry: BankEntry, direction: BankEntry.Direction) -> None:
    if entry.direction != direction:
        raise RulingRefused(entry.get_direction_display())
