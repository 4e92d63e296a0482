"""テナント: who sells under an owner's contract."""

from django.db import models
from django.db.models import Q

from smartpit.kernel.fields import YenField
from smartpit.kernel.flow import Flow
from tenants.models.owner import Owner


class Tenant(Flow):
    """A shop, faculty or branch of an owner; every owner has one of its own (``OWN``)."""

    OWN = "own"

    class Status(models.TextChoices):
        APPLIED = "applied", "申請"
        SCREENED = "screened", "審査済"
        LIVE = "live", "稼働中"
        CLOSED = "closed", "終了"

    MOVES = {
        Status.APPLIED: {Status.SCREENED, Status.CLOSED},
        Status.SCREENED: {Status.LIVE, Status.CLOSED},
        Status.LIVE: {Status.CLOSED},
        Status.CLOSED: set(),
    }

    owner = models.ForeignKey(
        Owner, models.PROTECT, related_name="tenants", verbose_name="オーナー"
    )
    code = models.SlugField("テナントコード", max_length=40)
    name = models.CharField("名称", max_length=100)
    display_name = models.CharField("表示名", max_length=60)
    contact_name = models.CharField("問合せ先名称", max_length=100, blank=True)
    contact_phone = models.CharField("問合せ先電話", max_length=20, blank=True)
    contact_hours = models.CharField("受付時間", max_length=60, blank=True)
    commission_yen = YenField("手数料（件）", default=0)
    commission_basis_points = models.IntegerField("手数料（万分率）", default=0)
    passes_fees = models.BooleanField("センター手数料を負担", default=False)
    status = models.CharField("状態", max_length=10, choices=Status.choices, default=Status.APPLIED)
    applied_at = models.DateTimeField("申請日時")

    class Meta:
        verbose_name = "テナント"
        verbose_name_plural = "テナント"
        constraints = [
            models.UniqueConstraint(fields=["owner", "code"], name="tenant_once_per_code"),
            models.UniqueConstraint(fields=["owner", "id"], name="tenant_of_owner"),
            models.CheckConstraint(
                condition=Q(commission_yen__gte=0) & Q(commission_basis_points__range=(0, 10_000)),
                name="tenant_commission_in_range",
            ),
        ]

    def __str__(self) -> str:
        return self.name
