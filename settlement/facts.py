"""Reading what a period is stated from: counts and sums by day, never a row at a time."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import reduce
from operator import or_
from types import MappingProxyType
from typing import Any

from django.db import connection
from django.db.models import Case, Count, DateField, Exists, F, OuterRef, Q, QuerySet, When
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import TruncDate

from billing.models import Confirmation, Fax, Invoice, Payment, Refund
from settlement.account import DayCount, PeriodFacts
from settlement.agreed import charged_terms
from settlement.charges import Charge, ChargedTerms, Registration, charges_due
from settlement.takings import Ahead, Asked, taken_since
from smartpit.kernel import clock
from tenants.terms import Terms

ONE_DAY = timedelta(days=1)
PAID = (Payment.Status.REPORTED, Payment.Status.CONFIRMED, Payment.Status.REFUNDED)


_LAST_CLOSED = """
SELECT asked.owner_id,
       (SELECT max(closes_on) FROM settlement_closing WHERE owner_id = asked.owner_id),
       (SELECT carried_out_yen FROM settlement_statement WHERE owner_id = asked.owner_id
         ORDER BY closes_on DESC LIMIT 1)
  FROM unnest(%s::bigint[]) AS asked (owner_id)
"""


@dataclass(frozen=True)
class Window:
    """An owner's days after ``after``, which are stated already, up to ``upto``."""

    owner_id: int
    after: date
    upto: date

    @property
    def first(self) -> date:
        return self.after + ONE_DAY

    def holds(self, field: str) -> Q:
        """Say that a day lies in the window."""
        return Q(**{f"{field}__gt": self.after, f"{field}__lte": self.upto})

    def holds_instant(self, field: str) -> Q:
        """Say that an instant's day in Japan lies in the window."""
        begins, ends = clock.day_ends(self.after), clock.day_ends(self.upto)
        return Q(**{f"{field}__gte": begins, f"{field}__lt": ends})

    def asked(self, terms: list[Terms]) -> Asked:
        """Return what is asked of the owner's takings."""
        return Asked.of(self.owner_id, self.after, self.upto, terms)


@dataclass(frozen=True)
class LastClosed:
    """An owner's last closing date that was looked at, and what its last statement carried out.

    Before the first closing it is the first day there is.
    """

    closes_on: date
    balance_yen: int


def last_closed_of_each(owner_ids: Iterable[int]) -> dict[int, LastClosed]:
    with connection.cursor() as cursor:
        cursor.execute(_LAST_CLOSED, [list(owner_ids)])
        return {
            owner_id: LastClosed(closes_on or date.min, balance_yen or 0)
            for owner_id, closes_on, balance_yen in cursor.fetchall()
        }


def closed_upto(owner_id: int) -> date:
    """Return the owner's last closing date that was looked at; before the first, the first day."""
    return last_closed_of_each([owner_id])[owner_id].closes_on


def balance_yen(owner_id: int) -> int:
    """Return what the owner's last statement carried out."""
    return last_closed_of_each([owner_id])[owner_id].balance_yen


def facts_of(window: Window, terms: list[Terms]) -> PeriodFacts:
    """Return all that is stated from the window's days."""
    return facts_of_each({window: terms})[window.owner_id]


def facts_of_each(
    windows: Mapping[Window, list[Terms]], ahead: Ahead = MappingProxyType({})
) -> dict[int, PeriodFacts]:
    """Return what is stated from the windows' days, one window an owner, by owner.

    Confirmations and refunds carry their closing date. It is asked as a range, so that a date
    which a later change of contract took off the calendar is stated with the next one.
    """
    asked = {window.owner_id: window.asked(terms) for window, terms in windows.items()}
    takings = taken_since(list(asked.values()), ahead)
    faxes = _by_owner(_faxes(windows), "completed_on")
    uncollected = _uncollected_of_each(windows)
    carried = last_closed_of_each(asked)
    charges = _charges_of_each(windows)
    return {
        owner_id: PeriodFacts(
            payments=takings[one].payments,
            refunds=takings[one].refunds,
            faxes=tuple(faxes[owner_id]),
            uncollected=tuple(uncollected[owner_id]),
            charges=tuple(charges[owner_id]),
            carried_in_yen=carried[owner_id].balance_yen,
        )
        for owner_id, one in asked.items()
    }


def charges_of(window: Window, rows: list[ChargedTerms]) -> list[Charge]:
    """Return what fell due in the window, by day."""
    return charges_due(rows, _registrations({window: rows})[window], window.first, window.upto)


def first_unstated_day(window: Window, terms: list[Terms]) -> date | None:
    """Return the first day of the window on which anything waits to be stated."""
    stated_by = window.holds("closes_on") & Q(owner_id=window.owner_id)
    rows: list[tuple[QuerySet[Any], str]] = [
        (Confirmation.objects.filter(stated_by), "closes_on"),
        (Refund.objects.filter(stated_by), "closes_on"),
        (_faxes([window]), "completed_on"),
    ]
    days = [found.order_by(day).values_list(day, flat=True).first() for found, day in rows]
    days += [ended.day for ended in _uncollected_of_each({window: terms})[window.owner_id][:1]]
    return min((day for day in days if day), default=None)


def _within(windows: Iterable[Window], held: Callable[[Window], Q]) -> Q:
    """Say that a row is of one of the windows' owners and days."""
    owners: dict[tuple[date, date], list[Window]] = defaultdict(list)
    for window in windows:
        owners[window.after, window.upto].append(window)
    said = [
        held(alike[0]) & Q(owner_id__in=[one.owner_id for one in alike])
        for alike in owners.values()
    ]
    return reduce(or_, said)


def _faxes(windows: Iterable[Window]) -> QuerySet[Fax]:
    return Fax.objects.filter(_within(windows, lambda one: one.holds("completed_on")))


def _uncollected_of_each(windows: Mapping[Window, list[Terms]]) -> dict[int, list[DayCount]]:
    """Count what ended without ever having been paid, by the day it ended.

    A due date that has passed ends an invoice whether or not a sweep has marked it. Where no plan
    of an owner asks for it, nothing is looked for.
    """
    asking = [one for one, terms in windows.items() if any(row.uncollected_yen for row in terms)]
    if not asking:
        return defaultdict(list)
    paid = Payment.objects.filter(invoice=OuterRef("pk"), status__in=PAID)
    is_withdrawn = Q(status=Invoice.Status.WITHDRAWN)
    is_over = Q(status=Invoice.Status.EXPIRED) | Q(
        status__in=[Invoice.Status.OPEN, Invoice.Status.SUSPENDED],
        due_on__lt=clock.business_date(),
    )
    ended = _within(
        asking,
        lambda one: (
            is_withdrawn & one.holds_instant("withdrawn_at") | is_over & one.holds("due_on")
        ),
    )
    day = Case(
        When(is_withdrawn, then=TruncDate("withdrawn_at", tzinfo=clock.JST)),
        default=F("due_on"),
        output_field=DateField(),
    )
    return _by_owner(Invoice.objects.filter(ended).exclude(Exists(paid)).annotate(day=day), "day")


def _by_owner(rows: QuerySet[Any], day: str) -> dict[int, list[DayCount]]:
    found: dict[int, list[DayCount]] = defaultdict(list)
    counted = rows.order_by("owner_id", day).values_list("owner_id", day)
    for owner_id, *counts in counted.annotate(count=Count("pk")):
        found[owner_id].append(DayCount(*counts))
    return found


def _charges_of_each(windows: Mapping[Window, list[Terms]]) -> dict[int, list[Charge]]:
    rows = {window: charged_terms(terms) for window, terms in windows.items()}
    registered = _registrations(rows)
    return {
        window.owner_id: charges_due(charged, registered[window], window.first, window.upto)
        for window, charged in rows.items()
    }


def _registrations(
    windows: Mapping[Window, list[ChargedTerms]],
) -> Mapping[Window, list[Registration]]:
    """Return the windows' registrations of kept invoices, and those before that they come after.

    Of the earlier ones only what decides about a window's is read: under each terms with the
    option, the very first, and the first of each number that is registered again.
    """
    found: dict[Window, list[Registration]] = defaultdict(list)
    asking = {
        one.owner_id: one for one, rows in windows.items() if any(row.repeat_option for row in rows)
    }
    if not asking:
        return found
    here = _kept().filter(_within(asking.values(), lambda one: one.holds_instant("registered_at")))
    for owner_id, day, number in here.values_list("owner_id", "day", "told_number"):
        found[asking[owner_id]].append(Registration(day, str(number)))
    for window, registrations in found.items():
        if window.after > date.min:
            for row in windows[window]:
                if row.repeat_option and row.starts_on <= window.after:
                    registrations += _earlier(window, row)
    return found


def _kept() -> QuerySet[Any]:
    kept: QuerySet[Any] = Invoice.objects.filter(repeats=True).annotate(
        day=TruncDate("registered_at", tzinfo=clock.JST),
        # The card of an invoice may be replaced; the charge asks for the number as it was told.
        told_number=KeyTextTransform("number", "registration__as_sent"),
    )
    return kept


def _earlier(window: Window, row: ChargedTerms) -> list[Registration]:
    kept = _kept().filter(owner_id=window.owner_id)
    upto = min(window.after, row.ends_on or window.after)
    held = Window(window.owner_id, row.starts_on - ONE_DAY, upto)
    earlier = kept.filter(held.holds_instant("registered_at")).order_by("registered_at")
    again = kept.filter(window.holds_instant("registered_at")).values("told_number")
    of_numbers = (
        earlier.filter(told_number__in=again).order_by("told_number").distinct("told_number")
    )
    first = earlier.values_list("day", "told_number")[:1]
    found = {*first, *of_numbers.values_list("day", "told_number")}
    return [Registration(day, str(number)) for day, number in found]
