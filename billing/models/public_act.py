"""What people did who are not signed in, kept for as long as it counts against a limit."""

from django.db import models
from django.db.models import Q

from cards.models import Card


class PublicAct(models.Model):
    """One act of a payer, or of whoever says so.

    ``source`` is a keyed hash of where it came from: enough to count by, not enough to look
    anybody up. ``press`` is the press of a button: the same one again is answered by the same
    ``card``. Rows are no facts: a sweep forgets them.
    """

    class Kind(models.TextChoices):
        SHEET = "sheet", "シートの作成"
        MISS = "miss", "知らないカードページ"
        CHOICE = "choice", "金額の選択"

    kind = models.CharField("種類", max_length=10, choices=Kind.choices)
    source = models.CharField(max_length=64)
    acted_at = models.DateTimeField("日時")
    press = models.UUIDField(null=True, unique=True)
    card = models.ForeignKey(Card, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = "公開ページの操作"
        verbose_name_plural = "公開ページの操作"
        indexes = [
            models.Index(fields=["kind", "source", "-acted_at"], name="public_act_of_source"),
            models.Index(fields=["kind", "-acted_at"], name="public_act_newest"),
            models.Index(fields=["acted_at"], name="public_act_to_forget"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="sheet", press__isnull=False, card__isnull=False)
                | ~Q(kind="sheet") & Q(press=None, card=None),
                name="public_act_makes_a_card_or_none",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.acted_at}"
