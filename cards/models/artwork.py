"""素材: what an owner uploads to print on its cards."""

import uuid

from django.db import models

from smartpit.kernel.append_only import AppendOnly
from tenants.models import Owner


class ArtworkFile(models.Model):
    """A picture or a page as our own reading wrote it anew; the upload itself is not kept."""

    class Kind(models.TextChoices):
        JPEG = "jpeg", "JPEG"
        PNG = "png", "PNG"
        PDF = "pdf", "PDF"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(Owner, models.PROTECT, related_name="artworks")
    file_name = models.CharField("ファイル名", max_length=200)
    kind = models.CharField("種類", max_length=4, choices=Kind.choices)
    content = models.BinaryField()
    preview = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    width_px = models.IntegerField(null=True)
    height_px = models.IntegerField(null=True)
    width_mm = models.FloatField(null=True)
    height_mm = models.FloatField(null=True)
    mode = models.CharField(max_length=4, blank=True)
    unembedded_fonts = models.JSONField(default=list)
    uploaded_at = models.DateTimeField("登録日時")
    uploaded_by = models.ForeignKey("tenants.Staff", models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = "素材"
        verbose_name_plural = "素材"
        constraints = [
            models.UniqueConstraint(fields=["owner", "sha256"], name="artwork_once_per_content"),
            models.UniqueConstraint(fields=["owner", "id"], name="artwork_of_owner"),
            AppendOnly(name="artwork_append_only"),
        ]

    def __str__(self) -> str:
        return self.file_name
