"""要確認案件: what a person must look at."""

import uuid

from django.db import models

from billing.models.payment import Payment
from billing.models.store import Chain
from smartpit.kernel.constraints import CompositeForeignKey
from smartpit.kernel.flow import Flow
from tenants.models import Owner, Staff


class Case(Flow):
    """Opened by the fact that made it, in the same transaction; closed by a person with a word.

    ``key`` says once what it is about, so that the same finding opens one case, not two.
    """

    class Kind(models.TextChoices):
        KEY_REUSED = "key_reused", "同一キー・別内容"
        LATE_ADVICE = "late_advice", "受付できない請求の収納"
        SUSPENSE = "suspense", "請求不明の収納"
        ADVICE_AFTER_REVERSAL = "advice_after_reversal", "取消後の事後通知"
        ADVICE_MALFORMED = "advice_malformed", "形式不正の事後通知"
        REVERSAL_TOO_LATE = "reversal_too_late", "期限後の取消"
        PAYOUT_RETURNED = "payout_returned", "振込不能"

    class Status(models.TextChoices):
        OPEN = "open", "未処理"
        CLOSED = "closed", "処理済"

    MOVES = {Status.OPEN: {Status.CLOSED}, Status.CLOSED: set()}

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField("種類", max_length=30, choices=Kind.choices)
    key = models.CharField(max_length=200)
    chain = models.ForeignKey(Chain, models.PROTECT, null=True, related_name="+")
    owner = models.ForeignKey(Owner, models.PROTECT, null=True, related_name="cases")
    payment = models.ForeignKey(Payment, models.PROTECT, null=True, related_name="cases")
    told = models.JSONField("受信内容", default=dict)
    status = models.CharField("状態", max_length=10, choices=Status.choices, default=Status.OPEN)
    opened_at = models.DateTimeField("発生日時")
    closed_at = models.DateTimeField("処理日時", null=True, blank=True)
    closed_by = models.ForeignKey(Staff, models.PROTECT, null=True, blank=True, related_name="+")
    resolution = models.CharField("処理内容", max_length=300, blank=True)

    class Meta:
        verbose_name = "要確認案件"
        verbose_name_plural = "要確認案件"
        constraints = [
            models.UniqueConstraint(fields=["kind", "key"], name="case_once_per_key"),
            CompositeForeignKey(
                fields=["owner", "payment"],
                to="billing.Payment",
                to_fields=["owner", "id"],
                name="case_payment_of_the_same_owner",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.key}"
