"""Changing a contract: the calendar says from which day new terms may hold."""

from dataclasses import asdict, fields
from datetime import date, timedelta
from typing import Any

from django.db import transaction

from settlement.agreed import spans_of
from settlement.calendar import is_period_start
from settlement.facts import closed_upto
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


class EndsBeforeToday(DomainError):
    code = "ends_before_today"
    title = "契約終了日は本日以降の日にしてください"


class ContractOver(DomainError):
    """What has ended, or will without anybody's doing, is not ended a second time."""

    code = "contract_over"
    title = "この契約はすでに終了日が決まっています"


def end_contract(owner: Owner, last_day: date) -> Contract:
    """End an owner's contract with ``last_day``, which is then a closing date whatever its cycle.

    The terms stay what they are until then; what was signed for later is void.
    """
    with transaction.atomic(durable=True):
        lock("contract", owner.pk)
        today = clock.business_date()
        if last_day < today:
            raise EndsBeforeToday
        in_force = priced_by(terms_of(owner.pk), last_day)
        if in_force.ends_contract:
            raise ContractOver
        standing = Contract.objects.get(pk=in_force.contract_id)
        terms = _terms_signed(standing, starts_on=max(today, standing.starts_on), ends_on=last_day)
        for twin in Owner.objects.filter(twin_of=owner):
            sign_terms(twin, terms)
        return sign_terms(owner, terms)


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


def _terms_signed(contract: Contract, **changes: Any) -> TermsSigned:
    """Return what a row was signed with, but for ``changes``."""
    words = {field.name: getattr(contract, field.name) for field in fields(TermsSigned)}
    for name in ("networks", "client_certificates"):
        words[name] = tuple(words[name])
    return TermsSigned(**(words | changes))


def _require_start(owner: Owner, terms: TermsSigned) -> None:
    today = clock.business_date()
    # A demo may be settled ahead of its clock: what was stated by the old terms stays so.
    if terms.starts_on < today or terms.starts_on <= closed_upto(owner.pk):
        raise FromNotPeriodStart
    agreed = terms_of(owner.pk)
    in_force = priced_by(agreed, terms.starts_on - timedelta(days=1))
    if _changes_options_only(Contract.objects.get(pk=in_force.contract_id), terms):
        return
    if terms.starts_on == today or not is_period_start(spans_of(agreed), terms.starts_on):
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
