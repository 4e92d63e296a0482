"""接続試験: what an owner's system is tried with on the test side before it goes live."""

import uuid

from django.db import models
from django.db.models import Q

from billing.models.event import Endpoint, Stream
from billing.models.store import Chain
from smartpit.kernel.append_only import AppendOnly
from smartpit.kernel.constraints import CompositeForeignKey
from smartpit.kernel.flow import Flow
from tenants.models import Owner, Staff


class ConnectionTest(Flow):
    """One test of one test twin's endpoint; without an endpoint, of a system that only pulls.

    The amounts of its payments are drawn from ``seed``, so a step that was killed in the middle
    books the same ones again, and nobody can report their sum without having received them.
    """

    class Status(models.TextChoices):
        RUNNING = "running", "実施中"
        PASSED = "passed", "合格"
        FAILED = "failed", "不合格"
        STOPPED = "stopped", "中止"

    MOVES = {
        Status.RUNNING: {Status.PASSED, Status.FAILED, Status.STOPPED},
        Status.PASSED: set(),
        Status.FAILED: set(),
        Status.STOPPED: set(),
    }

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(Owner, models.PROTECT, related_name="connection_tests")
    endpoint = models.ForeignKey(
        Endpoint, models.PROTECT, null=True, related_name="+", verbose_name="通知先"
    )
    stream = models.ForeignKey(Stream, models.PROTECT, related_name="+")
    chain = models.ForeignKey(Chain, models.PROTECT, related_name="+", verbose_name="チェーン")
    seed = models.BinaryField()
    number = models.CharField("番号", max_length=13)
    status = models.CharField("状態", max_length=10, choices=Status.choices, default=Status.RUNNING)
    started_by = models.ForeignKey(
        Staff, models.PROTECT, null=True, related_name="+", verbose_name="開始した人"
    )
    started_at = models.DateTimeField("開始日時")
    ends_at = models.DateTimeField("期限")
    ended_at = models.DateTimeField("終了日時", null=True)
    certificate = models.CharField("合格証番号", max_length=40, null=True, unique=True)

    class Meta:
        verbose_name = "接続試験"
        verbose_name_plural = "接続試験"
        constraints = [
            models.UniqueConstraint(fields=["owner", "id"], name="connection_test_of_owner"),
            models.UniqueConstraint(
                fields=["owner"],
                condition=Q(status="running"),
                name="connection_test_one_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(status="passed", certificate__isnull=False)
                | (~Q(status="passed") & Q(certificate=None)),
                name="connection_test_certified_if_passed",
            ),
            models.CheckConstraint(
                condition=Q(status="running", ended_at=None)
                | (~Q(status="running") & Q(ended_at__isnull=False)),
                name="connection_test_ended_unless_running",
            ),
            CompositeForeignKey(
                fields=["owner", "endpoint"],
                to="billing.Endpoint",
                to_fields=["owner", "id"],
                name="connection_test_endpoint_of_the_same_owner",
            ),
            CompositeForeignKey(
                fields=["owner", "stream"],
                to="billing.Stream",
                to_fields=["owner", "id"],
                name="connection_test_stream_of_the_same_owner",
            ),
        ]

    def __str__(self) -> str:
        return self.reference_prefix

    @property
    def short(self) -> str:
        return self.pk.hex[:8].upper()

    @property
    def reference_prefix(self) -> str:
        """Return how the reference of each payment of this test begins, and of no other."""
        return f"CT-{self.short}-"


class ConnectionTestItem(Flow):
    """One thing the system under test must show, with what was seen of it.

    ``run`` counts how often it was begun: what failed may be tried once more.
    """

    class Kind(models.TextChoices):
        SIGNATURE = "signature", "署名の検証"
        DUPLICATE = "duplicate", "重複した通知"
        LATE = "late", "遅れて届いた収納"
        CURSOR = "cursor", "欠番のない取得"
        ERROR = "error", "エラー応答からの復旧"
        OUTAGE = "outage", "10分間の停止からの復旧"
        REPORT = "report", "収納結果の報告"

    class Status(models.TextChoices):
        WAITING = "waiting", "未実施"
        RUNNING = "running", "実施中"
        PASSED = "passed", "合格"
        FAILED = "failed", "不合格"

    MOVES = {
        Status.WAITING: {Status.RUNNING},
        Status.RUNNING: {Status.PASSED, Status.FAILED},
        Status.FAILED: {Status.RUNNING},
        Status.PASSED: set(),
    }

    owner = models.ForeignKey(Owner, models.PROTECT, related_name="+")
    test = models.ForeignKey(ConnectionTest, models.PROTECT, related_name="items")
    kind = models.CharField("項目", max_length=10, choices=Kind.choices)
    place = models.SmallIntegerField("順")
    status = models.CharField("状態", max_length=10, choices=Status.choices, default=Status.WAITING)
    run = models.SmallIntegerField("回", default=0)
    began_at = models.DateTimeField("開始", null=True)
    ended_at = models.DateTimeField("終了", null=True)
    reason = models.CharField("理由", max_length=40, blank=True)
    evidence = models.JSONField("記録", default=dict)

    class Meta:
        verbose_name = "接続試験の項目"
        verbose_name_plural = "接続試験の項目"
        ordering = ["place"]
        constraints = [
            models.UniqueConstraint(fields=["test", "kind"], name="connection_item_once"),
            CompositeForeignKey(
                fields=["owner", "test"],
                to="billing.ConnectionTest",
                to_fields=["owner", "id"],
                name="connection_item_of_the_same_owner",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.test} {self.kind}"


class CursorRead(models.Model):
    """That a system under test asked for events after ``after`` and was given up to ``last``."""

    owner = models.ForeignKey(Owner, models.PROTECT, related_name="+")
    test = models.ForeignKey(ConnectionTest, models.PROTECT, related_name="reads")
    after = models.BigIntegerField("ここから後")
    last = models.BigIntegerField("最後の番号")
    read_at = models.DateTimeField("日時")

    class Meta:
        verbose_name = "イベントの取得"
        verbose_name_plural = "イベントの取得"
        constraints = [
            CompositeForeignKey(
                fields=["owner", "test"],
                to="billing.ConnectionTest",
                to_fields=["owner", "id"],
                name="cursor_read_of_the_same_owner",
            ),
            AppendOnly(name="cursor_read_append_only"),
        ]

    def __str__(self) -> str:
        return f"{self.after} → {self.last}"
