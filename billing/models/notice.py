"""The ladder: whoever a notification cannot reach is told by mail, and then by FAX."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from billing.models.event import Endpoint, Event
from smartpit.kernel.constraints import CompositeForeignKey
from smartpit.kernel.flow import Flow
from tenants.models import Owner, Staff

WAIT_MINUTES_MAX = 24 * 60
MAIL_TO_MAX = 5


class Rung(models.TextChoices):
    """The steps of the ladder above the push, in the order they are climbed."""

    MAIL = "mail", "メール"
    FAX = "fax", "FAX"


class NoticeChannel(models.Model):
    """Where an owner is told of payments that its system did not take; no row: nowhere.

    ``mail_upto`` and ``fax_upto`` are numbers of the owner's stream: what has a number up to
    there was delivered, acknowledged, or put into a notice of that rung.
    """

    owner = models.OneToOneField(
        Owner, models.PROTECT, related_name="notice_channel", verbose_name="オーナー"
    )
    mail_to = ArrayField(models.EmailField(), verbose_name="メールの宛先", default=list, blank=True)
    mail_after_minutes = models.PositiveIntegerField("メールまでの分", default=15)
    fax_number = models.CharField("FAX番号", max_length=11, blank=True)
    fax_after_minutes = models.PositiveIntegerField("FAXまでの分", default=60)
    mail_upto = models.BigIntegerField(default=0)
    fax_upto = models.BigIntegerField(default=0)
    mail_begun_at = models.DateTimeField("前回のメール", null=True, blank=True)
    fax_begun_at = models.DateTimeField("前回のFAX", null=True, blank=True)
    changed_at = models.DateTimeField("変更日時")
    changed_by = models.ForeignKey(Staff, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = "通知の代替手段"
        verbose_name_plural = "通知の代替手段"
        constraints = [
            models.UniqueConstraint(fields=["owner", "id"], name="notice_channel_of_owner"),
            models.CheckConstraint(
                condition=Q(
                    mail_after_minutes__range=(1, WAIT_MINUTES_MAX),
                    fax_after_minutes__range=(1, WAIT_MINUTES_MAX),
                ),
                name="notice_channel_waits_within_a_day",
            ),
            models.CheckConstraint(
                condition=Q(mail_to__len__lte=MAIL_TO_MAX), name="notice_channel_mails_few"
            ),
        ]

    def __str__(self) -> str:
        return str(self.owner)


class Notice(Flow):
    """One mail or FAX with the payments that were undelivered.

    ``next_attempt_at`` is when it is due; a sender claims it by moving that instant ahead.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", "送信待ち"
        HANDED = "handed", "送信結果待ち"
        SENT = "sent", "送信済"
        FAILED = "failed", "失敗"
        DROPPED = "dropped", "不要"

    MOVES = {
        Status.WAITING: {Status.HANDED, Status.SENT, Status.FAILED, Status.DROPPED},
        Status.HANDED: {Status.SENT, Status.WAITING, Status.FAILED},
        Status.SENT: set(),
        # A person asks for it once more; or it was through after all, which is charged.
        Status.FAILED: {Status.WAITING, Status.SENT},
        Status.DROPPED: {Status.SENT},
    }

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(Owner, models.PROTECT, related_name="notices")
    channel = models.ForeignKey(NoticeChannel, models.PROTECT, related_name="notices")
    rung = models.CharField("手段", max_length=10, choices=Rung.choices)
    to = models.CharField("宛先", max_length=1300)
    status = models.CharField("状態", max_length=10, choices=Status.choices, default=Status.WAITING)
    attempts = models.IntegerField("試行", default=0)
    next_attempt_at = models.DateTimeField("次回")
    failure = models.CharField("失敗の理由", max_length=200, blank=True)
    made_at = models.DateTimeField("作成日時")
    handed_at = models.DateTimeField("受付日時", null=True, blank=True)
    sent_at = models.DateTimeField("送信日時", null=True, blank=True)

    class Meta:
        verbose_name = "未達の収納の連絡"
        verbose_name_plural = "未達の収納の連絡"
        indexes = [
            models.Index(
                fields=["next_attempt_at"], condition=Q(status="waiting"), name="notice_due"
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["owner", "id"], name="notice_of_owner"),
            models.CheckConstraint(
                condition=Q(status="sent", sent_at__isnull=False)
                | (~Q(status="sent") & Q(sent_at=None)),
                name="notice_sent_has_its_hour",
            ),
            CompositeForeignKey(
                fields=["owner", "channel"],
                to="billing.NoticeChannel",
                to_fields=["owner", "id"],
                name="notice_channel_of_the_same_owner",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_rung_display()} {self.made_at:%Y-%m-%d %H:%M}"


class NoticeItem(models.Model):
    """One undelivered event on a notice."""

    owner = models.ForeignKey(Owner, models.PROTECT, related_name="+")
    notice = models.ForeignKey(Notice, models.PROTECT, related_name="items")
    event = models.ForeignKey(Event, models.PROTECT, related_name="notice_items")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["notice", "event"], name="notice_item_once"),
            CompositeForeignKey(
                fields=["owner", "notice"],
                to="billing.Notice",
                to_fields=["owner", "id"],
                name="notice_item_notice_of_the_same_owner",
            ),
            CompositeForeignKey(
                fields=["owner", "event"],
                to="billing.Event",
                to_fields=["owner", "id"],
                name="notice_item_event_of_the_same_owner",
            ),
        ]


class EndpointAlert(models.Model):
    """A mail to an owner's people about an endpoint that does not work, once an outage."""

    class Kind(models.TextChoices):
        FAILING = "failing", "届かない状態が続いています"
        EXHAUSTED = "exhausted", "30日間届かず、送信を打ち切りました"
        DISABLED = "disabled", "通知先の申し出（410）により停止しました"

    owner = models.ForeignKey(Owner, models.PROTECT, related_name="+")
    endpoint = models.ForeignKey(Endpoint, models.PROTECT, related_name="alerts")
    kind = models.CharField("種類", max_length=10, choices=Kind.choices)
    since = models.DateTimeField("届かなくなった日時")
    made_at = models.DateTimeField("作成日時")
    sent_at = models.DateTimeField("送信日時", null=True, blank=True)

    class Meta:
        verbose_name = "通知先の異常のお知らせ"
        verbose_name_plural = "通知先の異常のお知らせ"
        constraints = [
            models.UniqueConstraint(
                fields=["endpoint", "kind", "since"], name="endpoint_alert_once_an_outage"
            ),
            CompositeForeignKey(
                fields=["owner", "endpoint"],
                to="billing.Endpoint",
                to_fields=["owner", "id"],
                name="endpoint_alert_of_the_same_owner",
            ),
        ]
