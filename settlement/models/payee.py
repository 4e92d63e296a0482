"""入金口座: the account an owner is paid into; a change takes two people and three bank days."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from smartpit.kernel.append_only import AppendOnly
from smartpit.kernel.constraints import CompositeForeignKey
from smartpit.kernel.flow import Flow
from tenants.models import Owner, Staff


class Payee(Flow):
    """One account, proposed by one person and approved by another; of those that hold, the
    newest counts."""

    class Status(models.TextChoices):
        STANDING = "standing", "二人制の導入前から"
        PROPOSED = "proposed", "承認待ち"
        APPROVED = "approved", "承認済"
        WITHDRAWN = "withdrawn", "取下げ"

    MOVES = {
        Status.STANDING: set(),
        Status.PROPOSED: {Status.APPROVED, Status.WITHDRAWN},
        Status.APPROVED: {Status.WITHDRAWN},  # As long as it does not hold yet.
        Status.WITHDRAWN: set(),
    }
    # What an approver of a payout looks at, and what its hash is drawn from.
    CONTENT: ClassVar = (
        "id",
        "owner",
        "number",
        "bank_code",
        "bank_kana",
        "branch_code",
        "branch_kana",
        "account_kind",
        "account_number",
        "holder_kana",
        "changed_by",
        "changed_at",
    )

    owner = models.ForeignKey(Owner, models.PROTECT, related_name="payees", verbose_name="オーナー")
    number = models.PositiveIntegerField("世代")
    bank_code = models.CharField("銀行番号", max_length=4)
    bank_kana = models.CharField("銀行名（カナ）", max_length=15)
    branch_code = models.CharField("支店番号", max_length=3)
    branch_kana = models.CharField("支店名（カナ）", max_length=15)
    account_kind = models.CharField(
        "預金種目",
        max_length=1,
        choices=[("1", "普通"), ("2", "当座"), ("4", "貯蓄"), ("9", "その他")],
        default="1",
    )
    account_number = models.CharField("口座番号", max_length=7)
    holder_kana = models.CharField("口座名義（カナ）", max_length=30)
    changed_by = models.ForeignKey(
        Staff, models.PROTECT, null=True, related_name="+", verbose_name="変更者"
    )
    changed_at = models.DateTimeField("変更日時")
    status = models.CharField(
        "状態", max_length=10, choices=Status.choices, default=Status.PROPOSED
    )
    checked_by = models.ForeignKey(
        Staff, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="承認者"
    )
    checked_at = models.DateTimeField("承認日時", null=True, blank=True)
    holds_from = models.DateField("適用開始日", null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        Staff, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="取り下げた人"
    )
    withdrawn_at = models.DateTimeField("取下げ日時", null=True, blank=True)
    withdrawn_reason = models.CharField("取下げの理由", max_length=200, blank=True)

    class Meta:
        verbose_name = "入金口座"
        verbose_name_plural = "入金口座"
        constraints = [
            models.UniqueConstraint(fields=["owner", "number"], name="payee_once_per_number"),
            models.UniqueConstraint(fields=["owner", "id"], name="payee_of_owner"),
            models.UniqueConstraint(
                fields=["owner"],
                condition=Q(status="proposed"),
                name="payee_one_proposal_at_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(status="approved")
                | Q(
                    changed_by__isnull=False,
                    checked_by__isnull=False,
                    checked_at__isnull=False,
                    holds_from__isnull=False,
                ),
                name="payee_approved_was_checked",
            ),
            models.CheckConstraint(
                condition=Q(checked_by=None) | ~Q(checked_by=F("changed_by")),
                name="payee_takes_two_people",
            ),
            models.CheckConstraint(
                condition=~Q(status="withdrawn")
                | (Q(withdrawn_by__isnull=False) & ~Q(withdrawn_reason="")),
                name="payee_withdrawn_says_why",
            ),
            AppendOnly(
                name="payee_append_only",
                movable=["status", "withdrawn_by", "withdrawn_at", "withdrawn_reason"],
                fillable=["checked_at", "checked_by", "holds_from"],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.bank_kana} {self.branch_kana} {self.account_number}"


class PayeeNotice(models.Model):
    """入金口座変更のお知らせ: a change told to those who were the owner's contacts before it."""

    class Kind(models.TextChoices):
        APPROVED = "approved", "変更の予告"
        WITHDRAWN = "withdrawn", "変更の取りやめ"

    payee = models.ForeignKey(Payee, models.PROTECT, related_name="notices")
    owner = models.ForeignKey(Owner, models.PROTECT, related_name="+", verbose_name="オーナー")
    kind = models.CharField("種類", max_length=10, choices=Kind.choices)
    to = ArrayField(models.EmailField(), verbose_name="宛先")
    made_at = models.DateTimeField("作成日時")
    sent_at = models.DateTimeField("送信日時", null=True, blank=True)

    class Meta:
        verbose_name = "入金口座変更のお知らせ"
        verbose_name_plural = "入金口座変更のお知らせ"
        constraints = [
            models.UniqueConstraint(fields=["payee", "kind"], name="payee_notice_once"),
            CompositeForeignKey(
                fields=["owner", "payee"],
                to="settlement.Payee",
                to_fields=["owner", "id"],
                name="payee_notice_of_the_same_owner",
            ),
            AppendOnly(name="payee_notice_append_only", movable=["sent_at"]),
        ]
