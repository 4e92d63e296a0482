"""Under which name and registration number an owner issues its tenants' statements."""

import re
from dataclasses import dataclass

from django.db import transaction

from settlement.models import Issuer
from settlement.selectors import issuer_of
from smartpit.kernel import clock
from smartpit.kernel.database import lock
from tenants.access import NotAllowed, Scope
from tenants.models import Staff
from tenants.registration_number import (
    RegistrationNumberRefused,
    require_registration_number,
)


@dataclass(frozen=True)
class IssuerAsked:
    """What an owner tells; a person's number has no check digit, only a company's has."""

    name: str
    registration_number: str
    is_person: bool = False


def tell_issuer(scope: Scope, staff: Staff, asked: IssuerAsked) -> Issuer:
    """Note it from now on; what was issued before keeps what stood on it."""
    if staff.owner_id != scope.owner or staff.role != Staff.Role.ADMINISTRATOR or staff.tenant_id:
        raise NotAllowed
    _require_number(asked)
    with transaction.atomic(durable=True):
        lock("issuer", scope.owner)
        standing = issuer_of(scope.owner)
        told = (asked.name, asked.registration_number)
        if standing is not None and (standing.name, standing.registration_number) == told:
            return standing
        return Issuer.objects.create(
            owner_id=scope.owner,
            number=standing.number + 1 if standing else 1,
            name=asked.name,
            registration_number=asked.registration_number,
            told_by=staff,
            told_at=clock.now(),
        )


def _require_number(asked: IssuerAsked) -> None:
    if not asked.registration_number:
        return
    if not asked.is_person:
        require_registration_number(asked.registration_number)
    elif re.fullmatch(r"T[0-9]{13}", asked.registration_number) is None:
        raise RegistrationNumberRefused
