"""Bring ``book_payments`` up to date where ``0004_booking`` ran an earlier text of it."""

from pathlib import Path

from django.db import migrations

BOOKING = Path(__file__).parent.parent / "tills" / "booking.sql"


class Migration(migrations.Migration):
    dependencies = [("billing", "0011_bank_cases")]

    operations = [
        migrations.RunSQL(BOOKING.read_text(encoding="utf-8"), migrations.RunSQL.noop),
    ]
