"""A fact is one event with a number in each stream that tells it, no longer a row in each.

A confirmation is told with the words of its payment's report; those of before keep their own.
"""

from pathlib import Path

import smartpit.kernel.constraints
from django.db import migrations, models
from django.db.models import Q
from smartpit.kernel.append_only import AppendOnly

TILLS = Path(__file__).parent.parent / "tills"

# Two rows that tell the same fact, the owner's and the tenant's. Their instant and words are the
# same to the byte; of facts that look alike, the first of one goes with the first of the other.
# A replaced card and a statement are told to each party in its own event.
_MERGE = """
ALTER TABLE billing_event DISABLE TRIGGER event_append_only_row;
CREATE TEMPORARY TABLE pair ON COMMIT DROP AS
WITH told AS (
    SELECT id, owner_id, tenant_id, owner_sequence, type, occurred_at, body,
           coalesce(invoice_id::text, '') AS invoice, coalesce(payment_id::text, '') AS payment,
           row_number() OVER (
               PARTITION BY tenant_id IS NULL, owner_id, type, occurred_at, invoice_id, payment_id,
                            body
               ORDER BY id) AS nth
      FROM billing_event
)
SELECT of_owner.id AS owner_event_id, of_tenant.id AS tenant_event_id, of_tenant.tenant_id,
       of_tenant.owner_sequence AS tenant_sequence
  FROM told AS of_owner
  JOIN told AS of_tenant
 USING (owner_id, type, occurred_at, invoice, payment, body, nth)
 WHERE of_owner.tenant_id IS NULL AND of_tenant.tenant_id IS NOT NULL
   AND type NOT IN ('card.replaced', 'statement.closed');
UPDATE billing_delivery SET event_id = owner_event_id FROM pair WHERE event_id = tenant_event_id;
DELETE FROM billing_event USING pair WHERE id = tenant_event_id;
UPDATE billing_event SET tenant_id = pair.tenant_id, tenant_sequence = pair.tenant_sequence
  FROM pair WHERE id = owner_event_id;
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
ALTER TABLE billing_event ENABLE TRIGGER event_append_only_row;
"""
# What only a tenant was told stands in the tenant's column.
_APART = """
ALTER TABLE billing_event DISABLE TRIGGER event_append_only_row;
UPDATE billing_event SET tenant_sequence = owner_sequence, owner_sequence = NULL
 WHERE tenant_id IS NOT NULL AND tenant_sequence IS NULL;
ALTER TABLE billing_event ENABLE TRIGGER event_append_only_row;
ANALYZE billing_event;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0019_plans_made_once"),
        ("tenants", "0006_console_vouch"),
    ]

    operations = [
        migrations.RemoveConstraint("event", "event_once_per_sequence"),
        migrations.RemoveConstraint("event", "event_once_per_payment_and_type"),
        migrations.RemoveConstraint("event", "event_of_the_same_owner"),
        migrations.RemoveConstraint("event", "event_payment_of_the_same_owner"),
        migrations.RemoveField("event", "stream"),
        migrations.AlterField(
            "event",
            "sequence",
            models.BigIntegerField("オーナーの番号", null=True, db_column="owner_sequence"),
        ),
        migrations.AddField(
            "event", "tenant_sequence", models.BigIntegerField("テナントの番号", null=True)
        ),
        migrations.RunSQL(_MERGE, migrations.RunSQL.noop),
        migrations.RunSQL(_APART, migrations.RunSQL.noop),
        migrations.AddConstraint(
            "stream", AppendOnly(name="stream_stays", movable=["last", "acknowledged"])
        ),
        migrations.AddConstraint(
            "event",
            models.UniqueConstraint(fields=["owner", "sequence"], name="event_once_per_sequence"),
        ),
        migrations.AddConstraint(
            "event",
            models.UniqueConstraint(
                fields=["tenant", "tenant_sequence"], name="event_once_per_tenant_sequence"
            ),
        ),
        migrations.AddConstraint(
            "event",
            models.CheckConstraint(
                condition=Q(tenant__isnull=True, tenant_sequence__isnull=True, sequence__isnull=False)
                | Q(tenant__isnull=False, tenant_sequence__isnull=False),
                name="event_has_its_numbers",
            ),
        ),
        migrations.AlterField("event", "body", models.JSONField(null=True)),
        migrations.AddConstraint(
            "event",
            models.CheckConstraint(
                condition=Q(body__isnull=False) | Q(type="payment.confirmed"),
                name="event_has_its_words",
            ),
        ),
        migrations.AddConstraint(
            "event",
            models.UniqueConstraint(
                fields=["payment", "type"],
                condition=Q(payment__isnull=False),
                name="event_once_per_payment_and_type",
            ),
        ),
        migrations.AddConstraint(
            "event",
            smartpit.kernel.constraints.KeyOfSets(
                fields=["owner", "payment"],
                to="billing.Payment",
                to_fields=["owner", "id"],
                name="event_payment_of_the_same_owner",
            ),
        ),
        migrations.RunSQL(
            (TILLS / "booking.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop
        ),
    ]
