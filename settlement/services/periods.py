"""Which closing date a fact gets that is recorded now."""

from collections.abc import Iterable
from datetime import date, datetime

from settlement.agreed import spans_of
from settlement.calendar import closing_date_of
from settlement.facts import ONE_DAY, closed_upto
from smartpit.kernel import clock
from smartpit.kernel.database import lock_shared
from tenants.selectors import terms_of


def hold_open(owner_ids: Iterable[int]) -> None:
    """Let no period of these owners be closed before the end of this transaction."""
    for owner_id in sorted(set(owner_ids)):
        lock_shared("closing", owner_id)


class OpenPeriods:
    """An owner's periods that are open at ``at``, an instant read after ``hold_open``."""

    def __init__(self, owner_id: int, at: datetime) -> None:
        self._spans = spans_of(terms_of(owner_id))
        # A demo folder may be settled ahead of its clock; what is closed stays closed.
        self._first_open = closed_upto(owner_id) + ONE_DAY
        self._today = clock.business_date(at)

    def closing_date(self, day: date) -> date:
        """Return the first open closing date on or after ``day``."""
        return closing_date_of(self._spans, max(day, self._first_open), self._today)
