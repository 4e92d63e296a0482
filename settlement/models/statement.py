"""精算書: the account of one settlement period."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Greatest

from settlement.shares import BASIS_POINTS
from smartpit.kernel.append_only import AppendOnly
from smartpit.kernel.constraints import CompositeForeignKey
from smartpit.kernel.fields import YenField
from tenants.models import Owner, Tenant


class Statement(models.Model):
    """What an owner is paid for a period, and why; its sums are held by the database."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        Owner, models.PROTECT, related_name="statements", verbose_name="オーナー"
    )
    closes_on = models.DateField("締日")
    stated_on = models.DateField("精算書作成日")
    pays_on = models.DateField("入金予定日")
    payments_count = models.IntegerField("件数")
    gross_yen = YenField("収納額")
    fees_yen = YenField("手数料")
    tax_yen = YenField("消費税")
    tax_percent = models.IntegerField("税率")
    stamp_yen = YenField("収入印紙相当額")
    carried_in_yen = YenField("前回繰越")
    payout_yen = YenField("精算入金額")
    carried_out_yen = YenField("次回繰越")
    owner_margin_yen = YenField("オーナー取り分")
    closed_at = models.DateTimeField("確定日時")

    class Meta:
        verbose_name = "精算書"
        verbose_name_plural = "精算書"
        constraints = [
            models.UniqueConstraint(fields=["owner", "id"], name="statement_of_owner"),
            models.UniqueConstraint(
                fields=["owner", "closes_on"], name="statement_once_per_period"
            ),
            models.CheckConstraint(
                condition=Q(
                    gross_yen=F("fees_yen")
                    + F("tax_yen")
                    + F("stamp_yen")
                    - F("carried_in_yen")
                    + F("payout_yen")
                    + F("carried_out_yen")
                ),
                name="statement_sums",
            ),
            models.CheckConstraint(
                condition=Q(payout_yen__gte=0) & (Q(payout_yen=0) | Q(carried_out_yen=0)),
                name="statement_pays_or_carries",
            ),
            AppendOnly(name="statement_append_only"),
        ]

    def __str__(self) -> str:
        return f"{self.owner} {self.closes_on}"


class StatementLine(models.Model):
    """One fee line; the lines sum to the statement's ``fees_yen``."""

    statement = models.ForeignKey(Statement, models.PROTECT, related_name="lines")
    owner = models.ForeignKey(Owner, models.PROTECT, related_name="+")
    place = models.IntegerField()
    kind = models.CharField(max_length=30)
    count = models.IntegerField()
    unit_yen = YenField()
    amount_yen = YenField()

    class Meta:
        ordering = ["place"]
        constraints = [
            models.UniqueConstraint(fields=["statement", "place"], name="line_once_per_place"),
            models.CheckConstraint(
                condition=Q(amount_yen=F("count") * F("unit_yen")), name="line_multiplies"
            ),
            CompositeForeignKey(
                fields=["owner", "statement"],
                to="settlement.Statement",
                to_fields=["owner", "id"],
                name="line_of_the_same_owner",
            ),
            AppendOnly(name="line_append_only"),
        ]


class SubStatement(models.Model):
    """A tenant's share of a statement, and the commission that was agreed when it was made.

    The terms are unknown where a statement was made before they were kept.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    statement = models.ForeignKey(Statement, models.PROTECT, related_name="sub_statements")
    owner = models.ForeignKey(Owner, models.PROTECT, related_name="+")
    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="sub_statements")
    payments_count = models.IntegerField("件数")
    gross_yen = YenField("収納額")
    commission_yen = YenField("手数料")
    commission_each_yen = YenField("手数料（件）", null=True)
    commission_basis_points = models.IntegerField("手数料（万分率）", null=True)
    passed_yen = YenField("センター手数料負担")
    net_yen = YenField("差引額")

    class Meta:
        verbose_name = "テナント精算書"
        verbose_name_plural = "テナント精算書"
        constraints = [
            models.UniqueConstraint(fields=["statement", "tenant"], name="sub_statement_once"),
            models.CheckConstraint(
                condition=Q(net_yen=F("gross_yen") - F("commission_yen") - F("passed_yen")),
                name="sub_statement_sums",
            ),
            models.CheckConstraint(
                condition=Q(commission_each_yen=None, commission_basis_points=None)
                | Q(
                    commission_each_yen__isnull=False,
                    commission_basis_points__isnull=False,
                    commission_yen=F("commission_each_yen") * F("payments_count")
                    + Greatest(F("gross_yen"), 0) * F("commission_basis_points") / BASIS_POINTS,
                ),
                name="sub_statement_commission_is_agreed",
            ),
            CompositeForeignKey(
                fields=["owner", "statement"],
                to="settlement.Statement",
                to_fields=["owner", "id"],
                name="sub_statement_of_the_same_owner",
            ),
            CompositeForeignKey(
                fields=["owner", "tenant"],
                to="tenants.Tenant",
                to_fields=["owner", "id"],
                name="sub_statement_tenant_of_the_same_owner",
            ),
            AppendOnly(name="sub_statement_append_only"),
        ]


class Closing(models.Model):
    """A period is closed, with a statement or without one: it is never looked at again."""

    owner = models.ForeignKey(Owner, models.PROTECT, related_name="closings")
    closes_on = models.DateField("締日")
    statement = models.OneToOneField(Statement, models.PROTECT, null=True, related_name="closing")
    closed_at = models.DateTimeField("確定日時")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "closes_on"], name="closing_once_per_period"),
            CompositeForeignKey(
                fields=["owner", "statement"],
                to="settlement.Statement",
                to_fields=["owner", "id"],
                name="closing_of_the_same_owner",
            ),
            AppendOnly(name="closing_append_only"),
        ]


class StatementMail(models.Model):
    """振込金額確定のお知らせ: a statement on its way to the owner's accountants.

    The row is the claim: who writes it, or takes over one that has stood unsent for long, sends.
    """

    statement = models.OneToOneField(Statement, models.PROTECT, related_name="mail")
    owner = models.ForeignKey(Owner, models.PROTECT, related_name="+")
    to = ArrayField(models.EmailField(), verbose_name="宛先")
    claimed_at = models.DateTimeField("送信開始日時")
    sent_at = models.DateTimeField("送信日時", null=True)

    class Meta:
        verbose_name = "振込金額確定のお知らせ"
        verbose_name_plural = "振込金額確定のお知らせ"
        constraints = [
            CompositeForeignKey(
                fields=["owner", "statement"],
                to="settlement.Statement",
                to_fields=["owner", "id"],
                name="statement_mail_of_the_same_owner",
            ),
            AppendOnly(name="statement_mail_append_only", movable=["to", "claimed_at", "sent_at"]),
        ]
