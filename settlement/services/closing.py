"""Closing a period: its rows become one statement, once, and its payout is proposed.

A closing finds its work by reading: each owner's next closing date follows from its calendar and
from the last ``Closing`` row. A beat that stood still for days therefore only comes late.

One lock orders all who touch an owner's periods. A confirmation shares it and reads the clock
under it; a closing holds it alone. So a payment that got a closing date is committed before that
period is counted, and one confirmed after the count takes the next date.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction

from billing.services.events import EventTold, record_events
from settlement.account import Account, PeriodFacts, account_of, takings_of
from settlement.agreed import spans_of
from settlement.calendar import first_closing_on_or_after, pay_day, statement_day
from settlement.due import next_closing
from settlement.facts import Window, closed_upto, facts_of
from settlement.models import Closing, Payout, Statement, StatementLine, SubStatement
from settlement.shares import TenantPeriod
from smartpit.kernel import clock
from smartpit.kernel.database import lock, rolled_back
from smartpit.kernel.errors import DomainError
from tenants.models import Owner, Tenant
from tenants.selectors import terms_of


class NotAClosingDate(DomainError):
    code = "not_a_closing_date"
    title = "この契約の締日ではありません"
    status = 422


class PeriodClosed(DomainError):
    """A later period is closed already, so this one's rows are stated there."""

    code = "period_closed"
    title = "この期間より後の精算がすでに確定しています"


@dataclass(frozen=True)
class StatementDraft:
    """A statement as it would be written, with its lines and its tenants' shares."""

    statement: Statement
    lines: list[StatementLine]
    sub_statements: list[SubStatement]

    @classmethod
    def of(cls, statement: Statement) -> "StatementDraft":
        shares = statement.sub_statements.select_related("tenant").order_by("tenant__code")
        return cls(statement, list(statement.lines.all()), list(shares))


def close_due_periods(as_of: date) -> list[Statement]:
    """Close every period whose statement day has begun by ``as_of``, each owner's oldest first.

    One owner's trouble holds up no other: all are tried, then the troubles are raised together.
    """
    statements: list[Statement] = []
    troubles: list[Exception] = []
    for owner_id in _owners_under_contract():
        try:
            statements += _close_due_of(owner_id, as_of)
        except Exception as trouble:  # noqa: BLE001  Raised below, when all owners had their turn.
            troubles.append(trouble)
    if troubles:
        raise ExceptionGroup("periods that could not be closed", troubles)
    return statements


def close_period(owner_id: int, closes_on: date) -> Statement | None:
    """Close one period and return its statement, or None where there is nothing to state.

    Whoever comes second finds the first one's closing and returns its statement.
    """
    with transaction.atomic(durable=True):
        return _close(owner_id, closes_on)


def preview_period(owner_id: int, closes_on: date) -> StatementDraft | None:
    """Return what ``close_period`` would write if it were called now; nothing is kept."""
    with rolled_back():
        statement = _close(owner_id, closes_on)
        return StatementDraft.of(statement) if statement else None


def preview_due_periods(as_of: date) -> list[StatementDraft]:
    """Return what ``close_due_periods`` would write for ``as_of`` if it ran now; nothing is kept.

    Each owner's periods are closed for real, one after the other, and undone together: what one
    carries out the next carries in.
    """
    drafts: list[StatementDraft] = []
    for owner_id in _owners_under_contract():
        with rolled_back():
            statements = _close_due_of(owner_id, as_of, _close)
            drafts += [StatementDraft.of(statement) for statement in statements]
    return drafts


def _owners_under_contract() -> list[int]:
    owners = Owner.objects.filter(is_test=False, contracts__isnull=False)
    return list(owners.order_by("pk").values_list("pk", flat=True).distinct())


def _close_due_of(
    owner_id: int, as_of: date, close: Callable[[int, date], Statement | None] = close_period
) -> list[Statement]:
    statements = []
    closes_on = next_closing(owner_id)
    while closes_on is not None and statement_day(closes_on) <= as_of:
        statement = close(owner_id, closes_on)
        if statement is not None:
            statements.append(statement)
        closes_on = next_closing(owner_id)
    return statements


def _close(owner_id: int, closes_on: date) -> Statement | None:
    lock("closing", owner_id)
    known = Closing.objects.filter(owner_id=owner_id, closes_on=closes_on)
    closing = known.select_related("statement").first()
    if closing is not None:
        return closing.statement

    terms = terms_of(owner_id)
    if first_closing_on_or_after(spans_of(terms), closes_on) != closes_on:
        raise NotAClosingDate
    window = Window(owner_id, closed_upto(owner_id), closes_on)
    if window.after > closes_on:
        raise PeriodClosed

    facts = facts_of(window, terms)
    tenants = list(Tenant.objects.filter(owner_id=owner_id))
    account = account_of(facts, terms, _tenant_periods(facts, tenants), closes_on)
    statement = None if account.sums.is_empty else _state(owner_id, closes_on, account)
    Closing.objects.create(
        owner_id=owner_id, closes_on=closes_on, statement=statement, closed_at=clock.now()
    )
    if statement is not None:
        _propose_payout(statement)
        _tell(statement, _write_shares(statement, account, tenants))
    return statement


def _tenant_periods(facts: PeriodFacts, tenants: Sequence[Tenant]) -> list[TenantPeriod]:
    """Return what each tenant took, on the share that stands with its owner now."""
    return [
        TenantPeriod(
            tenant.code,
            *takings_of(facts, tenant.pk),
            commission_yen=tenant.commission_yen,
            commission_basis_points=tenant.commission_basis_points,
            passes_fees=tenant.passes_fees,
        )
        for tenant in tenants
    ]


def _state(owner_id: int, closes_on: date, account: Account) -> Statement:
    stated_on = statement_day(closes_on)
    settled = account.settled
    statement = Statement.objects.create(
        owner_id=owner_id,
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
    StatementLine.objects.bulk_create(
        StatementLine(
            statement=statement,
            owner_id=owner_id,
            place=place,
            kind=line.kind,
            count=line.count,
            unit_yen=line.unit_yen,
            amount_yen=line.amount_yen,
        )
        for place, line in enumerate(settled.lines, start=1)
    )
    return statement


def _write_shares(
    statement: Statement, account: Account, tenants: Sequence[Tenant]
) -> list[SubStatement]:
    by_code = {tenant.code: tenant for tenant in tenants}
    return SubStatement.objects.bulk_create(
        SubStatement(
            statement=statement,
            owner_id=statement.owner_id,
            tenant=by_code[share.code],
            payments_count=share.payments_count,
            gross_yen=share.gross_yen,
            commission_yen=share.commission_yen,
            passed_yen=share.passed_yen,
            net_yen=share.net_yen,
        )
        for share in account.shares
    )


def _propose_payout(statement: Statement) -> None:
    if statement.payout_yen > 0:
        Payout.objects.create(
            owner_id=statement.owner_id,
            statement=statement,
            amount_yen=statement.payout_yen,
            pays_on=statement.pays_on,
            proposed_at=clock.now(),
        )


def _tell(statement: Statement, shares: Sequence[SubStatement]) -> None:
    """Tell the owner its statement, and each tenant its own figures and no others."""
    told = [_event(statement, None, _statement_body(statement))]
    for share in shares:
        told.append(_event(statement, share.tenant_id, _share_body(statement, share)))
    record_events(told)


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
