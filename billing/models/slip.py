"""申込券: the paper a kiosk prints, to be paid at the register within thirty minutes."""

from django.db import models
from django.db.models import Q

from billing.models.invoice import Invoice
from billing.models.store import Chain
from cards.models import Card
from smartpit.kernel.append_only import AppendOnly
from smartpit.kernel.constraints import CompositeForeignKey
from smartpit.kernel.fields import YenField
from tenants.models import Owner, Tenant


class Slip(models.Model):
    """One paper. It lives until ``expires_at``, or until a newer slip voids it.

    ``code`` stands in the free area of its 44-digit ``barcode`` and is what a till names as
    ``slip``. A slip may hold invoices of several owners: a standard card is nobody's.
    """

    code = models.CharField("申込券番号", max_length=16, primary_key=True)
    chain = models.ForeignKey(Chain, models.PROTECT, related_name="slips")
    store = models.CharField("店舗", max_length=7)
    terminal = models.CharField("端末", max_length=4)
    card = models.ForeignKey(Card, models.PROTECT, related_name="slips")
    barcode = models.CharField("バーコード", max_length=44, unique=True)
    amount_yen = YenField("金額")
    printed_at = models.DateTimeField("発行日時")
    expires_at = models.DateTimeField("有効期限")
    voided_at = models.DateTimeField("無効日時", null=True)

    class Meta:
        verbose_name = "申込券"
        verbose_name_plural = "申込券"
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_yen__range=(1, 300_000)), name="slip_within_cap"
            ),
            models.CheckConstraint(
                condition=Q(code__regex=r"^[0-9]{16}$", barcode__regex=r"^[0-9]{44}$"),
                name="slip_is_digits",
            ),
            AppendOnly(name="slip_append_only", movable=["voided_at"]),
        ]

    def __str__(self) -> str:
        return self.code


class SlipLine(models.Model):
    """One invoice of a slip, as it was when the paper was printed."""

    slip = models.ForeignKey(Slip, models.PROTECT, related_name="lines")
    place = models.SmallIntegerField("順")
    owner = models.ForeignKey(Owner, models.PROTECT, related_name="+")
    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="slip_lines")
    version = models.IntegerField("版")
    amount_yen = YenField("金額")

    class Meta:
        verbose_name = "申込券の行"
        verbose_name_plural = "申込券の行"
        ordering = ["place"]
        constraints = [
            models.UniqueConstraint(fields=["slip", "invoice"], name="slip_line_once_per_invoice"),
            models.UniqueConstraint(fields=["slip", "place"], name="slip_line_once_per_place"),
            CompositeForeignKey(
                fields=["owner", "tenant", "invoice"],
                to="billing.Invoice",
                to_fields=["owner", "tenant", "id"],
                name="slip_line_of_the_same_tenant",
            ),
            CompositeForeignKey(
                fields=["invoice", "version", "amount_yen"],
                to="billing.InvoiceVersion",
                to_fields=["invoice", "version", "amount_yen"],
                name="slip_line_of_an_amount_that_was_asked",
            ),
            AppendOnly(name="slip_line_append_only"),
        ]

    def __str__(self) -> str:
        return f"{self.slip_id}-{self.place}"
