"""入金: what chains remit, what the bank's statement tells, and what each of its lines was."""

import uuid

from django.db import models
from django.db.models import F, Q

from billing.models import Chain
from settlement.models.payout import BankFile, Payout
from smartpit.kernel.append_only import AppendOnly
from smartpit.kernel.constraints import CompositeForeignKey
from smartpit.kernel.fields import YenField
from tenants.models import Staff

CUT_OFFS = [
    ("5-day", "5日ごと"),
    ("10-day", "10日ごと"),
    ("half-month", "月2回"),
    ("month-end", "月末"),
]


class RemittanceTerms(models.Model):
    """When and how a chain remits, as dated rows: what was agreed stays as it was agreed."""

    chain = models.ForeignKey(
        Chain, models.PROTECT, related_name="remittance_terms", verbose_name="チェーン"
    )
    number = models.PositiveIntegerField("世代")
    starts_on = models.DateField("適用開始日")
    cut_off = models.CharField("締め", max_length=10, choices=CUT_OFFS)
    after_days = models.PositiveSmallIntegerField("締めから入金までの日数")
    payment_fee_yen = YenField("手数料（1件）")
    transfer_fee_yen = YenField("手数料（1入金）")
    sender_code = models.CharField("振込依頼人コード", max_length=10, blank=True)
    sender_kana = models.CharField("振込依頼人名（カナ）", max_length=48)
    agreed_by = models.ForeignKey(
        Staff, models.PROTECT, null=True, related_name="+", verbose_name="登録者"
    )
    agreed_at = models.DateTimeField("登録日時")

    class Meta:
        verbose_name = "チェーンの入金条件"
        verbose_name_plural = "チェーンの入金条件"
        constraints = [
            models.UniqueConstraint(
                fields=["chain", "number"], name="remittance_terms_once_per_number"
            ),
            models.UniqueConstraint(
                fields=["chain", "starts_on"], name="remittance_terms_once_per_day"
            ),
            models.UniqueConstraint(fields=["chain", "id"], name="remittance_terms_of_chain"),
            models.CheckConstraint(
                condition=Q(after_days__range=(1, 90)), name="remittance_comes_within_90_days"
            ),
            models.CheckConstraint(
                condition=Q(payment_fee_yen__range=(0, 10_000))
                & Q(transfer_fee_yen__range=(0, 100_000)),
                name="remittance_fees_in_range",
            ),
            AppendOnly(name="remittance_terms_append_only"),
        ]

    def __str__(self) -> str:
        return f"{self.chain_id} {self.starts_on}"


class Remittance(models.Model):
    """入金予定: what a chain must remit for one period, drawn once, when its day has come.

    ``cut_off`` is the period's last business date. ``amount_yen`` is what shall arrive: the
    payments' sum less the chain's fee.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    chain = models.ForeignKey(
        Chain, models.PROTECT, related_name="remittances", verbose_name="チェーン"
    )
    terms = models.ForeignKey(
        RemittanceTerms, models.PROTECT, related_name="+", verbose_name="入金条件"
    )
    cut_off = models.DateField("締日")
    remits_on = models.DateField("入金予定日")
    payments_count = models.IntegerField("件数")
    gross_yen = YenField("確報の合計")
    fee_yen = YenField("チェーン手数料")
    amount_yen = YenField("入金予定額")
    drawn_at = models.DateTimeField("作成日時")

    class Meta:
        verbose_name = "チェーンの入金予定"
        verbose_name_plural = "チェーンの入金予定"
        constraints = [
            models.UniqueConstraint(fields=["chain", "cut_off"], name="remittance_once_per_period"),
            models.UniqueConstraint(fields=["chain", "id"], name="remittance_of_chain"),
            models.CheckConstraint(
                condition=Q(fee_yen__gte=0)
                & Q(amount_yen__gte=0)
                & Q(amount_yen=F("gross_yen") - F("fee_yen")),
                name="remittance_adds_up",
            ),
            CompositeForeignKey(
                fields=["chain", "terms"],
                to="settlement.RemittanceTerms",
                to_fields=["chain", "id"],
                name="remittance_by_terms_of_the_same_chain",
            ),
            AppendOnly(name="remittance_append_only"),
        ]

    def __str__(self) -> str:
        return f"{self.chain_id} {self.cut_off}"


class BankStatement(models.Model):
    """入出金取引明細: one account's part of a file that was taken in whole, byte for byte."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField("ファイル名", max_length=100)
    sha256 = models.CharField("SHA-256", max_length=64)
    part = models.PositiveSmallIntegerField("ファイル内の順", default=1)
    content = models.BinaryField()
    account = models.CharField("口座", max_length=30)
    first_day = models.DateField("勘定日（自）")
    last_day = models.DateField("勘定日（至）")
    opening_yen = YenField("取引前残高")
    closing_yen = YenField("取引後残高")
    entries_count = models.IntegerField("明細")
    new_count = models.IntegerField("新しい明細")
    taken_by = models.ForeignKey(
        Staff, models.PROTECT, null=True, related_name="+", verbose_name="取込者"
    )
    taken_at = models.DateTimeField("取込日時")

    class Meta:
        verbose_name = "銀行の入出金明細ファイル"
        verbose_name_plural = "銀行の入出金明細ファイル"
        indexes = [models.Index(fields=["account", "taken_at"], name="bank_statement_newest")]
        constraints = [
            models.UniqueConstraint(
                fields=["sha256", "part"], name="bank_statement_once_per_content"
            ),
            AppendOnly(name="bank_statement_append_only"),
        ]

    def __str__(self) -> str:
        return self.name


class BankOpening(models.Model):
    """What stood in the account before its first statement, and is in no fact of the centre.

    ``amount_yen`` is what the bank told less what the books already said, so that from then on
    the books' bank and the bank's own balance are the same.
    """

    statement = models.OneToOneField(BankStatement, models.PROTECT, related_name="opening")
    account = models.CharField("口座", max_length=30, unique=True)
    day = models.DateField("前日")
    amount_yen = YenField("繰越額")

    class Meta:
        verbose_name = "口座の期首残高"
        verbose_name_plural = "口座の期首残高"
        constraints = [AppendOnly(name="bank_opening_append_only")]

    def __str__(self) -> str:
        return self.account


class BankEntry(models.Model):
    """One line of the bank's statement; told again by another file, it is the same row.

    ``own_key`` is the bank's inquiry number; where the bank gives none, which of the day's equal
    lines it is.
    """

    class Direction(models.TextChoices):
        IN = "in", "入金"
        OUT = "out", "出金"

    statement = models.ForeignKey(
        BankStatement, models.PROTECT, related_name="entries", verbose_name="ファイル"
    )
    account = models.CharField("口座", max_length=30)
    day = models.DateField("勘定日")
    own_key = models.CharField("照会番号", max_length=80)
    value_day = models.DateField("起算日")
    direction = models.CharField("入払", max_length=3, choices=Direction.choices)
    trade = models.CharField("取引区分", max_length=2)
    amount_yen = YenField("金額")
    sender_code = models.CharField("振込依頼人コード", max_length=10, blank=True)
    sender_kana = models.CharField("振込依頼人名", max_length=48, blank=True)
    bank_kana = models.CharField("仕向銀行", max_length=15, blank=True)
    branch_kana = models.CharField("仕向店", max_length=15, blank=True)
    summary = models.CharField("摘要", max_length=20, blank=True)
    edi = models.CharField("EDI情報", max_length=20, blank=True)

    class Meta:
        verbose_name = "銀行の入出金明細"
        verbose_name_plural = "銀行の入出金明細"
        constraints = [
            models.UniqueConstraint(fields=["account", "day", "own_key"], name="bank_entry_once"),
            models.CheckConstraint(
                condition=Q(amount_yen__range=(1, 999_999_999_999)), name="bank_entry_moves_money"
            ),
            AppendOnly(name="bank_entry_append_only"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.get_direction_display()} {self.amount_yen:,}円"


class EntryRuling(models.Model):
    """消込: what a line of the bank's statement was. Without one its money is in suspense.

    ``at_once`` rulings came with the line, by the rules alone; the others found it in suspense
    and moved it out on ``ruled_on``.
    """

    class Kind(models.TextChoices):
        REMITTANCE = "remittance", "チェーンの入金"
        TRANSFERS = "transfers", "総合振込"
        RETURNED = "returned", "振込不能・組戻し"
        OWN = "own", "自己資金"

    entry = models.OneToOneField(
        BankEntry, models.PROTECT, related_name="ruling", verbose_name="明細"
    )
    kind = models.CharField("内容", max_length=10, choices=Kind.choices)
    chain = models.ForeignKey(
        Chain, models.PROTECT, null=True, related_name="+", verbose_name="チェーン"
    )
    bank_file = models.OneToOneField(
        BankFile, models.PROTECT, null=True, related_name="ruling", verbose_name="振込ファイル"
    )
    payout = models.OneToOneField(
        Payout, models.PROTECT, null=True, related_name="ruling", verbose_name="精算入金"
    )
    difference_yen = YenField("予定との差額", default=0)
    at_once = models.BooleanField("取込時に確定")
    ruled_on = models.DateField("消込日")
    ruled_by = models.ForeignKey(
        Staff, models.PROTECT, null=True, related_name="+", verbose_name="消込者"
    )
    ruled_at = models.DateTimeField("消込日時")
    reason = models.CharField("理由", max_length=200, blank=True)

    class Meta:
        verbose_name = "入出金の消込"
        verbose_name_plural = "入出金の消込"
        constraints = [
            models.UniqueConstraint(fields=["chain", "id"], name="ruling_of_chain"),
            models.CheckConstraint(
                condition=Q(kind="remittance", chain__isnull=False, bank_file=None, payout=None)
                | Q(kind="transfers", chain=None, bank_file__isnull=False, payout=None)
                | Q(kind="returned", chain=None, bank_file=None, payout__isnull=False)
                | Q(kind="own", chain=None, bank_file=None, payout=None),
                name="ruling_names_what_it_was",
            ),
            models.CheckConstraint(
                condition=Q(at_once=True, ruled_by=None) | Q(at_once=False),
                name="ruling_at_once_is_nobodys",
            ),
            AppendOnly(name="ruling_append_only"),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()


class RemittanceReceipt(models.Model):
    """A remittance that has come, with the line that brought it; several may come as one."""

    remittance = models.OneToOneField(Remittance, models.PROTECT, related_name="receipt")
    ruling = models.ForeignKey(EntryRuling, models.PROTECT, related_name="receipts")
    chain = models.ForeignKey(Chain, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "入金予定の消込"
        verbose_name_plural = "入金予定の消込"
        constraints = [
            CompositeForeignKey(
                fields=["chain", "remittance"],
                to="settlement.Remittance",
                to_fields=["chain", "id"],
                name="receipt_of_the_same_chain",
            ),
            CompositeForeignKey(
                fields=["chain", "ruling"],
                to="settlement.EntryRuling",
                to_fields=["chain", "id"],
                name="receipt_by_a_ruling_of_the_same_chain",
            ),
            AppendOnly(name="remittance_receipt_append_only"),
        ]

    def __str__(self) -> str:
        return str(self.remittance)
