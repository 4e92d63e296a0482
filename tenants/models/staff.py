"""担当者: people who sign in."""

import unicodedata
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q

from smartpit.kernel.constraints import CompositeForeignKey
from tenants.models.owner import Owner
from tenants.models.tenant import Tenant


class StaffManager(BaseUserManager["Staff"]):
    """Django's own commands look for these two; our services invite staff."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "Staff":
        staff = self.model(email=self.normalize_email(email), **fields)
        staff.set_password(password)
        staff.save(using=self._db)
        return staff

    @classmethod
    def normalize_email(cls, email: str | None) -> str:
        """Return the address as accounts are compared: one mailbox is written in one way.

        The sign-in page reads what is typed in the same form (NFKC).
        """
        return unicodedata.normalize("NFKC", email or "").lower()


class Staff(AbstractBaseUser):
    """One person at the centre, an owner or a tenant, with one role there."""

    class Role(models.TextChoices):
        ADMINISTRATOR = "administrator", "管理者"
        OPERATOR = "operator", "オペレーター"
        APPROVER = "approver", "承認者"
        AUDITOR = "auditor", "監査"
        ACCOUNTANT = "accountant", "経理"
        DESK = "desk", "カード受付"
        DEVELOPER = "developer", "開発"
        VIEWER = "viewer", "閲覧"
        STAFF = "staff", "スタッフ"

    CENTRE_ROLES: ClassVar = {Role.ADMINISTRATOR, Role.OPERATOR, Role.APPROVER, Role.AUDITOR}
    OWNER_ROLES: ClassVar = {
        Role.ADMINISTRATOR,
        Role.ACCOUNTANT,
        Role.DESK,
        Role.DEVELOPER,
        Role.VIEWER,
    }
    TENANT_ROLES: ClassVar = {Role.ADMINISTRATOR, Role.STAFF}

    email = models.EmailField("メールアドレス", unique=True)
    name = models.CharField("氏名", max_length=60)
    role = models.CharField("役割", max_length=20, choices=Role.choices)
    owner = models.ForeignKey(
        Owner, models.PROTECT, null=True, blank=True, related_name="staff", verbose_name="オーナー"
    )
    tenant = models.ForeignKey(
        Tenant, models.PROTECT, null=True, blank=True, related_name="staff", verbose_name="テナント"
    )
    is_active = models.BooleanField("有効", default=True)
    invited_at = models.DateTimeField("登録日時")
    invited_by = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="招待した人"
    )

    objects = StaffManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        verbose_name = "担当者"
        verbose_name_plural = "担当者"
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    owner=None,
                    tenant=None,
                    role__in=["administrator", "operator", "approver", "auditor"],
                )
                | Q(
                    owner__isnull=False,
                    tenant=None,
                    role__in=["administrator", "accountant", "desk", "developer", "viewer"],
                )
                | Q(owner__isnull=False, tenant__isnull=False, role__in=["administrator", "staff"]),
                name="staff_role_fits_the_place",
            ),
            CompositeForeignKey(
                fields=["owner", "tenant"],
                to="tenants.Tenant",
                to_fields=["owner", "id"],
                name="staff_tenant_of_the_same_owner",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_centre(self) -> bool:
        return self.owner_id is None

    @property
    def is_staff(self) -> bool:
        """Django's admin asks this: may this person see the back office at all?"""
        return self.is_active and self.is_centre

    def has_module_perms(self, app_label: str) -> bool:  # noqa: ARG002  Django calls it so.
        return self.is_staff

    def has_perm(self, perm: str, obj: object = None) -> bool:  # noqa: ARG002  Django calls it so.
        """The centre's auditor sees everything and changes nothing; the rest may do both.

        What needs a second person is refused by the service, whoever asks.
        """
        if not self.is_staff:
            return False
        verb = perm.partition(".")[2].partition("_")[0]
        return verb == "view" or self.role != self.Role.AUDITOR

    def has_perms(self, perm_list: list[str], obj: object = None) -> bool:
        return all(self.has_perm(perm, obj) for perm in perm_list)
