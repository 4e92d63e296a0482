import hashlib

import django.db.models.deletion
import smartpit.kernel.append_only
from django.conf import settings
from django.db import migrations, models


def let_standing_people_be(apps, _schema_editor):
    """Who is there is known; but their first passwords were seen, so each sets one by mail.

    Those of a demo are printed for everybody to use, and stay in use.
    """
    people = list(apps.get_model("tenants", "Staff").objects.order_by("pk"))
    vouches = apps.get_model("tenants", "Vouch").objects
    for staff in people:
        if staff.owner_id is None:
            vouches.create(staff=staff, ground="standing", vouched_at=staff.invited_at)
    if not apps.get_model("tenants", "Centre").objects.filter(is_demo=True).exists():
        return
    proofs = apps.get_model("tenants", "PasswordProof").objects
    for staff in people:
        mark = hashlib.sha256(f"{staff.email}\n{staff.password}".encode()).hexdigest()
        proofs.create(staff=staff, mark=mark, proven_at=staff.invited_at)


class Migration(migrations.Migration):

    dependencies = [
        ('tenants', '0004_clearances'),
    ]

    operations = [
        migrations.AddField(
            model_name='staff',
            name='invited_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='招待した人'),
        ),
        migrations.CreateModel(
            name='PasswordLetter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('to', models.EmailField(max_length=254, verbose_name='宛先')),
                ('asked_at', models.DateTimeField(verbose_name='依頼日時')),
                ('sent_at', models.DateTimeField(blank=True, null=True, verbose_name='送信日時')),
                ('asked_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='依頼した人')),
                ('staff', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='password_letters', to=settings.AUTH_USER_MODEL, verbose_name='担当者')),
            ],
            options={
                'verbose_name': 'パスワード設定の案内',
                'verbose_name_plural': 'パスワード設定の案内',
                'constraints': [smartpit.kernel.append_only.AppendOnly(movable=['sent_at'], name='password_letter_stays')],
            },
        ),
        migrations.CreateModel(
            name='PasswordProof',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('mark', models.CharField(max_length=64)),
                ('proven_at', models.DateTimeField(verbose_name='設定日時')),
                ('staff', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='password_proofs', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': '本人が設定したパスワード',
                'verbose_name_plural': '本人が設定したパスワード',
                'constraints': [smartpit.kernel.append_only.AppendOnly(movable=[], name='password_proof_append_only')],
            },
        ),
        migrations.CreateModel(
            name='Vouch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ground', models.CharField(choices=[('founding', 'センター開設時の担当者'), ('second', '招待した人とは別の人が確認'), ('standing', '在籍確認の導入前からの担当者')], max_length=10, verbose_name='根拠')),
                ('vouched_at', models.DateTimeField(verbose_name='確認日時')),
                ('staff', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='vouch', to=settings.AUTH_USER_MODEL, verbose_name='担当者')),
                ('vouched_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='確認した人')),
            ],
            options={
                'verbose_name': '在籍確認',
                'verbose_name_plural': '在籍確認',
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('ground', 'second'), ('vouched_by__isnull', False)), models.Q(models.Q(('ground', 'second'), _negated=True), ('vouched_by', None)), _connector='OR'), name='vouch_names_its_second_person'), models.CheckConstraint(condition=models.Q(('vouched_by', None), models.Q(('vouched_by', models.F('staff')), _negated=True), _connector='OR'), name='vouch_is_anothers_word'), smartpit.kernel.append_only.AppendOnly(movable=[], name='vouch_append_only')],
            },
        ),
        migrations.RunPython(let_standing_people_be, migrations.RunPython.noop),
    ]
