"""A centre with a month of confirmed payments that nobody has closed yet.

Rows are made set-based and without checks, for they are made to be right; the payments of all
owners lie among each other, as tills tell them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Final

from bench.payments_world import superuser

from django.conf import settings  # isort: skip  # The apps are set up above.
from bench.payments_cast import found  # isort: skip
from smartpit.kernel import schema  # isort: skip
from smartpit.platform import embedded  # isort: skip

CLOSES_ON: Final = date(2026, 10, 31)
TENANTS_EACH: Final = 7

_TABLES: Final = (
    "tenants_owner, tenants_tenant, tenants_contract, billing_stream, billing_payment, "
    "billing_confirmation"
)
# Millions of rows are written without their indexes, which are then built at once.
_LARGE: Final = ("billing_payment", "billing_confirmation")
_STILL: Final = f"""
UPDATE pg_index SET indisready = false, indisvalid = false
 WHERE indrelid::regclass::text IN {_LARGE}
"""  # noqa: S608  Put together from constants.
_MAKE: Final = """
INSERT INTO tenants_owner (code, name, is_test, contact_name, contact_phone, contact_hours,
                           contact_email, opened_at)
SELECT 'bench-' || at, 'オーナー' || at, false, '', '', '', '', now()
  FROM generate_series(1, {owners}) AS at;
INSERT INTO tenants_tenant (owner_id, code, name, display_name, contact_name, contact_phone,
                            contact_hours, commission_yen, commission_basis_points, passes_fees,
                            status, applied_at)
SELECT id, CASE place WHEN 1 THEN 'own' ELSE 'tenant-' || place END, name, name, '', '', '',
       30, 250, place % 2 = 0, 'live', now()
  FROM tenants_owner, generate_series(1, {tenants}) AS place WHERE code LIKE 'bench-%';
INSERT INTO tenants_contract (owner_id, number, starts_on, plan, connection, cycle, setup_fees,
                              stamp, stamp_reason, first_registration_basis, networks,
                              client_certificates, signed_at)
SELECT id, 1, date_trunc('month', date '{closes_on}'), 'plan-120', 'regular', 'month-end', 'apart',
       'by_amount', '', 'contract', '{{}}', '{{}}', now()
  FROM tenants_owner WHERE code LIKE 'bench-%';
INSERT INTO billing_stream (owner_id, tenant_id, last, acknowledged)
SELECT id, NULL, 0, 0 FROM tenants_owner WHERE code LIKE 'bench-%'
 UNION ALL
SELECT owner_id, id, 0, 0 FROM tenants_tenant WHERE name LIKE 'オーナー%';
CREATE TABLE bench_tenant AS
SELECT row_number() OVER (ORDER BY tenant.code, owner.id) - 1 AS at, owner.id AS owner_id,
       tenant.id AS tenant_id
  FROM tenants_owner AS owner JOIN tenants_tenant AS tenant ON tenant.owner_id = owner.id
 WHERE owner.code LIKE 'bench-%';
INSERT INTO billing_payment (id, chain_id, store, terminal, business_date, receipt, line, owner_id,
                             tenant_id, invoice_id, version, number, amount_yen, tax_yen, repeats,
                             taken_at, booked_at, advice, late, possible_duplicate, status, answer)
SELECT gen_random_uuid(), 'lawson', '000001', '01', told.day, told.at::text, 1, owner_id, tenant_id,
       gen_random_uuid(), 1, {number}, told.yen, told.yen / 11, false, told.day + time '12:00',
       told.day + time '12:00', false, false, false, 'confirmed', ''
  FROM (SELECT at, (date_trunc('month', date '{closes_on}') + at % 31 * interval '1 day')::date,
               {yen} FROM generate_series(1, {payments}) AS at
       ) AS told (at, day, yen)
  JOIN bench_tenant ON bench_tenant.at = told.at % ({owners} * {tenants})
 ORDER BY told.day, told.at;
INSERT INTO billing_confirmation (payment_id, owner_id, tenant_id, closes_on, confirmed_at)
SELECT id, owner_id, tenant_id, date '{closes_on}', booked_at FROM billing_payment
"""


@dataclass(frozen=True)
class Size:
    payments: int
    owners: int


@dataclass(frozen=True)
class Words:
    """What the payment at a place ``at`` says, in SQL."""

    number: str = "''"
    yen: str = "1000 + at::bigint * 7919 % 60000"


@contextmanager
def world(size: Size, words: Words = Words()) -> Iterator[None]:
    """Make a centre in the folder that the settings name, lend it, and stop its server."""
    embedded.ensure_running(settings.HOME)
    try:
        schema.ensure_current()
        _fill(size, words)
        yield
    finally:
        embedded.stop(settings.HOME)


def _fill(size: Size, words: Words) -> None:
    found()
    with superuser() as server:
        server.execute("SET session_replication_role = replica")
        server.execute("SET work_mem = '1GB'")
        server.execute("SET maintenance_work_mem = '1GB'")
        server.execute(_STILL)
        made = _MAKE.format(
            owners=size.owners,
            tenants=TENANTS_EACH,
            payments=size.payments,
            closes_on=CLOSES_ON,
            number=words.number,
            yen=words.yen,
        )
        server.execute(made)
        for table in _LARGE:
            server.execute(f"REINDEX TABLE {table}")
        server.execute(f"VACUUM ANALYZE {_TABLES}")
        server.execute("CHECKPOINT")
