"""訂正の依頼: one person asks that a payment be taken back, another decides."""

from django.db import models
from django.db.models import F, Q

from billing.models import Payment
from smartpit.kernel.append_only import AppendOnly
from smartpit.kernel.constraints import CompositeForeignKey
from smartpit.kernel.flow import Flow
from tenants.models import Owner, Staff, Tenant


class RefundRequest(Flow):
    """Who decides is another person than who asked; only who asked takes it back."""

    class Status(models.TextChoices):
        REQUESTED = "requested", "承認待ち"
        APPROVED = "approved", "承認済"
        REJECTED = "rejected", "却下"
        WITHDRAWN = "withdrawn", "取下げ"

    MOVES = {
        Status.REQUESTED: {Status.APPROVED, Status.REJECTED, Status.WITHDRAWN},
        Status.APPROVED: set(),
        Status.REJECTED: set(),
        Status.WITHDRAWN: set(),
    }

    payment = models.ForeignKey(
        Payment, models.PROTECT, related_name="refund_requests", verbose_name="収納"
    )
    owner = models.ForeignKey(Owner, models.PROTECT, related_name="+", verbose_name="オーナー")
    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", verbose_name="テナント")
    reason = models.CharField("訂正の理由", max_length=200)
    asked_by = models.ForeignKey(Staff, models.PROTECT, related_name="+", verbose_name="依頼した人")
    asked_at = models.DateTimeField("依頼日時")
    status = models.CharField(
        "状態", max_length=10, choices=Status.choices, default=Status.REQUESTED
    )
    decided_by = models.ForeignKey(
        Staff, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="判断した人"
    )
    decided_at = models.DateTimeField("判断日時", null=True, blank=True)
    decided_reason = models.CharField("却下・取下げの理由", max_length=200, blank=True)

    class Meta:
        verbose_name = "訂正の依頼"
        verbose_name_plural = "訂正の依頼"
        indexes = [
            models.Index(fields=["owner", "-asked_at"], name="refund_request_of_owner"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["payment"],
                condition=Q(status__in=["requested", "approved"]),
                name="refund_request_once_at_a_time",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="refund_request_says_why"),
            models.CheckConstraint(
                condition=Q(status="requested", decided_by=None, decided_at=None)
                | ~Q(status="requested") & Q(decided_by__isnull=False, decided_at__isnull=False),
                name="refund_request_is_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["approved", "rejected"]) | ~Q(decided_by=F("asked_by")),
                name="refund_request_takes_two_people",
            ),
            models.CheckConstraint(
                condition=~Q(status="withdrawn") | Q(decided_by=F("asked_by")),
                name="refund_request_is_withdrawn_by_its_asker",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["rejected", "withdrawn"]) | ~Q(decided_reason=""),
                name="refund_request_refused_says_why",
            ),
            CompositeForeignKey(
                fields=["owner", "tenant", "payment"],
                to="billing.Payment",
                to_fields=["owner", "tenant", "id"],
                name="refund_request_of_the_same_tenant",
            ),
            AppendOnly(
                name="refund_request_append_only",
                movable=["status"],
                fillable=["decided_at", "decided_by", "decided_reason"],
            ),
        ]

    def __str__(self) -> str:
        return f"レシート {self.payment.receipt} の訂正"
