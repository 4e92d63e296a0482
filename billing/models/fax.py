"""FAX: a completed transmission of undelivered payments; 10 yen each, in the period of its day."""

from django.db import models

from smartpit.kernel.append_only import AppendOnly
from tenants.models import Owner


class Fax(models.Model):
    owner = models.ForeignKey(Owner, models.PROTECT, related_name="faxes")
    completed_on = models.DateField("送信日")
    completed_at = models.DateTimeField("送信日時")

    class Meta:
        verbose_name = "FAX通知"
        verbose_name_plural = "FAX通知"
        indexes = [models.Index(fields=["owner", "completed_on"], name="fax_of_period")]
        constraints = [AppendOnly(name="fax_append_only")]
