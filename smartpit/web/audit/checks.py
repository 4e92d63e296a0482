"""The table of all checks, and one look through them."""

from dataclasses import dataclass

from django.db import connection, transaction

from settlement.services.seals import seals_held_still
from smartpit.kernel.limits import unhurried
from smartpit.web.audit import (
    ageing,
    bank,
    books,
    events,
    files,
    keys,
    money,
    numbers,
    payees,
    payouts,
    seals,
    statements,
    structure,
)
from smartpit.web.audit.finding import Check, Finding

CHECKS: tuple[Check, ...] = (
    money.PAYMENT_AMOUNTS,
    money.PAYMENT_STATES,
    keys.TILL_KEYS,
    keys.AMOUNTS,
    money.SINGLE_INVOICES,
    money.INVOICE_VERSIONS,
    money.EXPIRIES,
    money.CASES,
    money.REFUNDS,
    money.SIDES,
    money.TEST_SIDE,
    files.CHAIN_FILES,
    keys.CHAIN_DAYS,
    ageing.WAITING,
    books.POSTINGS,
    books.TRIAL_BALANCE,
    books.OWNER_BALANCES,
    events.EVENT_STREAMS,
    events.PAYMENT_EVENTS,
    events.EVENT_FACTS,
    events.STATEMENT_EVENTS,
    events.PAYOUT_EVENTS,
    events.DELIVERIES,
    events.ENDPOINTS_TOLD,
    events.FAXES,
    statements.PAYMENTS_STATED,
    statements.STATEMENT_FACTS,
    statements.STATEMENT_SUMS,
    statements.STATEMENT_LINES,
    statements.SUB_STATEMENTS,
    statements.STATEMENT_DAYS,
    statements.CLOSINGS,
    statements.CARRIES,
    payouts.PAYOUTS,
    payouts.PAYOUT_STATES,
    payouts.PAYOUT_PEOPLE,
    payees.PAYEES,
    payouts.APPROVALS,
    payouts.BANK_FILES,
    bank.BANK_STATEMENTS,
    bank.BANK_ENTRIES,
    bank.REMITTANCES,
    numbers.CARD_NUMBERS,
    numbers.CARD_DRAWS,
    numbers.BLOCKS,
    numbers.CARD_HOLDERS,
    numbers.PRINTED_FILES,
    numbers.PRINTED_ORDERS,
    seals.SEALS,
    structure.COMPOSITE_KEYS,
    structure.TRIGGERS,
    structure.CONSTRAINTS,
    structure.APP_ROLE_RIGHTS,
    structure.DURABILITY,
)


@dataclass(frozen=True)
class Verdict:
    """What one check came to."""

    check: Check
    finding: Finding

    @property
    def is_ok(self) -> bool:
        return not self.finding.faults


def audit(checks: tuple[Check, ...] = CHECKS) -> list[Verdict]:
    """Look through the books as they stood at one instant; nothing is written, nobody waits.

    The seals' anchor is no row, so no day is sealed meanwhile.
    """
    with seals_held_still(), transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        unhurried()
        return [Verdict(check, _found_by(check)) for check in checks]


def _found_by(check: Check) -> Finding:
    """Return what a check found; one that breaks off, or saw too little, found a fault."""
    try:
        with transaction.atomic():
            there_are = check.there_are()
            finding = check.look()
    except Exception as broken:  # noqa: BLE001  Rows that no code can read are what is looked for.
        return Finding(0, (f"検査が中断した: {broken!r}",))
    if finding.looked_at < there_are:
        missed = f"{there_are} 件のうち {finding.looked_at} 件しか見ていない"
        return Finding(finding.looked_at, (*finding.faults, missed))
    return finding
