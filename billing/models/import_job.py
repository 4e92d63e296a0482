"""請求情報の一括登録: a file of invoices, the pieces it is entered by, and the rows it refused."""

import uuid

from django.db import models
from django.db.models import Q

from smartpit.kernel.constraints import CompositeForeignKey
from smartpit.kernel.flow import Flow
from tenants.models import Owner, Staff, Tenant


class ImportJob(Flow):
    """A file that was taken in; ``done`` of its ``total`` rows have been looked at.

    ``tenant`` is set for a file that a tenant's key or a tenant's staff sent: it may name no other.
    """

    class Status(models.TextChoices):
        RECEIVED = "received", "受付"
        RUNNING = "running", "登録中"
        DONE = "done", "完了"
        FAILED = "failed", "失敗"

    MOVES = {
        Status.RECEIVED: {Status.RUNNING},
        Status.RUNNING: {Status.DONE, Status.FAILED},
        Status.DONE: set(),
        Status.FAILED: set(),
    }

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(Owner, models.PROTECT, related_name="+")
    tenant = models.ForeignKey(Tenant, models.PROTECT, null=True, related_name="+")
    file_name = models.CharField("ファイル名", max_length=200, blank=True)
    sha256 = models.CharField(max_length=64)
    columns = models.JSONField("列")
    encoding = models.CharField("文字コード", max_length=10)
    pieces = models.IntegerField("区切り", default=0)
    pieces_done = models.IntegerField("済んだ区切り", default=0)
    total = models.IntegerField("件数", default=0)
    done = models.IntegerField("済", default=0)
    registered = models.IntegerField("登録", default=0)
    unchanged = models.IntegerField("登録済み", default=0)
    refused = models.IntegerField("エラー", default=0)
    status = models.CharField(
        "状態", max_length=10, choices=Status.choices, default=Status.RECEIVED
    )
    failure = models.CharField("失敗の理由", max_length=60, blank=True)
    received_at = models.DateTimeField("受付日時")
    received_from = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+")
    finished_at = models.DateTimeField("完了日時", null=True)

    class Meta:
        verbose_name = "請求情報の一括登録"
        verbose_name_plural = "請求情報の一括登録"
        indexes = [
            models.Index(fields=["owner", "-received_at"], name="import_job_of_owner_newest"),
            models.Index(
                fields=["received_at"],
                condition=Q(status__in=["received", "running"]),
                name="import_job_to_run",
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["owner", "id"], name="import_job_of_owner"),
            # What failed by a fault of ours may be sent once more.
            models.UniqueConstraint(
                fields=["owner", "tenant", "sha256"],
                condition=~Q(status="failed"),
                nulls_distinct=False,
                name="import_job_once_per_file",
            ),
            models.CheckConstraint(
                condition=Q(
                    done=models.F("registered") + models.F("unchanged") + models.F("refused")
                )
                & Q(done__lte=models.F("total"), pieces_done__lte=models.F("pieces")),
                name="import_job_counts_add_up",
            ),
            CompositeForeignKey(
                fields=["owner", "tenant"],
                to="tenants.Tenant",
                to_fields=["owner", "id"],
                name="import_job_tenant_of_the_same_owner",
            ),
        ]

    def __str__(self) -> str:
        return self.file_name or str(self.pk)


class ImportPiece(models.Model):
    """Some thousand rows of a file: what one transaction enters. They go when the job is done."""

    owner = models.ForeignKey(Owner, models.PROTECT, related_name="+")
    job = models.ForeignKey(ImportJob, models.PROTECT, related_name="waiting")
    place = models.IntegerField()
    first_row = models.IntegerField()
    content = models.BinaryField()

    class Meta:
        verbose_name = "一括登録の区切り"
        verbose_name_plural = "一括登録の区切り"
        constraints = [
            models.UniqueConstraint(fields=["job", "place"], name="import_piece_once_per_place"),
            CompositeForeignKey(
                fields=["owner", "job"],
                to="billing.ImportJob",
                to_fields=["owner", "id"],
                name="import_piece_of_the_same_owner",
            ),
        ]


class ImportFault(models.Model):
    """Why a row was not registered, in the codes of ``POST invoices``.

    ``reason`` says more of a ``malformed`` one, as the API's ``errors`` do.
    """

    owner = models.ForeignKey(Owner, models.PROTECT, related_name="+")
    job = models.ForeignKey(ImportJob, models.PROTECT, related_name="faults")
    row = models.IntegerField("行")
    field = models.CharField("列", max_length=30, blank=True)
    code = models.CharField("コード", max_length=30)
    reason = models.CharField("内容", max_length=30, blank=True)
    reference = models.CharField("請求番号", max_length=60, blank=True)

    class Meta:
        verbose_name = "一括登録のエラー"
        verbose_name_plural = "一括登録のエラー"
        constraints = [
            models.UniqueConstraint(fields=["job", "row", "field"], name="import_fault_once"),
            CompositeForeignKey(
                fields=["owner", "job"],
                to="billing.ImportJob",
                to_fields=["owner", "id"],
                name="import_fault_of_the_same_owner",
            ),
        ]
