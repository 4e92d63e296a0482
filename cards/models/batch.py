"""カード発行依頼: one order of cards, its printed files, and what was wrong with its rows."""

import uuid

from django.db import models
from django.db.models import Q

from cards.models.card import Card
from cards.models.design import DesignVersion
from cards.models.kind import Kind
from cards.models.member import Member
from smartpit.kernel.append_only import AppendOnly
from smartpit.kernel.constraints import CompositeForeignKey
from smartpit.kernel.flow import Flow
from tenants.models import Owner


class Batch(Flow):
    """An order is put together (``draft``), waits, is printed, perhaps pauses, is done or failed.

    The members' file is kept with the order, so that a killed job starts again from the row it
    had reached: a member that already has its card is a reprint and spends no number. An order of
    blank cards has a ``count`` in place of a file. The centre's own orders (standard cards for
    stores) have no owner. ``printed`` means that every file was read back and may be taken.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", "下書き"
        ORDERED = "ordered", "受付"
        PRINTING = "printing", "作成中"
        PAUSED = "paused", "一時停止"
        PRINTED = "printed", "完成"
        FAILED = "failed", "失敗"

    MOVES = {
        Status.DRAFT: {Status.ORDERED},
        Status.ORDERED: {Status.PRINTING, Status.PAUSED, Status.FAILED},
        Status.PRINTING: {Status.PRINTED, Status.PAUSED, Status.FAILED},
        Status.PAUSED: {Status.PRINTING, Status.FAILED},
        Status.PRINTED: set(),
        Status.FAILED: set(),
    }

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(Owner, models.PROTECT, null=True, related_name="batches")
    kind = models.CharField("種類", max_length=10, choices=Kind.choices, default=Kind.JOINT)
    design = models.CharField("デザイン", max_length=60)
    design_version = models.ForeignKey(
        DesignVersion, models.PROTECT, null=True, related_name="batches"
    )
    profile = models.JSONField("プリンター設定", default=dict)
    menu = models.CharField("チャージメニュー", max_length=40, blank=True)
    member_file = models.BinaryField("会員ファイル")
    file_name = models.CharField("ファイル名", max_length=200, blank=True)
    mapping = models.JSONField("列の対応", null=True)
    fallbacks = models.JSONField("印刷用氏名", default=dict)
    count = models.IntegerField("無記名の枚数", null=True)
    part_cards = models.IntegerField("1ファイルの枚数", default=5_000)
    reason = models.CharField("理由", max_length=200, blank=True)
    status = models.CharField("状態", max_length=10, choices=Status.choices, default=Status.ORDERED)
    done = models.IntegerField("済", default=0)
    total = models.IntegerField("件数", default=0)
    errors = models.JSONField("エラー", default=list)
    failure = models.CharField("失敗の理由", max_length=60, blank=True)
    failure_detail = models.CharField("失敗の詳細", max_length=300, blank=True)
    ordered_at = models.DateTimeField("依頼日時")
    ordered_by = models.ForeignKey("tenants.Staff", models.PROTECT, null=True, related_name="+")
    printed_at = models.DateTimeField("完成日時", null=True)

    class Meta:
        verbose_name = "カード発行依頼"
        verbose_name_plural = "カード発行依頼"
        constraints = [
            models.UniqueConstraint(fields=["owner", "id"], name="batch_of_owner"),
            models.CheckConstraint(
                condition=Q(count=None) | (Q(count__range=(1, 100_000)) & Q(member_file=b"")),
                name="batch_of_members_or_of_blank_cards",
            ),
            models.CheckConstraint(
                condition=Q(kind="joint", owner__isnull=False) | Q(kind="standard"),
                name="batch_of_joint_cards_has_an_owner",
            ),
            models.CheckConstraint(
                condition=Q(part_cards__range=(1, 10_000)), name="batch_parts_fit_a_file"
            ),
            CompositeForeignKey(
                fields=["owner", "design_version"],
                to="cards.DesignVersion",
                to_fields=["owner", "id"],
                name="batch_design_of_the_same_owner",
            ),
        ]

    def __str__(self) -> str:
        return self.file_name or str(self.pk)


class BatchFile(models.Model):
    """One printed PDF of a batch; it is kept only once its codes were read back.

    ``cards_read`` of its ``cards`` were read: all of a small order, a sample of a large one.
    """

    batch = models.ForeignKey(Batch, models.PROTECT, related_name="files")
    owner = models.ForeignKey(Owner, models.PROTECT, null=True, related_name="+")
    name = models.CharField(max_length=100)
    sha256 = models.CharField(max_length=64)
    pages = models.IntegerField()
    cards = models.IntegerField("枚数", default=0)
    cards_read = models.IntegerField("読取検査済", default=0)
    pdf = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["batch", "name"], name="batch_file_once_per_name"),
            CompositeForeignKey(
                fields=["owner", "batch"],
                to="cards.Batch",
                to_fields=["owner", "id"],
                name="batch_file_of_the_same_owner",
            ),
            AppendOnly(name="batch_file_append_only"),
        ]


class BatchCard(models.Model):
    """Where in a batch's files a card is printed; the print log of a card.

    It is written with the card's number, before the file: where a card will stand follows from
    its place in the order. A blank card has no member.
    """

    batch = models.ForeignKey(Batch, models.PROTECT, related_name="cards")
    owner = models.ForeignKey(Owner, models.PROTECT, null=True, related_name="+")
    member = models.ForeignKey(Member, models.PROTECT, null=True, related_name="prints")
    card = models.ForeignKey(Card, models.PROTECT, related_name="prints")
    row = models.IntegerField()
    file = models.CharField(max_length=100)
    page = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["batch", "row"], name="batch_card_once_per_row"),
            CompositeForeignKey(
                fields=["owner", "batch"],
                to="cards.Batch",
                to_fields=["owner", "id"],
                name="batch_card_of_the_same_owner",
            ),
            CompositeForeignKey(
                fields=["owner", "member"],
                to="cards.Member",
                to_fields=["owner", "id"],
                name="batch_card_member_of_the_same_owner",
            ),
            AppendOnly(name="batch_card_append_only"),
        ]
