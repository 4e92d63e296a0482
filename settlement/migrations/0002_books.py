"""The books: a view over the facts of billing and settlement.

The file of the view says how it is now, so only the newest migration of this kind runs it.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("settlement", "0001_initial"),
        ("billing", "0001_initial"),
        ("tenants", "0001_initial"),
    ]
    operations = []
