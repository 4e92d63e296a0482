"""All tasks of a stretch of bank days, by day and kind, and those that are late."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import chain

from settlement.agenda.rounds import mail_tasks, round_tasks
from settlement.agenda.task import KINDS, Task
from settlement.agenda.waiting import (
    case_tasks,
    chain_file_tasks,
    decision_tasks,
    payout_tasks,
    remittance_tasks,
    returned_tasks,
    unpaid_rounds,
)
from settlement.calendar import add_bank_days, is_bank_day, previous_bank_day
from smartpit.kernel import clock

DAYS_AROUND = 10  # Bank days before today, and after it.
NAMED_MAX = 5


@dataclass(frozen=True)
class Entry:
    """All tasks of one kind on one day; the first of them by name."""

    kind: str
    tasks: tuple[Task, ...]
    late_count: int

    @property
    def count(self) -> int:
        return len(self.tasks)

    @property
    def named(self) -> tuple[Task, ...]:
        """Return what is not done first."""
        return tuple(sorted(self.tasks, key=lambda task: task.is_done))[:NAMED_MAX]

    @property
    def left_out(self) -> int:
        return max(0, self.count - NAMED_MAX)

    @property
    def is_done(self) -> bool:
        return all(task.is_done for task in self.tasks)


@dataclass(frozen=True)
class Day:
    """One day of the calendar."""

    day: date
    is_bank_day: bool
    is_today: bool
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Agenda:
    """What is late, the longest first, and the days round today."""

    at: datetime
    late: tuple[Task, ...]
    days: tuple[Day, ...]

    @property
    def today_count(self) -> int:
        """Count what is still to be done today and not late yet."""
        here = next(day for day in self.days if day.is_today)
        waiting = (task for entry in here.entries for task in entry.tasks)
        return sum(
            task.due_at is not None and not task.is_done and not task.is_late(self.at)
            for task in waiting
        )


def agenda() -> Agenda:
    """Return the calendar as of now. It only reads, and asks a fixed number of questions."""
    at = clock.now()
    today = clock.business_date(at)
    first, last = _bank_days_before(today, DAYS_AROUND), add_bank_days(today, DAYS_AROUND)
    tasks = list(_all_tasks(first, today, last))
    late = sorted((task for task in tasks if task.is_late(at)), key=_lateness)
    days = tuple(_days(tasks, first, last, at))
    return Agenda(at, tuple(late), days)


def _all_tasks(first: date, today: date, last: date) -> Iterator[Task]:
    return chain(
        round_tasks(first, last, unpaid_rounds()),
        mail_tasks(first, today),
        payout_tasks(),
        returned_tasks(),
        chain_file_tasks(today),
        remittance_tasks(first, last),
        decision_tasks(),
        case_tasks(),
    )


def _lateness(task: Task) -> tuple[datetime, int]:
    assert task.due_at is not None
    return task.due_at, KINDS.index(task.kind)


def _days(tasks: Sequence[Task], first: date, last: date, at: datetime) -> Iterator[Day]:
    """Yield the bank days of the stretch, today, and other days on which something is due."""
    today = clock.business_date(at)
    by_day: dict[date, list[Task]] = {}
    for task in tasks:
        by_day.setdefault(task.day, []).append(task)
    day = first
    while day <= last:
        there = by_day.get(day, [])
        if there or is_bank_day(day) or day == today:
            yield Day(day, is_bank_day(day), day == today, tuple(_entries(there, at)))
        day += timedelta(days=1)


def _entries(tasks: Sequence[Task], at: datetime) -> Iterator[Entry]:
    for kind in KINDS:
        found = tuple(task for task in tasks if task.kind == kind)
        if found:
            yield Entry(kind, found, sum(task.is_late(at) for task in found))


def _bank_days_before(day: date, count: int) -> date:
    for _ in range(count):
        day = previous_bank_day(day)
    return day
