"""What the calendar says is due, done in its order."""

from dataclasses import dataclass
from datetime import date, timedelta

from billing.services.expiry import expire_invoices
from billing.services.idle import pause_idle_invoices
from settlement.models import Statement
from settlement.services.closing import close_due_periods
from settlement.services.payout_mails import mail_payouts
from settlement.services.remittances import draw_remittances, open_overdue
from settlement.services.statement_mails import mail_statements
from smartpit.kernel import clock

_LAST_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Settlement:
    """What one run did."""

    expired_count: int
    paused_count: int
    statements: list[Statement]
    mailed_count: int
    payout_mails_count: int

    @property
    def mails_count(self) -> int:
        return self.mailed_count + self.payout_mails_count


def settle(as_of: date | None = None) -> Settlement:
    """Expire, pause, close, state, propose, mail what is due by ``as_of``'s end (None: by now).

    Chains' remittances are drawn, and those missed that have not come. Every step asks the rows
    what is left to do: a run that comes late catches up in the order of the days, and a second run
    finds nothing. What is written tells when it was truly done.
    """
    at = clock.now() if as_of is None else clock.day_ends(as_of) - _LAST_INSTANT
    day = clock.business_date(at)
    draw_remittances()  # By the true clock: what is yet confirmed in time must be in them.
    open_overdue(clock.business_date())
    return Settlement(
        expired_count=expire_invoices(at),
        paused_count=pause_idle_invoices(at),
        statements=close_due_periods(day),
        mailed_count=mail_statements(day),
        payout_mails_count=mail_payouts(day),
    )
