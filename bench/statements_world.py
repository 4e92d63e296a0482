"""A centre with one owner whose month of many payments the closing service has stated.

Each payment has an invoice of its own, some with words that a file must quote or guard; the
owner's plan changes in the middle of the month, so that its payments have two prices.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.closing_world import CLOSES_ON, Size, Words, world
from bench.payments_world import superuser

from django.conf import settings  # isort: skip  # The apps are set up above.
from settlement.calendar import statement_day  # isort: skip
from settlement.models import Statement, SubStatement  # isort: skip
from settlement.services.closing import close_due_periods  # isort: skip
from tenants.models import Owner, Tenant  # isort: skip
from tenants.services import StaffAsked  # isort: skip
from tests.people import sign_in  # isort: skip

# Nobody asks whether a number's last digit is right. Each tenth payment bears a stamp; all of them
# together stay below what one transfer can move (10 digits of yen).
_WORDS: Final = Words(
    number="'1' || lpad((told.at * 7919000019::bigint % 1000000000000)::text, 12, '0')",
    yen="CASE at % 10 WHEN 0 THEN 55000 ELSE 1000 + at::bigint * 7919 % 6000 END",
)
_LARGE: Final = "billing_invoice"
_STILL: Final = f"""
UPDATE pg_index SET indisready = false, indisvalid = false
 WHERE indrelid = '{_LARGE}'::regclass
"""  # noqa: S608  Put together from constants.
_BILL: Final = """
INSERT INTO billing_invoice (id, owner_id, tenant_id, card_id, reference, title, amount_yen,
                             tax_yen, repeats, due_on, version, status, registered_at)
SELECT payment.invoice_id, owner_id, tenant_id, card.id, 'B' || receipt,
       CASE receipt::int % 100 WHEN 0 THEN '教材費, "辞書" を含む' WHEN 1 THEN '=1+1'
            ELSE '2026年10月分 受講料' END,
       amount_yen, tax_yen, false, date '{closes_on}' + 30, 1, 'paid', booked_at
  FROM billing_payment AS payment, (SELECT min(id) FROM cards_card) AS card (id);
INSERT INTO tenants_contract (owner_id, number, starts_on, plan, connection, cycle, setup_fees,
                              stamp, stamp_reason, first_registration_basis, networks,
                              client_certificates, signed_at)
SELECT owner_id, 2, date '{closes_on}' - 15, 'plan-sample', connection, cycle, setup_fees, stamp,
       stamp_reason, first_registration_basis, networks, client_certificates, signed_at
  FROM tenants_contract
"""


@dataclass(frozen=True)
class Stated:
    """Where the centre is, its one statement, a tenant's share of it, and who may see each."""

    home: Path
    statement: Statement
    share: SubStatement
    cookie: str
    cookie_of_tenant: str


@contextmanager
def stated(payments: int) -> Iterator[Stated]:
    """Make a centre in the folder that the settings name, lend it, and stop its server."""
    with world(Size(payments, owners=1), _WORDS):
        _bill()
        (statement,) = close_due_periods(statement_day(CLOSES_ON))
        assert statement.payments_count == payments
        share = statement.sub_statements.earliest("payments_count")
        yield Stated(
            settings.HOME,
            statement,
            share,
            _cookie("accountant", statement.owner),
            _cookie("administrator", statement.owner, share.tenant),
        )


def _bill() -> None:
    with superuser() as server:
        server.execute("SET session_replication_role = replica")
        server.execute("SET maintenance_work_mem = '1GB'")
        server.execute(_STILL)
        server.execute(_BILL.format(closes_on=CLOSES_ON).encode())
        server.execute(f"REINDEX TABLE {_LARGE}")
        server.execute(f"VACUUM ANALYZE {_LARGE}, tenants_contract")
        server.execute("CHECKPOINT")


def _cookie(role: str, owner: Owner, tenant: Tenant | None = None) -> str:
    client = sign_in(StaffAsked(f"{role}@example.com", "経理", role, owner, tenant))
    name = settings.SESSION_COOKIE_NAME
    return f"{name}={client.cookies[name].value}"
