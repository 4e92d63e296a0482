"""Is an invoice past its day? What else a till is refused for, ``booking.sql`` says."""

from datetime import datetime

from billing.models import Invoice
from smartpit.kernel import clock


def is_past_due(invoice: Invoice, at: datetime) -> bool:
    """A due date ends at 23:59:59 JST; a kept invoice without one never ends by itself."""
    return invoice.due_on is not None and clock.business_date(at) > invoice.due_on
