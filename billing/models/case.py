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
        TERMINAL_MISSES = "terminal_misses", "番号違いの連続"
        FILE_UNKNOWN = "file_unknown", "確報に該当する速報なし"
        FILE_AFTER_REVERSAL = "file_after_reversal", "取消済の確報"
        FILE_AMOUNT = "file_amount", "確報の金額相違"
        FILE_REPEATED = "file_repeated", "確報の重複"
        FILE_REVERSAL_UNSEEN = "file_reversal_unseen", "速報取消の未着"
        FILE_REVERSAL_LATE = "file_reversal_late", "確報後の速報取消"
        FILE_REVERSAL_UNKNOWN = "file_reversal_unknown", "取消に該当する速報なし"
        FILE_REPORT_UNKNOWN = "file_report_unknown", "速報記録に該当なし"
        FILE_MISSING = "file_missing", "確報の未着"
        ENDPOINT_DISABLED = "endpoint_disabled", "通知先の停止"
        FAX_FAILED = "fax_failed", "FAX送信の失敗"
        REMITTANCE_DIFFERS = "remittance_differs", "チェーン入金の相違"
        REMITTANCE_OVERDUE = "remittance_overdue", "チェーン入金の未着"
        BANK_ENTRY_UNKNOWN = "bank_entry_unknown", "不明な入出金"

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
    due_on = models.DateField("対応期限", null=True, blank=True)
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
