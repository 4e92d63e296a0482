"""勘定科目の対応: what an owner calls the accounts that its journal files name."""

from django.db import models

from tenants.models import Owner, Staff

NAME_LENGTH_MAX = 24


class AccountMapping(models.Model):
    """An owner's own names; without a row the defaults hold. It is a setting and no fact."""

    owner = models.OneToOneField(Owner, models.PROTECT, related_name="account_mapping")
    receivable = models.CharField("センターへの債権", max_length=NAME_LENGTH_MAX)
    receivable_sub = models.CharField("同・補助科目", max_length=NAME_LENGTH_MAX, blank=True)
    collected = models.CharField("収納で消し込む科目", max_length=NAME_LENGTH_MAX)
    collected_sub = models.CharField("同・補助科目", max_length=NAME_LENGTH_MAX, blank=True)
    bank = models.CharField("入金口座", max_length=NAME_LENGTH_MAX)
    bank_sub = models.CharField("同・補助科目", max_length=NAME_LENGTH_MAX, blank=True)
    fee = models.CharField("手数料", max_length=NAME_LENGTH_MAX)
    input_tax = models.CharField("手数料の消費税", max_length=NAME_LENGTH_MAX)
    stamp = models.CharField("収入印紙相当額", max_length=NAME_LENGTH_MAX)
    separates_tax = models.BooleanField("消費税を別の行にする")
    changed_by = models.ForeignKey(
        Staff, models.PROTECT, null=True, related_name="+", verbose_name="変更者"
    )
    changed_at = models.DateTimeField("変更日時")

    class Meta:
        verbose_name = "勘定科目の対応"
        verbose_name_plural = "勘定科目の対応"
