"""Events: numbered facts for the owners' and tenants' systems, and the way they are told."""

import uuid
from collections.abc import Mapping
from typing import Any, Final

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from billing.models.invoice import Invoice
from billing.models.payment import Payment
from smartpit.kernel.append_only import AppendOnly
from smartpit.kernel.constraints import CompositeForeignKey, KeyOfSets
from smartpit.kernel.flow import Flow
from tenants.models import Owner, Tenant

# What the types are called on a page.
EVENT_WORDS: Final[Mapping[str, str]] = {
    "payment.reported": "速報",
    "payment.confirmed": "確報",
    "payment.reversed": "取消",
    "payment.refunded": "訂正",
    "invoice.expired": "請求の期限切れ",
    "invoice.withdrawn": "請求の削除",
    "card.replaced": "カードの再発行",
    "tenant.live": "テナントの稼働",
    "statement.closed": "精算書の作成",
    "payout.sent": "精算入金の振込依頼",
    "payout.returned": "精算入金の振込不能",
}


class Stream(models.Model):
    """An owner's events, or one tenant's. ``last`` is the number of the newest.

    The row is locked from the numbering to the commit, so a reader never sees a number before
    all smaller ones.
    """

    owner = models.ForeignKey(Owner, models.PROTECT, related_name="streams")
    tenant = models.ForeignKey(Tenant, models.PROTECT, null=True, related_name="streams")
    last = models.BigIntegerField(default=0)
    acknowledged = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "tenant"], name="stream_once", nulls_distinct=False
            ),
            models.UniqueConstraint(fields=["owner", "id"], name="stream_of_owner"),
            CompositeForeignKey(
                fields=["owner", "tenant"],
                to="tenants.Tenant",
                to_fields=["owner", "id"],
                name="stream_tenant_of_the_same_owner",
            ),
            AppendOnly(name="stream_stays", movable=["last", "acknowledged"]),
        ]

    def __str__(self) -> str:
        return str(self.tenant or self.owner)

    @property
    def events(self) -> "models.QuerySet[Any]":
        """Return the events that this stream tells; each has its ``number`` here."""
        told = Event.objects.filter(owner=self.owner_id)
        number = {"number": F("sequence" if self.tenant_id is None else "tenant_sequence")}
        if self.tenant_id is None:
            return told.filter(sequence__isnull=False).annotate(**number)
        return told.filter(tenant=self.tenant_id).annotate(**number)


class Event(models.Model):
    """One fact, with its number in each stream that tells it.

    ``sequence`` is the owner's number, ``tenant_sequence`` the tenant's; ``body`` is the ``data``
    that both readers get. What only a tenant is told has no number of the owner's. A confirmation
    has no words of its own: it is told with those that its payment was reported with
    (``selectors.worded``).
    """

    owner = models.ForeignKey(
        Owner, models.PROTECT, related_name="events", db_constraint=False, db_index=False
    )
    tenant = models.ForeignKey(
        Tenant, models.PROTECT, null=True, related_name="+", db_constraint=False, db_index=False
    )
    # Its column says whose it is: a program of before, which knows ``sequence`` only, fails aloud.
    sequence = models.BigIntegerField("オーナーの番号", null=True, db_column="owner_sequence")
    tenant_sequence = models.BigIntegerField("テナントの番号", null=True)
    type = models.CharField(max_length=30)
    occurred_at = models.DateTimeField()
    invoice = models.ForeignKey(
        Invoice,
        models.PROTECT,
        null=True,
        related_name="events",
        db_constraint=False,
        db_index=False,
    )
    payment = models.ForeignKey(
        Payment,
        models.PROTECT,
        null=True,
        related_name="events",
        db_constraint=False,
        db_index=False,
    )
    body: "models.JSONField[Any, Any]" = models.JSONField(null=True)

    number: int  # In the stream it was read by (``Stream.events``).

    class Meta:
        verbose_name = "イベント"
        verbose_name_plural = "イベント"
        indexes = [
            # One entry a tenant: the sweep that tells of live tenants asks whether it is there.
            models.Index(
                fields=["tenant"], condition=Q(type="tenant.live"), name="event_tenant_is_live"
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["owner", "sequence"], name="event_once_per_sequence"),
            models.UniqueConstraint(
                fields=["tenant", "tenant_sequence"], name="event_once_per_tenant_sequence"
            ),
            models.CheckConstraint(
                condition=Q(
                    tenant__isnull=True, tenant_sequence__isnull=True, sequence__isnull=False
                )
                | Q(tenant__isnull=False, tenant_sequence__isnull=False),
                name="event_has_its_numbers",
            ),
            models.CheckConstraint(
                condition=Q(body__isnull=False) | Q(type="payment.confirmed"),
                name="event_has_its_words",
            ),
            models.UniqueConstraint(fields=["owner", "id"], name="event_of_owner"),
            models.UniqueConstraint(
                fields=["payment", "type"],
                condition=Q(payment__isnull=False),
                name="event_once_per_payment_and_type",
            ),
            KeyOfSets(
                fields=["owner", "tenant"],
                to="tenants.Tenant",
                to_fields=["owner", "id"],
                name="event_tenant_of_the_same_owner",
                repeats=True,
            ),
            KeyOfSets(
                fields=["owner", "invoice"],
                to="billing.Invoice",
                to_fields=["owner", "id"],
                name="event_invoice_of_the_same_owner",
                repeats=True,
            ),
            KeyOfSets(
                fields=["owner", "payment"],
                to="billing.Payment",
                to_fields=["owner", "id"],
                name="event_payment_of_the_same_owner",
            ),
            AppendOnly(name="event_append_only"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.sequence or self.tenant_sequence}"

    @property
    def word(self) -> str:
        return EVENT_WORDS.get(self.type, self.type)


class Endpoint(Flow):
    """An address of an owner's system that is told; with ``tenant``, of that tenant's stream.

    Secrets are kept encrypted. In rotation the former one signs too, until its hour comes.
    ``failing_since`` is the first failure after the last success.
    """

    class Status(models.TextChoices):
        ACTIVE = "active", "有効"
        DISABLED = "disabled", "無効"
        DELETED = "deleted", "削除"

    MOVES = {
        Status.ACTIVE: {Status.DISABLED, Status.DELETED},
        Status.DISABLED: {Status.ACTIVE, Status.DELETED},
        Status.DELETED: set(),
    }

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(Owner, models.PROTECT, related_name="endpoints")
    tenant = models.ForeignKey(Tenant, models.PROTECT, null=True, blank=True, related_name="+")
    stream = models.ForeignKey(Stream, models.PROTECT, related_name="endpoints")
    url = models.CharField("URL", max_length=500)
    types = ArrayField(models.CharField(max_length=30), default=list, blank=True)
    secret = models.BinaryField()
    former_secret = models.BinaryField(null=True)
    former_until = models.DateTimeField(null=True)
    status = models.CharField("状態", max_length=10, choices=Status.choices, default=Status.ACTIVE)
    made_at = models.DateTimeField("登録日時")
    succeeded_at = models.DateTimeField("最後の成功", null=True)
    failed_at = models.DateTimeField("最後の失敗", null=True)
    failure = models.CharField("失敗の理由", max_length=200, blank=True)
    failing_since = models.DateTimeField("届かなくなった日時", null=True)

    class Meta:
        verbose_name = "通知先"
        verbose_name_plural = "通知先"
        constraints = [
            models.UniqueConstraint(fields=["owner", "id"], name="endpoint_of_owner"),
            CompositeForeignKey(
                fields=["owner", "tenant"],
                to="tenants.Tenant",
                to_fields=["owner", "id"],
                name="endpoint_tenant_of_the_same_owner",
            ),
            CompositeForeignKey(
                fields=["owner", "stream"],
                to="billing.Stream",
                to_fields=["owner", "id"],
                name="endpoint_stream_of_the_same_owner",
            ),
        ]

    def __str__(self) -> str:
        return self.url


class Delivery(Flow):
    """One event on its way to one endpoint; written in the event's own transaction.

    ``next_attempt_at`` is when it is due; a sender claims it by moving that instant ahead (a
    lease), so that a killed sender's work is found again.
    """

    class Status(models.TextChoices):
        PENDING = "pending", "送信待ち"
        DELIVERED = "delivered", "送信済"
        EXHAUSTED = "exhausted", "打切り"

    MOVES = {
        Status.PENDING: {Status.DELIVERED, Status.EXHAUSTED},
        Status.DELIVERED: {Status.PENDING},  # The owner asks for it once more.
        Status.EXHAUSTED: {Status.PENDING},
    }

    owner = models.ForeignKey(
        Owner, models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    event = models.ForeignKey(
        Event, models.PROTECT, related_name="deliveries", db_constraint=False, db_index=False
    )
    endpoint = models.ForeignKey(
        Endpoint, models.PROTECT, related_name="deliveries", db_constraint=False
    )
    invoice = models.ForeignKey(
        Invoice, models.PROTECT, null=True, related_name="+", db_constraint=False, db_index=False
    )
    status = models.CharField("状態", max_length=10, choices=Status.choices, default=Status.PENDING)
    attempts = models.IntegerField("試行", default=0)
    next_attempt_at = models.DateTimeField("次回", null=True)
    delivered_at = models.DateTimeField("送信日時", null=True)

    class Meta:
        verbose_name = "収納データ通知"
        verbose_name_plural = "収納データ通知"
        indexes = [
            models.Index(
                fields=["next_attempt_at"], condition=Q(status="pending"), name="delivery_due"
            ),
            models.Index(
                fields=["invoice", "event"],
                condition=Q(status="pending"),
                name="delivery_earlier_of_invoice",
            ),
            models.Index(
                fields=["endpoint", "next_attempt_at"],
                condition=Q(status="pending"),
                name="delivery_turn_of_endpoint",
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["event", "endpoint"], name="delivery_once"),
            models.UniqueConstraint(fields=["owner", "id"], name="delivery_of_owner"),
            CompositeForeignKey(
                fields=["owner", "invoice"],
                to="billing.Invoice",
                to_fields=["owner", "id"],
                name="delivery_invoice_of_the_same_owner",
            ),
            models.CheckConstraint(
                condition=~Q(status="pending") | Q(next_attempt_at__isnull=False),
                name="delivery_pending_has_its_hour",
            ),
            CompositeForeignKey(
                fields=["owner", "event"],
                to="billing.Event",
                to_fields=["owner", "id"],
                name="delivery_event_of_the_same_owner",
            ),
            CompositeForeignKey(
                fields=["owner", "endpoint"],
                to="billing.Endpoint",
                to_fields=["owner", "id"],
                name="delivery_endpoint_of_the_same_owner",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event_id} → {self.endpoint_id}"

    @property
    def number(self) -> int:
        """Return the event's number in the stream that the endpoint is told."""
        of_tenant = self.endpoint.tenant_id is not None
        found = self.event.tenant_sequence if of_tenant else self.event.sequence
        assert found is not None
        return found


class Attempt(models.Model):
    """What one attempt of a delivery met; the composite key holds both of its rows."""

    owner = models.ForeignKey(
        Owner, models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    delivery = models.ForeignKey(
        Delivery, models.PROTECT, related_name="history", db_constraint=False
    )
    attempted_at = models.DateTimeField()
    answer_status = models.IntegerField(null=True)
    failure = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            CompositeForeignKey(
                fields=["owner", "delivery"],
                to="billing.Delivery",
                to_fields=["owner", "id"],
                name="attempt_of_the_same_owner",
            ),
            AppendOnly(name="attempt_append_only"),
        ]
