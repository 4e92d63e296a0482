"""The books: a view over the facts of billing and settlement."""

from pathlib import Path

from django.db import migrations

# As the books were then: the present ones (``settlement/books.sql``) know later tables.
BOOKS = Path(__file__).parent / "books_0002.sql"


class Migration(migrations.Migration):
    dependencies = [
        ("settlement", "0001_initial"),
        ("billing", "0001_initial"),
        ("tenants", "0001_initial"),
    ]
    operations = [
        migrations.RunSQL(BOOKS.read_text(encoding="utf-8"), "DROP VIEW books"),
    ]
