"""What an owner calls its accounts: set by its own people who keep its books."""

import unicodedata
from dataclasses import asdict

from django.db import transaction

from settlement.models import AccountMapping
from settlement.models.account_mapping import NAME_LENGTH_MAX
from settlement.owner_entries import Accounts
from smartpit.kernel import clock
from smartpit.kernel.cells import is_like_a_formula
from smartpit.kernel.database import lock
from smartpit.kernel.errors import Malformed
from tenants.access import NotAllowed, Scope
from tenants.models import Staff

_WRITERS = (Staff.Role.ADMINISTRATOR, Staff.Role.ACCOUNTANT)
_MAY_BE_EMPTY = "_sub"


def set_accounts(scope: Scope, staff: Staff, accounts: Accounts) -> AccountMapping:
    """Name the accounts of an owner's journal files from now on."""
    if staff.owner_id != scope.owner or staff.tenant_id or staff.role not in _WRITERS:
        raise NotAllowed
    _require_names(accounts)
    with transaction.atomic(durable=True):
        lock("account_mapping", scope.owner)
        standing = AccountMapping.objects.filter(owner_id=scope.owner).first()
        mapping = standing or AccountMapping(owner_id=scope.owner)
        for name, word in asdict(accounts).items():
            setattr(mapping, name, word)
        mapping.changed_by, mapping.changed_at = staff, clock.now()
        mapping.save()
    return mapping


def accounts_of(scope: Scope) -> Accounts:
    """Return an owner's names, or the usual ones."""
    mapping = scope.rows(AccountMapping.objects.all()).first()
    if mapping is None:
        return Accounts()
    return Accounts(**{name: getattr(mapping, name) for name in Accounts.__dataclass_fields__})


def _require_names(accounts: Accounts) -> None:
    errors = []
    for name, word in asdict(accounts).items():
        if isinstance(word, str) and (code := _fault(name, word)):
            errors.append({"field": name, "code": code})
    if errors:
        raise Malformed(errors)


def _fault(name: str, word: str) -> str:
    """Return what is wrong with a name: it goes into Shift_JIS and must stay text there."""
    if not word.strip():
        return "" if not word and name.endswith(_MAY_BE_EMPTY) else "required"
    if len(word) > NAME_LENGTH_MAX:
        return "too_long"
    is_plain = not any(unicodedata.category(letter)[0] == "C" for letter in word)
    is_plain = is_plain and not is_like_a_formula(word) and word == word.strip()
    try:
        word.encode("cp932")
    except UnicodeEncodeError:
        return "characters"
    return "" if is_plain else "characters"
