"""Mails to an owner's administrators and developers about an endpoint that does not work.

An alert is a row, made once an outage by whoever notices; the mail goes out between two
transactions: a sender that dies after sending lets a second go out. It is at least once.
"""

import logging
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import connection, transaction
from django.template.loader import render_to_string

from billing.models import Case, Endpoint, EndpointAlert
from billing.services.cases import open_case_about
from smartpit.kernel import clock
from smartpit.kernel.database import held
from tenants.models import Staff
from tenants.selectors import centre

FAILING_FOR: Final = timedelta(days=1)
# An alert that could not be sent for a month is no news any more; it ends a dead address's retries.
ALERTED_FOR: Final = timedelta(days=30)

_log = logging.getLogger("smartpit.notifications")


def raise_alert(endpoint: Endpoint, kind: EndpointAlert.Kind, since: datetime) -> None:
    """Write down that an endpoint does not work, inside the caller's transaction; once an outage.

    Where nothing more is sent, a person at the centre looks too.
    """
    assert connection.in_atomic_block
    alert = EndpointAlert(
        owner_id=endpoint.owner_id,
        endpoint=endpoint,
        kind=kind,
        since=since,
        made_at=clock.now(),
    )
    EndpointAlert.objects.bulk_create([alert], ignore_conflicts=True)
    if kind == EndpointAlert.Kind.FAILING:
        return
    told = {"endpoint": str(endpoint.pk), "url": endpoint.url, "why": str(kind)}
    open_case_about(
        Case(
            kind=Case.Kind.ENDPOINT_DISABLED,
            key=f"{endpoint.pk}:{kind}:{since.isoformat()}",
            owner_id=endpoint.owner_id,
            told=told,
        )
    )


def alert_of_endpoints() -> int:
    """Notice endpoints that failed for a day, then mail what was noticed; return how many went."""
    failing = Endpoint.objects.filter(
        status=Endpoint.Status.ACTIVE, failing_since__lte=clock.now() - FAILING_FOR
    )
    for endpoint in failing:
        assert endpoint.failing_since is not None
        with transaction.atomic(durable=True):
            raise_alert(endpoint, EndpointAlert.Kind.FAILING, endpoint.failing_since)
    since = clock.now() - ALERTED_FOR
    waiting = EndpointAlert.objects.filter(sent_at=None, made_at__gte=since).order_by("pk")
    return sum(_mailed(alert_id) for alert_id in waiting.values_list("pk", flat=True))


def _mailed(alert_id: int) -> bool:
    with held("endpoint_alert", alert_id) as is_held:
        rows = EndpointAlert.objects.select_related("owner", "endpoint__tenant")
        alert = rows.get(pk=alert_id)
        to = _people(alert.owner_id)
        if not is_held or alert.sent_at is not None or not to:
            return False
        message = EmailMessage(_subject(alert), _text(alert), to=to)
        try:
            message.send()
        except OSError as failure:  # smtplib's failures are of this family.
            _log.warning("alert of endpoint %s failed: %s", alert.endpoint_id, failure)
            return False
        with transaction.atomic(durable=True):
            EndpointAlert.objects.filter(pk=alert.pk).update(sent_at=clock.now())
        return True


def _people(owner_id: int) -> list[str]:
    """Return who is told; a test twin's people are those of the owner it stands beside."""
    roles = [Staff.Role.ADMINISTRATOR, Staff.Role.DEVELOPER]
    people = Staff.objects.filter(tenant=None, role__in=roles, is_active=True)
    mine = people.filter(owner_id=owner_id) | people.filter(owner__twin=owner_id)
    return list(mine.order_by("email").values_list("email", flat=True))


def _subject(alert: EndpointAlert) -> str:
    if alert.kind == EndpointAlert.Kind.FAILING:
        return "収納データ通知が届いていません"
    return "収納データ通知の送信を停止しました"


def _text(alert: EndpointAlert) -> str:
    words = {"alert": alert, "centre": centre(), "site_url": settings.SITE_URL}
    return render_to_string("mail/endpoint.txt", words)
