"""収納: what tills told, under one key for ever; and the facts that came after."""

import uuid

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q

from billing.models.invoice import Invoice
from billing.models.store import Chain
from smartpit.kernel.append_only import AppendOnly
from smartpit.kernel.constraints import CompositeForeignKey, KeyOfSets
from smartpit.kernel.fields import YenField
from smartpit.kernel.flow import Flow
from tenants.models import Owner, Staff, Tenant


class Payment(Flow):
    """The row of one till key.

    A ``tombstone`` holds a key whose reversal came first: no money, no owner. A ``suspense`` is
    cash whose invoice is not known yet: money, no owner, until staff assign it: then whose it is
    is filled in, once. One unique constraint decides replay, reuse and reversed-before.
    """

    class Status(models.TextChoices):
        REPORTED = "reported", "速報"
        CONFIRMED = "confirmed", "確報"
        REVERSED = "reversed", "速報取消"
        REFUNDED = "refunded", "訂正"
        TOMBSTONE = "tombstone", "先行取消"
        SUSPENSE = "suspense", "仮受金"

    MOVES = {
        Status.REPORTED: {Status.CONFIRMED, Status.REVERSED},
        Status.CONFIRMED: {Status.REFUNDED},
        Status.SUSPENSE: {Status.REVERSED, Status.REPORTED},
        Status.REVERSED: set(),
        Status.REFUNDED: set(),
        Status.TOMBSTONE: set(),
    }

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    chain = models.ForeignKey(Chain, models.PROTECT, related_name="payments", db_index=False)
    store = models.CharField("店舗", max_length=7)
    terminal = models.CharField("端末", max_length=4)
    business_date = models.DateField("営業日")
    receipt = models.CharField("レシート番号", max_length=12)
    line = models.SmallIntegerField("行")
    told_invoice = models.CharField(max_length=64, null=True)
    told_version = models.IntegerField(null=True)
    owner = models.ForeignKey(
        Owner,
        models.PROTECT,
        null=True,
        related_name="payments",
        db_constraint=False,
        db_index=False,
    )
    tenant = models.ForeignKey(
        Tenant,
        models.PROTECT,
        null=True,
        related_name="payments",
        db_constraint=False,
        db_index=False,
    )
    invoice = models.ForeignKey(
        Invoice,
        models.PROTECT,
        null=True,
        related_name="payments",
        db_constraint=False,
        db_index=False,
    )
    version = models.IntegerField(null=True)
    number = models.CharField("番号", max_length=13, blank=True)
    amount_yen = YenField("金額", null=True)
    tax_yen = YenField("うち消費税", null=True)
    repeats = models.BooleanField("リピート", default=False)
    taken_at = models.DateTimeField("収納日時", null=True)
    booked_at = models.DateTimeField("受信日時")
    advice = models.BooleanField("事後通知", default=False)
    late = models.BooleanField("遅延", default=False)
    possible_duplicate = models.BooleanField("二重の疑い", default=False)
    status = models.CharField("状態", max_length=10, choices=Status.choices)
    answer = models.TextField()
    # What an index may ask of ``status``: a column that an index names would make the step from
    # reported to confirmed an entry in every index.
    stands = models.GeneratedField(
        expression=Q(status__in=["reported", "confirmed"]),  # type: ignore[arg-type]
        output_field=models.BooleanField("有効"),
        db_persist=True,
        verbose_name="有効",
    )

    class Meta:
        verbose_name = "収納"
        verbose_name_plural = "収納"
        indexes = [
            models.Index(fields=["owner", "-booked_at"], name="payment_of_owner_newest"),
            models.Index(fields=["invoice", "booked_at"], name="payment_of_invoice"),
            models.Index(
                fields=["invoice", "business_date", "taken_at"],
                condition=Q(repeats=True),
                name="payment_of_kept_invoice",
            ),
            # Days come in order, so this costs a payment next to nothing.
            BrinIndex(
                fields=["business_date"],
                name="payment_of_day",
                autosummarize=True,
                pages_per_range=32,
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["chain", "store", "terminal", "business_date", "receipt", "line"],
                name="payment_once_per_till_key",
            ),
            models.UniqueConstraint(fields=["owner", "tenant", "id"], name="payment_of_tenant"),
            models.UniqueConstraint(fields=["owner", "id"], name="payment_of_owner"),
            models.UniqueConstraint(
                fields=["invoice"],
                condition=Q(repeats=False, stands=True),
                name="payment_of_a_single_invoice_once",
            ),
            models.CheckConstraint(
                condition=Q(amount_yen__range=(1, 300_000)) | Q(amount_yen=None),
                name="payment_within_cap",
            ),
            models.CheckConstraint(
                condition=Q(tax_yen=None) | Q(tax_yen__gte=0, tax_yen__lt=F("amount_yen")),
                name="payment_tax_below_amount",
            ),
            models.CheckConstraint(
                condition=Q(status="tombstone", amount_yen=None, owner=None)
                | Q(amount_yen__isnull=False, taken_at__isnull=False) & ~Q(status="tombstone"),
                name="payment_tombstone_holds_no_money",
            ),
            models.CheckConstraint(
                condition=Q(owner=None, tenant=None, invoice=None, version=None)
                | Q(
                    owner__isnull=False,
                    tenant__isnull=False,
                    invoice__isnull=False,
                    version__isnull=False,
                ),
                name="payment_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(owner__isnull=False)
                | Q(status__in=["tombstone", "suspense", "reversed"]),
                name="payment_without_owner_is_suspense",
            ),
            models.CheckConstraint(
                condition=Q(owner=None) | ~Q(status="suspense"),
                name="payment_in_suspense_has_no_owner",
            ),
            CompositeForeignKey(
                fields=["owner", "tenant", "invoice"],
                to="billing.Invoice",
                to_fields=["owner", "tenant", "id"],
                name="payment_of_the_same_tenant",
            ),
            CompositeForeignKey(
                fields=["invoice", "version", "amount_yen"],
                to="billing.InvoiceVersion",
                to_fields=["invoice", "version", "amount_yen"],
                name="payment_of_an_amount_that_was_asked",
            ),
            AppendOnly(
                name="payment_append_only",
                movable=["status"],
                fillable=[
                    "owner",
                    "tenant",
                    "invoice",
                    "version",
                    "number",
                    "tax_yen",
                    "repeats",
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.chain_id} {self.store} {self.receipt}"


class Reversal(models.Model):
    """速報取消: the till undid its payment; of a tombstone it came first."""

    payment = models.OneToOneField(Payment, models.PROTECT, related_name="reversal")
    owner = models.ForeignKey(Owner, models.PROTECT, null=True, related_name="+")
    tenant = models.ForeignKey(Tenant, models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=200)
    reversed_at = models.DateTimeField()
    answer = models.TextField()

    class Meta:
        constraints = [
            CompositeForeignKey(
                fields=["owner", "tenant", "payment"],
                to="billing.Payment",
                to_fields=["owner", "tenant", "id"],
                name="reversal_of_the_same_tenant",
            ),
            AppendOnly(name="reversal_append_only"),
        ]


class Assignment(models.Model):
    """Staff found whose the money in suspense is; from that day the centre owes it to the owner."""

    payment = models.OneToOneField(Payment, models.PROTECT, related_name="assignment")
    owner = models.ForeignKey(Owner, models.PROTECT, related_name="+")
    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    assigned_by = models.ForeignKey(Staff, models.PROTECT, related_name="+")
    assigned_at = models.DateTimeField("割当日時")
    reason = models.CharField("理由", max_length=300)

    class Meta:
        verbose_name = "仮受金の割当"
        verbose_name_plural = "仮受金の割当"
        constraints = [
            CompositeForeignKey(
                fields=["owner", "tenant", "payment"],
                to="billing.Payment",
                to_fields=["owner", "tenant", "id"],
                name="assignment_of_the_same_tenant",
            ),
            AppendOnly(name="assignment_append_only"),
        ]


class Confirmation(models.Model):
    """確報: the chain will send the money. It fixes the closing date the payment is stated on."""

    payment = models.OneToOneField(
        Payment, models.PROTECT, related_name="confirmation", db_constraint=False
    )
    owner = models.ForeignKey(
        Owner, models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    tenant = models.ForeignKey(
        Tenant, models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    closes_on = models.DateField("締日")
    confirmed_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["owner", "closes_on"], name="confirmation_of_period")]
        constraints = [
            KeyOfSets(
                fields=["owner", "tenant", "payment"],
                to="billing.Payment",
                to_fields=["owner", "tenant", "id"],
                name="confirmation_of_the_same_tenant",
            ),
            AppendOnly(name="confirmation_append_only"),
        ]


class Refund(models.Model):
    """訂正: staff take a confirmed payment back, two people; it counts on the day of approval."""

    payment = models.OneToOneField(Payment, models.PROTECT, related_name="refund")
    owner = models.ForeignKey(Owner, models.PROTECT, related_name="+")
    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    closes_on = models.DateField("締日")
    asked_by = models.ForeignKey(Staff, models.PROTECT, related_name="+")
    approved_by = models.ForeignKey(Staff, models.PROTECT, related_name="+")
    approved_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["owner", "closes_on"], name="refund_of_period")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(asked_by=F("approved_by")), name="refund_takes_two_people"
            ),
            CompositeForeignKey(
                fields=["owner", "tenant", "payment"],
                to="billing.Payment",
                to_fields=["owner", "tenant", "id"],
                name="refund_of_the_same_tenant",
            ),
            AppendOnly(name="refund_append_only"),
        ]
