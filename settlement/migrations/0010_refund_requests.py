"""One person asks for a refund and another decides; refunds of before get their request too."""

import django.db.models.deletion
import smartpit.kernel.append_only
import smartpit.kernel.constraints
from django.conf import settings
from django.db import migrations, models

OF_BEFORE = """
INSERT INTO settlement_refundrequest (
    payment_id, owner_id, tenant_id, reason, asked_by_id, asked_at,
    status, decided_by_id, decided_at, decided_reason
)
SELECT payment_id, owner_id, tenant_id, '依頼の記録を始める前の訂正', asked_by_id, approved_at,
       'approved', approved_by_id, approved_at, ''
  FROM billing_refund ORDER BY approved_at, id
"""

class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0012_booking'),
        ('settlement', '0009_tenant_transfers'),
        ('tenants', '0005_first_passwords'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='RefundRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(max_length=200, verbose_name='訂正の理由')),
                ('asked_at', models.DateTimeField(verbose_name='依頼日時')),
                ('status', models.CharField(choices=[('requested', '承認待ち'), ('approved', '承認済'), ('rejected', '却下'), ('withdrawn', '取下げ')], default='requested', max_length=10, verbose_name='状態')),
                ('decided_at', models.DateTimeField(blank=True, null=True, verbose_name='判断日時')),
                ('decided_reason', models.CharField(blank=True, max_length=200, verbose_name='却下・取下げの理由')),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='依頼した人')),
                ('decided_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='判断した人')),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.owner', verbose_name='オーナー')),
                ('payment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='refund_requests', to='billing.payment', verbose_name='収納')),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant', verbose_name='テナント')),
            ],
            options={
                'verbose_name': '訂正の依頼',
                'verbose_name_plural': '訂正の依頼',
                'indexes': [models.Index(fields=['owner', '-asked_at'], name='refund_request_of_owner')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('status__in', ['requested', 'approved'])), fields=('payment',), name='refund_request_once_at_a_time'), models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='refund_request_says_why'), models.CheckConstraint(condition=models.Q(models.Q(('decided_at', None), ('decided_by', None), ('status', 'requested')), models.Q(models.Q(('status', 'requested'), _negated=True), ('decided_at__isnull', False), ('decided_by__isnull', False)), _connector='OR'), name='refund_request_is_decided_by_somebody'), models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['approved', 'rejected']), _negated=True), models.Q(('decided_by', models.F('asked_by')), _negated=True), _connector='OR'), name='refund_request_takes_two_people'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'withdrawn'), _negated=True), ('decided_by', models.F('asked_by')), _connector='OR'), name='refund_request_is_withdrawn_by_its_asker'), models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['rejected', 'withdrawn']), _negated=True), models.Q(('decided_reason', ''), _negated=True), _connector='OR'), name='refund_request_refused_says_why'), smartpit.kernel.constraints.CompositeForeignKey(fields=['owner', 'tenant', 'payment'], name='refund_request_of_the_same_tenant', to='billing.Payment', to_fields=['owner', 'tenant', 'id']), smartpit.kernel.append_only.AppendOnly(fillable=['decided_at', 'decided_by', 'decided_reason'], movable=['status'], name='refund_request_append_only')],
            },
        ),
        migrations.RunSQL(OF_BEFORE, migrations.RunSQL.noop),
    ]
