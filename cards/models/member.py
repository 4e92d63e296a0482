"""会員: who holds a card of an owner."""

from django.db import models

from cards.models.card import Card
from tenants.models import Owner


class Member(models.Model):
    """An owner's member under the owner's own number, and the card now in its hands.

    ``print_name`` stands on the card where the name has letters that cannot be printed.
    """

    owner = models.ForeignKey(Owner, models.PROTECT, related_name="members")
    reference = models.CharField("会員番号", max_length=64)
    name = models.CharField("氏名", max_length=100, blank=True)
    print_name = models.CharField("印刷用氏名", max_length=100, blank=True)
    postal_code = models.CharField("郵便番号", max_length=16, blank=True)
    address1 = models.CharField("住所1", max_length=200, blank=True)
    address2 = models.CharField("住所2", max_length=200, blank=True)
    card = models.ForeignKey(Card, models.PROTECT, null=True, related_name="members")
    joined_at = models.DateTimeField("登録日時")

    class Meta:
        verbose_name = "会員"
        verbose_name_plural = "会員"
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "reference"], name="member_once_per_reference"
            ),
            models.UniqueConstraint(fields=["owner", "card"], name="member_once_per_card"),
            models.UniqueConstraint(fields=["owner", "id"], name="member_of_owner"),
        ]

    def __str__(self) -> str:
        return self.reference
