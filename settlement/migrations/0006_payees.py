"""A change of an account takes two people and three bank days; payouts can be frozen."""

import django.contrib.postgres.fields
import django.db.models.deletion
import smartpit.kernel.append_only
import smartpit.kernel.constraints
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('settlement', '0005_money_in'),
        ('tenants', '0005_first_passwords'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='PayeeNotice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('approved', '変更の予告'), ('withdrawn', '変更の取りやめ')], max_length=10, verbose_name='種類')),
                ('to', django.contrib.postgres.fields.ArrayField(base_field=models.EmailField(max_length=254), size=None, verbose_name='宛先')),
                ('made_at', models.DateTimeField(verbose_name='作成日時')),
                ('sent_at', models.DateTimeField(blank=True, null=True, verbose_name='送信日時')),
            ],
            options={
                'verbose_name': '入金口座変更のお知らせ',
                'verbose_name_plural': '入金口座変更のお知らせ',
            },
        ),
        migrations.CreateModel(
            name='PayoutFreeze',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(max_length=200, verbose_name='凍結の理由')),
                ('frozen_at', models.DateTimeField(verbose_name='凍結日時')),
                ('lifted_at', models.DateTimeField(blank=True, null=True, verbose_name='解除日時')),
                ('lifted_reason', models.CharField(blank=True, max_length=200, verbose_name='解除の理由')),
            ],
            options={
                'verbose_name': '精算入金の凍結',
                'verbose_name_plural': '精算入金の凍結',
            },
        ),
        migrations.CreateModel(
            name='PayoutHold',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(max_length=200, verbose_name='保留の理由')),
                ('held_at', models.DateTimeField(verbose_name='保留日時')),
                ('released_at', models.DateTimeField(blank=True, null=True, verbose_name='解除日時')),
            ],
            options={
                'verbose_name': '支払保留',
                'verbose_name_plural': '支払保留',
            },
        ),
        migrations.RemoveConstraint(
            model_name='payee',
            name='payee_append_only',
        ),
        migrations.AddField(
            model_name='payee',
            name='checked_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='承認日時'),
        ),
        migrations.AddField(
            model_name='payee',
            name='checked_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='承認者'),
        ),
        migrations.AddField(
            model_name='payee',
            name='holds_from',
            field=models.DateField(blank=True, null=True, verbose_name='適用開始日'),
        ),
        migrations.AddField(
            model_name='payee',
            name='status',
            field=models.CharField(choices=[('standing', '二人制の導入前から'), ('proposed', '承認待ち'), ('approved', '承認済'), ('withdrawn', '取下げ')], default='standing', max_length=10, verbose_name='状態'),
        ),
        migrations.AlterField(  # What was there before holds; what comes is proposed.
            model_name='payee',
            name='status',
            field=models.CharField(choices=[('standing', '二人制の導入前から'), ('proposed', '承認待ち'), ('approved', '承認済'), ('withdrawn', '取下げ')], default='proposed', max_length=10, verbose_name='状態'),
        ),
        migrations.AddField(
            model_name='payee',
            name='withdrawn_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='取下げ日時'),
        ),
        migrations.AddField(
            model_name='payee',
            name='withdrawn_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='取り下げた人'),
        ),
        migrations.AddField(
            model_name='payee',
            name='withdrawn_reason',
            field=models.CharField(blank=True, max_length=200, verbose_name='取下げの理由'),
        ),
        migrations.AddConstraint(
            model_name='payee',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'proposed')), fields=('owner',), name='payee_one_proposal_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='payee',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'approved'), _negated=True), models.Q(('changed_by__isnull', False), ('checked_at__isnull', False), ('checked_by__isnull', False), ('holds_from__isnull', False)), _connector='OR'), name='payee_approved_was_checked'),
        ),
        migrations.AddConstraint(
            model_name='payee',
            constraint=models.CheckConstraint(condition=models.Q(('checked_by', None), models.Q(('checked_by', models.F('changed_by')), _negated=True), _connector='OR'), name='payee_takes_two_people'),
        ),
        migrations.AddConstraint(
            model_name='payee',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'withdrawn'), _negated=True), models.Q(('withdrawn_by__isnull', False), models.Q(('withdrawn_reason', ''), _negated=True)), _connector='OR'), name='payee_withdrawn_says_why'),
        ),
        migrations.AddConstraint(
            model_name='payee',
            constraint=smartpit.kernel.append_only.AppendOnly(fillable=['checked_at', 'checked_by', 'holds_from'], movable=['status', 'withdrawn_by', 'withdrawn_at', 'withdrawn_reason'], name='payee_append_only'),
        ),
        migrations.AddField(
            model_name='payeenotice',
            name='owner',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.owner', verbose_name='オーナー'),
        ),
        migrations.AddField(
            model_name='payeenotice',
            name='payee',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='notices', to='settlement.payee'),
        ),
        migrations.AddField(
            model_name='payoutfreeze',
            name='frozen_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='凍結した人'),
        ),
        migrations.AddField(
            model_name='payoutfreeze',
            name='lifted_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='解除した人'),
        ),
        migrations.AddField(
            model_name='payoutfreeze',
            name='owner',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='freezes', to='tenants.owner', verbose_name='オーナー（空欄は全社）'),
        ),
        migrations.AddField(
            model_name='payouthold',
            name='held_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='保留にした人'),
        ),
        migrations.AddField(
            model_name='payouthold',
            name='owner',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.owner'),
        ),
        migrations.AddField(
            model_name='payouthold',
            name='payout',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='holds', to='settlement.payout'),
        ),
        migrations.AddField(
            model_name='payouthold',
            name='released_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='保留を解いた人'),
        ),
        migrations.AddConstraint(
            model_name='payeenotice',
            constraint=models.UniqueConstraint(fields=('payee', 'kind'), name='payee_notice_once'),
        ),
        migrations.AddConstraint(
            model_name='payeenotice',
            constraint=smartpit.kernel.constraints.CompositeForeignKey(fields=['owner', 'payee'], name='payee_notice_of_the_same_owner', to='settlement.Payee', to_fields=['owner', 'id']),
        ),
        migrations.AddConstraint(
            model_name='payeenotice',
            constraint=smartpit.kernel.append_only.AppendOnly(movable=['sent_at'], name='payee_notice_append_only'),
        ),
        migrations.AddConstraint(
            model_name='payoutfreeze',
            constraint=models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='freeze_says_why'),
        ),
        migrations.AddConstraint(
            model_name='payoutfreeze',
            constraint=models.CheckConstraint(condition=models.Q(('lifted_at', None), models.Q(('lifted_by__isnull', False), models.Q(('lifted_reason', ''), _negated=True)), _connector='OR'), name='freeze_lifted_says_why'),
        ),
        migrations.AddConstraint(
            model_name='payoutfreeze',
            constraint=models.CheckConstraint(condition=models.Q(('lifted_by', None), ('frozen_by', None), models.Q(('lifted_by', models.F('frozen_by')), _negated=True), _connector='OR'), name='freeze_is_lifted_by_another'),
        ),
        migrations.AddConstraint(
            model_name='payoutfreeze',
            constraint=smartpit.kernel.append_only.AppendOnly(fillable=['lifted_at', 'lifted_by', 'lifted_reason'], movable=[], name='freeze_append_only'),
        ),
        migrations.AddConstraint(
            model_name='payouthold',
            constraint=models.UniqueConstraint(condition=models.Q(('released_at', None)), fields=('payout',), name='payout_held_once_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='payouthold',
            constraint=models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='hold_says_why'),
        ),
        migrations.AddConstraint(
            model_name='payouthold',
            constraint=smartpit.kernel.constraints.CompositeForeignKey(fields=['owner', 'payout'], name='payout_hold_of_the_same_owner', to='settlement.Payout', to_fields=['owner', 'id']),
        ),
        migrations.AddConstraint(
            model_name='payouthold',
            constraint=smartpit.kernel.append_only.AppendOnly(fillable=['released_at', 'released_by'], movable=[], name='payout_hold_append_only'),
        ),
    ]
