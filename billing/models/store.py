"""Store chains, their keys, and the stores and terminals that were ever seen."""

from django.db import models


class Chain(models.Model):
    """A convenience-store chain that takes the payers' cash."""

    code = models.SlugField("チェーン", max_length=20, primary_key=True)
    name = models.CharField("名称", max_length=40)
    file_code = models.CharField("確報コード", max_length=6, unique=True)
    # A chain says so once its registers have passed the test with our bars (contract section 7).
    reads_card_barcode = models.BooleanField("レジでカードを読む", default=False)

    class Meta:
        verbose_name = "コンビニチェーン"
        verbose_name_plural = "コンビニチェーン"

    def __str__(self) -> str:
        return self.name


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
    """A till or kiosk; it needs no registration and is recorded when first seen."""

    chain = models.ForeignKey(Chain, models.PROTECT, related_name="terminals")
    store = models.CharField("店舗", max_length=7)
    terminal = models.CharField("端末", max_length=4)
    seen_first_at = models.DateTimeField("初回受信")

    class Meta:
        verbose_name = "端末"
        verbose_name_plural = "端末"
        constraints = [
            models.UniqueConstraint(fields=["chain", "store", "terminal"], name="terminal_once"),
        ]

    def __str__(self) -> str:
        return f"{self.chain_id} {self.store} {self.terminal}"
