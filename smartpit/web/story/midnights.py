"""What beat does at 00:00 JST: invoices expire, and periods whose statement day begins are closed.

Only the days on which it would find anything to do are played. Between two events nothing happens
but what beat does itself, so the next such day is known: the one after the earliest due date that
is still open, or the next statement day.
"""

from datetime import date, timedelta

from billing.models import Invoice
from billing.services.expiry import expire_invoices
from settlement.calendar import statement_day
from settlement.due import next_closing
from settlement.services.closing import close_due_periods
from smartpit.kernel import clock

ONE_DAY = timedelta(days=1)


class Midnights:
    """Plays each midnight once, in order; the world begins on ``first_day``."""

    def __init__(self, owner_id: int, first_day: date) -> None:
        self._owner_id = owner_id
        self._played_upto = first_day
        self._next_statement: date | None = None

    def play_upto(self, day: date) -> None:
        """Play the midnights that have passed when ``day`` begins, its own included."""
        while self._played_upto < day:
            next_day = max(self._played_upto + ONE_DAY, self.next_day_of_work())
            self._played_upto = min(next_day, day)
            if next_day <= day:
                self._play(next_day)

    def look_anew(self) -> None:
        """Forget the next statement day: the contract has changed."""
        self._next_statement = None

    def next_day_of_work(self) -> date:
        """Return the day before whose midnight beat finds nothing to do."""
        if self._next_statement is None:
            self._next_statement = _next_statement(self._owner_id)
        return min(self._next_statement, _next_expiry())

    def _play(self, day: date) -> None:
        at = clock.day_begins(day)
        with clock.frozen(at):
            expire_invoices(at)
            close_due_periods(day)
        if self._next_statement is not None and self._next_statement <= day:
            self.look_anew()


def _next_statement(owner_id: int) -> date:
    closes_on = next_closing(owner_id)
    return statement_day(closes_on) if closes_on is not None else date.max


def _next_expiry() -> date:
    unpaid = (Invoice.Status.OPEN, Invoice.Status.SUSPENDED)
    due = Invoice.objects.filter(status__in=unpaid, due_on__isnull=False).order_by("due_on")
    due_on = due.values_list("due_on", flat=True).first()
    return due_on + ONE_DAY if due_on is not None else date.max
