"""入稿データ: who took an order's cards out of the centre, when and why."""

from django.db import models
from django.db.models import Q

from cards.models.batch import Batch
from smartpit.kernel.append_only import AppendOnly
from smartpit.kernel.constraints import CompositeForeignKey
from tenants.models import Owner


class CardPack(models.Model):
    """One pack that was made; the row stays, so that a leak can be followed to who made it.

    Its password is shown once and kept nowhere. ``alerted_at`` is when the owner's administrators
    were mailed.
    """

    owner = models.ForeignKey(Owner, models.PROTECT, related_name="+")
    batch = models.ForeignKey(Batch, models.PROTECT, related_name="packs")
    made_by = models.ForeignKey("tenants.Staff", models.PROTECT, related_name="+")
    reason = models.CharField("理由", max_length=200)
    count = models.IntegerField("枚数")
    sha256 = models.CharField(max_length=64)
    made_at = models.DateTimeField("作成日時")
    alerted_at = models.DateTimeField("通知日時", null=True)

    class Meta:
        verbose_name = "入稿データ"
        verbose_name_plural = "入稿データ"
        constraints = [
            models.UniqueConstraint(fields=["owner", "id"], name="card_pack_of_owner"),
            models.CheckConstraint(condition=~Q(reason=""), name="card_pack_has_a_reason"),
            CompositeForeignKey(
                fields=["owner", "batch"],
                to="cards.Batch",
                to_fields=["owner", "id"],
                name="card_pack_of_the_same_owner",
            ),
            AppendOnly(name="card_pack_append_only", movable=["alerted_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.batch} {self.count}"


class CardPackFile(models.Model):
    """The locked file of a pack, until it is taken: once, or not at all after an hour."""

    owner = models.ForeignKey(Owner, models.PROTECT, related_name="+")
    pack = models.OneToOneField(CardPack, models.PROTECT, related_name="file")
    content = models.BinaryField()

    class Meta:
        constraints = [
            CompositeForeignKey(
                fields=["owner", "pack"],
                to="cards.CardPack",
                to_fields=["owner", "id"],
                name="card_pack_file_of_the_same_owner",
            ),
        ]
