"""Bring ``book_payments`` up to date: a batch shares the telling of its owners."""

from pathlib import Path

from django.db import migrations

BOOKING = Path(__file__).parent.parent / "tills" / "booking.sql"


class Migration(migrations.Migration):
    dependencies = [("billing", "0010_booking_by_rows")]

    operations = [
        migrations.RunSQL(BOOKING.read_text(encoding="utf-8"), migrations.RunSQL.noop),
    ]
