"""Changing a contract: the calendar says from which day new terms may hold."""

from dataclasses import asdict
from datetime import timedelta
from typing import Any

from django.db import transaction

from settlement.agreed import spans_of
from settlement.calendar import is_period_start
from smartpit.kernel import clock
from smartpit.kernel.database import lock
from smartpit.kernel.errors import DomainError
from tenants.models import Contract, Owner
from tenants.selectors import terms_of
from tenants.services import TermsSigned, sign_terms
from tenants.terms import priced_by


class FromNotPeriodStart(DomainError):
    code = "from_not_period_start"
    title = "サイクルとプランは、明日以降の精算期間の初日からのみ変更できます"


def change_contract(owner: Owner, terms: TermsSigned) -> Contract:
    """Supersede an owner's terms, and its test twin's, from ``terms.starts_on``.

    A new cycle or plan begins with a period, so that no day falls between two of them. Options
    alone may change on any day from today on; a day that may be stated already never.
    """
    with transaction.atomic(durable=True):
        lock("contract", owner.pk)
        _require_start(owner, terms)
        twin = Owner.objects.filter(twin_of=owner).first()
        if twin is not None:
            sign_terms(twin, terms)
        return sign_terms(owner, terms)


def _require_start(owner: Owner, terms: TermsSigned) -> None:
    today = clock.business_date()
    agreed = terms_of(owner.pk)
    in_force = priced_by(agreed, terms.starts_on - timedelta(days=1))
    if _changes_options_only(Contract.objects.get(pk=in_force.contract_id), terms):
        if terms.starts_on >= today:
            return
    elif terms.starts_on > today and is_period_start(spans_of(agreed), terms.starts_on):
        return
    raise FromNotPeriodStart


def _changes_options_only(contract: Contract, terms: TermsSigned) -> bool:
    """Say that something differs, but neither cycle nor plan; the same terms again change both."""
    asked: dict[str, Any] = asdict(terms) | {
        "networks": list(terms.networks),
        "client_certificates": list(terms.client_certificates),
    }
    differing = {name for name, word in asked.items() if getattr(contract, name) != word}
    differing.discard("starts_on")
    return bool(differing) and not differing & {"cycle", "plan"}
