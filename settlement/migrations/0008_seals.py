"""日次封印: seals, their marks, and the list of what came after its day was sealed."""

from pathlib import Path

import smartpit.kernel.append_only
from django.db import migrations, models

NOTES = Path(__file__).parent / "seals_0008.sql"


class Migration(migrations.Migration):

    dependencies = [
        ('settlement', '0007_account_mapping'),
        ('billing', '0009_assignments'),
    ]

    operations = [
        migrations.CreateModel(
            name='DaySeal',
            fields=[
                ('day', models.DateField(primary_key=True, serialize=False, verbose_name='封印日')),
                ('version', models.SmallIntegerField(verbose_name='書式')),
                ('facts_count', models.IntegerField(verbose_name='件数')),
                ('facts_sha256', models.CharField(max_length=64)),
                ('former_sha256', models.CharField(blank=True, max_length=64)),
                ('sha256', models.CharField(max_length=64)),
                ('sealed_at', models.DateTimeField(verbose_name='封印日時')),
            ],
            options={
                'verbose_name': '日次封印',
                'verbose_name_plural': '日次封印',
                'constraints': [models.UniqueConstraint(fields=('former_sha256',), name='seal_follows_one_seal'), smartpit.kernel.append_only.AppendOnly(movable=[], name='day_seal_append_only')],
            },
        ),
        migrations.CreateModel(
            name='LateFact',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=20, verbose_name='種類')),
                ('fact_id', models.CharField(max_length=40, verbose_name='記録')),
                ('day', models.DateField(db_index=True, verbose_name='封印日')),
            ],
            options={
                'verbose_name': '封印後の記録',
                'verbose_name_plural': '封印後の記録',
                'constraints': [models.UniqueConstraint(fields=('kind', 'fact_id'), name='late_fact_once'), smartpit.kernel.append_only.AppendOnly(movable=[], name='late_fact_append_only')],
            },
        ),
        migrations.CreateModel(
            name='SealMark',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('upto', models.DateField(unique=True, verbose_name='封印日')),
                ('marked_at', models.DateTimeField(verbose_name='開始日時')),
            ],
            options={
                'verbose_name': '封印の開始',
                'verbose_name_plural': '封印の開始',
                'constraints': [smartpit.kernel.append_only.AppendOnly(movable=[], name='seal_mark_append_only')],
            },
        ),
        migrations.CreateModel(
            name="AuditRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("began_at", models.DateTimeField(db_index=True, verbose_name="開始日時")),
                ("ended_at", models.DateTimeField(verbose_name="終了日時")),
                ("checks_count", models.IntegerField(verbose_name="検査")),
                ("looked_at", models.BigIntegerField(verbose_name="件数")),
                ("faults", models.JSONField(default=dict, verbose_name="問題")),
            ],
            options={
                "verbose_name": "監査の記録",
                "verbose_name_plural": "監査の記録",
                "constraints": [smartpit.kernel.append_only.AppendOnly(movable=[], name="audit_run_append_only")],
            },
        ),
        migrations.RunSQL(
            NOTES.read_text(encoding="utf-8"), "DROP FUNCTION note_late_facts CASCADE"
        ),
    ]
