"""チャージメニュー: what an owner's cards can be charged with."""

from django.db import models
from django.db.models import F, Q

from smartpit.kernel.constraints import CompositeForeignKey
from smartpit.kernel.fields import YenField
from tenants.models import Owner, Tenant


class Menu(models.Model):
    """A list of titles and amounts; handing over a card registers its kept invoices.

    ``all``: a kept invoice for each item. ``one``: a single kept invoice, whose amount the
    member picks among the items.
    """

    class Kind(models.TextChoices):
        ALL = "all", "すべて登録"
        ONE = "one", "ひとつ選択"

    owner = models.ForeignKey(Owner, models.PROTECT, related_name="menus")
    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="menus")
    code = models.SlugField("コード", max_length=40)
    kind = models.CharField("種類", max_length=3, choices=Kind.choices, default=Kind.ALL)
    count_max = models.IntegerField("回数の上限", null=True, blank=True)
    per_day_yen_max = YenField("1日の上限額", null=True, blank=True)
    per_month_count_max = models.IntegerField("月の回数上限", null=True, blank=True)
    gap_seconds_min = models.IntegerField("最短間隔（秒）", null=True, blank=True)
    pause_after_idle_days = models.IntegerField("停止までの日数", null=True, blank=True)
    idle_looked_on = models.DateField("未利用を調べた日", null=True, blank=True, editable=False)
    made_at = models.DateTimeField("作成日時")

    class Meta:
        verbose_name = "チャージメニュー"
        verbose_name_plural = "チャージメニュー"
        constraints = [
            models.UniqueConstraint(fields=["owner", "code"], name="menu_once_per_code"),
            models.UniqueConstraint(fields=["owner", "id"], name="menu_of_owner"),
            CompositeForeignKey(
                fields=["owner", "tenant"],
                to="tenants.Tenant",
                to_fields=["owner", "id"],
                name="menu_tenant_of_the_same_owner",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class MenuItem(models.Model):
    """One title and amount of a menu."""

    owner = models.ForeignKey(Owner, models.PROTECT, related_name="+")
    menu = models.ForeignKey(Menu, models.PROTECT, related_name="items")
    place = models.IntegerField("順")
    title = models.CharField("件名", max_length=60)
    amount_yen = YenField("金額")
    tax_yen = YenField("うち消費税", null=True, blank=True)

    class Meta:
        verbose_name = "チャージ項目"
        verbose_name_plural = "チャージ項目"
        ordering = ["place"]
        constraints = [
            models.UniqueConstraint(fields=["menu", "place"], name="menu_item_once_per_place"),
            models.CheckConstraint(
                condition=Q(amount_yen__range=(1, 300_000)), name="menu_item_within_cap"
            ),
            models.CheckConstraint(
                condition=Q(tax_yen=None) | Q(tax_yen__gte=0, tax_yen__lt=F("amount_yen")),
                name="menu_item_tax_below_amount",
            ),
            CompositeForeignKey(
                fields=["owner", "menu"],
                to="billing.Menu",
                to_fields=["owner", "id"],
                name="menu_item_of_the_same_owner",
            ),
        ]
