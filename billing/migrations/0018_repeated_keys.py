"""A key that many rows of a statement share is asked once, not for each of them."""

import smartpit.kernel.constraints
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0017_payments_move_no_index"),
        ("tenants", "0005_first_passwords"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="chainfilerecord",
            name="chain_file_record_of_a_file",
        ),
        migrations.RemoveConstraint(
            model_name="event",
            name="event_of_the_same_owner",
        ),
        migrations.RemoveConstraint(
            model_name="event",
            name="event_tenant_of_the_same_owner",
        ),
        migrations.RemoveConstraint(
            model_name="event",
            name="event_invoice_of_the_same_owner",
        ),
        migrations.RemoveConstraint(
            model_name="event",
            name="event_payment_of_the_same_owner",
        ),
        migrations.AddConstraint(
            model_name="chainfilerecord",
            constraint=smartpit.kernel.constraints.KeyOfSets(
                fields=["file"],
                name="chain_file_record_of_a_file",
                repeats=True,
                to="billing.ChainFile",
                to_fields=["id"],
            ),
        ),
        migrations.AddConstraint(
            model_name="event",
            constraint=smartpit.kernel.constraints.KeyOfSets(
                fields=["owner", "stream"],
                name="event_of_the_same_owner",
                repeats=True,
                to="billing.Stream",
                to_fields=["owner", "id"],
            ),
        ),
        migrations.AddConstraint(
            model_name="event",
            constraint=smartpit.kernel.constraints.KeyOfSets(
                fields=["owner", "tenant"],
                name="event_tenant_of_the_same_owner",
                repeats=True,
                to="tenants.Tenant",
                to_fields=["owner", "id"],
            ),
        ),
        migrations.AddConstraint(
            model_name="event",
            constraint=smartpit.kernel.constraints.KeyOfSets(
                fields=["owner", "invoice"],
                name="event_invoice_of_the_same_owner",
                repeats=True,
                to="billing.Invoice",
                to_fields=["owner", "id"],
            ),
        ),
        migrations.AddConstraint(
            model_name="event",
            constraint=smartpit.kernel.constraints.KeyOfSets(
                fields=["owner", "payment"],
                name="event_payment_of_the_same_owner",
                repeats=True,
                to="billing.Payment",
                to_fields=["owner", "id"],
            ),
        ),
    ]
