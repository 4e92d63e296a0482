"""The books again: cash that a test till took for nobody is no posting."""

from pathlib import Path

from django.db import migrations

BOOKS = Path(__file__).parent.parent / "books.sql"


class Migration(migrations.Migration):
    dependencies = [
        ("settlement", "0002_books"),
        ("billing", "0003_slips_and_test_chains"),
    ]
    operations = [
        migrations.RunSQL(BOOKS.read_text(encoding="utf-8"), migrations.RunSQL.noop),
    ]
