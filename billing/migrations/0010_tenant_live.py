"""An index for the sweep that tells of live tenants: one entry a tenant."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0009_assignments'),
        ('tenants', '0004_clearances'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='event',
            index=models.Index(condition=models.Q(('type', 'tenant.live')), fields=['tenant'], name='event_tenant_is_live'),
        ),
    ]
