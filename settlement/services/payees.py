"""The account an owner is paid into: a change is made by one person and approved by another.

It is told to those who were the owner's contacts before it, and holds from three bank days later;
until then payouts go to the account that held before. Whoever was one of the two has no part in
a payout to it. An owner's first account holds at once: nothing was paid before.
Locks: the owner's payee (advisory).
"""

import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db import transaction
from django.db.models import QuerySet

from settlement.bank_kana import bank_kana
from settlement.banks import bank_of, branch_of
from settlement.calendar import add_bank_days
from settlement.models import Payee, PayeeNotice, Payout
from settlement.refusals import (
    ContactMissing,
    PayeeCheckedByItsMaker,
    PayeeHolds,
    PayeeProposed,
    PayeeUnchanged,
    ReasonMissing,
)
from settlement.selectors import payee_of
from settlement.services.roles import WRITERS, require_centre_role, require_money_mover
from settlement.zengin import AccountKind, Transfer
from smartpit.kernel import clock
from smartpit.kernel.database import lock, lock_shared
from smartpit.kernel.errors import MoveRefused
from tenants.access import NotFound
from tenants.models import Owner, Staff

ACCOUNT_DIGITS: Final = 7
WAITS_BANK_DAYS: Final = 3
_NAMED = ("bank_code", "branch_code", "account_kind", "account_number", "holder_kana")


@dataclass(frozen=True)
class PayeeAsked:
    """An account as people write it; the names of bank and branch are the list's."""

    bank_code: str
    branch_code: str
    account_number: str
    holder_name: str
    account_kind: AccountKind = "1"


def propose_payee(staff: Staff, owner: Owner, asked: PayeeAsked) -> Payee:
    """Ask that an owner's payouts go to this account; nothing changes until another approves."""
    require_money_mover(staff, WRITERS)
    wanted = _in_the_banks_words(asked)
    with transaction.atomic(durable=True):
        lock("payee", owner.pk)
        rows = Payee.objects.filter(owner=owner)
        if rows.filter(status=Payee.Status.PROPOSED).exists():
            raise PayeeProposed
        _require_news(rows.exclude(status=Payee.Status.WITHDRAWN).order_by("number"), wanted)
        if payee_of(owner.pk) is not None and not _contacts(owner.pk):
            raise ContactMissing
        last = rows.order_by("-number").first()
        wanted.owner = owner
        wanted.number = last.number + 1 if last else 1
        wanted.changed_by = staff
        wanted.changed_at = clock.now()
        wanted.save(force_insert=True)
    return wanted


def approve_payee(staff: Staff, payee_id: int | str) -> Payee:
    """Let a proposed account hold: the first one at once, a change three bank days from now."""
    require_money_mover(staff, WRITERS)
    with transaction.atomic(durable=True):
        payee = _locked(payee_id)
        if payee.status != Payee.Status.PROPOSED:
            raise MoveRefused(f"{payee.pk} is {payee.status}")
        if payee.changed_by_id == staff.pk:
            raise PayeeCheckedByItsMaker
        is_change = payee_of(payee.owner_id) is not None
        payee.move(
            to=Payee.Status.APPROVED,
            checked_by=staff,
            checked_at=clock.now(),
            holds_from=holding_day(clock.business_date()) if is_change else clock.business_date(),
        )
        if is_change:
            _tell(payee, PayeeNotice.Kind.APPROVED)
    return payee


def withdraw_payee(staff: Staff, payee_id: int | str, reason: str) -> Payee:
    """Take a change back before it holds, as when the owner says that it is none of theirs."""
    require_centre_role(staff, WRITERS)
    if not reason.strip():
        raise ReasonMissing
    with transaction.atomic(durable=True):
        payee = _locked(payee_id)
        if payee.status == Payee.Status.APPROVED:
            assert payee.holds_from is not None
            if payee.holds_from <= clock.business_date():
                raise PayeeHolds
            _tell(payee, PayeeNotice.Kind.WITHDRAWN)
        return payee.move(
            to=Payee.Status.WITHDRAWN,
            withdrawn_by=staff,
            withdrawn_at=clock.now(),
            withdrawn_reason=reason.strip(),
        )


def holding_day(approved_on: date) -> date:
    """Return the first day on which a change approved on ``approved_on`` holds."""
    return add_bank_days(approved_on, WAITS_BANK_DAYS)


def hold_payees_still(owner_ids: set[int]) -> None:
    """Let nobody change these owners' accounts until the caller commits."""
    for owner_id in sorted(owner_ids):
        lock_shared("payee", owner_id)


def transfer_to(payee: Payee, amount_yen: int, *, codes: tuple[str, str] = ("", "")) -> Transfer:
    """Return the bank's record for this account, or refuse what no bank would take."""
    return Transfer(
        bank_code=payee.bank_code,
        bank_name=payee.bank_kana,
        branch_code=payee.branch_code,
        branch_name=payee.branch_kana,
        account_kind=payee.account_kind,  # type: ignore[arg-type]  # The column's choices are these.
        account_number=payee.account_number,
        payee_name=payee.holder_kana,
        amount_yen=amount_yen,
        customer_code_1=codes[0],
        customer_code_2=codes[1],
    )


def _in_the_banks_words(asked: PayeeAsked) -> Payee:
    """Return the row that is asked for, in the form the bank's file will carry it."""
    bank = bank_of(_digits(asked.bank_code))
    branch = branch_of(bank.code, _digits(asked.branch_code))
    payee = Payee(
        bank_code=bank.code,
        bank_kana=bank.kana,
        branch_code=branch.code,
        branch_kana=branch.kana,
        account_kind=asked.account_kind,
        account_number=_digits(asked.account_number).rjust(ACCOUNT_DIGITS, "0"),
        holder_kana=bank_kana(asked.holder_name),
    )
    transfer_to(payee, amount_yen=1)  # What is refused when it is registered fails no transfer.
    return payee


def _require_news(rows: QuerySet[Payee], wanted: Payee) -> None:
    """Refuse what stands already, unless a transfer to it came back and it is looked at anew."""
    newest = rows.last()
    if newest is None or any(getattr(newest, name) != getattr(wanted, name) for name in _NAMED):
        return
    if not Payout.objects.filter(payee=newest, status=Payout.Status.RETURNED).exists():
        raise PayeeUnchanged


def _locked(payee_id: int | str) -> Payee:
    """Return a change whose owner's account stays as the caller sees it."""
    try:
        owner_id = Payee.objects.values_list("owner_id", flat=True).get(pk=payee_id)
    except (Payee.DoesNotExist, ValueError):
        raise NotFound from None
    lock("payee", owner_id)
    return Payee.objects.select_related("owner").get(pk=payee_id)


def _tell(payee: Payee, kind: PayeeNotice.Kind) -> None:
    to = _contacts(payee.owner_id)
    if not to:
        raise ContactMissing
    PayeeNotice.objects.create(
        payee=payee, owner_id=payee.owner_id, kind=kind, to=to, made_at=clock.now()
    )


def _contacts(owner_id: int) -> list[str]:
    """Return who is told: the owner's own address, its administrators and accountants."""
    roles = [Staff.Role.ADMINISTRATOR, Staff.Role.ACCOUNTANT]
    people = Staff.objects.filter(owner_id=owner_id, tenant=None, role__in=roles, is_active=True)
    own = Owner.objects.values_list("contact_email", flat=True).get(pk=owner_id)
    return sorted(
        {address for address in (own, *people.values_list("email", flat=True)) if address}
    )


def _digits(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()
