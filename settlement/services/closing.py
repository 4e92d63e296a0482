"""Closing a period: its rows become one statement, once, and its payout is proposed.

A closing finds its work by reading: each owner's next closing date follows from its calendar and
from the last ``Closing`` row. A beat that stood still for days therefore only comes late.

One lock orders all who touch an owner's periods. A confirmation shares it and reads the clock
under it; a closing holds it alone. So a payment that got a closing date is committed before that
period is counted, and one confirmed after the count takes the next date.

Owners whose periods close on the same day are closed together, a batch in a transaction. Where
a batch fails, its halves are tried, and theirs, until the trouble stands alone with its owner.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from itertools import islice
from types import MappingProxyType
from typing import Final, TypeVar

from django.db import transaction

from settlement.account import PeriodFacts, account_of, takings_by_tenant
from settlement.agreed import spans_of
from settlement.calendar import first_closing_on_or_after, statement_day
from settlement.due import Due, next_windows
from settlement.facts import Window, facts_of_each, last_closed_of_each
from settlement.models import Closing, Statement, StatementLine, SubStatement
from settlement.services.stating import Accounted, write_closings
from settlement.shares import TenantPeriod
from settlement.takings import Ahead, taken
from smartpit.kernel.database import lock_each, rolled_back
from smartpit.kernel.errors import DomainError
from tenants.models import Owner, Tenant
from tenants.selectors import terms_of_each
from tenants.terms import Terms

_BATCH: Final = 200
_NOTHING: Final[Ahead] = MappingProxyType({})
Key = TypeVar("Key")
Value = TypeVar("Value")


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
    run = _Run(as_of)
    statements = _close_rounds(_owners_under_contract(), run.due, run.close)
    if run.troubles:
        raise ExceptionGroup("periods that could not be closed", list(run.troubles.values()))
    return statements


def close_period(owner_id: int, closes_on: date) -> Statement | None:
    """Close one period and return its statement, or None where there is nothing to state.

    Whoever comes second finds the first one's closing and returns its statement.
    """
    return _close_together(closes_on, _NOTHING, [owner_id])[owner_id]


def preview_period(owner_id: int, closes_on: date) -> StatementDraft | None:
    """Return what ``close_period`` would write if it were called now; nothing is kept."""
    with rolled_back():
        statement = _close([owner_id], closes_on)[owner_id]
        return StatementDraft.of(statement) if statement else None


def preview_due_periods(as_of: date) -> list[StatementDraft]:
    """Return what ``close_due_periods`` would write for ``as_of`` if it ran now; nothing is kept.

    Each owner's periods are closed for real, one after the other, and undone together: what one
    carries out the next carries in.
    """
    drafts: list[StatementDraft] = []
    for some in _batches(_owners_under_contract()):
        with rolled_back():
            statements = _close_rounds(some, partial(_due, as_of), _preview)
            drafts += [StatementDraft.of(statement) for statement in statements]
    return drafts


@dataclass
class _Run:
    """Closing what is due; owners that got into trouble have their turn in the next run."""

    as_of: date
    troubles: dict[int, Exception] = field(default_factory=dict)

    def due(self, owner_ids: Sequence[int]) -> dict[int, Due]:
        return self._each(partial(_due, self.as_of), self._untroubled(owner_ids))

    def close(self, closes_on: date, due: Mapping[int, Due]) -> list[Statement]:
        owner_ids = list(due)
        # So long a reading is done while nobody waits for these owners.
        ahead = self._each(lambda some: taken([due[one].asked for one in some]), owner_ids)
        closed: dict[int, Statement | None] = {}
        for some in _batches(self._untroubled(owner_ids)):
            closed |= self._each(partial(_close_together, closes_on, ahead), some)
        return [statement for statement in closed.values() if statement]

    def _untroubled(self, owner_ids: Sequence[int]) -> list[int]:
        return [one for one in owner_ids if one not in self.troubles]

    def _each(
        self, work: Callable[[Sequence[int]], Mapping[Key, Value]], owner_ids: Sequence[int]
    ) -> dict[Key, Value]:
        """Do ``work`` for all owners at once; where that fails, for each half of them."""
        if not owner_ids:
            return {}
        try:
            return dict(work(owner_ids))
        except Exception as trouble:  # noqa: BLE001  Raised by the run, when all had their turn.
            if len(owner_ids) == 1:
                self.troubles[owner_ids[0]] = trouble
                return {}
        middle = len(owner_ids) // 2
        return self._each(work, owner_ids[:middle]) | self._each(work, owner_ids[middle:])


def _close_rounds(
    owner_ids: Sequence[int],
    due_of: Callable[[Sequence[int]], dict[int, Due]],
    close: Callable[[date, Mapping[int, Due]], list[Statement]],
) -> list[Statement]:
    """Close each owner's oldest period, then its next, until none is due."""
    statements: list[Statement] = []
    while due := due_of(owner_ids):
        for closes_on in sorted({one.closes_on for one in due.values()}):
            alike = {owner: one for owner, one in due.items() if one.closes_on == closes_on}
            statements += close(closes_on, alike)
        owner_ids = list(due)
    return sorted(statements, key=lambda statement: (statement.owner_id, statement.closes_on))


def _owners_under_contract() -> list[int]:
    owners = Owner.objects.filter(is_test=False, contracts__isnull=False)
    return list(owners.order_by("pk").values_list("pk", flat=True).distinct())


def _due(as_of: date, owner_ids: Sequence[int]) -> dict[int, Due]:
    """Return the next period of each owner whose statement day has begun."""
    return {
        owner_id: due
        for owner_id, due in next_windows(owner_ids).items()
        if statement_day(due.closes_on) <= as_of
    }


def _batches(owner_ids: Sequence[int]) -> Iterator[list[int]]:
    rest = iter(owner_ids)
    while some := list(islice(rest, _BATCH)):
        yield some


def _preview(closes_on: date, due: Mapping[int, Due]) -> list[Statement]:
    return [statement for statement in _close(list(due), closes_on).values() if statement]


def _close_together(
    closes_on: date, ahead: Ahead, owner_ids: Sequence[int]
) -> dict[int, Statement | None]:
    with transaction.atomic(durable=True):
        return _close(owner_ids, closes_on, ahead)


def _close(
    owner_ids: Sequence[int], closes_on: date, ahead: Ahead = _NOTHING
) -> dict[int, Statement | None]:
    """Close one period of several owners; ``ahead`` is what was read of their takings before."""
    lock_each("closing", sorted(owner_ids))
    known = Closing.objects.filter(owner_id__in=owner_ids, closes_on=closes_on)
    closed = {one.owner_id: one.statement for one in known.select_related("statement")}
    windows = _windows([one for one in owner_ids if one not in closed], closes_on)
    return closed | write_closings(_accounted(windows, ahead), closes_on)


def _windows(owner_ids: Collection[int], closes_on: date) -> dict[Window, list[Terms]]:
    """Return the days that are stated of each owner, with its terms."""
    terms = terms_of_each(owner_ids)
    last = last_closed_of_each(owner_ids)
    windows = {}
    for owner_id in owner_ids:
        if first_closing_on_or_after(spans_of(terms[owner_id]), closes_on) != closes_on:
            raise NotAClosingDate
        window = Window(owner_id, last[owner_id].closes_on, closes_on)
        if window.after > closes_on:
            raise PeriodClosed
        windows[window] = terms[owner_id]
    return windows


def _accounted(windows: Mapping[Window, list[Terms]], ahead: Ahead) -> list[Accounted]:
    if not windows:
        return []
    facts = facts_of_each(windows, ahead)
    tenants = _tenants_of(facts)
    return [
        Accounted(
            window.owner_id,
            account_of(
                facts[window.owner_id],
                terms,
                _tenant_periods(facts[window.owner_id], tenants[window.owner_id]),
                window.upto,
            ),
            {tenant.code: tenant.pk for tenant in tenants[window.owner_id]},
        )
        for window, terms in windows.items()
    ]


def _tenants_of(owner_ids: Collection[int]) -> dict[int, list[Tenant]]:
    found: dict[int, list[Tenant]] = {owner_id: [] for owner_id in owner_ids}
    for tenant in Tenant.objects.filter(owner_id__in=owner_ids).order_by("pk"):
        found[tenant.owner_id].append(tenant)
    return found


def _tenant_periods(facts: PeriodFacts, tenants: Sequence[Tenant]) -> list[TenantPeriod]:
    """Return what each tenant took, on the share that stands with its owner now."""
    takings = takings_by_tenant(facts)
    return [
        TenantPeriod(
            tenant.code,
            *takings[tenant.pk],
            commission_yen=tenant.commission_yen,
            commission_basis_points=tenant.commission_basis_points,
            passes_fees=tenant.passes_fees,
        )
        for tenant in tenants
        if tenant.pk in takings
    ]
