"""What papers and mails of settlement need to remember: who issues them, what was told to whom."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from settlement.models.payout import Payout
from smartpit.kernel.append_only import AppendOnly
from smartpit.kernel.constraints import CompositeForeignKey
from tenants.models import Owner, Staff


class Issuer(models.Model):
    """発行者: the name and number under which an owner issues its tenants' statements.

    The commission on them is the owner's own sale, so the number is the owner's, never the
    centre's. Dated rows; without a number what is issued is no 適格請求書.
    """

    owner = models.ForeignKey(
        Owner, models.PROTECT, related_name="issuers", verbose_name="オーナー"
    )
    number = models.PositiveIntegerField("世代")
    name = models.CharField("発行者名", max_length=100)
    registration_number = models.CharField("登録番号", max_length=14, blank=True)
    told_by = models.ForeignKey(Staff, models.PROTECT, related_name="+", verbose_name="登録者")
    told_at = models.DateTimeField("登録日時")

    class Meta:
        verbose_name = "テナント精算書の発行者"
        verbose_name_plural = "テナント精算書の発行者"
        constraints = [
            models.UniqueConstraint(fields=["owner", "number"], name="issuer_once_per_number"),
            models.CheckConstraint(
                condition=Q(registration_number="") | Q(registration_number__regex=r"^T[0-9]{13}$"),
                name="issuer_number_is_a_registration_number",
            ),
            AppendOnly(name="issuer_append_only"),
        ]

    def __str__(self) -> str:
        return self.name


class PayoutMail(models.Model):
    """振込のお知らせ, 振込不能のお知らせ: what the owner's accountants are told of a transfer.

    The row is the claim, as with a statement's mail.
    """

    class Kind(models.TextChoices):
        PAYS = "pays", "振込のお知らせ"
        RETURNED = "returned", "振込不能のお知らせ"

    payout = models.ForeignKey(Payout, models.PROTECT, related_name="mails")
    owner = models.ForeignKey(Owner, models.PROTECT, related_name="+")
    kind = models.CharField("種類", max_length=10, choices=Kind.choices)
    to = ArrayField(models.EmailField(), verbose_name="宛先")
    claimed_at = models.DateTimeField("送信開始日時")
    sent_at = models.DateTimeField("送信日時", null=True)

    class Meta:
        verbose_name = "精算入金のお知らせ"
        verbose_name_plural = "精算入金のお知らせ"
        constraints = [
            models.UniqueConstraint(fields=["payout", "kind"], name="payout_mail_once_per_kind"),
            CompositeForeignKey(
                fields=["owner", "payout"],
                to="settlement.Payout",
                to_fields=["owner", "id"],
                name="payout_mail_of_the_same_owner",
            ),
            AppendOnly(name="payout_mail_append_only", movable=["to", "claimed_at", "sent_at"]),
        ]
