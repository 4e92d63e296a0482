"""No index holds an invoice's status, so that paying it moves its row and touches no index.

The row's new version needs room on its own page. What finds invoices past their due day reads by
day, and notes the days that it is done with.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing", "0016_booking_streams")]

    operations = [
        migrations.CreateModel(
            name="DayExpired",
            fields=[
                (
                    "due_on",
                    models.DateField(primary_key=True, serialize=False, verbose_name="支払期限"),
                ),
                ("noted_at", models.DateTimeField(verbose_name="確認日時")),
            ],
            options={
                "verbose_name": "期限切れ処理が済んだ日",
                "verbose_name_plural": "期限切れ処理が済んだ日",
            },
        ),
        migrations.RunSQL(
            "ALTER TABLE billing_invoice SET (fillfactor = 85)",
            "ALTER TABLE billing_invoice RESET (fillfactor)",
        ),
        migrations.RemoveIndex("invoice", "invoice_of_card"),
        migrations.RemoveIndex("invoice", "invoice_that_may_expire"),
        migrations.AddIndex(
            "invoice", models.Index(fields=["card"], name="invoice_of_card")
        ),
        migrations.AddIndex(
            "invoice", models.Index(fields=["due_on"], name="invoice_of_due_day")
        ),
    ]
