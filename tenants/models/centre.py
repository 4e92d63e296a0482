"""センター: the issuer of statements and the consignor of transfers, one row a folder."""

from django.db import models
from django.db.models import Q


class Centre(models.Model):
    """Who runs this centre. ``is_demo`` marks a folder whose world is invented.

    The registration number and the paying account may be told later than the founding; a
    statement's invoice and a bank file are refused until they are there.
    """

    name = models.CharField("名称", max_length=100)
    registration_number = models.CharField("登録番号", max_length=14, blank=True)
    contact_email = models.EmailField("連絡先メール")
    contact_phone = models.CharField("連絡先電話", max_length=20, blank=True)
    is_demo = models.BooleanField("デモ", default=False)
    consignor_code = models.CharField("振込依頼人コード", max_length=10, blank=True)
    consignor_kana = models.CharField("振込依頼人名（カナ）", max_length=40, blank=True)
    bank_code = models.CharField("銀行番号", max_length=4, blank=True)
    bank_kana = models.CharField("銀行名（カナ）", max_length=15, blank=True)
    branch_code = models.CharField("支店番号", max_length=3, blank=True)
    branch_kana = models.CharField("支店名（カナ）", max_length=15, blank=True)
    account_kind = models.CharField("預金種目", max_length=1, default="1")
    account_number = models.CharField("口座番号", max_length=7, blank=True)
    number_key = models.BinaryField("番号の鍵", max_length=32)
    founded_at = models.DateTimeField("開設日時")

    class Meta:
        verbose_name = "センター"
        verbose_name_plural = "センター"
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="centre_is_one"),
        ]

    def __str__(self) -> str:
        return self.name
