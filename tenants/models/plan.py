"""料金プラン: what the centre asks, as dated rows."""

from django.db import models

from smartpit.kernel.append_only import AppendOnly
from smartpit.kernel.fields import YenField


class Plan(models.Model):
    """Prices before tax from a day on; a new price is a new row.

    ``plan-120`` is the operator's public one. A fictitious plan says so wherever it is shown.
    """

    code = models.SlugField("プラン", max_length=40)
    starts_on = models.DateField("適用開始日")
    is_fictitious = models.BooleanField("架空", default=False)
    monthly_base_yen = YenField("月額基本料")
    payment_yen = YenField("収納手数料（件）")
    uncollected_yen = YenField("未収納手数料（件）")
    transfer_yen = YenField("精算入金手数料")
    fax_yen = YenField("FAX通信費")
    stamp_yen = YenField("収入印紙相当額")

    class Meta:
        verbose_name = "料金プラン"
        verbose_name_plural = "料金プラン"
        constraints = [
            models.UniqueConstraint(fields=["code", "starts_on"], name="plan_once_per_day"),
            AppendOnly(name="plan_append_only"),
        ]

    def __str__(self) -> str:
        return self.code
