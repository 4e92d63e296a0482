"""The operator's public plan, and a fictitious one for trying changes (contract section 6)."""

from datetime import date

from django.db import migrations

BEGINNING = date(2000, 1, 1)


def add_plans(apps, schema_editor):
    Plan = apps.get_model("tenants", "Plan")
    Plan.objects.bulk_create(
        [
            Plan(code="plan-120", starts_on=BEGINNING, is_fictitious=False, monthly_base_yen=0,
                 payment_yen=120, uncollected_yen=0, transfer_yen=1500, fax_yen=10, stamp_yen=200),
            Plan(code="plan-sample", starts_on=BEGINNING, is_fictitious=True, monthly_base_yen=1000,
                 payment_yen=80, uncollected_yen=10, transfer_yen=1500, fax_yen=10, stamp_yen=200),
        ]
    )


class Migration(migrations.Migration):
    dependencies = [("tenants", "0001_initial")]
    operations = [migrations.RunPython(add_plans, migrations.RunPython.noop)]
