"""Whom an owner's money letters go to, and the sending of one: claimed, sent, recorded.

The letter goes out between two transactions. Two senders cannot claim one; a sender that dies
after sending and before recording lets the same letter go out once more, under the same Message-ID,
by which a mailbox knows the second for the first.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage

from tenants.models import Staff

CLAIM_HOLDS = timedelta(minutes=10)
# What could not be sent for a month is no news any more; it ends the retries of a dead address.
TRIED_FOR = timedelta(days=30)

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Letter:
    """What is sent; ``key`` names it for ever."""

    key: str
    subject: str
    text: str
    to: list[str]


def accountants_of(owner_id: int) -> list[str]:
    roles = [Staff.Role.ACCOUNTANT, Staff.Role.ADMINISTRATOR]
    people = Staff.objects.filter(owner_id=owner_id, tenant=None, role__in=roles, is_active=True)
    return list(people.order_by("email").values_list("email", flat=True))


def send(letter: Letter, record: Callable[[], object]) -> bool:
    """Send and record; a post office that does not answer is asked again when the claim ends."""
    host = urlsplit(settings.SITE_URL).hostname or "localhost"
    message_id = {"Message-ID": f"<{letter.key}@{host}>"}
    message = EmailMessage(letter.subject, letter.text, to=letter.to, headers=message_id)
    try:
        message.send()
    except OSError as failure:  # smtplib's failures are of this family.
        _log.warning("mail %s failed: %s", letter.key, failure)
        return False
    record()
    _log.info("mail %s sent to %d", letter.key, len(letter.to))
    return True
