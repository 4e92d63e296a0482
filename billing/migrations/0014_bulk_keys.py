"""What a chain's file writes by the million is checked by the statement, not by the row.

A payment leaves half of each page free: it is written once when the till tells of it and once when
it is confirmed, and the second time then touches no index.
"""

import django.db.models.deletion
import smartpit.kernel.constraints
from django.db import migrations, models
from smartpit.kernel.append_only import AppendOnly


def narrow_triggers(apps, schema_editor):
    """Let the payments' triggers fire only for an UPDATE that names a column which stays."""
    payment = apps.get_model("billing", "Payment")
    for constraint in payment._meta.constraints:
        if isinstance(constraint, AppendOnly):
            schema_editor.execute(constraint.narrowed(payment), params=None)


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0013_inquiry'),
        ('tenants', '0005_first_passwords'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='confirmation',
            name='confirmation_of_the_same_tenant',
        ),
        migrations.RemoveConstraint(
            model_name='event',
            name='event_of_the_same_owner',
        ),
        migrations.RemoveConstraint(
            model_name='event',
            name='event_tenant_of_the_same_owner',
        ),
        migrations.RemoveConstraint(
            model_name='event',
            name='event_invoice_of_the_same_owner',
        ),
        migrations.RemoveConstraint(
            model_name='event',
            name='event_payment_of_the_same_owner',
        ),
        migrations.RemoveConstraint(
            model_name='payment',
            name='payment_of_a_single_invoice_once',
        ),
        migrations.AddField(
            model_name='payment',
            name='stands',
            field=models.GeneratedField(db_persist=True, expression=models.Q(('status__in', ['reported', 'confirmed'])), output_field=models.BooleanField(verbose_name='有効'), verbose_name='有効'),
        ),
        migrations.AlterField(
            model_name='chainfilerecord',
            name='file',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='records', to='billing.chainfile'),
        ),
        migrations.AlterField(
            model_name='chainfilerecord',
            name='payment',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='file_records', to='billing.payment'),
        ),
        migrations.AlterField(
            model_name='confirmation',
            name='owner',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.owner'),
        ),
        migrations.AlterField(
            model_name='confirmation',
            name='payment',
            field=models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='confirmation', to='billing.payment'),
        ),
        migrations.AlterField(
            model_name='confirmation',
            name='tenant',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant'),
        ),
        migrations.AddConstraint(
            model_name='chainfilerecord',
            constraint=smartpit.kernel.constraints.KeyOfSets(fields=['file'], name='chain_file_record_of_a_file', to='billing.ChainFile', to_fields=['id']),
        ),
        migrations.AddConstraint(
            model_name='confirmation',
            constraint=smartpit.kernel.constraints.KeyOfSets(fields=['owner', 'tenant', 'payment'], name='confirmation_of_the_same_tenant', to='billing.Payment', to_fields=['owner', 'tenant', 'id']),
        ),
        migrations.AddConstraint(
            model_name='event',
            constraint=smartpit.kernel.constraints.KeyOfSets(fields=['owner', 'stream'], name='event_of_the_same_owner', to='billing.Stream', to_fields=['owner', 'id']),
        ),
        migrations.AddConstraint(
            model_name='event',
            constraint=smartpit.kernel.constraints.KeyOfSets(fields=['owner', 'tenant'], name='event_tenant_of_the_same_owner', to='tenants.Tenant', to_fields=['owner', 'id']),
        ),
        migrations.AddConstraint(
            model_name='event',
            constraint=smartpit.kernel.constraints.KeyOfSets(fields=['owner', 'invoice'], name='event_invoice_of_the_same_owner', to='billing.Invoice', to_fields=['owner', 'id']),
        ),
        migrations.AddConstraint(
            model_name='event',
            constraint=smartpit.kernel.constraints.KeyOfSets(fields=['owner', 'payment'], name='event_payment_of_the_same_owner', to='billing.Payment', to_fields=['owner', 'id']),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.UniqueConstraint(condition=models.Q(('repeats', False), ('stands', True)), fields=('invoice',), name='payment_of_a_single_invoice_once'),
        ),
        migrations.RunSQL(
            "ALTER TABLE billing_payment SET (fillfactor = 50)",
            "ALTER TABLE billing_payment RESET (fillfactor)",
        ),
        migrations.RunPython(narrow_triggers, migrations.RunPython.noop),
    ]
