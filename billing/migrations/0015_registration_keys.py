"""What an import writes by the thousand is checked by the statement, not by the row."""

import smartpit.kernel.constraints
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0014_bulk_keys'),
        ('tenants', '0005_first_passwords'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='invoiceversion',
            name='invoice_version_of_the_same_tenant',
        ),
        migrations.RemoveConstraint(
            model_name='registration',
            name='registration_of_the_same_tenant',
        ),
        migrations.AddConstraint(
            model_name='invoiceversion',
            constraint=smartpit.kernel.constraints.KeyOfSets(fields=['owner', 'tenant', 'invoice'], name='invoice_version_of_the_same_tenant', to='billing.Invoice', to_fields=['owner', 'tenant', 'id']),
        ),
        migrations.AddConstraint(
            model_name='registration',
            constraint=smartpit.kernel.constraints.KeyOfSets(fields=['owner', 'tenant', 'invoice'], name='registration_of_the_same_tenant', to='billing.Invoice', to_fields=['owner', 'tenant', 'id']),
        ),
    ]
