"""A centre of its own for the till benches: a server and folder aside, owners, cards, invoices.

Rows are made set-based and without checks, for they are made to be right; what is measured writes
with every check. An invoice's id is told by its place, so that a loader and pgbench find it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import django
import psycopg
from django.conf import settings
from psycopg.conninfo import make_conninfo

django.setup()

from bench.payments_cast import found  # noqa: E402  It needs the apps.
from billing.services.live_tenants import tell_live_tenants  # noqa: E402
from smartpit.kernel import schema  # noqa: E402
from smartpit.platform import embedded  # noqa: E402
from smartpit.platform.connections import connections  # noqa: E402

OWNERS: Final = 1_000
ALONE: Final = "bench-1"  # The owner of all that come after the places of all owners.

# Tables that nothing was written to stay as they are: a new server has not looked at them either.
_FILLED: Final = (
    "tenants_owner, tenants_tenant, cards_card, billing_invoice, billing_invoiceversion, "
    "billing_stream"
)
# Millions of rows are written without their indexes, which are then built at once: those of the
# tables of that many rows stand still for the time.
_LARGE: Final = ("cards_card", "billing_invoice", "billing_invoiceversion")
_STILL: Final = f"""
UPDATE pg_index SET indisready = false, indisvalid = false
 WHERE indrelid::regclass::text IN {_LARGE}
"""  # noqa: S608  Put together from constants.
_MAKE: Final = """
CREATE FUNCTION bench_checked(twelve bigint) RETURNS text LANGUAGE sql IMMUTABLE RETURN
    (twelve * 10 + (10 - (
        3 * (twelve % 10 + twelve / 100 % 10 + twelve / 10000 % 10 + twelve / 1000000 % 10
             + twelve / 100000000 % 10 + twelve / 10000000000 % 10)
        + twelve / 10 % 10 + twelve / 1000 % 10 + twelve / 100000 % 10 + twelve / 10000000 % 10
        + twelve / 1000000000 % 10 + twelve / 100000000000 % 10) % 10) % 10)::text;
INSERT INTO tenants_owner (code, name, is_test, contact_name, contact_phone, contact_hours,
                           contact_email, opened_at)
SELECT 'bench-' || at, 'オーナー' || at, false, '', '', '', '', now()
  FROM generate_series(1, {owners}) AS at;
INSERT INTO tenants_tenant (owner_id, code, name, display_name, contact_name, contact_phone,
                            contact_hours, commission_yen, commission_basis_points, passes_fees,
                            status, applied_at)
SELECT id, 'own', name, name, '', '', '', 0, 0, false, 'live', now()
  FROM tenants_owner WHERE code LIKE 'bench-%';
CREATE TABLE bench_owner AS
SELECT substr(owner.code, 7)::int AS at, owner.id AS owner_id, tenant.id AS tenant_id
  FROM tenants_owner AS owner JOIN tenants_tenant AS tenant ON tenant.owner_id = owner.id
 WHERE owner.code LIKE 'bench-%';
INSERT INTO cards_card (number, barcode_number, kind, block_id, counter, is_test, status,
                        issued_at)
SELECT bench_checked(100000000000 + at), bench_checked(290000000000 + at), 'standard', {block},
       1000000 + at, false, 'active', now()
  FROM generate_series(1, {cards}) AS at;
CREATE TABLE bench_card AS
SELECT counter - 1000000 AS at, id AS card_id FROM cards_card WHERE counter > 1000000;
INSERT INTO billing_invoice (id, owner_id, tenant_id, card_id, reference, title, amount_yen,
                             tax_yen, repeats, due_on, version, status, registered_at)
SELECT md5(place.at::text)::uuid, owner_id, tenant_id, card_id, 'B' || place.at, '受講料',
       10000, 909, false, current_date + 30, 1, 'open', now()
  FROM generate_series(1, {invoices}) AS place (at)
  JOIN bench_owner ON bench_owner.at = CASE WHEN place.at > {spread} THEN 1
                                       ELSE place.at % {owners} + 1 END
  JOIN bench_card ON bench_card.at = (place.at - 1) % {cards} + 1;
INSERT INTO billing_invoiceversion (owner_id, tenant_id, invoice_id, version, title, amount_yen,
                                    tax_yen, due_on, changed_at)
SELECT owner_id, tenant_id, id, 1, title, amount_yen, tax_yen, due_on, registered_at
  FROM billing_invoice WHERE reference LIKE 'B%';
INSERT INTO billing_stream (owner_id, tenant_id, last, acknowledged)
SELECT owner_id, whose, 0, 0 FROM bench_owner, LATERAL (VALUES (NULL), (tenant_id)) AS side (whose)
"""


@dataclass(frozen=True)
class World:
    """Where the centre of a bench is, and how much is in it."""

    home: Path
    chain_key: str
    invoices: int  # Of all owners, at the places from 1 on; then come those of the first owner.
    of_one_owner: int


@contextmanager
def world(invoices: int, of_one_owner: int = 0) -> Iterator[World]:
    """Make a centre in the folder that the settings name, lend it, and stop its server."""
    embedded.ensure_running(settings.HOME)
    try:
        schema.ensure_current()
        yield World(settings.HOME, _fill(invoices, of_one_owner), invoices, of_one_owner)
    finally:
        embedded.stop(settings.HOME)


def _fill(invoices: int, of_one_owner: int) -> str:
    chain_key, block = found()
    words = {"owners": OWNERS, "block": block, "cards": invoices, "spread": invoices}
    with superuser() as server:
        server.execute("SET session_replication_role = replica")
        server.execute("SET work_mem = '1GB'")
        server.execute("SET maintenance_work_mem = '1GB'")
        server.execute(_STILL)
        server.execute(_MAKE.format(**words, invoices=invoices + of_one_owner))
        for table in _LARGE:
            server.execute(f"REINDEX TABLE {table}")
        tell_live_tenants()  # Else the worker would, of a thousand, while something is measured.
        server.execute(f"VACUUM ANALYZE {_FILLED}")
        server.execute("CHECKPOINT")
    return chain_key


def superuser() -> "psycopg.Connection[tuple[Any, ...]]":
    return psycopg.connect(make_conninfo(**address("postgres")), autocommit=True)


def address(role: str) -> dict[str, str]:
    """Return how a role reaches the bench's server, in libpq's words."""
    return {**connections(settings.HOME).owner, "user": role}
