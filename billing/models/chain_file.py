"""確報: the files that chains sent, what each record of them came to."""

import uuid

from django.db import models
from django.db.models import Q

from billing.models.case import Case
from billing.models.payment import Payment
from billing.models.store import Chain
from smartpit.kernel.append_only import AppendOnly
from smartpit.kernel.constraints import KeyOfSets
from smartpit.kernel.fields import YenField


class ChainFile(models.Model):
    """One file that was taken in whole. ``answer`` is what was answered, byte for byte.

    The same content is taken once, whatever its name; a name stands for one content.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    chain = models.ForeignKey(Chain, models.PROTECT, related_name="files")
    name = models.CharField("ファイル名", max_length=100)
    sha256 = models.CharField("SHA-256", max_length=64)
    day = models.DateField("ファイル日付")
    received_at = models.DateTimeField("受信日時")
    records_count = models.IntegerField("件数")
    amount_yen = YenField("合計金額")
    confirmed_count = models.IntegerField("確報")
    reversed_count = models.IntegerField("取消済")
    cases_count = models.IntegerField("相違")
    answer = models.TextField()

    class Meta:
        verbose_name = "確報ファイル"
        verbose_name_plural = "確報ファイル"
        indexes = [models.Index(fields=["chain", "-received_at"], name="chain_file_newest")]
        constraints = [
            models.UniqueConstraint(fields=["chain", "sha256"], name="chain_file_once_per_content"),
            models.UniqueConstraint(fields=["chain", "name"], name="chain_file_once_per_name"),
            AppendOnly(name="chain_file_append_only"),
        ]

    def __str__(self) -> str:
        return self.name


class ChainFileRecord(models.Model):
    """One data record, and what it came to: ``reason`` is empty where both sides agree.

    A record with a reason has its case. Neither the payment nor the case is held by a foreign key
    of the database: a file of a million records is one statement, which found both itself.
    """

    class Kind(models.TextChoices):
        REPORTED = "01", "速報"
        CONFIRMED = "02", "確報"
        REVERSED = "03", "速報取消"

    class Reason(models.TextChoices):
        AGREES = "", "一致"
        UNKNOWN = "unknown", "該当する収納なし"
        TOMBSTONE = "tombstone", "収納より先に取消済"
        REVERSED = "reversed", "取消済"
        SUSPENSE = "suspense", "請求不明（仮受金）"
        AMOUNT_DIFFERS = "amount_differs", "金額相違"
        REPEATED = "repeated", "確報済（重複）"
        REPORTED = "reported", "取消未着（速報のまま）"
        CONFIRMED = "confirmed", "確報済"

    file = models.ForeignKey(
        ChainFile, models.PROTECT, related_name="records", db_constraint=False, db_index=False
    )
    record = models.IntegerField("レコード")
    kind = models.CharField("種別", max_length=2, choices=Kind.choices)
    store = models.CharField("店舗", max_length=7)
    terminal = models.CharField("端末", max_length=4)
    business_date = models.DateField("営業日")
    receipt = models.CharField("レシート番号", max_length=12)
    line = models.SmallIntegerField("行")
    amount_yen = YenField("金額")
    transfer_on = models.DateField("入金予定日")
    reason = models.CharField("相違", max_length=20, choices=Reason.choices, blank=True)
    payment = models.ForeignKey(
        Payment,
        models.PROTECT,
        null=True,
        related_name="file_records",
        db_constraint=False,
        db_index=False,
    )
    case = models.ForeignKey(
        Case, models.PROTECT, null=True, related_name="+", db_constraint=False, db_index=False
    )

    class Meta:
        verbose_name = "確報レコード"
        verbose_name_plural = "確報レコード"
        indexes = [
            models.Index(
                fields=["file", "record"], condition=~Q(reason=""), name="chain_file_differences"
            ),
            models.Index(
                fields=["store", "terminal", "business_date", "receipt", "line"],
                condition=Q(kind="02", reason__in=["unknown", "suspense"]),
                name="chain_file_confirms_later",
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["file", "record"], name="chain_file_record_once"),
            models.CheckConstraint(
                condition=Q(reason="", case=None) | Q(~Q(reason=""), case__isnull=False),
                name="chain_file_difference_has_its_case",
            ),
            KeyOfSets(
                fields=["file"],
                to="billing.ChainFile",
                to_fields=["id"],
                name="chain_file_record_of_a_file",
                repeats=True,
            ),
            AppendOnly(name="chain_file_record_append_only"),
        ]

    def __str__(self) -> str:
        return f"{self.file_id} {self.record}"


class ChainFileDay(models.Model):
    """What a file said of one business date and kind: the file's side of the three-way match."""

    file = models.ForeignKey(ChainFile, models.PROTECT, related_name="days")
    chain = models.ForeignKey(Chain, models.PROTECT, related_name="+")
    business_date = models.DateField("営業日")
    kind = models.CharField("種別", max_length=2, choices=ChainFileRecord.Kind.choices)
    count = models.IntegerField("件数")
    amount_yen = YenField("金額")
    differences_count = models.IntegerField("相違")

    class Meta:
        verbose_name = "確報ファイルの日計"
        verbose_name_plural = "確報ファイルの日計"
        indexes = [models.Index(fields=["chain", "business_date"], name="chain_file_day_of_chain")]
        constraints = [
            models.UniqueConstraint(
                fields=["file", "business_date", "kind"], name="chain_file_day_once"
            ),
            AppendOnly(name="chain_file_day_append_only"),
        ]

    def __str__(self) -> str:
        return f"{self.file_id} {self.business_date} {self.kind}"
