"""凍結 and 支払保留: what stops money from going out, who said so and why. Tills never ask."""

from django.db import models
from django.db.models import F, Q

from settlement.models.payout import Payout
from smartpit.kernel.append_only import AppendOnly
from smartpit.kernel.constraints import CompositeForeignKey
from tenants.models import Owner, Staff


class PayoutFreeze(models.Model):
    """凍結: while it stands no payout, or none of this owner, is approved or exported."""

    owner = models.ForeignKey(
        Owner,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="freezes",
        verbose_name="オーナー（空欄は全社）",
    )
    reason = models.CharField("凍結の理由", max_length=200)
    frozen_by = models.ForeignKey(
        Staff, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="凍結した人"
    )
    frozen_at = models.DateTimeField("凍結日時")
    lifted_by = models.ForeignKey(
        Staff, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="解除した人"
    )
    lifted_at = models.DateTimeField("解除日時", null=True, blank=True)
    lifted_reason = models.CharField("解除の理由", max_length=200, blank=True)

    class Meta:
        verbose_name = "精算入金の凍結"
        verbose_name_plural = "精算入金の凍結"
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="freeze_says_why"),
            models.CheckConstraint(
                condition=Q(lifted_at=None) | (Q(lifted_by__isnull=False) & ~Q(lifted_reason="")),
                name="freeze_lifted_says_why",
            ),
            models.CheckConstraint(
                condition=Q(lifted_by=None) | Q(frozen_by=None) | ~Q(lifted_by=F("frozen_by")),
                name="freeze_is_lifted_by_another",
            ),
            AppendOnly(
                name="freeze_append_only", fillable=["lifted_at", "lifted_by", "lifted_reason"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.owner or '全社'}: {self.reason}"


class PayoutHold(models.Model):
    """支払保留: why a payout was kept back, and who let it go on."""

    payout = models.ForeignKey(Payout, models.PROTECT, related_name="holds")
    owner = models.ForeignKey(Owner, models.PROTECT, related_name="+")
    reason = models.CharField("保留の理由", max_length=200)
    held_by = models.ForeignKey(
        Staff, models.PROTECT, related_name="+", verbose_name="保留にした人"
    )
    held_at = models.DateTimeField("保留日時")
    released_at = models.DateTimeField("解除日時", null=True, blank=True)
    released_by = models.ForeignKey(
        Staff,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="保留を解いた人",
    )

    class Meta:
        verbose_name = "支払保留"
        verbose_name_plural = "支払保留"
        constraints = [
            models.UniqueConstraint(
                fields=["payout"], condition=Q(released_at=None), name="payout_held_once_at_a_time"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="hold_says_why"),
            CompositeForeignKey(
                fields=["owner", "payout"],
                to="settlement.Payout",
                to_fields=["owner", "id"],
                name="payout_hold_of_the_same_owner",
            ),
            AppendOnly(name="payout_hold_append_only", fillable=["released_at", "released_by"]),
        ]
