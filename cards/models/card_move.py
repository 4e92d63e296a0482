"""カードの履歴: who moved a card's status, when and why."""

from django.db import models

from cards.models.card import Card
from smartpit.kernel.append_only import AppendOnly
from tenants.models import Owner


class CardMove(models.Model):
    """One step of a card along its states; without ``by``, the owner's system asked for it.

    ``owner`` is the card's, none for a standard card, which only the centre moves.
    """

    owner = models.ForeignKey(Owner, models.PROTECT, null=True, related_name="+")
    card = models.ForeignKey(Card, models.PROTECT, related_name="moves")
    came_from = models.CharField("元の状態", max_length=10, choices=Card.Status.choices)
    to = models.CharField("状態", max_length=10, choices=Card.Status.choices)
    by = models.ForeignKey("tenants.Staff", models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField("日時")
    reason = models.CharField("理由", max_length=200, blank=True)

    class Meta:
        verbose_name = "カードの履歴"
        verbose_name_plural = "カードの履歴"
        indexes = [models.Index(fields=["owner", "-at"], name="card_move_newest")]
        constraints = [AppendOnly(name="card_move_append_only")]

    def __str__(self) -> str:
        return f"{self.card} {self.came_from} → {self.to}"
