"""照会: a till asks what can be paid with a number, a card's bars or a slip's."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from billing.models import Terminal
from billing.services.terminals import counting_misses, met
from billing.tills.inquiry import Found, InquiryAsked, PayableLine, find_payable
from smartpit.kernel import clock


class Inquired(NamedTuple):
    """What a till is shown of a number; ``slip`` and ``expires_at`` where a slip was scanned."""

    number: str
    lines: Sequence[PayableLine]
    slip: str | None
    expires_at: datetime | None


def inquire(asked: InquiryAsked) -> Inquired:
    """Return what can be paid now, or raise why nothing is shown; a stranger's number is a miss.

    It costs a terminal that is known one statement, and nobody waits but those who miss.
    """
    at = clock.now()
    found, lines = find_payable(asked, at)
    with counting_misses(_terminal(asked, found)):
        refused = found.refusal(asked, at)
        if refused is not None:
            raise refused
    assert found.number is not None
    return Inquired(found.number, lines, found.slip, found.expires_at)


def _terminal(asked: InquiryAsked, found: Found) -> Terminal:
    if found.terminal_id is None:
        return met(asked.place)
    return Terminal(pk=found.terminal_id, inquiries_from=found.inquiries_from)
