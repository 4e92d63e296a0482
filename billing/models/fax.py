"""FAX: a completed transmission of undelivered payments; 10 yen each, in the period of its day."""

from django.db import models

from billing.models.notice import Notice
from smartpit.kernel.append_only import AppendOnly
from smartpit.kernel.constraints import CompositeForeignKey
from tenants.models import Owner


class Fax(models.Model):
    """A transmission that is through; of one notice there is one, however often it was tried."""

    owner = models.ForeignKey(Owner, models.PROTECT, related_name="faxes")
    completed_on = models.DateField("送信日")
    completed_at = models.DateTimeField("送信日時")
    notice = models.OneToOneField(Notice, models.PROTECT, null=True, related_name="fax")

    class Meta:
        verbose_name = "FAX通知"
        verbose_name_plural = "FAX通知"
        indexes = [models.Index(fields=["owner", "completed_on"], name="fax_of_period")]
        constraints = [
            CompositeForeignKey(
                fields=["owner", "notice"],
                to="billing.Notice",
                to_fields=["owner", "id"],
                name="fax_notice_of_the_same_owner",
            ),
            AppendOnly(name="fax_append_only"),
        ]
