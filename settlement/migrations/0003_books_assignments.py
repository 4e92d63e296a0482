"""The books, once more: money in suspense that staff assigned moves to its owner."""

from pathlib import Path

from django.db import migrations

# As the books were then: the present ones (``settlement/books.sql``) know later tables.
BOOKS = Path(__file__).parent / "books_0003.sql"
BEFORE = Path(__file__).parent / "books_0002.sql"


class Migration(migrations.Migration):
    dependencies = [
        ("settlement", "0002_books"),
        ("billing", "0009_assignments"),
    ]
    operations = [
        migrations.RunSQL(
            BOOKS.read_text(encoding="utf-8"), BEFORE.read_text(encoding="utf-8")
        ),
    ]
