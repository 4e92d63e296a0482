"""Certificates of super contracts, test keys that can be shown again, and tenants' test twins."""

import django.contrib.postgres.fields
from django.db import migrations, models


def open_test_tenants(apps, schema_editor):
    """Give each tenant its counterpart on the owner's test side, as new ones get at once."""
    Owner = apps.get_model("tenants", "Owner")
    Tenant = apps.get_model("tenants", "Tenant")
    twins = dict(Owner.objects.filter(is_test=True).values_list("twin_of_id", "pk"))
    standing = set(Tenant.objects.filter(owner__is_test=True).values_list("owner_id", "code"))
    for tenant in Tenant.objects.filter(owner__in=list(twins)).order_by("pk"):
        twin = twins[tenant.owner_id]
        if (twin, tenant.code) not in standing:
            tenant.pk = None
            tenant.owner_id = twin
            tenant.status = "live"
            tenant.save(force_insert=True)


class Migration(migrations.Migration):
    dependencies = [("tenants", "0002_plans")]
    operations = [
        migrations.AddField(
            model_name="contract",
            name="client_certificates",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=64),
                blank=True,
                default=list,
                size=None,
                verbose_name="クライアント証明書",
            ),
        ),
        migrations.AddField(
            model_name="apikey",
            name="sealed",
            field=models.BinaryField(blank=True, null=True),
        ),
        migrations.RunPython(open_test_tenants, migrations.RunPython.noop),
    ]
