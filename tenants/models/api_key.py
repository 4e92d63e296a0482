"""API keys of owners and tenants: shown once, kept as a hash."""

from django.db import models

from smartpit.kernel.constraints import CompositeForeignKey
from tenants.models.owner import Owner
from tenants.models.tenant import Tenant


class ApiKey(models.Model):
    """A secret of an owner's or tenant's system; two overlap in rotation."""

    owner = models.ForeignKey(Owner, models.PROTECT, related_name="api_keys")
    tenant = models.ForeignKey(
        Tenant, models.PROTECT, null=True, blank=True, related_name="api_keys"
    )
    prefix = models.CharField("先頭", max_length=20)
    sha256 = models.CharField(max_length=64, unique=True)
    # Of a test key only: the developer's page fills its examples with it. It opens no money.
    sealed = models.BinaryField(null=True, blank=True)
    made_at = models.DateTimeField("発行日時")
    expires_at = models.DateTimeField("失効日時", null=True, blank=True)

    class Meta:
        verbose_name = "APIキー"
        verbose_name_plural = "APIキー"
        constraints = [
            CompositeForeignKey(
                fields=["owner", "tenant"],
                to="tenants.Tenant",
                to_fields=["owner", "id"],
                name="api_key_tenant_of_the_same_owner",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.prefix}…"
