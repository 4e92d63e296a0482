"""精算入金: the bank transfer of a statement, its file, its moves."""

import uuid

from django.db import models
from django.db.models import F, Q

from settlement.models.payee import Payee
from settlement.models.statement import Statement
from smartpit.kernel.append_only import AppendOnly
from smartpit.kernel.constraints import CompositeForeignKey
from smartpit.kernel.fields import YenField
from smartpit.kernel.flow import Flow
from tenants.models import Owner, Staff


class BankFile(models.Model):
    """One Zengin file as it went to the bank, byte for byte."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    pays_on = models.DateField("振込指定日")
    name = models.CharField("ファイル名", max_length=60, unique=True)
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    count = models.IntegerField("件数")
    total_yen = YenField("合計")
    exported_by = models.ForeignKey(Staff, models.PROTECT, related_name="+")
    exported_at = models.DateTimeField("作成日時")

    class Meta:
        verbose_name = "振込ファイル"
        verbose_name_plural = "振込ファイル"
        constraints = [AppendOnly(name="bank_file_append_only")]

    def __str__(self) -> str:
        return self.name


class Payout(Flow):
    """Proposed by the closing, approved and exported by two people, then paid or returned."""

    class Status(models.TextChoices):
        PROPOSED = "proposed", "承認待ち"
        HELD = "held", "支払保留"
        APPROVED = "approved", "承認済"
        EXPORTED = "exported", "振込依頼済"
        PAID = "paid", "入金済"
        RETURNED = "returned", "振込不能"

    MOVES = {
        Status.PROPOSED: {Status.APPROVED, Status.HELD},
        Status.HELD: {Status.PROPOSED},
        # An approval of other content than today's is void, so it can be taken back.
        Status.APPROVED: {Status.EXPORTED, Status.PROPOSED},
        Status.EXPORTED: {Status.PAID, Status.RETURNED},
        Status.PAID: {Status.RETURNED},
        Status.RETURNED: set(),
    }

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        Owner, models.PROTECT, related_name="payouts", verbose_name="オーナー"
    )
    statement = models.ForeignKey(Statement, models.PROTECT, related_name="payouts")
    reissues = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="reissued_as"
    )
    amount_yen = YenField("金額")
    pays_on = models.DateField("入金日")
    status = models.CharField(
        "状態", max_length=10, choices=Status.choices, default=Status.PROPOSED
    )
    payee = models.ForeignKey(Payee, models.PROTECT, null=True, related_name="+")
    proposed_at = models.DateTimeField("作成日時")
    approved_by = models.ForeignKey(
        Staff, models.PROTECT, null=True, related_name="+", verbose_name="承認者"
    )
    approved_at = models.DateTimeField("承認日時", null=True)
    approved_sha256 = models.CharField(max_length=64, blank=True)
    exported_by = models.ForeignKey(
        Staff, models.PROTECT, null=True, related_name="+", verbose_name="振込依頼者"
    )
    bank_file = models.ForeignKey(BankFile, models.PROTECT, null=True, related_name="payouts")

    class Meta:
        verbose_name = "精算入金"
        verbose_name_plural = "精算入金"
        constraints = [
            models.UniqueConstraint(fields=["owner", "id"], name="payout_of_owner"),
            models.UniqueConstraint(
                fields=["statement"], condition=Q(reissues=None), name="payout_once_per_statement"
            ),
            models.CheckConstraint(
                condition=Q(amount_yen__range=(1, 9_999_999_999)), name="payout_fits_the_bank_file"
            ),
            models.CheckConstraint(
                condition=Q(approved_by=None)
                | Q(exported_by=None)
                | ~Q(approved_by=F("exported_by")),
                name="payout_takes_two_people",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["exported", "paid", "returned"])
                | Q(
                    approved_by__isnull=False,
                    exported_by__isnull=False,
                    bank_file__isnull=False,
                    payee__isnull=False,
                ),
                name="payout_exported_was_approved",
            ),
            CompositeForeignKey(
                fields=["owner", "statement"],
                to="settlement.Statement",
                to_fields=["owner", "id"],
                name="payout_of_the_same_owner",
            ),
            CompositeForeignKey(
                fields=["owner", "payee"],
                to="settlement.Payee",
                to_fields=["owner", "id"],
                name="payout_payee_of_the_same_owner",
            ),
            CompositeForeignKey(
                fields=["owner", "reissues"],
                to="settlement.Payout",
                to_fields=["owner", "id"],
                name="payout_reissues_one_of_the_same_owner",
            ),
            AppendOnly(
                name="payout_content_stays",
                movable=[
                    "status",
                    "pays_on",
                    "payee",
                    "approved_by",
                    "approved_at",
                    "approved_sha256",
                    "exported_by",
                    "bank_file",
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pays_on} {self.amount_yen:,}円"


class PayoutMove(models.Model):
    """A payout's money moved: what the books read. ``day`` is the bank's day."""

    class Kind(models.TextChoices):
        EXPORTED = "exported", "振込依頼"
        PAID = "paid", "入金"
        RETURNED = "returned", "振込不能"

    payout = models.ForeignKey(Payout, models.PROTECT, related_name="moves")
    owner = models.ForeignKey(Owner, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    amount_yen = YenField()
    day = models.DateField()
    moved_at = models.DateTimeField()
    moved_by = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["payout", "kind"], name="payout_move_once"),
            CompositeForeignKey(
                fields=["owner", "payout"],
                to="settlement.Payout",
                to_fields=["owner", "id"],
                name="payout_move_of_the_same_owner",
            ),
            AppendOnly(name="payout_move_append_only"),
        ]
