"""カード: a number and a barcode number, given once and never again."""

import uuid

from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import Q

from cards.models.block import Block
from cards.models.kind import Kind
from smartpit.kernel.append_only import AppendOnly
from smartpit.kernel.flow import Flow
from tenants.models import Owner


class Card(Flow):
    """Rows are never deleted: a retired number stays taken.

    ``owner`` is set for kinds that belong to one owner (joint); a standard card takes invoices
    of any owner, so it has none.
    """

    class Status(models.TextChoices):
        ACTIVE = "active", "有効"
        SUSPENDED = "suspended", "停止"
        REPLACED = "replaced", "再発行済"
        RETIRED = "retired", "廃止"

    MOVES = {
        Status.ACTIVE: {Status.SUSPENDED, Status.REPLACED, Status.RETIRED},
        Status.SUSPENDED: {Status.ACTIVE, Status.REPLACED, Status.RETIRED},
        Status.REPLACED: set(),
        Status.RETIRED: set(),
    }

    number = models.CharField("番号", max_length=13, unique=True)
    barcode_number = models.CharField("バーコード番号", max_length=13, unique=True)
    kind = models.CharField("種類", max_length=10, choices=Kind.choices)
    block = models.ForeignKey(Block, models.PROTECT, related_name="cards")
    counter = models.BigIntegerField()
    owner = models.ForeignKey(
        Owner, models.PROTECT, null=True, blank=True, related_name="cards", verbose_name="オーナー"
    )
    is_test = models.BooleanField("テスト", default=False)
    status = models.CharField("状態", max_length=10, choices=Status.choices, default=Status.ACTIVE)
    # What stands in the address of the card's page (cards.page_links): printed, so never changed.
    page_key = models.UUIDField(
        default=uuid.uuid4, db_default=RandomUUID(), unique=True, editable=False
    )
    registration_expires_on = models.DateField("登録有効期限", null=True, blank=True)
    replaced_by = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="replaces"
    )
    issued_at = models.DateTimeField("発行日時")

    class Meta:
        verbose_name = "カード"
        verbose_name_plural = "カード"
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "is_test", "counter"], name="card_once_per_counter"
            ),
            models.CheckConstraint(
                condition=~Q(kind="joint") | Q(owner__isnull=False), name="card_joint_has_an_owner"
            ),
            models.CheckConstraint(
                condition=~Q(kind="standard") | Q(owner=None), name="card_standard_has_no_owner"
            ),
            models.CheckConstraint(
                condition=Q(number__regex=r"^[0-9]{13}$", barcode_number__regex=r"^29[0-9]{11}$"),
                name="card_numbers_are_13_digits",
            ),
            AppendOnly(
                name="card_numbers_stay",
                movable=["status", "replaced_by", "registration_expires_on"],
            ),
        ]

    def __str__(self) -> str:
        return self.number
