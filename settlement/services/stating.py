"""Writing down what a period came to: each table once, for however many owners.

The events come last, for from there to the commit nothing else can be told to these owners.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from billing.services.events import EventTold, record_events
from settlement.account import Account
from settlement.calendar import pay_day, statement_day
from settlement.models import Closing, Payout, Statement, StatementLine, SubStatement
from smartpit.kernel import clock
from smartpit.kernel.insertion import insert_rows


@dataclass(frozen=True)
class Accounted:
    """An owner's account of a period, and its tenants by code."""

    owner_id: int
    account: Account
    tenant_ids: dict[str, int]


@dataclass
class _Written:
    """The rows of all tables, in the order of the owners."""

    statements: list[Statement] = field(default_factory=list)
    lines: list[StatementLine] = field(default_factory=list)
    closings: list[Closing] = field(default_factory=list)
    payouts: list[Payout] = field(default_factory=list)
    shares: list[SubStatement] = field(default_factory=list)
    told: list[EventTold] = field(default_factory=list)


def write_closings(accounted: Sequence[Accounted], closes_on: date) -> dict[int, Statement | None]:
    """State what is not empty, propose its payout, tell of it, and mark every period as closed."""
    written = _Written()
    for one in accounted:
        _add(written, one, closes_on)
    insert_rows(written.statements)
    insert_rows(written.lines)
    insert_rows(written.closings)
    insert_rows(written.payouts)
    insert_rows(written.shares)
    record_events(written.told)
    stated = {statement.owner_id: statement for statement in written.statements}
    return {one.owner_id: stated.get(one.owner_id) for one in accounted}


def _add(written: _Written, one: Accounted, closes_on: date) -> None:
    statement = None if one.account.sums.is_empty else _statement(one, closes_on)
    written.closings.append(
        Closing(
            owner_id=one.owner_id,
            closes_on=closes_on,
            statement_id=statement.pk if statement else None,
            closed_at=clock.now(),
        )
    )
    if statement is None:
        return
    shares = _shares(statement, one)
    written.statements.append(statement)
    written.lines += _lines(statement, one.account)
    written.shares += shares
    if statement.payout_yen > 0:
        written.payouts.append(_payout(statement))
    # The owner is told its statement, and each tenant its own figures and no others.
    written.told.append(_event(statement, None, _statement_body(statement)))
    written.told += [
        _event(statement, share.tenant_id, _share_body(statement, share)) for share in shares
    ]


def _statement(one: Accounted, closes_on: date) -> Statement:
    stated_on = statement_day(closes_on)
    account = one.account
    settled = account.settled
    return Statement(
        owner_id=one.owner_id,
        closes_on=closes_on,
        stated_on=stated_on,
        pays_on=pay_day(stated_on),
        payments_count=account.payments_count,
        gross_yen=account.sums.gross_yen,
        fees_yen=settled.fees_yen,
        tax_yen=settled.tax_yen,
        tax_percent=account.tax_percent,
        stamp_yen=account.sums.stamp_yen,
        carried_in_yen=account.sums.carried_in_yen,
        payout_yen=settled.payout_yen,
        carried_out_yen=settled.carried_out_yen,
        owner_margin_yen=account.owner_margin_yen,
        closed_at=clock.now(),
    )


def _lines(statement: Statement, account: Account) -> list[StatementLine]:
    return [
        StatementLine(
            statement_id=statement.pk,
            owner_id=statement.owner_id,
            place=place,
            kind=line.kind,
            count=line.count,
            unit_yen=line.unit_yen,
            amount_yen=line.amount_yen,
        )
        for place, line in enumerate(account.settled.lines, start=1)
    ]


def _shares(statement: Statement, one: Accounted) -> list[SubStatement]:
    return [
        SubStatement(
            statement_id=statement.pk,
            owner_id=statement.owner_id,
            tenant_id=one.tenant_ids[share.code],
            payments_count=share.payments_count,
            gross_yen=share.gross_yen,
            commission_yen=share.commission_yen,
            commission_each_yen=share.commission_each_yen,
            commission_basis_points=share.commission_basis_points,
            passed_yen=share.passed_yen,
            net_yen=share.net_yen,
        )
        for share in one.account.shares
    ]


def _payout(statement: Statement) -> Payout:
    return Payout(
        owner_id=statement.owner_id,
        statement_id=statement.pk,
        amount_yen=statement.payout_yen,
        pays_on=statement.pays_on,
        proposed_at=clock.now(),
    )


def _event(statement: Statement, tenant_id: int | None, body: dict[str, Any]) -> EventTold:
    return EventTold(
        type="statement.closed",
        owner_id=statement.owner_id,
        tenant_id=tenant_id,
        body=body,
        to_owner=tenant_id is None,
    )


def _days(statement: Statement) -> dict[str, Any]:
    return {
        "statement": str(statement.pk),
        "closes_on": statement.closes_on.isoformat(),
        "stated_on": statement.stated_on.isoformat(),
    }


def _statement_body(statement: Statement) -> dict[str, Any]:
    return _days(statement) | {
        "pays_on": statement.pays_on.isoformat(),
        "payments_count": statement.payments_count,
        "gross_yen": statement.gross_yen,
        "fees_yen": statement.fees_yen,
        "tax_yen": statement.tax_yen,
        "stamp_yen": statement.stamp_yen,
        "carried_in_yen": statement.carried_in_yen,
        "payout_yen": statement.payout_yen,
        "carried_out_yen": statement.carried_out_yen,
    }


def _share_body(statement: Statement, share: SubStatement) -> dict[str, Any]:
    return _days(statement) | {
        "sub_statement": str(share.pk),
        "payments_count": share.payments_count,
        "gross_yen": share.gross_yen,
        "commission_yen": share.commission_yen,
        "passed_yen": share.passed_yen,
        "net_yen": share.net_yen,
    }
