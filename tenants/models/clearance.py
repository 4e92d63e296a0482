"""接続試験の結果: why an owner may go live."""

from django.db import models
from django.db.models import Q

from smartpit.kernel.append_only import AppendOnly
from tenants.models.owner import Owner
from tenants.models.staff import Staff


class Clearance(models.Model):
    """The fact that lets an owner's live keys be given out.

    A passed connection test brings one, or an administrator of the centre waives the test and
    says why. What stood before the test was asked for is let be.
    """

    class Ground(models.TextChoices):
        PASSED = "passed", "接続試験に合格"
        WAIVED = "waived", "接続試験を免除"
        STANDING = "standing", "接続試験の導入前から稼働"

    owner = models.ForeignKey(
        Owner, models.PROTECT, related_name="clearances", verbose_name="オーナー"
    )
    ground = models.CharField("根拠", max_length=10, choices=Ground.choices)
    certificate = models.CharField("合格証番号", max_length=40, null=True, blank=True, unique=True)
    waived_by = models.ForeignKey(
        Staff, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="免除した人"
    )
    reason = models.CharField("理由", max_length=200, blank=True)
    cleared_at = models.DateTimeField("日時")

    class Meta:
        verbose_name = "本番接続の許可"
        verbose_name_plural = "本番接続の許可"
        constraints = [
            models.CheckConstraint(
                condition=Q(ground="passed", certificate__isnull=False)
                | (Q(ground="waived", certificate=None) & ~Q(reason=""))
                | Q(ground="standing", certificate=None),
                name="clearance_says_why",
            ),
            AppendOnly(name="clearance_append_only"),
        ]

    def __str__(self) -> str:
        return f"{self.owner}: {self.get_ground_display()}"
