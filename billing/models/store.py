"""Store chains, their keys, and the stores and terminals that were ever seen."""

from django.db import models
from django.db.models import Q


class Chain(models.Model):
    """A convenience-store chain that takes the payers' cash; and its test twin.

    A test twin is a chain of its own (``is_test``): its tills reach the owners' test twins and
    nothing else, as a live chain's tills reach live owners only. So a test payment has a key, a
    day's list and a file of its own, and none of the live ones.
    """

    code = models.SlugField("チェーン", max_length=20, primary_key=True)
    name = models.CharField("名称", max_length=40)
    file_code = models.CharField("確報コード", max_length=6)
    is_test = models.BooleanField("テスト環境", default=False)
    twin_of = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="twin", verbose_name="本番側"
    )
    # A chain says so once its registers have passed the test with our bars (contract section 7).
    reads_card_barcode = models.BooleanField("レジでカードを読む", default=False)

    class Meta:
        verbose_name = "コンビニチェーン"
        verbose_name_plural = "コンビニチェーン"
        constraints = [
            models.UniqueConstraint(
                fields=["file_code", "is_test"], name="chain_once_per_file_code_and_side"
            ),
            models.CheckConstraint(
                condition=Q(is_test=True, twin_of__isnull=False) | Q(is_test=False, twin_of=None),
                name="chain_twin_is_a_test",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def told_code(self) -> str:
        """Return the code that owners are told: a test twin speaks as the chain it stands for."""
        return self.twin_of_id or self.code


class ChainKey(models.Model):
    """A chain's secret for the till API; two overlap in rotation."""

    chain = models.ForeignKey(Chain, models.PROTECT, related_name="keys")
    prefix = models.CharField("先頭", max_length=20)
    sha256 = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField("発行日時")
    expires_at = models.DateTimeField("失効日時", null=True, blank=True)

    class Meta:
        verbose_name = "チェーンのキー"
        verbose_name_plural = "チェーンのキー"

    def __str__(self) -> str:
        return f"{self.prefix}…"


class Terminal(models.Model):
    """A till or kiosk; it needs no registration and is recorded when first seen.

    ``inquiries_from`` stands after too many misses: until then its inquiries are refused.
    """

    chain = models.ForeignKey(Chain, models.PROTECT, related_name="terminals")
    store = models.CharField("店舗", max_length=7)
    terminal = models.CharField("端末", max_length=4)
    seen_first_at = models.DateTimeField("初回受信")
    inquiries_from = models.DateTimeField("照会の再開", null=True, blank=True)

    class Meta:
        verbose_name = "端末"
        verbose_name_plural = "端末"
        constraints = [
            models.UniqueConstraint(fields=["chain", "store", "terminal"], name="terminal_once"),
        ]

    def __str__(self) -> str:
        return f"{self.chain_id} {self.store} {self.terminal}"


class Miss(models.Model):
    """An inquiry for a number that nobody has; rows are no facts: a sweep forgets them."""

    chain = models.ForeignKey(Chain, models.PROTECT, related_name="+")
    store = models.CharField("店舗", max_length=7)
    terminal = models.CharField("端末", max_length=4)
    missed_at = models.DateTimeField("日時")

    class Meta:
        verbose_name = "番号違い"
        verbose_name_plural = "番号違い"
        indexes = [
            models.Index(fields=["chain", "store", "terminal", "-missed_at"], name="miss_of_till"),
            models.Index(fields=["missed_at"], name="miss_to_forget"),
        ]

    def __str__(self) -> str:
        return f"{self.chain_id} {self.store} {self.terminal}"
