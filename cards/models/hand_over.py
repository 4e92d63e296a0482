"""カード受付: a card handed over the counter, and taken back the same day."""

from typing import TYPE_CHECKING

from django.db import models

from cards.models.card import Card
from cards.models.member import Member
from smartpit.kernel.append_only import AppendOnly
from smartpit.kernel.constraints import CompositeForeignKey
from tenants.models import Owner


class HandOver(models.Model):
    """A clerk bound this card to this member; ``menu`` is the code of what was registered.

    The invoices are found by the menu's references, which name the card. It stands until it is
    undone, however often the card is suspended or replaced later.
    """

    owner = models.ForeignKey(Owner, models.PROTECT, related_name="hand_overs")
    member = models.ForeignKey(Member, models.PROTECT, related_name="hand_overs")
    card = models.ForeignKey(Card, models.PROTECT, related_name="hand_overs")
    menu = models.CharField("チャージメニュー", max_length=40, blank=True)
    was_new_member = models.BooleanField("新しい会員")
    handed_by = models.ForeignKey("tenants.Staff", models.PROTECT, related_name="+")
    handed_at = models.DateTimeField("受付日時")

    if TYPE_CHECKING:
        undone: "HandOverUndone"

    class Meta:
        verbose_name = "カード受付"
        verbose_name_plural = "カード受付"
        indexes = [models.Index(fields=["owner", "-handed_at"], name="hand_over_newest")]
        constraints = [
            models.UniqueConstraint(fields=["owner", "id"], name="hand_over_of_owner"),
            CompositeForeignKey(
                fields=["owner", "member"],
                to="cards.Member",
                to_fields=["owner", "id"],
                name="hand_over_member_of_the_same_owner",
            ),
            AppendOnly(name="hand_over_append_only"),
        ]

    def __str__(self) -> str:
        return f"{self.card} → {self.member}"


class HandOverUndone(models.Model):
    """受付取消: the card went to the wrong hands; it is blank again."""

    owner = models.ForeignKey(Owner, models.PROTECT, related_name="+")
    hand_over = models.OneToOneField(HandOver, models.PROTECT, related_name="undone")
    undone_by = models.ForeignKey("tenants.Staff", models.PROTECT, related_name="+")
    undone_at = models.DateTimeField("取消日時")
    reason = models.CharField("理由", max_length=200, blank=True)

    class Meta:
        verbose_name = "カード受付の取消"
        verbose_name_plural = "カード受付の取消"
        constraints = [
            CompositeForeignKey(
                fields=["owner", "hand_over"],
                to="cards.HandOver",
                to_fields=["owner", "id"],
                name="hand_over_undone_of_the_same_owner",
            ),
            AppendOnly(name="hand_over_undone_append_only"),
        ]

    def __str__(self) -> str:
        return str(self.hand_over)
