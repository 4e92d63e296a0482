"""A batch looks its streams up by their ids, and their counts have room to stay where they are.

A stream's row changes with each batch. With room beside it the new count stays on the same page
and touches no index; rows that are there move when they are next written.
"""

from pathlib import Path

from django.db import migrations

BOOKING = Path(__file__).parent.parent / "tills" / "booking.sql"


class Migration(migrations.Migration):
    dependencies = [("billing", "0015_registration_keys")]

    operations = [
        migrations.RunSQL(BOOKING.read_text(encoding="utf-8"), migrations.RunSQL.noop),
        migrations.RunSQL(
            "ALTER TABLE billing_stream SET (fillfactor = 20)",
            "ALTER TABLE billing_stream RESET (fillfactor)",
        ),
    ]
