from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("billing", "0001_initial")]
    operations = [
        migrations.RunSQL(
            "ALTER TABLE billing_payment ADD COLUMN later_note text",
            "ALTER TABLE billing_payment DROP COLUMN later_note",
        )
    ]
