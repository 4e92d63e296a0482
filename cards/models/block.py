"""Number blocks: which counters of a kind are whose."""

from django.db import models
from django.db.models import F, Q

from cards.models.kind import Kind
from tenants.models import Owner


class Block(models.Model):
    """A run of counters of one kind, ``first`` to ``first + size - 1``, ``used`` of them spent.

    The permutation of a counter is the number, so blocks that never overlap mean numbers that
    are never given twice. Barcode numbers come from one range for all kinds, so ``barcode_first``
    runs on over all blocks. A joint card's block is its owner's; a standard card's is nobody's.
    """

    kind = models.CharField("種類", max_length=10, choices=Kind.choices)
    is_test = models.BooleanField("テスト", default=False)
    owner = models.ForeignKey(
        Owner, models.PROTECT, null=True, blank=True, related_name="blocks", verbose_name="オーナー"
    )
    first = models.BigIntegerField("先頭")
    barcode_first = models.BigIntegerField("バーコードの先頭")
    size = models.IntegerField("件数")
    used = models.IntegerField("使用済", default=0)
    allotted_at = models.DateTimeField("割当日時")

    class Meta:
        verbose_name = "番号ブロック"
        verbose_name_plural = "番号ブロック"
        constraints = [
            models.UniqueConstraint(fields=["kind", "is_test", "first"], name="block_starts_once"),
            models.UniqueConstraint(fields=["barcode_first"], name="block_barcode_starts_once"),
            models.CheckConstraint(
                condition=Q(used__gte=0) & Q(used__lte=F("size")), name="block_never_overdrawn"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.first}"
