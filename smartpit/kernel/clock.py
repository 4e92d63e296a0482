"""The one clock: instants are aware UTC, days are days in Japan.

A story or a test plays under a clock of its own: ``with frozen(at): ...``. The clock is per
thread of control, so a frozen story never slows a neighbour down.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

JST = ZoneInfo("Asia/Tokyo")
_frozen_at: ContextVar[datetime | None] = ContextVar("frozen_at", default=None)


def now() -> datetime:
    """Return this instant in UTC, or the frozen one."""
    return _frozen_at.get() or datetime.now(UTC)


def business_date(at: datetime | None = None) -> date:
    """Return the day a till in Japan would print for this instant."""
    return (at or now()).astimezone(JST).date()


def day_begins(day: date) -> datetime:
    """Return 00:00 JST of ``day`` as an instant."""
    return datetime.combine(day, time(), JST).astimezone(UTC)


def day_ends(day: date) -> datetime:
    """Return the first instant after ``day`` in Japan."""
    return day_begins(day + timedelta(days=1))


@contextmanager
def frozen(at: datetime) -> Iterator[None]:
    """Let ``now`` stand still at ``at`` inside the block."""
    assert at.tzinfo is not None
    token = _frozen_at.set(at.astimezone(UTC))
    try:
        yield
    finally:
        _frozen_at.reset(token)
