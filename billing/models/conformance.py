"""What a chain has shown on its test side before its stores go live."""

from django.db import models

from billing.models.store import Chain
from smartpit.kernel.append_only import AppendOnly


class ConformanceStep(models.Model):
    """A step of the self-run list that a test chain's system was seen to take, the first time."""

    chain = models.ForeignKey(Chain, models.PROTECT, related_name="conformance_steps")
    step = models.CharField("項目", max_length=30)
    seen_at = models.DateTimeField("確認日時")

    class Meta:
        verbose_name = "接続確認の項目"
        verbose_name_plural = "接続確認の項目"
        constraints = [
            models.UniqueConstraint(fields=["chain", "step"], name="conformance_step_once"),
            AppendOnly(name="conformance_step_append_only"),
        ]

    def __str__(self) -> str:
        return f"{self.chain_id} {self.step}"
