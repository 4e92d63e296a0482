"""What tills call is planned once a session, not once a call: see both functions' words."""

from pathlib import Path

from django.db import migrations

TILLS = Path(__file__).parent.parent / "tills"


class Migration(migrations.Migration):
    dependencies = [("billing", "0018_repeated_keys")]

    operations = [
        migrations.RunSQL((TILLS / name).read_text(encoding="utf-8"), migrations.RunSQL.noop)
        for name in ("booking.sql", "inquiry.sql")
    ]
