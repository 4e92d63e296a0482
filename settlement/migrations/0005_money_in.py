"""Money in: chains' terms and remittances, the bank's statement, what its lines were; the books."""

from pathlib import Path

import django.db.models.deletion
import django.db.models.expressions
import smartpit.kernel.append_only
import smartpit.kernel.constraints
import smartpit.kernel.fields
import uuid
from django.conf import settings
from django.db import migrations, models

BOOKS = Path(__file__).parent.parent / "books.sql"
BEFORE = Path(__file__).parent / "books_0003.sql"


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0011_bank_cases'),
        ('settlement', '0004_statement_papers'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='BankStatement',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=100, verbose_name='ファイル名')),
                ('sha256', models.CharField(max_length=64, verbose_name='SHA-256')),
                ('part', models.PositiveSmallIntegerField(default=1, verbose_name='ファイル内の順')),
                ('content', models.BinaryField()),
                ('account', models.CharField(max_length=30, verbose_name='口座')),
                ('first_day', models.DateField(verbose_name='勘定日（自）')),
                ('last_day', models.DateField(verbose_name='勘定日（至）')),
                ('opening_yen', smartpit.kernel.fields.YenField(verbose_name='取引前残高')),
                ('closing_yen', smartpit.kernel.fields.YenField(verbose_name='取引後残高')),
                ('entries_count', models.IntegerField(verbose_name='明細')),
                ('new_count', models.IntegerField(verbose_name='新しい明細')),
                ('taken_at', models.DateTimeField(verbose_name='取込日時')),
                ('taken_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='取込者')),
            ],
            options={
                'verbose_name': '銀行の入出金明細ファイル',
                'verbose_name_plural': '銀行の入出金明細ファイル',
            },
        ),
        migrations.CreateModel(
            name='BankOpening',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('account', models.CharField(max_length=30, unique=True, verbose_name='口座')),
                ('day', models.DateField(verbose_name='前日')),
                ('amount_yen', smartpit.kernel.fields.YenField(verbose_name='繰越額')),
                ('statement', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='opening', to='settlement.bankstatement')),
            ],
            options={
                'verbose_name': '口座の期首残高',
                'verbose_name_plural': '口座の期首残高',
            },
        ),
        migrations.CreateModel(
            name='BankEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('account', models.CharField(max_length=30, verbose_name='口座')),
                ('day', models.DateField(verbose_name='勘定日')),
                ('own_key', models.CharField(max_length=80, verbose_name='照会番号')),
                ('value_day', models.DateField(verbose_name='起算日')),
                ('direction', models.CharField(choices=[('in', '入金'), ('out', '出金')], max_length=3, verbose_name='入払')),
                ('trade', models.CharField(max_length=2, verbose_name='取引区分')),
                ('amount_yen', smartpit.kernel.fields.YenField(verbose_name='金額')),
                ('sender_code', models.CharField(blank=True, max_length=10, verbose_name='振込依頼人コード')),
                ('sender_kana', models.CharField(blank=True, max_length=48, verbose_name='振込依頼人名')),
                ('bank_kana', models.CharField(blank=True, max_length=15, verbose_name='仕向銀行')),
                ('branch_kana', models.CharField(blank=True, max_length=15, verbose_name='仕向店')),
                ('summary', models.CharField(blank=True, max_length=20, verbose_name='摘要')),
                ('edi', models.CharField(blank=True, max_length=20, verbose_name='EDI情報')),
                ('statement', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='settlement.bankstatement', verbose_name='ファイル')),
            ],
            options={
                'verbose_name': '銀行の入出金明細',
                'verbose_name_plural': '銀行の入出金明細',
            },
        ),
        migrations.CreateModel(
            name='EntryRuling',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('remittance', 'チェーンの入金'), ('transfers', '総合振込'), ('returned', '振込不能・組戻し'), ('own', '自己資金')], max_length=10, verbose_name='内容')),
                ('difference_yen', smartpit.kernel.fields.YenField(default=0, verbose_name='予定との差額')),
                ('at_once', models.BooleanField(verbose_name='取込時に確定')),
                ('ruled_on', models.DateField(verbose_name='消込日')),
                ('ruled_at', models.DateTimeField(verbose_name='消込日時')),
                ('reason', models.CharField(blank=True, max_length=200, verbose_name='理由')),
                ('bank_file', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='ruling', to='settlement.bankfile', verbose_name='振込ファイル')),
                ('chain', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='billing.chain', verbose_name='チェーン')),
                ('entry', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='ruling', to='settlement.bankentry', verbose_name='明細')),
                ('payout', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='ruling', to='settlement.payout', verbose_name='精算入金')),
                ('ruled_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='消込者')),
            ],
            options={
                'verbose_name': '入出金の消込',
                'verbose_name_plural': '入出金の消込',
            },
        ),
        migrations.CreateModel(
            name='Remittance',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('cut_off', models.DateField(verbose_name='締日')),
                ('remits_on', models.DateField(verbose_name='入金予定日')),
                ('payments_count', models.IntegerField(verbose_name='件数')),
                ('gross_yen', smartpit.kernel.fields.YenField(verbose_name='確報の合計')),
                ('fee_yen', smartpit.kernel.fields.YenField(verbose_name='チェーン手数料')),
                ('amount_yen', smartpit.kernel.fields.YenField(verbose_name='入金予定額')),
                ('drawn_at', models.DateTimeField(verbose_name='作成日時')),
                ('chain', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='remittances', to='billing.chain', verbose_name='チェーン')),
            ],
            options={
                'verbose_name': 'チェーンの入金予定',
                'verbose_name_plural': 'チェーンの入金予定',
            },
        ),
        migrations.CreateModel(
            name='RemittanceReceipt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('chain', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='billing.chain')),
                ('remittance', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='receipt', to='settlement.remittance')),
                ('ruling', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='receipts', to='settlement.entryruling')),
            ],
            options={
                'verbose_name': '入金予定の消込',
                'verbose_name_plural': '入金予定の消込',
            },
        ),
        migrations.CreateModel(
            name='RemittanceTerms',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(verbose_name='世代')),
                ('starts_on', models.DateField(verbose_name='適用開始日')),
                ('cut_off', models.CharField(choices=[('5-day', '5日ごと'), ('10-day', '10日ごと'), ('half-month', '月2回'), ('month-end', '月末')], max_length=10, verbose_name='締め')),
                ('after_days', models.PositiveSmallIntegerField(verbose_name='締めから入金までの日数')),
                ('payment_fee_yen', smartpit.kernel.fields.YenField(verbose_name='手数料（1件）')),
                ('transfer_fee_yen', smartpit.kernel.fields.YenField(verbose_name='手数料（1入金）')),
                ('sender_code', models.CharField(blank=True, max_length=10, verbose_name='振込依頼人コード')),
                ('sender_kana', models.CharField(max_length=48, verbose_name='振込依頼人名（カナ）')),
                ('agreed_at', models.DateTimeField(verbose_name='登録日時')),
                ('agreed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='登録者')),
                ('chain', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='remittance_terms', to='billing.chain', verbose_name='チェーン')),
            ],
            options={
                'verbose_name': 'チェーンの入金条件',
                'verbose_name_plural': 'チェーンの入金条件',
            },
        ),
        migrations.AddField(
            model_name='remittance',
            name='terms',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='settlement.remittanceterms', verbose_name='入金条件'),
        ),
        migrations.AddIndex(
            model_name='bankstatement',
            index=models.Index(fields=['account', 'taken_at'], name='bank_statement_newest'),
        ),
        migrations.AddConstraint(
            model_name='bankstatement',
            constraint=models.UniqueConstraint(fields=('sha256', 'part'), name='bank_statement_once_per_content'),
        ),
        migrations.AddConstraint(
            model_name='bankstatement',
            constraint=smartpit.kernel.append_only.AppendOnly(movable=[], name='bank_statement_append_only'),
        ),
        migrations.AddConstraint(
            model_name='bankopening',
            constraint=smartpit.kernel.append_only.AppendOnly(movable=[], name='bank_opening_append_only'),
        ),
        migrations.AddConstraint(
            model_name='bankentry',
            constraint=models.UniqueConstraint(fields=('account', 'day', 'own_key'), name='bank_entry_once'),
        ),
        migrations.AddConstraint(
            model_name='bankentry',
            constraint=models.CheckConstraint(condition=models.Q(('amount_yen__range', (1, 999999999999))), name='bank_entry_moves_money'),
        ),
        migrations.AddConstraint(
            model_name='bankentry',
            constraint=smartpit.kernel.append_only.AppendOnly(movable=[], name='bank_entry_append_only'),
        ),
        migrations.AddConstraint(
            model_name='entryruling',
            constraint=models.UniqueConstraint(fields=('chain', 'id'), name='ruling_of_chain'),
        ),
        migrations.AddConstraint(
            model_name='entryruling',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('bank_file', None), ('chain__isnull', False), ('kind', 'remittance'), ('payout', None)), models.Q(('bank_file__isnull', False), ('chain', None), ('kind', 'transfers'), ('payout', None)), models.Q(('bank_file', None), ('chain', None), ('kind', 'returned'), ('payout__isnull', False)), models.Q(('bank_file', None), ('chain', None), ('kind', 'own'), ('payout', None)), _connector='OR'), name='ruling_names_what_it_was'),
        ),
        migrations.AddConstraint(
            model_name='entryruling',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('at_once', True), ('ruled_by', None)), ('at_once', False), _connector='OR'), name='ruling_at_once_is_nobodys'),
        ),
        migrations.AddConstraint(
            model_name='entryruling',
            constraint=smartpit.kernel.append_only.AppendOnly(movable=[], name='ruling_append_only'),
        ),
        migrations.AddConstraint(
            model_name='remittancereceipt',
            constraint=smartpit.kernel.constraints.CompositeForeignKey(fields=['chain', 'remittance'], name='receipt_of_the_same_chain', to='settlement.Remittance', to_fields=['chain', 'id']),
        ),
        migrations.AddConstraint(
            model_name='remittancereceipt',
            constraint=smartpit.kernel.constraints.CompositeForeignKey(fields=['chain', 'ruling'], name='receipt_by_a_ruling_of_the_same_chain', to='settlement.EntryRuling', to_fields=['chain', 'id']),
        ),
        migrations.AddConstraint(
            model_name='remittancereceipt',
            constraint=smartpit.kernel.append_only.AppendOnly(movable=[], name='remittance_receipt_append_only'),
        ),
        migrations.AddConstraint(
            model_name='remittanceterms',
            constraint=models.UniqueConstraint(fields=('chain', 'number'), name='remittance_terms_once_per_number'),
        ),
        migrations.AddConstraint(
            model_name='remittanceterms',
            constraint=models.UniqueConstraint(fields=('chain', 'starts_on'), name='remittance_terms_once_per_day'),
        ),
        migrations.AddConstraint(
            model_name='remittanceterms',
            constraint=models.UniqueConstraint(fields=('chain', 'id'), name='remittance_terms_of_chain'),
        ),
        migrations.AddConstraint(
            model_name='remittanceterms',
            constraint=models.CheckConstraint(condition=models.Q(('after_days__range', (1, 90))), name='remittance_comes_within_90_days'),
        ),
        migrations.AddConstraint(
            model_name='remittanceterms',
            constraint=models.CheckConstraint(condition=models.Q(('payment_fee_yen__range', (0, 10000)), ('transfer_fee_yen__range', (0, 100000))), name='remittance_fees_in_range'),
        ),
        migrations.AddConstraint(
            model_name='remittanceterms',
            constraint=smartpit.kernel.append_only.AppendOnly(movable=[], name='remittance_terms_append_only'),
        ),
        migrations.AddConstraint(
            model_name='remittance',
            constraint=models.UniqueConstraint(fields=('chain', 'cut_off'), name='remittance_once_per_period'),
        ),
        migrations.AddConstraint(
            model_name='remittance',
            constraint=models.UniqueConstraint(fields=('chain', 'id'), name='remittance_of_chain'),
        ),
        migrations.AddConstraint(
            model_name='remittance',
            constraint=models.CheckConstraint(condition=models.Q(('fee_yen__gte', 0), ('amount_yen__gte', 0), ('amount_yen', django.db.models.expressions.CombinedExpression(models.F('gross_yen'), '-', models.F('fee_yen')))), name='remittance_adds_up'),
        ),
        migrations.AddConstraint(
            model_name='remittance',
            constraint=smartpit.kernel.constraints.CompositeForeignKey(fields=['chain', 'terms'], name='remittance_by_terms_of_the_same_chain', to='settlement.RemittanceTerms', to_fields=['chain', 'id']),
        ),
        migrations.AddConstraint(
            model_name='remittance',
            constraint=smartpit.kernel.append_only.AppendOnly(movable=[], name='remittance_append_only'),
        ),
        migrations.RunSQL(
            BOOKS.read_text(encoding="utf-8"), BEFORE.read_text(encoding="utf-8")
        ),
    ]
