"""契約: dated terms of an owner. Never edited: superseded from a date."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from smartpit.kernel.append_only import AppendOnly
from smartpit.kernel.fields import YenField
from tenants.models.owner import Owner


class Contract(models.Model):
    """The terms from ``starts_on`` on, until the row with the next number takes over.

    In force on a day is the row with the latest ``starts_on`` on or before it; of two with the
    same day the later signed. ``ends_on`` is the last day of the whole contract.
    """

    class Connection(models.TextChoices):
        REGULAR = "regular", "レギュラー"
        SUPER = "super", "スーパー"

    class Cycle(models.TextChoices):
        FIVE_DAY = "5-day", "5日ごと（月6回）"
        TEN_DAY = "10-day", "10日ごと（月3回）"
        HALF_MONTH = "half-month", "半月ごと（月2回）"
        MONTH_END = "month-end", "月末（月1回）"

    class CertifiedProduct(models.TextChoices):
        CSAS = "CSAS", "CSAS"
        CSAS_XT = "CSAS-XT", "CSAS-XT"

    class SetupFees(models.TextChoices):
        FIRST_STATEMENT = "first_statement", "初回精算で控除"
        APART = "apart", "別途請求"

    class Stamp(models.TextChoices):
        BY_AMOUNT = "by_amount", "金額による"
        EXEMPT = "exempt", "非課税"

    class RegistrationBasis(models.TextChoices):
        CONTRACT = "contract", "契約ごと"
        NUMBER = "number", "番号ごと"
        INVOICE = "invoice", "請求情報ごと"

    owner = models.ForeignKey(Owner, models.PROTECT, related_name="contracts")
    number = models.PositiveIntegerField("契約番号")
    starts_on = models.DateField("適用開始日")
    ends_on = models.DateField("契約終了日", null=True, blank=True)
    plan = models.SlugField("プラン", max_length=40)
    connection = models.CharField("接続タイプ", max_length=10, choices=Connection.choices)
    certified_product = models.CharField(
        "認定製品", max_length=10, choices=CertifiedProduct.choices, null=True, blank=True
    )
    cycle = models.CharField("精算サイクル", max_length=10, choices=Cycle.choices)
    setup_fees = models.CharField(
        "初期費用", max_length=20, choices=SetupFees.choices, default=SetupFees.FIRST_STATEMENT
    )
    stamp = models.CharField(
        "収入印紙", max_length=10, choices=Stamp.choices, default=Stamp.BY_AMOUNT
    )
    stamp_reason = models.CharField("非課税の理由", max_length=100, blank=True)
    repeat_yearly_yen = YenField("リピート年額", null=True, blank=True)
    first_registration_yen = YenField("初回登録料", null=True, blank=True)
    first_registration_basis = models.CharField(
        "初回登録料の単位",
        max_length=10,
        choices=RegistrationBasis.choices,
        default=RegistrationBasis.CONTRACT,
    )
    networks = ArrayField(
        models.CharField(max_length=43), verbose_name="接続元ネットワーク", default=list, blank=True
    )
    # SHA-256 of the certificates that the owner's systems show on a super contract's line.
    client_certificates = ArrayField(
        models.CharField(max_length=64),
        verbose_name="クライアント証明書",
        default=list,
        blank=True,
    )
    signed_at = models.DateTimeField("登録日時")

    class Meta:
        verbose_name = "契約"
        verbose_name_plural = "契約"
        constraints = [
            models.UniqueConstraint(fields=["owner", "number"], name="contract_once_per_number"),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=models.F("starts_on")),
                name="contract_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=Q(repeat_yearly_yen=None, first_registration_yen=None)
                | Q(repeat_yearly_yen__gte=0, first_registration_yen__gte=0),
                name="contract_repeat_option_is_whole",
            ),
            models.CheckConstraint(
                condition=~Q(stamp="exempt") | ~Q(stamp_reason=""),
                name="contract_stamp_exemption_has_a_reason",
            ),
            AppendOnly(name="contract_append_only"),
        ]

    def __str__(self) -> str:
        return f"{self.owner_id}-{self.number}"
