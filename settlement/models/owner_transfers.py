"""What an owner's own transfers to its tenants need: its consignor, their accounts, the files."""

import uuid

from django.db import models

from settlement.models.statement import Statement
from smartpit.kernel.append_only import AppendOnly
from smartpit.kernel.constraints import CompositeForeignKey
from smartpit.kernel.fields import YenField
from tenants.models import Owner, Staff, Tenant

_KINDS = [("1", "普通"), ("2", "当座"), ("4", "貯蓄"), ("9", "その他")]


class OwnerConsignor(models.Model):
    """振込依頼人: the owner as its own bank knows it, and who bears what a transfer costs.

    Dated rows, the newest counts. Where the receiver bears the charge (先方負担) it is taken off
    the amount, by whether the account is with the owner's own bank.
    """

    class Bearer(models.TextChoices):
        SENDER = "sender", "当方負担"
        RECEIVER = "receiver", "先方負担"

    owner = models.ForeignKey(Owner, models.PROTECT, related_name="consignors")
    number = models.PositiveIntegerField("世代")
    consignor_code = models.CharField("振込依頼人コード", max_length=10)
    consignor_kana = models.CharField("振込依頼人名（カナ）", max_length=40)
    bank_code = models.CharField("銀行番号", max_length=4)
    bank_kana = models.CharField("銀行名（カナ）", max_length=15)
    branch_code = models.CharField("支店番号", max_length=3)
    branch_kana = models.CharField("支店名（カナ）", max_length=15)
    account_kind = models.CharField("預金種目", max_length=1, choices=_KINDS, default="1")
    account_number = models.CharField("口座番号", max_length=7)
    bearer = models.CharField("振込手数料", max_length=10, choices=Bearer.choices)
    charge_same_bank_yen = YenField("手数料（同じ銀行）", default=0)
    charge_other_bank_yen = YenField("手数料（他の銀行）", default=0)
    told_by = models.ForeignKey(Staff, models.PROTECT, related_name="+")
    told_at = models.DateTimeField("登録日時")

    class Meta:
        verbose_name = "オーナーの振込依頼人"
        verbose_name_plural = "オーナーの振込依頼人"
        constraints = [
            models.UniqueConstraint(fields=["owner", "number"], name="consignor_once_per_number"),
            models.CheckConstraint(
                condition=models.Q(charge_same_bank_yen__range=(0, 5_000))
                & models.Q(charge_other_bank_yen__range=(0, 5_000)),
                name="consignor_charges_in_range",
            ),
            AppendOnly(name="owner_consignor_append_only"),
        ]


class TenantAccount(models.Model):
    """The account a tenant is paid into by its owner, as dated rows; the newest counts."""

    owner = models.ForeignKey(Owner, models.PROTECT, related_name="+")
    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="accounts")
    number = models.PositiveIntegerField("世代")
    bank_code = models.CharField("銀行番号", max_length=4)
    bank_kana = models.CharField("銀行名（カナ）", max_length=15)
    branch_code = models.CharField("支店番号", max_length=3)
    branch_kana = models.CharField("支店名（カナ）", max_length=15)
    account_kind = models.CharField("預金種目", max_length=1, choices=_KINDS, default="1")
    account_number = models.CharField("口座番号", max_length=7)
    holder_kana = models.CharField("口座名義（カナ）", max_length=30)
    told_by = models.ForeignKey(Staff, models.PROTECT, related_name="+")
    told_at = models.DateTimeField("登録日時")

    class Meta:
        verbose_name = "テナントの口座"
        verbose_name_plural = "テナントの口座"
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "number"], name="tenant_account_once_per_number"
            ),
            CompositeForeignKey(
                fields=["owner", "tenant"],
                to="tenants.Tenant",
                to_fields=["owner", "id"],
                name="tenant_account_of_the_same_owner",
            ),
            AppendOnly(name="tenant_account_append_only"),
        ]


class TenantTransferFile(models.Model):
    """The one Zengin file of a statement's nets, byte for byte: a second order pays twice."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(Owner, models.PROTECT, related_name="+")
    statement = models.OneToOneField(Statement, models.PROTECT, related_name="tenant_transfers")
    pays_on = models.DateField("振込指定日")
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    count = models.IntegerField("件数")
    total_yen = YenField("合計")
    drawn_by = models.ForeignKey(Staff, models.PROTECT, related_name="+", verbose_name="作成者")
    drawn_at = models.DateTimeField("作成日時")

    class Meta:
        verbose_name = "テナントへの振込ファイル"
        verbose_name_plural = "テナントへの振込ファイル"
        constraints = [
            CompositeForeignKey(
                fields=["owner", "statement"],
                to="settlement.Statement",
                to_fields=["owner", "id"],
                name="tenant_transfers_of_the_same_owner",
            ),
            AppendOnly(name="tenant_transfer_file_append_only"),
        ]
