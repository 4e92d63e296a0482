"""Each batch of payments counts its streams on; the trigger that keeps the rest is not asked."""

from django.db import migrations
from smartpit.kernel.append_only import AppendOnly


def narrow_triggers(apps, schema_editor):
    """Let a stream's trigger fire only for an UPDATE that names a column which stays."""
    stream = apps.get_model("billing", "Stream")
    (stays,) = (one for one in stream._meta.constraints if isinstance(one, AppendOnly))
    schema_editor.execute(stays.narrowed(stream), params=None)


class Migration(migrations.Migration):
    dependencies = [("billing", "0020_one_event_two_numbers")]

    operations = [migrations.RunPython(narrow_triggers, migrations.RunPython.noop)]
