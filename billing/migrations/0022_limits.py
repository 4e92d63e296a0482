"""Whether a limit is reached is one function's to say, of a payment as of an inquiry.

An inquiry says its instant now, no longer its day: a gap ends within a day. A web process of
before, which still says a day, is understood.
"""

from pathlib import Path

from django.db import migrations

TILLS = Path(__file__).parent.parent / "tills"
_OF_A_DAY = "find_payable(text, text, text, boolean, text, text, text, date)"


class Migration(migrations.Migration):
    dependencies = [("billing", "0021_streams_stay")]

    operations = [
        *(
            migrations.RunSQL((TILLS / name).read_text(encoding="utf-8"), migrations.RunSQL.noop)
            for name in ("limits.sql", "booking.sql", "inquiry.sql")
        ),
        # A new database has run the present inquiry.sql all along, and knows no other.
        migrations.RunSQL(f"DROP FUNCTION IF EXISTS {_OF_A_DAY}", migrations.RunSQL.noop),
    ]
