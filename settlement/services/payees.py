"""The account an owner is paid into: each change is a new row that names who made it."""

import unicodedata
from dataclasses import dataclass

from django.db import transaction

from settlement.bank_kana import bank_kana, institution_kana
from settlement.models import Payee
from settlement.selectors import payee_of
from settlement.services.roles import WRITERS, require_money_mover
from settlement.zengin import AccountKind, Transfer
from smartpit.kernel import clock
from smartpit.kernel.database import lock, lock_shared
from tenants.models import Owner, Staff

ACCOUNT_DIGITS = 7
_NAMED = (
    "bank_code",
    "bank_kana",
    "branch_code",
    "branch_kana",
    "account_kind",
    "account_number",
    "holder_kana",
)


@dataclass(frozen=True)
class PayeeAsked:
    """An account as people write it; names may be in any kana, of any width."""

    bank_code: str
    bank_name: str
    branch_code: str
    branch_name: str
    account_number: str
    holder_name: str
    account_kind: AccountKind = "1"


def set_payee(staff: Staff, owner: Owner, asked: PayeeAsked) -> Payee:
    """Change where an owner's payouts go, from now on.

    Saving what stands already changes nothing: else a second person's click would make the true
    changer free to approve a payout to the account they chose.
    """
    require_money_mover(staff, WRITERS)
    wanted = _in_the_banks_words(asked)
    with transaction.atomic(durable=True):
        lock("payee", owner.pk)
        standing = payee_of(owner.pk)
        if standing is not None and all(
            getattr(standing, name) == getattr(wanted, name) for name in _NAMED
        ):
            return standing
        wanted.owner = owner
        wanted.number = standing.number + 1 if standing else 1
        wanted.changed_by = staff
        wanted.changed_at = clock.now()
        wanted.save(force_insert=True)
    return wanted


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
    payee = Payee(
        bank_code=_digits(asked.bank_code),
        bank_kana=institution_kana(asked.bank_name),
        branch_code=_digits(asked.branch_code),
        branch_kana=institution_kana(asked.branch_name),
        account_kind=asked.account_kind,
        account_number=_digits(asked.account_number).rjust(ACCOUNT_DIGITS, "0"),
        holder_kana=bank_kana(asked.holder_name),
    )
    transfer_to(payee, amount_yen=1)  # What is refused when it is registered fails no transfer.
    return payee


def _digits(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()
