"""請求情報: what can be paid, its versions, and the words it was registered with."""

import uuid

from django.db import models
from django.db.models import F, Q

from cards.models import Card
from smartpit.kernel.append_only import AppendOnly
from smartpit.kernel.constraints import CompositeForeignKey, KeyOfSets
from smartpit.kernel.fields import YenField
from smartpit.kernel.flow import Flow
from tenants.models import Owner, Tenant


class Invoice(Flow):
    """A single invoice is paid once; a kept one (``repeats``) stays open after a payment.

    The amount, tax, title and due date here are those of the present ``version``.
    """

    class Status(models.TextChoices):
        OPEN = "open", "受付中"
        SUSPENDED = "suspended", "停止"
        PAID = "paid", "収納済"
        WITHDRAWN = "withdrawn", "削除"
        EXPIRED = "expired", "期限切れ"

    MOVES = {
        Status.OPEN: {Status.SUSPENDED, Status.PAID, Status.WITHDRAWN, Status.EXPIRED},
        # An advice tells of cash already taken, so it may also pay what is no longer open.
        Status.SUSPENDED: {Status.OPEN, Status.PAID, Status.WITHDRAWN, Status.EXPIRED},
        # A store can reverse its payment.
        Status.PAID: {Status.OPEN, Status.EXPIRED, Status.WITHDRAWN},
        Status.WITHDRAWN: {Status.PAID},
        Status.EXPIRED: {Status.PAID},
    }

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        Owner, models.PROTECT, related_name="invoices", db_constraint=False, db_index=False
    )
    tenant = models.ForeignKey(
        Tenant, models.PROTECT, related_name="invoices", db_constraint=False, db_index=False
    )
    card = models.ForeignKey(Card, models.PROTECT, related_name="invoices", db_index=False)
    reference = models.CharField("請求番号", max_length=60)
    title = models.CharField("件名", max_length=60)
    amount_yen = YenField("金額")
    tax_yen = YenField("うち消費税", null=True, blank=True)
    repeats = models.BooleanField("リピート", default=False)
    due_on = models.DateField("支払期限", null=True, blank=True)
    count_max = models.IntegerField("回数の上限", null=True, blank=True)
    per_day_yen_max = YenField("1日の上限額", null=True, blank=True)
    per_month_count_max = models.IntegerField("月の回数上限", null=True, blank=True)
    gap_seconds_min = models.IntegerField("最短間隔（秒）", null=True, blank=True)
    version = models.IntegerField("版", default=1)
    status = models.CharField("状態", max_length=10, choices=Status.choices, default=Status.OPEN)
    registered_at = models.DateTimeField("登録日時")
    withdrawn_at = models.DateTimeField("削除日時", null=True, blank=True)
    expired_at = models.DateTimeField("期限切れ日時", null=True, blank=True)

    class Meta:
        verbose_name = "請求情報"
        verbose_name_plural = "請求情報"
        indexes = [
            # None has the status: a payment then moves it on its page, and touches no index.
            models.Index(fields=["card"], name="invoice_of_card"),
            models.Index(fields=["owner", "-registered_at"], name="invoice_of_owner_newest"),
            models.Index(fields=["due_on"], name="invoice_of_due_day"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "reference"], name="invoice_once_per_reference"
            ),
            models.UniqueConstraint(fields=["owner", "tenant", "id"], name="invoice_of_tenant"),
            models.UniqueConstraint(fields=["owner", "id"], name="invoice_of_owner"),
            models.CheckConstraint(
                condition=Q(amount_yen__range=(1, 300_000)), name="invoice_within_cap"
            ),
            models.CheckConstraint(
                condition=Q(tax_yen=None) | Q(tax_yen__gte=0, tax_yen__lt=F("amount_yen")),
                name="invoice_tax_below_amount",
            ),
            models.CheckConstraint(
                condition=Q(repeats=True) | Q(due_on__isnull=False),
                name="invoice_single_has_due_on",
            ),
            models.CheckConstraint(
                condition=Q(repeats=False) | ~Q(status="paid"), name="invoice_kept_is_never_paid"
            ),
            models.CheckConstraint(
                condition=Q(repeats=True)
                | Q(
                    count_max=None,
                    per_day_yen_max=None,
                    per_month_count_max=None,
                    gap_seconds_min=None,
                ),
                name="invoice_single_has_no_limits",
            ),
            CompositeForeignKey(
                fields=["owner", "tenant"],
                to="tenants.Tenant",
                to_fields=["owner", "id"],
                name="invoice_tenant_of_the_same_owner",
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def has_limits(self) -> bool:
        """Does a kept invoice ask more of a payment than its amount?"""
        limits = (
            *(self.count_max, self.per_day_yen_max, self.per_month_count_max),
            self.gap_seconds_min,
        )
        return any(limit is not None for limit in limits)


class DayExpired(models.Model):
    """A due day: of it, and of all before, no unpaid invoice is left, so no sweep reads them again.

    It only spares reading. Without these rows the next sweep reads all there is, and notes them.
    """

    due_on = models.DateField("支払期限", primary_key=True)
    noted_at = models.DateTimeField("確認日時")

    class Meta:
        verbose_name = "期限切れ処理が済んだ日"
        verbose_name_plural = "期限切れ処理が済んだ日"

    def __str__(self) -> str:
        return str(self.due_on)


class InvoiceVersion(models.Model):
    """What an invoice said at one time; a payment names the version it paid."""

    owner = models.ForeignKey(
        Owner, models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    tenant = models.ForeignKey(
        Tenant, models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    invoice = models.ForeignKey(
        Invoice, models.PROTECT, related_name="versions", db_constraint=False, db_index=False
    )
    version = models.IntegerField()
    title = models.CharField(max_length=60)
    amount_yen = YenField()
    tax_yen = YenField(null=True)
    due_on = models.DateField(null=True)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["invoice", "version"], name="invoice_version_once"),
            models.UniqueConstraint(
                fields=["invoice", "version", "amount_yen"], name="invoice_version_with_amount"
            ),
            KeyOfSets(
                fields=["owner", "tenant", "invoice"],
                to="billing.Invoice",
                to_fields=["owner", "tenant", "id"],
                name="invoice_version_of_the_same_tenant",
            ),
            AppendOnly(name="invoice_version_append_only"),
        ]


class Registration(models.Model):
    """The words an invoice was registered with, and the first answer, for the same words again."""

    owner = models.ForeignKey(
        Owner, models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    tenant = models.ForeignKey(
        Tenant, models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    invoice = models.OneToOneField(
        Invoice, models.PROTECT, related_name="registration", db_constraint=False
    )
    as_sent = models.JSONField()
    answer = models.TextField()

    class Meta:
        constraints = [
            KeyOfSets(
                fields=["owner", "tenant", "invoice"],
                to="billing.Invoice",
                to_fields=["owner", "tenant", "id"],
                name="registration_of_the_same_tenant",
            ),
            AppendOnly(name="registration_append_only"),
        ]
