"""What a till is shown is found by one function, whose plan a session keeps."""

from pathlib import Path

from django.db import migrations

INQUIRY = Path(__file__).parent.parent / "tills" / "inquiry.sql"
_GONE = "DROP FUNCTION find_payable"


class Migration(migrations.Migration):
    dependencies = [("billing", "0012_booking")]

    operations = [migrations.RunSQL(INQUIRY.read_text(encoding="utf-8"), _GONE)]
