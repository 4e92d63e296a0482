"""オーナー企業: the company that has the contract; and its test twin."""

from django.db import models
from django.db.models import F, Q


class Owner(models.Model):
    """A company whose invoices the centre collects.

    A test twin is an owner of its own (``is_test``) that carries the code of the owner it stands
    beside. So nothing of the test side can reach the books by a forgotten filter: it belongs to
    somebody else.
    """

    code = models.SlugField("オーナーコード", max_length=40)
    name = models.CharField("名称", max_length=100)
    is_test = models.BooleanField("テスト環境", default=False)
    twin_of = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="twin", verbose_name="本番側"
    )
    contact_name = models.CharField("問合せ先名称", max_length=100, blank=True)
    contact_phone = models.CharField("問合せ先電話", max_length=20, blank=True)
    contact_hours = models.CharField("受付時間", max_length=60, blank=True)
    contact_email = models.EmailField("連絡先メール", blank=True)
    opened_at = models.DateTimeField("登録日時")

    class Meta:
        verbose_name = "オーナー企業"
        verbose_name_plural = "オーナー企業"
        constraints = [
            models.UniqueConstraint(
                fields=["code", "is_test"], name="owner_once_per_code_and_side"
            ),
            models.CheckConstraint(
                condition=Q(is_test=True) | Q(twin_of=None), name="owner_twin_is_a_test"
            ),
            models.CheckConstraint(
                condition=Q(twin_of=None) | ~Q(twin_of=F("pk")), name="owner_is_not_its_own_twin"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}（テスト）" if self.is_test else self.name
