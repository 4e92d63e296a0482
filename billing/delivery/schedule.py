"""When a notification is tried again (contract section 5)."""

from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

_WAITS = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
_THEN_EVERY = timedelta(hours=8)
_TRIED_FOR = timedelta(days=30)
RETRY_AFTER_MAX = timedelta(hours=24)


def next_attempt(
    occurred_at: datetime, failed: int, at: datetime, asked: timedelta | None = None
) -> datetime | None:
    """Return when to try after the ``failed``-th failure ``at`` this instant; None: never again.

    Day 30 is counted from the event. A receiver may ask for a longer wait (``asked``), not for
    a shorter one: it may be one of many that a single machine answers for.
    """
    assert failed >= 1
    wait = _WAITS[failed - 1] if failed <= len(_WAITS) else _THEN_EVERY
    due = at + max(wait, asked or wait)
    return due if due <= occurred_at + _TRIED_FOR else None


def retry_after(header: str, at: datetime) -> timedelta | None:
    """Return the wait a ``Retry-After`` asks for, at most a day; None where it makes no sense."""
    text = header.strip()
    if text.isascii() and text.isdecimal():
        seconds = int(text[:9])  # Nine digits are 31 years: the rest changes nothing.
        return min(timedelta(seconds=seconds), RETRY_AFTER_MAX)
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, IndexError, OverflowError):
        return None
    if until.tzinfo is None:
        return None
    return min(max(until - at, timedelta(0)), RETRY_AFTER_MAX)
