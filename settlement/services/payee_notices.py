"""入金口座変更のお知らせ: mailed to the contacts of before the change, at least once."""

import logging
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string

from settlement.models import PayeeNotice
from smartpit.kernel import clock
from smartpit.kernel.database import held
from tenants.selectors import centre

# What could not be sent for a month is no news any more; it ends the retries of a dead address.
TRIED_FOR: Final = timedelta(days=30)
_SUBJECTS = {
    PayeeNotice.Kind.APPROVED: "入金口座の変更のお知らせ",
    PayeeNotice.Kind.WITHDRAWN: "入金口座の変更を取りやめました",
}

_log = logging.getLogger(__name__)


def mail_payee_notices() -> int:
    """Mail what waits; return how many went out."""
    since = clock.now() - TRIED_FOR
    waiting = PayeeNotice.objects.filter(sent_at=None, made_at__gt=since).order_by("pk")
    return sum(_mailed(pk) for pk in waiting.values_list("pk", flat=True))


def _mailed(notice_id: int) -> bool:
    with held("payee_notice", notice_id) as is_held:
        notice = PayeeNotice.objects.select_related("payee", "owner").get(pk=notice_id)
        if not is_held or notice.sent_at is not None:
            return False
        message = EmailMessage(
            _SUBJECTS[PayeeNotice.Kind(notice.kind)], _text(notice), to=notice.to
        )
        try:
            message.send()
        except OSError as failure:  # smtplib's failures are of this family.
            _log.warning("notice of payee %s failed: %s", notice.payee_id, failure)
            return False
        with transaction.atomic(durable=True):
            PayeeNotice.objects.filter(pk=notice.pk).update(sent_at=clock.now())
        return True


def _text(notice: PayeeNotice) -> str:
    words = {"notice": notice, "centre": centre(), "site_url": settings.SITE_URL}
    return render_to_string("mail/payee.txt", words)
