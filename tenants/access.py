"""Scope: the one place that filters rows by owner and tenant. Every read takes one first."""

from dataclasses import dataclass
from typing import Any, TypeVar

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import models
from django.db.models import QuerySet

from smartpit.kernel.errors import DomainError
from tenants.models import Owner, Staff, Tenant

Row = TypeVar("Row", bound=models.Model)


class NotFound(DomainError):
    """There is no such row, or it is another's: the answer is the same."""

    code = "not_found"
    title = "見つかりません"
    status = 404


class NotAllowed(DomainError):
    """The role of this person does not do this."""

    code = "not_allowed"
    title = "この操作を行う権限がありません"
    status = 403


@dataclass(frozen=True)
class Scope:
    """Whose rows may be seen: an owner's, one tenant's, or (the centre's own staff) all.

    There is no scope without a word: ``Scope()`` sees nothing.
    """

    owner_id: int | None = None
    tenant_id: int | None = None
    is_centre: bool = False

    def rows(self, queryset: QuerySet[Row]) -> QuerySet[Row]:
        """Return those of ``queryset`` that this scope may see."""
        if self.is_centre:
            return queryset
        if self.owner_id is None:
            return queryset.none()
        if queryset.model is Owner:
            return queryset.filter(pk=self.owner_id)

        owned = queryset.filter(owner_id=self.owner_id)
        if self.tenant_id is None:
            return owned
        if queryset.model is Tenant:
            return owned.filter(pk=self.tenant_id)
        if not _has_tenant(queryset.model):
            return owned.none()
        return owned.filter(tenant_id=self.tenant_id)

    def get(self, queryset: QuerySet[Row], **key: Any) -> Row:
        """Return the one row under ``key``, or refuse as if it had never been."""
        if any("\x00" in word for word in key.values() if isinstance(word, str)):
            raise NotFound  # A database holds no such text, and does not even look for it.
        try:
            return self.rows(queryset).get(**key)
        except (ObjectDoesNotExist, ValidationError, ValueError):
            raise NotFound from None

    @property
    def owner(self) -> int:
        """The owner's key where one is needed to write; the centre writes for a named owner."""
        assert self.owner_id is not None
        return self.owner_id


CENTRE = Scope(is_centre=True)


def scope_of(staff: Staff) -> Scope:
    """Return what ``staff`` may see."""
    if not staff.is_active:
        return Scope()
    if staff.is_centre:
        return CENTRE
    return Scope(owner_id=staff.owner_id, tenant_id=staff.tenant_id)


def _has_tenant(model: type[models.Model]) -> bool:
    return any(field.name == "tenant" for field in model._meta.fields)
