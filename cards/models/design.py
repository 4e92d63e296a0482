"""デザイン: what an owner prints on its cards, in versions that stay."""

from django.db import models

from smartpit.kernel.append_only import AppendOnly
from smartpit.kernel.constraints import CompositeForeignKey
from tenants.models import Owner


class Design(models.Model):
    """A design under the owner's own code; what it looks like is its newest version."""

    class Medium(models.TextChoices):
        PLASTIC = "plastic", "プラスチックカード"
        PAPER = "paper", "紙カード"
        PET = "pet", "PETカード（要確認）"
        POSTCARD = "postcard", "はがき"
        PHONE = "phone", "電子カード"

    owner = models.ForeignKey(Owner, models.PROTECT, related_name="designs")
    code = models.SlugField("コード", max_length=40)
    name = models.CharField("名称", max_length=60)
    medium = models.CharField("媒体", max_length=8, choices=Medium.choices)
    made_at = models.DateTimeField("作成日時")

    class Meta:
        verbose_name = "デザイン"
        verbose_name_plural = "デザイン"
        constraints = [
            models.UniqueConstraint(fields=["owner", "code"], name="design_once_per_code"),
            models.UniqueConstraint(fields=["owner", "id"], name="design_of_owner"),
        ]

    def __str__(self) -> str:
        return self.name


class DesignVersion(models.Model):
    """A layout as it was saved; a batch names the version it was printed with."""

    owner = models.ForeignKey(Owner, models.PROTECT, related_name="+")
    design = models.ForeignKey(Design, models.PROTECT, related_name="versions")
    version = models.IntegerField("版")
    layout = models.JSONField()
    made_at = models.DateTimeField("作成日時")
    made_by = models.ForeignKey("tenants.Staff", models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = "デザインの版"
        verbose_name_plural = "デザインの版"
        constraints = [
            models.UniqueConstraint(fields=["design", "version"], name="design_version_once"),
            models.UniqueConstraint(fields=["owner", "id"], name="design_version_of_owner"),
            CompositeForeignKey(
                fields=["owner", "design"],
                to="cards.Design",
                to_fields=["owner", "id"],
                name="design_version_of_the_same_owner",
            ),
            AppendOnly(name="design_version_append_only"),
        ]

    def __str__(self) -> str:
        return f"{self.design} 版{self.version}"


class ProofApproval(models.Model):
    """The centre has seen a proof of this version: what PET asks for before it is ordered."""

    owner = models.ForeignKey(Owner, models.PROTECT, related_name="+")
    version = models.OneToOneField(DesignVersion, models.PROTECT, related_name="approval")
    approved_by = models.ForeignKey("tenants.Staff", models.PROTECT, related_name="+")
    approved_at = models.DateTimeField("承認日時")
    note = models.CharField("メモ", max_length=200, blank=True)

    class Meta:
        verbose_name = "校正の承認"
        verbose_name_plural = "校正の承認"
        constraints = [
            CompositeForeignKey(
                fields=["owner", "version"],
                to="cards.DesignVersion",
                to_fields=["owner", "id"],
                name="proof_approval_of_the_same_owner",
            ),
            AppendOnly(name="proof_approval_append_only"),
        ]

    def __str__(self) -> str:
        return str(self.version)


class PrinterProfile(models.Model):
    """プリンター設定: an owner's paper and margins, entered once and used for every order."""

    owner = models.ForeignKey(Owner, models.PROTECT, related_name="printer_profiles")
    code = models.SlugField("コード", max_length=40)
    name = models.CharField("名称", max_length=60)
    document = models.JSONField()
    made_at = models.DateTimeField("作成日時")

    class Meta:
        verbose_name = "プリンター設定"
        verbose_name_plural = "プリンター設定"
        constraints = [
            models.UniqueConstraint(fields=["owner", "code"], name="printer_profile_once_per_code"),
        ]

    def __str__(self) -> str:
        return self.name
